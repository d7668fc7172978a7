/** Text that is still being written, cut into what is sent at once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Piece } from '../../src/speech.ts';
import { endsLine, piecesOf, UNITS } from '../../src/text/pieces.ts';
import { manualClock } from '../support/clock.ts';
import { collect, from } from '../support/collect.ts';

const FLUSH: Piece = { flush: true };
const clock = manualClock();

function cut(by: (typeof UNITS)[number], ...written: readonly string[]): Promise<Piece[]> {
  return collect(piecesOf(from(...written), { by, language: 'en', clock }));
}

describe('pieces', () => {
  it('C11: joined they are the text, however it was cut on its way in and is cut on its way out', async () => {
    const bits = fc.constantFrom(
      'Hello',
      ' ',
      '. ',
      '\n',
      '3',
      '.5',
      '<break',
      ' time="1s"/>',
      '🇩',
      '🇪',
      '👩‍',
      '🚀',
      'Dr',
      'é',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(bits), fc.constantFrom(...UNITS), async (written, by) => {
        const pieces = await cut(by, ...written);
        assert.equal(pieces.join(''), written.join(''));
        assert.ok(pieces.every(piece => piece !== ''));
      }),
      { numRuns: 300 },
    );
  });

  it('by token they are what was read, with nothing trimmed and nothing joined', async () => {
    const tokens = [' The', ' quick', '\n', ' ', 'fox', '.', ' ', ' It'];
    assert.deepEqual(await cut('token', ...tokens), tokens);
  });

  it('C15: a tag and a character are never split', async () => {
    assert.deepEqual(await cut('token', 'a <bre', 'ak time="', '1s"/> b'), ['a ', '<break time="1s"/> b']);
    assert.deepEqual(await cut('token', 'x🇩', '🇪 y'), ['x', '🇩🇪 y']);
    assert.deepEqual(await cut('token', 'n\ud83d', '\ude80'), ['n', '\ud83d\ude80']);
  });

  it('by sentence each goes out as soon as it is complete', async () => {
    assert.deepEqual(await cut('sentence', 'One is', ' here. Two', '. It is 3.', '14 now', '.'), [
      'One is here. ',
      'Two. ',
      'It is 3.14 now.',
    ]);
    const { value } = await piecesOf(endless('A whole sentence.'), { by: 'sentence', language: 'en', clock }).next();
    assert.equal(value, 'A whole sentence.');
  });

  it('by line each ends its line', async () => {
    const pieces = await cut('line', 'one\ntw', 'o\n', '\nrest');
    assert.deepEqual(pieces, ['one\n', 'two\n', '\n', 'rest']);
    assert.deepEqual(
      pieces.map(piece => endsLine(String(piece))),
      [true, true, true, false],
    );
  });

  it('T1: none is longer than a service takes, and a line without end is not gathered', async () => {
    for (const by of UNITS) {
      const written = Array.from({ length: 300 }, () => 'many words and no stop '.repeat(20));
      const pieces = await cut(by, ...written);
      assert.ok(
        pieces.every(piece => String(piece).length <= 2000),
        by,
      );
      assert.equal(pieces.join(''), written.join(''), by);
    }
    assert.ok((await cut('token', 'x'.repeat(70_000))).every(piece => String(piece).length <= 2000));
  });
});

/** Text, and then nothing for ever. */
async function* endless(...written: readonly string[]): AsyncGenerator<string> {
  yield* written;
  await new Promise(() => {});
}

describe('a writer that pauses', () => {
  async function paced(by: (typeof UNITS)[number], idleFlushMs: number, steps: readonly (string | number)[]) {
    const time = manualClock();
    const queue: string[] = [];
    let wake: (() => void) | undefined;
    let ended = false;
    async function* text(): AsyncGenerator<string> {
      for (;;) {
        const next = queue.shift();
        if (next !== undefined) yield next;
        else if (ended) return;
        else
          await new Promise<void>(resolve => {
            wake = resolve;
          });
      }
    }
    const pieces: Piece[] = [];
    const done = (async () => {
      for await (const piece of piecesOf(text(), { by, language: 'en', idleFlushMs, clock: time })) pieces.push(piece);
    })();
    for (const step of steps) {
      if (typeof step === 'number') await time.advance(step);
      else queue.push(step);
      wake?.();
      await time.advance(0);
    }
    ended = true;
    wake?.();
    await done;
    assert.equal(time.pending, 0);
    return pieces;
  }

  it('makes what waits audible, once', async () => {
    assert.deepEqual(await paced('token', 300, ['Half a', 299, ' sentence', 299, 2, 5000, ' and', 10]), [
      'Half a',
      ' sentence',
      FLUSH,
      ' and',
    ]);
  });

  it('has what was begun spoken, by sentence and by line', async () => {
    assert.deepEqual(await paced('sentence', 200, ['Well. I', 500, ' think.']), ['Well. ', 'I', FLUSH, ' think.']);
    assert.deepEqual(await paced('line', 200, ['Name: ', 500, 'Ann\n']), ['Name: ', FLUSH, 'Ann\n']);
  });

  it('has nothing flushed that is only white space', async () => {
    assert.deepEqual(await paced('token', 100, [' ', 500, '\n', 500]), [' ', '\n']);
  });
});
