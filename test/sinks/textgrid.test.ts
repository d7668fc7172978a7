import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { openFileTarget } from '../../src/sinks/target.ts';
import { createTextGridSink } from '../../src/sinks/textgrid.ts';
import type { SinkEvent } from '../../src/speech.ts';
import { audio, contextOf, phoneme, play, S16, type Setting, samples, scratch, word } from './setting.ts';

type Interval = readonly [start: number, end: number, text: string];
interface Grid {
  readonly end: number;
  readonly tiers: { readonly name: string; readonly intervals: Interval[] }[];
}

/** Reads what Praat reads: numbers, quoted strings and flags in order; all other words are comments. */
function parse(text: string): Grid {
  const bare = text.replace(/item \[\d*\]:|intervals \[\d+\]:/g, '');
  const tokens = [...bare.matchAll(/"((?:[^"]|"")*)"|<(exists)>|(?<![\w.])(-?\d+(?:\.\d+)?(?:e-?\d+)?)(?![\w.])/g)].map(
    ([, quoted, flag, number]) => flag ?? (quoted === undefined ? Number(number) : quoted.replaceAll('""', '"')),
  );
  const next = () => tokens.shift();
  const number = () => {
    const token = next();
    assert.equal(typeof token, 'number', `${token}`);
    return token as number;
  };
  assert.deepEqual([next(), next(), number()], ['ooTextFile', 'TextGrid', 0]);
  const end = number();
  assert.equal(next(), 'exists');
  const tiers = Array.from({ length: number() }, () => {
    assert.equal(next(), 'IntervalTier');
    const name = String(next());
    assert.deepEqual([number(), number()], [0, end]);
    const intervals = Array.from({ length: number() }, (): Interval => [number(), number(), String(next())]);
    return { name, intervals };
  });
  assert.equal(tokens.length, 0, `left over: ${tokens}`);
  return { end, tiers };
}

async function writeGrid(test: TestContext, events: Iterable<SinkEvent>, setting: Setting = {}): Promise<Grid> {
  const path = join(scratch(test), 'a.TextGrid');
  const context = contextOf(setting);
  const sink = createTextGridSink(await openFileTarget(path, context), context);
  await play(sink, events);
  await sink.close();
  return parse(readFileSync(path, 'utf8'));
}

describe('a TextGrid', () => {
  it('has words and silences from the first moment to the last', async test => {
    const events = [audio(samples(S16, 48000)), word('say', 0.2, 0.5), word('"ɯ"', 0.5, 0.75), word('x', 1, 1.5)];
    assert.deepEqual(await writeGrid(test, events), {
      end: 2,
      tiers: [
        {
          name: 'words',
          intervals: [
            [0, 0.2, ''],
            [0.2, 0.5, 'say'],
            [0.5, 0.75, '"ɯ"'],
            [0.75, 1, ''],
            [1, 1.5, 'x'],
            [1.5, 2, ''],
          ],
        },
      ],
    });
  });

  it('has a tier of phones when they were asked for', async test => {
    const events = [audio(samples(S16, 24000)), word('a', 0, 1), phoneme('eɪ', 0, 1)];
    const grid = await writeGrid(test, events, { request: { timestamps: ['word', 'phoneme'] } });
    assert.deepEqual(grid.tiers[1], { name: 'phones', intervals: [[0, 1, 'eɪ']] });
    assert.equal((await writeGrid(test, events)).tiers.length, 1);
  });

  it('is one silence without times, and says so', async test => {
    const wordless: string[] = [];
    const grid = await writeGrid(test, [audio(samples(S16, 24000))], { wordless });
    assert.deepEqual(grid.tiers[0]?.intervals, [[0, 1, '']]);
    assert.equal(wordless.length, 1);
  });

  it('gives the text of a word without length to its neighbour', async test => {
    const events = [word('a', 0.5, 0.5), word('b', 0.5, 0.8), word('c', 0.8, 0.8), audio(samples(S16, 24000))];
    assert.deepEqual((await writeGrid(test, events)).tiers[0]?.intervals, [
      [0, 0.5, ''],
      [0.5, 0.8, 'a b c'],
      [0.8, 1, ''],
    ]);
  });

  it('has no gaps, no overlaps and no empty lengths, whatever comes (F13, T8)', async test => {
    const time = fc.oneof(fc.double({ min: -1, max: 3 }), fc.double());
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('"', '""', 'a\n"b', '<exists>', '1'));
    const event = fc.oneof(
      fc.tuple(text, time, time).map(args => word(...args)),
      fc.integer({ min: 1, max: 24000 }).map(count => audio(Buffer.alloc(count * 2))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 15 }), async events => {
        const { end, tiers } = await writeGrid(test, [audio(Buffer.alloc(2)), ...events]);
        let reached = 0;
        for (const [from, to] of tiers[0]?.intervals ?? []) {
          assert.equal(from, reached);
          assert.ok(to > from);
          reached = to;
        }
        assert.equal(reached, end);
      }),
      { numRuns: 100 },
    );
  });
});
