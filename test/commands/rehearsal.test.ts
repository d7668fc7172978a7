import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Line, type Rehearsal, rehearse, rehearseWhenQuiet } from '../../src/commands/rehearsal.ts';
import { cartesia } from '../../src/providers/cartesia.ts';
import { slng } from '../../src/providers/slng.ts';
import type { SpeechRequest } from '../../src/speech.ts';
import { piecesOf } from '../../src/text/pieces.ts';
import { renewing } from '../../src/wire/renew.ts';
import { accessTo } from '../support/access.ts';
import { type ManualClock, manualClock } from '../support/clock.ts';

const REQUEST: SpeechRequest = {
  model: 'sonic-3',
  voice: 'someone',
  format: { encoding: 'pcm_s16le', sampleRate: 24_000 },
  timestamps: ['word'],
};

function rehearsal(changes: Partial<Rehearsal> = {}): Rehearsal & { readonly clock: ManualClock } {
  const clock = manualClock();
  const line: Line = (connection, text) => ({
    synthesizer: renewing(connection, { clock }),
    transcript: piecesOf(text, { by: 'token', language: undefined, clock }),
  });
  const reached = { provider: cartesia, access: accessTo(new URL('ws://127.0.0.1:1'), { clock }) };
  return { reached, request: REQUEST, line, signal: new AbortController().signal, ...changes, clock };
}

describe('a rehearsal', () => {
  for (const [how, request] of [
    ['text as it comes', REQUEST],
    ['whole sentences', { ...REQUEST, maxBufferDelayMs: 0 }],
  ] as const) {
    it(`goes from a text to sound with ${how}, and asks nobody`, async () => {
      const summary = await rehearse(rehearsal({ request }));
      assert.ok(summary && summary.characters > 20 && summary.audioBytes > 0, JSON.stringify(summary));
      assert.equal(summary.contextIds.length, 1);
    });
  }

  it('is left out where a provider has none', async () => {
    const { reached, ...rest } = rehearsal();
    assert.equal(await rehearse({ ...rest, reached: { ...reached, provider: slng } }), undefined);
  });

  it('takes place once it has been quiet for a moment, unless there is text by then or it is called off', async () => {
    let rehearsed = 0;
    const line: Line = () => {
      rehearsed += 1;
      throw new Error('what is wrong in a rehearsal is nobody’s concern');
    };
    const quiet = rehearsal({ line });
    rehearseWhenQuiet(quiet, () => true);
    const disturbed = rehearsal({ line });
    rehearseWhenQuiet(disturbed, () => false);
    const calledOff = rehearsal({ line });
    rehearseWhenQuiet(calledOff, () => true)();
    for (const { clock } of [quiet, disturbed, calledOff]) await clock.advance(50);
    assert.equal(rehearsed, 0);
    for (const { clock } of [quiet, disturbed, calledOff]) await clock.advance(500);
    assert.equal(rehearsed, 1);
  });
});
