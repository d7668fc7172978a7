import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Engine, openEngine } from '../../src/engine/index.ts';
import type { Piece, SpeechEvent, SpeechRequest } from '../../src/speech.ts';
import { collect, from } from '../support/collect.ts';

const REQUEST: SpeechRequest = {
  model: 'any',
  voice: 'en-us',
  format: { encoding: 'pcm_mulaw', sampleRate: 8000 },
  timestamps: [],
};

let engine: Engine;
before(async () => {
  engine = await openEngine();
});
after(() => engine.close());

const speak = (text: string, signal = new AbortController().signal) => engine.synthesize(from(text), REQUEST, signal);

const bytesOf = (events: readonly SpeechEvent[]) =>
  events.reduce((sum, event) => sum + (event.type === 'audio' ? event.chunk.length : 0), 0);

/** A transcript without an end that counts what was taken of it. */
function endless() {
  const state = { taken: 0, isReturned: false };
  async function* text(): AsyncGenerator<Piece> {
    try {
      for (;;) {
        state.taken += 1;
        yield `This is sentence number ${state.taken}. `;
      }
    } finally {
      state.isReturned = true;
    }
  }
  return { state, text: text() };
}

describe('a call of the built-in engine', () => {
  it('takes turns with others, a sentence each', async () => {
    const sentence = 'A sentence of some length, so that it takes a while. ';
    const one = bytesOf(await collect(speak(sentence)));
    const { text } = endless();
    let spoken = 0;
    let isOver = false;
    let begin: () => void = () => {};
    const hasBegun = new Promise<void>(resolve => {
      begin = resolve;
    });
    const long = (async () => {
      for await (const event of engine.synthesize(text, REQUEST, new AbortController().signal)) {
        if (event.type === 'audio') spoken += event.chunk.length;
        begin();
        if (isOver) return;
      }
    })();
    await hasBegun;
    for (let i = 0; i < 5; i++) {
      const start = spoken;
      assert.equal(bytesOf(await collect(speak(sentence))), one);
      assert.ok(spoken - start <= one * 4, `${(spoken - start) / one} sentences of the other were first`);
    }
    isOver = true;
    await long;
  });

  it('does many calls at once right', async () => {
    const texts = Array.from({ length: 20 }, (_, i) => `Call number ${i}. It has two sentences.`);
    const alone: number[] = [];
    for (const text of texts) alone.push(bytesOf(await collect(speak(text))));
    const together = await Promise.all(texts.map(text => collect(speak(text))));
    assert.deepEqual(together.map(bytesOf), alone);
  });

  it('V2 works a little ahead of a listener that stalls, and no further', async () => {
    const { state, text } = endless();
    const events = engine.synthesize(text, REQUEST, new AbortController().signal)[Symbol.asyncIterator]();
    await events.next();
    // The thread takes turns: when this has been spoken, it has had its chance to go on with the other.
    await collect(speak('Word. '.repeat(30)));
    const { taken } = state;
    assert.ok(taken <= 6, `${taken} sentences were taken`);
    await collect(speak('Word. '.repeat(30)));
    assert.equal(state.taken, taken);
    for (let i = 0; i < 40; i++) await events.next();
    assert.ok(state.taken > taken);
    await events.return?.();
    assert.ok(state.isReturned);
  });

  it('ends with the reason of an abort, in the middle of a sentence too', async () => {
    const reason = new Error('enough');
    const abort = new AbortController();
    const { state, text } = endless();
    let count = 0;
    await assert.rejects(
      async () => {
        for await (const event of engine.synthesize(text, REQUEST, abort.signal)) {
          assert.equal(event.type, 'audio');
          count += 1;
          if (count === 1) abort.abort(reason);
        }
      },
      error => error === reason,
    );
    assert.equal(count, 1);
    await collect(speak('Still there.'));
    assert.ok(state.isReturned);
  });

  it('ends at an abort while it waits for text', async () => {
    const reason = new Error('enough');
    const abort = new AbortController();
    async function* text(): AsyncGenerator<string> {
      yield 'Hello. ';
      queueMicrotask(() => abort.abort(reason));
      await new Promise(() => {});
    }
    await assert.rejects(collect(engine.synthesize(text(), REQUEST, abort.signal)), error => error === reason);
    await assert.rejects(collect(speak('Hi.', AbortSignal.abort(reason))), error => error === reason);
  });

  it('gives up the sentence it is at when nobody listens any more', async () => {
    const long = 'one two three four five six seven eight nine ten '.repeat(8);
    const whole = bytesOf(await collect(speak(long)));
    for await (const event of speak(long)) {
      assert.ok(event.type === 'audio' && event.chunk.length < whole);
      break;
    }
    assert.ok(bytesOf(await collect(speak('Next.'))) > 0);
  });

  it('passes on what goes wrong with the text', async () => {
    const wrong = new Error('no more text');
    async function* text(): AsyncGenerator<string> {
      yield 'Hello. There ';
      throw wrong;
    }
    await assert.rejects(
      collect(engine.synthesize(text(), REQUEST, new AbortController().signal)),
      error => error === wrong,
    );
  });
});
