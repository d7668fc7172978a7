import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BENCHMARKS } from '../bench/benchmarks/index.ts';
import type { Figure, Row } from '../bench/support/benchmark.ts';
import { drawChart, scaleOf } from '../bench/support/chart.ts';
import { merge, readRecorded, slowerThan } from '../bench/support/recorded.ts';
import { reportOf } from '../bench/support/report.ts';
import { figureOf, holds, isWorse, median, mediansOf, quantile } from '../bench/support/statistics.ts';
import { bookOf, linesOf } from '../bench/support/texts.ts';
import { number } from '../bench/support/words.ts';

const figure = (median: number, spread = 0, more: Partial<Figure> = {}): Figure => ({
  what: 'aloud / floor',
  unit: '×',
  median,
  low: median - spread,
  high: median + spread,
  rounds: 5,
  ...more,
});

describe('the statistics of the benchmarks', () => {
  it('a median has as many values above it as below', () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 2, 3]), 2.5);
    assert.equal(quantile([1, 2, 3, 4, 5], 0.25), 2);
    assert.throws(() => median([]));
    const values = fc.array(fc.integer(), { minLength: 1 });
    fc.assert(
      fc.property(values, all => {
        const middle = median(all);
        assert.ok(all.filter(value => value < middle).length <= all.length / 2);
        assert.ok(all.filter(value => value > middle).length <= all.length / 2);
      }),
    );
  });

  it('contenders are compared within a round', () => {
    const against = { contender: 'floor', by: 'ratio' } as const;
    const row: Row = { what: 'aloud / floor', contender: 'aloud', measure: 'cpuMs', against, unit: '×' };
    const rounds = [
      // The machine was half as fast in the second round, for both.
      new Map([
        ['aloud', { cpuMs: 30 }],
        ['floor', { cpuMs: 20 }],
      ]),
      new Map([
        ['aloud', { cpuMs: 60 }],
        ['floor', { cpuMs: 40 }],
      ]),
      new Map([['aloud', { cpuMs: 1000 }]]),
    ];
    assert.deepEqual(figureOf(row, rounds), { ...figure(1.5), rounds: 2 });
    const difference = { ...row, against: { contender: 'floor', by: 'difference', share: 10 } as const };
    assert.equal(figureOf(difference, rounds)?.median, 1.5);
    assert.equal(figureOf({ ...row, contender: 'nobody' }, rounds), undefined);
    assert.deepEqual(mediansOf(rounds), { aloud: { cpuMs: 60 }, floor: { cpuMs: 30 } });
  });

  it('a bound may be the most or the least', () => {
    assert.equal(holds(figure(1.2, 0, { bound: { atMost: 1.2 } })), true);
    assert.equal(holds(figure(1.3, 0, { bound: { atMost: 1.2 } })), false);
    assert.equal(holds(figure(190, 0, { bound: { atLeast: 200 } })), false);
    assert.equal(holds(figure(190)), undefined);
  });

  it('worse is what the spread of neither explains', () => {
    assert.equal(isWorse(figure(1.5, 0.1), figure(1.2, 0.1)), true);
    assert.equal(isWorse(figure(1.5, 0.2), figure(1.2, 0.2)), false);
    assert.equal(isWorse(figure(1.04), figure(1)), false, 'a twentieth is nothing');
    assert.equal(isWorse(figure(1), figure(1.5)), false);
    const atLeast = { bound: { atLeast: 200 } };
    assert.equal(isWorse(figure(150, 0, atLeast), figure(250, 0, atLeast)), true);
    const recorded = [{ name: 'a', what: '', figures: [figure(1)], measured: {} }];
    const now = [{ name: 'a', what: '', figures: [figure(2), figure(9, 0, { what: 'new' })], measured: {} }];
    assert.deepEqual(
      slowerThan(recorded, now).map(({ benchmark, recorded: then }) => [benchmark, then.median]),
      [['a', 1]],
    );
  });
});

describe('the report of the benchmarks', () => {
  it('draws bars of one scale for one unit, with room for every bound', () => {
    const figures = [figure(1.2, 0.1, { bound: { atMost: 4 } }), figure(300, 0, { unit: 'MB', what: 'a <b> & "c"' })];
    assert.equal(scaleOf({ unit: '×' }, figures) * 4, scaleOf({ unit: 'MB' }, figures) * 300);
    const drawn = drawChart('two', figures);
    assert.equal(drawn.match(/<rect/g)?.length, 2);
    assert.equal(drawn.match(/class="bound"/g)?.length, 1);
    assert.ok(!drawn.includes('<b>') && !drawn.includes('"c"'));
    assert.match(drawn, /prefers-color-scheme: dark/);
    assert.ok(!/NaN|Infinity/.test(drawChart('none', [figure(0), figure(-3, 1)])));
  });

  it('figures have three digits that count', () => {
    assert.deepEqual([1.239, 12.39, 123.9, 0.0412, -5.5, 99.96].map(number), [
      '1.24',
      '12.4',
      '124',
      '0.041',
      '-5.50',
      '100',
    ]);
  });

  it('a run of some leaves the others as they were, in the order of the list', () => {
    const of = (name: string, value: number) => ({ name, what: '', figures: [figure(value)], measured: {} });
    const merged = merge([of('b', 1), of('gone', 1), of('a', 1)], [of('b', 2)], ['a', 'b']);
    assert.deepEqual(
      merged.map(({ name, figures }) => [name, figures[0]?.median]),
      [
        ['a', 1],
        ['b', 2],
      ],
    );
  });

  it('says how many bounds hold', () => {
    const figures = [figure(1, 0, { bound: { atMost: 2 } }), figure(3, 0, { bound: { atMost: 2 } }), figure(5)];
    const machine = { cores: 2, processor: 'any', platform: 'linux x64', node: '20.0.0' };
    const results = [{ name: 'a', what: 'All of it.', figures, measured: { aloud: { cpuMs: 1 } } }];
    const report = reportOf({ machine, version: '1.0.0', date: '2026-01-01', results });
    assert.match(report, /1 of 2 bounds hold/);
    assert.match(report, /\| aloud \/ floor \| 3.00 × .*\*\*missed\*\*/);
  });
});

describe('the benchmarks', () => {
  it('every recorded result has a benchmark, and every row one of its rows', () => {
    for (const { name, figures } of readRecorded()?.results ?? []) {
      const benchmark = BENCHMARKS.find(known => known.name === name);
      assert.ok(benchmark, `there is no benchmark ${name}`);
      const rows = new Set(benchmark.rows.map(({ what }) => what));
      for (const { what } of figures) assert.ok(rows.has(what), `${name} has no row ${what}`);
    }
  });

  it('have names and rows that are not used twice', () => {
    assert.equal(new Set(BENCHMARKS.map(({ name }) => name)).size, BENCHMARKS.length);
    for (const { name, rows } of BENCHMARKS)
      assert.equal(new Set(rows.map(({ what }) => what)).size, rows.length, name);
  });

  it('what is recorded names nothing of the machine but what the figures depend on', () => {
    assert.ok(!/\/(home|root|tmp|work|dev\/shm)\b/.test(JSON.stringify(readRecorded() ?? {})));
  });

  it('read the same text every time', () => {
    assert.equal(bookOf(5000), bookOf(5000));
    assert.ok(bookOf(5000).length >= 5000);
    assert.equal(new Set(linesOf(500)).size, 500);
  });
});
