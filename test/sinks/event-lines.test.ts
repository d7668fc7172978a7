/** Events as lines of JSON. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEventLines } from '../../src/sinks/event-lines.ts';
import type { Target } from '../../src/sinks/target.ts';
import { manualClock } from '../support/clock.ts';

describe('event lines', () => {
  it('say what matters, once, with times from the first text', async () => {
    const clock = manualClock();
    let written = '';
    let ended = '';
    const target: Target = {
      name: 'x',
      copies: false,
      length: 0,
      write: async chunk => {
        written += String(Buffer.from(chunk));
      },
      commit: async () => {
        ended += 'commit';
      },
      discard: async () => {
        ended += 'discard';
      },
    };
    let startedAt: number | undefined;
    const sink = createEventLines(target, { clock, startedAt: () => startedAt });
    await clock.advance(1000);
    startedAt = 900;
    await sink.write({ type: 'text', text: 'Hi.' });
    await sink.write({ type: 'context', contextId: 'a' });
    await sink.write({ type: 'context', contextId: 'b', requestId: 'r' });
    await sink.write({ type: 'audio', chunk: new Uint8Array(0) });
    await sink.write({ type: 'audio', chunk: new Uint8Array(2) });
    await sink.write({ type: 'audio', chunk: new Uint8Array(2) });
    const spans = [{ text: 'a\n"b"', start: 1 / 3, end: 1 }];
    await sink.write({ type: 'timestamps', granularity: 'word', spans });
    await sink.write({ type: 'timestamps', granularity: 'phoneme', spans });
    await sink.write({ type: 'flushed' });
    await sink.close();
    await sink.abort(undefined);
    const span = { text: 'a\n"b"', start: 0.333333, end: 1 };
    assert.deepEqual(
      written
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line)),
      [
        { type: 'context', context_id: 'a', request_id: null },
        { type: 'context', context_id: 'b', request_id: 'r' },
        { type: 'first_audio', ms: 100 },
        { type: 'words', words: [span] },
        { type: 'phonemes', phonemes: [span] },
        { type: 'flushed' },
      ],
    );
    assert.equal(ended, 'commitdiscard');
  });
});
