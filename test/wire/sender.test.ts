import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cartesia } from '../../src/protocol/cartesia.ts';
import type { Piece, SpeechRequest } from '../../src/speech.ts';
import { LEAD } from '../../src/wire/pacing.ts';
import { createSender } from '../../src/wire/sender.ts';
import type { Socket } from '../../src/wire/socket.ts';
import { manualClock } from '../support/clock.ts';
import { from } from '../support/collect.ts';
import { REQUEST } from '../support/wire.ts';

const turns = async () => {
  for (let i = 0; i < 10; i++) await new Promise(resolve => setImmediate(resolve));
};

/** A sender whose socket writes down what it is given, and is full when told. */
function sending(first: string, ...rest: Piece[]) {
  return sendingFor(REQUEST, first, ...rest);
}

function sendingFor(request: SpeechRequest, first: string, ...rest: Piece[]) {
  const clock = manualClock();
  const said: string[] = [];
  let full: Promise<void> | undefined;
  const socket = {
    send(frame: string) {
      said.push(JSON.parse(frame).transcript);
      return full;
    },
  } as unknown as Socket;
  const announced: [string, boolean][] = [];
  const sender = createSender({
    id: 'c',
    request,
    dialect: cartesia,
    socket,
    clock,
    sending: (text, last) => announced.push([text, last]),
  });
  let over = false;
  const run = sender.send(first, from(...rest)[Symbol.asyncIterator]()).then(() => {
    over = true;
  });
  return {
    clock,
    said,
    announced,
    sender,
    run,
    over: () => over,
    fill(until: Promise<void> | undefined) {
      full = until;
    },
  };
}

const [a, b, c] = ['a', 'b', 'c'].map(letter => letter.repeat(LEAD * 0.6)) as [string, string, string];

/** The service may sit on text for three seconds, and be slow for three more. */
const QUIET = 6000;

describe('a sender', () => {
  it('waits with what would run too far ahead, and goes on as it is heard', async () => {
    const { said, sender, run } = sending(a, b, c);
    await turns();
    assert.deepEqual(said, [a]);
    sender.heard(1);
    await turns();
    assert.deepEqual(said, [a]);
    sender.heard(a.length / 14);
    await turns();
    assert.deepEqual(said, [a, b]);
    sender.heard(b.length / 14);
    await run;
    assert.deepEqual(said, [a, b, c]);
  });

  it('goes on when nothing more is heard, but not before anything was', async () => {
    const { clock, said, sender, run } = sending(a, b, c);
    await turns();
    await clock.advance(60_000);
    assert.deepEqual(said, [a]);
    sender.heard(0.1);
    await clock.advance(QUIET - 1);
    sender.heard(0.1);
    await clock.advance(QUIET - 1);
    assert.deepEqual(said, [a]);
    await clock.advance(1);
    await turns();
    assert.deepEqual(said, [a, b]);
    // What was heard before this text says nothing about it.
    await clock.advance(60_000);
    assert.deepEqual(said, [a, b]);
    sender.heard(0.1);
    await clock.advance(QUIET);
    await run;
    assert.deepEqual(said, [a, b, c]);
    assert.equal(clock.pending, 0);
  });

  for (const delayMs of [undefined, 0]) {
    it(`stays by a service that is slow to speak (buffering ${delayMs ?? 'as it likes'})`, async () => {
      const line = 'x'.repeat(100);
      const request = delayMs === undefined ? REQUEST : { ...REQUEST, maxBufferDelayMs: delayMs };
      const { clock, said, sender, run } = sendingFor(request, line, ...Array<string>(500).fill(line));
      await turns();
      for (let frames = 1; frames <= 60; frames++) {
        sender.heard(0.5);
        // The frame after is late.
        await clock.advance(frames % 10 === 0 ? 2500 : 500);
        // Ten characters a second: the reports come later than the estimate.
        if (delayMs === 0 && frames % 20 === 0) sender.flushed();
        await turns();
        const ahead = said.join('').length - frames * 0.5 * 14;
        assert.ok(ahead <= LEAD, `${ahead} characters ahead after ${frames} frames`);
      }
      sender.stop();
      await run;
      assert.equal(clock.pending, 0);
    });
  }

  it('knows that a voice told to hurry has spoken more in the same time', async () => {
    const { said, sender, run } = sendingFor({ ...REQUEST, speed: 1.5 }, a, b);
    await turns();
    sender.heard(((a.length + b.length - LEAD) / 14 / 1.5) * 0.99);
    await turns();
    assert.deepEqual(said, [a]);
    sender.heard(((a.length + b.length - LEAD) / 14 / 1.5) * 0.02);
    await run;
    assert.deepEqual(said, [a, b]);
  });

  it('waits for a socket that is full', async () => {
    let drain = () => {};
    const { said, run, fill, over } = sending('x', 'y');
    fill(new Promise(resolve => (drain = resolve)));
    await turns();
    assert.deepEqual(said, ['x']);
    fill(undefined);
    drain();
    await run;
    assert.deepEqual(said, ['x', 'y']);
    assert.equal(over(), true);
  });

  it('says what it is about to send, and what is the last', async () => {
    const { announced, run } = sending('x', { flush: true }, 'y');
    await run;
    assert.deepEqual(announced, [
      ['x', false],
      ['y', true],
    ]);
  });

  it('says nothing more once stopped, wherever it was', async () => {
    const waiting = sending(a, b);
    await turns();
    waiting.sender.heard(0.1);
    waiting.sender.stop();
    await waiting.run;
    assert.deepEqual(waiting.said, [a]);
    assert.equal(waiting.clock.pending, 0);

    const early = sending('x', 'y');
    early.sender.stop();
    await early.run;
    assert.deepEqual(early.said, []);
  });

  it('reads no further once stopped', async () => {
    let reads = 0;
    const rest = { next: async () => ({ done: false as const, value: String(reads++) }) };
    const { sender } = sending('x');
    const endless = sender.send('x', rest);
    await turns();
    sender.stop();
    const before = reads;
    await endless;
    assert.ok(reads <= before + 1);
  });
});
