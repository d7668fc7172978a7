import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Piece } from '../../src/speech.ts';
import { createReplay } from '../../src/wire/replay.ts';
import { collect, from } from '../support/collect.ts';

/** A source whose pieces come when the test says so. */
function slow() {
  const waiting: ((result: IteratorResult<Piece>) => void)[] = [];
  const errors: ((error: unknown) => void)[] = [];
  const transcript = {
    [Symbol.asyncIterator]: () => ({
      next: () =>
        new Promise<IteratorResult<Piece>>((resolve, reject) => {
          waiting.push(resolve);
          errors.push(reject);
        }),
    }),
  };
  return {
    transcript,
    reads: () => waiting.length,
    give: (value: Piece) => waiting.at(-1)?.({ done: false, value }),
    fail: (error: unknown) => errors.at(-1)?.(error),
  };
}

const turn = () => new Promise(resolve => setImmediate(resolve));
const reader = (replay: ReturnType<typeof createReplay>) => replay.transcript()[Symbol.asyncIterator]();

describe('a replay', () => {
  it('gives the same pieces every time', async () => {
    const pieces: Piece[] = ['a', '', { flush: true }, 'b'];
    const replay = createReplay(from(...pieces));
    for (let i = 0; i < 3; i++) assert.deepEqual(await collect(replay.transcript()), pieces);
    assert.equal(replay.whole, true);
  });

  it('a piece that was being read for one reader goes to the next', async () => {
    const source = slow();
    const replay = createReplay(source.transcript);
    const first = reader(replay);
    const given = first.next();
    const second = reader(replay);
    const wanted = second.next();
    await turn();
    assert.equal(source.reads(), 1);
    source.give('a');
    assert.deepEqual(await wanted, { done: false, value: 'a' });
    assert.equal((await given).done, true);
  });

  it('a reader that is behind when the start is forgotten loses nothing', async () => {
    const replay = createReplay(from('a', 'b', 'c', 'd'));
    const first = reader(replay);
    for (let i = 0; i < 3; i++) await first.next();
    const second = reader(replay);
    assert.equal((await second.next()).value, 'a');
    replay.forget();
    assert.equal(replay.whole, false);
    assert.deepEqual(await collect({ [Symbol.asyncIterator]: () => second }), ['b', 'c', 'd']);
  });

  it('a piece beyond the limit is not lost to a reader that is behind', async () => {
    const source = slow();
    const replay = createReplay(source.transcript, 3);
    const first = reader(replay);
    const one = first.next();
    source.give('ab');
    await one;
    const pending = first.next();
    const second = reader(replay);
    source.give('cd');
    await pending;
    assert.equal(replay.whole, false);
    assert.equal((await second.next()).value, 'ab');
    assert.equal((await second.next()).value, 'cd');
  });

  it('an error of the source reaches whoever comes to it, every time', async () => {
    const wrong = new Error('stdin broke');
    const source = slow();
    const replay = createReplay(source.transcript);
    const first = reader(replay).next();
    const second = reader(replay);
    source.fail(wrong);
    await first;
    await assert.rejects(second.next(), error => error === wrong);
    await assert.rejects(reader(replay).next(), error => error === wrong);
    assert.equal(source.reads(), 1);
  });

  it('closing ends the source, and no reader does', async () => {
    let ended = false;
    async function* text() {
      try {
        yield 'a';
        yield 'b';
      } finally {
        ended = true;
      }
    }
    const replay = createReplay(text());
    for await (const _ of replay.transcript()) break;
    assert.equal(ended, false);
    replay.close();
    await turn();
    assert.equal(ended, true);
  });
});
