/** Slowed speech is the same speech, later. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { paced } from '../../src/server/pace.ts';
import type { Piece, SpeechEvent, SpeechRequest } from '../../src/speech.ts';
import { type ManualClock, manualClock } from '../support/clock.ts';
import { collect } from '../support/collect.ts';
import { echo } from '../support/scripted-synthesizer.ts';

const REQUEST: SpeechRequest = {
  model: 'm',
  voice: 'v',
  format: { encoding: 'pcm_s16le', sampleRate: 8000 },
  timestamps: ['word'],
};

async function* text(...pieces: Piece[]): AsyncGenerator<Piece> {
  yield* pieces;
}

/** Events with the time at which each came, once all have come. */
function follow(source: AsyncIterable<SpeechEvent>, clock: ManualClock) {
  const came: { at: number; event: SpeechEvent }[] = [];
  const ended = (async () => {
    for await (const event of source) came.push({ at: clock.now(), event });
  })();
  return { came, ended };
}

const bytesOf = (events: readonly SpeechEvent[]) =>
  Buffer.concat(events.flatMap(event => (event.type === 'audio' ? [event.chunk] : [])));

describe('pace', () => {
  it('without a wish leaves the synthesizer as it is', () => {
    const inner = echo();
    assert.equal(paced(inner, { realtime: false, latencyMs: 0, clock: manualClock() }), inner);
  });

  it('in real time gives a second of audio in a second, in parts, and the same events', async () => {
    const clock = manualClock();
    const { signal } = new AbortController();
    const transcript = () => text('x'.repeat(100), { flush: true }, ' y');
    const expected = await collect(echo().synthesize(transcript(), REQUEST, signal));
    const slow = paced(echo(), { realtime: true, latencyMs: 0, clock });
    const { came, ended } = follow(slow.synthesize(transcript(), REQUEST, signal), clock);
    await clock.advance(0);
    assert.equal(bytesOf(came.map(({ event }) => event)).length, 1600, 'the first part comes at once');
    await clock.advance(499);
    assert.equal(bytesOf(came.map(({ event }) => event)).length, 5 * 1600);
    await clock.advance(10_000);
    await ended;
    const events = came.map(({ event }) => event);
    assert.deepEqual(bytesOf(events), bytesOf(expected));
    const others = (list: readonly SpeechEvent[]) => list.filter(({ type }) => type !== 'audio');
    assert.deepEqual(others(events), others(expected));
    assert.equal(came.at(-1)?.at, 1000);
  });

  it('does not catch up after a pause in the text', async () => {
    const clock = manualClock();
    const slow = paced(echo(), { realtime: true, latencyMs: 0, clock });
    async function* late(): AsyncGenerator<Piece> {
      yield 'x'.repeat(10);
      await new Promise<void>(resolve => clock.after(5000, resolve));
      yield 'x'.repeat(20);
    }
    const { came, ended } = follow(slow.synthesize(late(), REQUEST, new AbortController().signal), clock);
    await clock.advance(20_000);
    await ended;
    assert.deepEqual(
      came.filter(({ event }) => event.type === 'audio').map(({ at }) => at),
      [0, 5000, 5100],
    );
  });

  it('keeps the first audio back until the latency is over, counted from the first text', async () => {
    const clock = manualClock();
    const slow = paced(echo(), { realtime: false, latencyMs: 200, clock });
    async function* late(): AsyncGenerator<Piece> {
      yield ' ';
      await new Promise<void>(resolve => clock.after(1000, resolve));
      yield 'Hello';
      yield ' again';
    }
    const { came, ended } = follow(slow.synthesize(late(), REQUEST, new AbortController().signal), clock);
    await clock.advance(20_000);
    await ended;
    const first = came.filter(({ event }) => event.type === 'audio').map(({ at }) => at);
    assert.deepEqual(first, [0, 1200, 1200]);
  });

  it('ends at once when it is aborted, and leaves no timer', async () => {
    const clock = manualClock();
    const abort = new AbortController();
    const inner = echo();
    const slow = paced(inner, { realtime: true, latencyMs: 100, clock });
    const { ended } = follow(slow.synthesize(text('Hello'), REQUEST, abort.signal), clock);
    const failed = assert.rejects(ended, /enough/);
    await clock.advance(50);
    assert.equal(clock.pending, 1);
    abort.abort(new Error('enough'));
    await failed;
    assert.equal(clock.pending, 0);
    assert.notEqual(inner.calls[0]?.ending, undefined);
  });
});
