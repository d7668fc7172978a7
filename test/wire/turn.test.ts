/** The text of one context: when it ends, and what of it may have been lost. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Failure } from '../../src/errors.ts';
import type { Piece, SpeechEvent } from '../../src/speech.ts';
import { createPendingText } from '../../src/wire/pending-text.ts';
import { createTurn } from '../../src/wire/turn.ts';
import { manualClock } from '../support/clock.ts';

const AUDIO: SpeechEvent = { type: 'audio', chunk: new Uint8Array(2) };
const refused = new Failure('service', 'Context has closed', { status: 400 });

function setup(opening = 'Hello. ') {
  const clock = manualClock();
  const written: (Piece | undefined)[] = [];
  let wake: (() => void) | undefined;
  async function* transcript(): AsyncGenerator<Piece> {
    for (;;) {
      if (written.length === 0) {
        await new Promise<void>(resolve => {
          wake = resolve;
        });
      }
      const piece = written.shift();
      if (piece === undefined) return;
      yield piece;
    }
  }
  const text = createPendingText(transcript());
  const state = { isHeldUp: false };
  const begin = (first: string) =>
    createTurn({ opening: first, text, clock, endsUtterance: () => false, isHeldUp: () => state.isHeldUp });
  const turn = begin(opening);
  const pieces: (Piece | 'end')[] = [];
  const read = async (of = turn, into = pieces) => {
    for await (const piece of of.transcript) into.push(piece);
    into.push('end');
  };
  return {
    clock,
    text,
    turn,
    begin,
    state,
    pieces,
    read,
    async write(...more: (Piece | undefined)[]) {
      written.push(...more);
      wake?.();
      await clock.advance(0);
    },
  };
}

describe('a turn', () => {
  it('ends with a boundary when nothing was written for a while after the last audio', async () => {
    const { clock, turn, pieces, read } = setup();
    void read();
    await clock.advance(5000);
    turn.note(AUDIO);
    await clock.advance(600);
    turn.note(AUDIO);
    await clock.advance(699);
    assert.deepEqual(pieces, ['Hello. ']);
    await clock.advance(1);
    assert.deepEqual(pieces, ['Hello. ', { flush: true }, 'end']);
    assert.equal(clock.pending, 0);
  });

  it('goes on while there is text that nothing has come back for', async () => {
    const { clock, turn, pieces, read, write } = setup();
    void read();
    turn.note(AUDIO);
    await write('How');
    await clock.advance(3500);
    assert.deepEqual(pieces, ['Hello. ', 'How']);
    turn.note(AUDIO);
    await write('\n');
    await clock.advance(700);
    assert.deepEqual(pieces, ['Hello. ', 'How', '\n', { flush: true }, 'end']);
  });

  it('with the last text simply ends; with an end that comes later it asks whether it is still there', async () => {
    const whole = setup();
    await whole.write(undefined);
    await whole.read();
    assert.deepEqual(whole.pieces, ['Hello. ', 'end']);
    const late = setup();
    void late.read();
    await late.clock.advance(0);
    late.turn.note(AUDIO);
    await late.write(undefined);
    assert.deepEqual(late.pieces, ['Hello. ', { flush: true }, 'end']);
  });

  it('ends where the sound is held up: what comes then cannot be seen', async () => {
    const { turn, pieces, read, state, write } = setup();
    await write('More.');
    turn.note(AUDIO);
    state.isHeldUp = true;
    await read();
    assert.deepEqual(pieces, ['Hello. ', { flush: true }, 'end']);
  });

  it('takes no text any more once it is closed, though it had asked for some', async () => {
    const { turn, begin, pieces, read, write, clock } = setup();
    void read();
    await clock.advance(0);
    turn.close();
    const next: (Piece | 'end')[] = [];
    void read(begin('Next. '), next);
    await write('For the next.');
    assert.deepEqual(pieces, ['Hello. ', 'end']);
    assert.deepEqual(next, ['Next. ', 'For the next.']);
  });

  it('knows what was lost with a context that had expired', async () => {
    const { clock, turn, read, write } = setup();
    void read();
    await clock.advance(0);
    turn.note(AUDIO);
    assert.equal(turn.lost(refused), undefined);
    await clock.advance(600);
    // Nothing has been said since: it is about something else.
    assert.equal(turn.lost(refused), undefined);
    await write('\n', 'Lost.');
    assert.equal(turn.lost(refused), '\nLost.');
    assert.equal(turn.lost(new Failure('incomplete', 'gone', { retryable: true })), undefined);
    assert.equal(turn.lost(new Failure('service', 'busy', { status: 503, retryable: true })), undefined);
    assert.equal(turn.lost(new Error('a bug')), undefined);
  });

  it('what is refused right behind its audio, or before any, is a failure', async () => {
    const { clock, turn, read, write } = setup();
    void read();
    await clock.advance(5000);
    assert.equal(turn.lost(refused), undefined);
    turn.note(AUDIO);
    await write('Bad.');
    assert.equal(turn.lost(refused), undefined);
  });

  it('loses nothing when its end comes too late', async () => {
    const { clock, turn, read } = setup();
    void read();
    await clock.advance(0);
    turn.note(AUDIO);
    await clock.advance(1200);
    assert.equal(turn.lost(refused), '');
  });
});
