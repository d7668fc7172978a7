/** `npm run bench`: measures the built program against floors and peers, and records what came of it. */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { BENCHMARKS } from './benchmarks/index.ts';
import type { Result } from './support/benchmark.ts';
import { measure } from './support/measure.ts';
import { merge, readRecorded, slowerThan, writeRecorded } from './support/recorded.ts';
import { writeReport } from './support/report.ts';
import { boundOf, number, spread, verdict, withUnit } from './support/words.ts';
import { openWorkshop } from './support/workshop.ts';

const USAGE = `npm run bench -- [options]

  --quick        fewer rounds and shorter audio, in under two minutes; prints, records nothing
  --only NAME    one benchmark (repeatable)
  --compare      records nothing; says what got worse than the recorded results, and exits 8 then
  --list         lists the benchmarks
`;

/** As the program itself has it: a check that was asked for failed. */
const WORSE = 8;

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      compare: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false, short: 'h' },
    },
  });
  if (values.help) return print(USAGE);
  if (values.list) return print(BENCHMARKS.map(({ name, what }) => `${name}\n    ${what}\n`).join(''));
  const unknown = values.only.filter(name => !BENCHMARKS.some(benchmark => benchmark.name === name));
  if (unknown.length > 0) return complain(`there is no benchmark ${unknown.join(', ')}; see --list`);
  if (values.quick && values.compare) return complain('--quick measures something else than what is recorded');

  const chosen = BENCHMARKS.filter(({ name }) => values.only.length === 0 || values.only.includes(name));
  const results = await runAll(chosen, values.quick);
  if (values.quick)
    print('quick: bounds are for the full length, where starts weigh less and peers fall behind more\n');
  if (values.compare) return compare(results);
  if (!values.quick) record(results);
  return 0;
}

async function runAll(chosen: typeof BENCHMARKS, isQuick: boolean): Promise<Result[]> {
  await using workshop = await openWorkshop(isQuick);
  const results: Result[] = [];
  for (const benchmark of chosen) {
    const start = performance.now();
    const result = await measure(benchmark, workshop, tell);
    results.push(result);
    tell('');
    show(result, (performance.now() - start) / 1000);
  }
  return results;
}

function show({ name, figures, missing }: Result, seconds: number): void {
  print(`${name} (${number(seconds)} s)\n`);
  if (missing !== undefined) print(`  ${missing}\n`);
  for (const figure of figures) {
    const { what, unit, median, bound } = figure;
    const value = withUnit(median, unit).padStart(12);
    print(`  ${what.padEnd(56)} ${value}  (${spread(figure)})  ${boundOf(bound)} ${verdict(figure)}\n`);
  }
}

function compare(results: readonly Result[]): number {
  const recorded = readRecorded();
  if (recorded === undefined) return complain('nothing is recorded yet; run it without --compare first');
  const slower = slowerThan(recorded.results, results);
  for (const { benchmark, now, recorded: then } of slower) {
    print(`worse: ${benchmark}: ${now.what}: ${withUnit(now.median, now.unit)}, was ${number(then.median)}\n`);
  }
  if (slower.length === 0) print('nothing got worse beyond the spread\n');
  return slower.length === 0 ? 0 : WORSE;
}

function record(results: readonly Result[]): void {
  const names = BENCHMARKS.map(({ name }) => name);
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const processors = cpus();
  const machine = {
    cores: processors.length,
    processor: processors[0]?.model.trim() ?? 'unknown',
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
  };
  const before = readRecorded();
  // What another machine did says nothing about this one.
  const old = isDeepStrictEqual(before?.machine, machine) ? before?.results : undefined;
  const date = new Date().toISOString().slice(0, 10);
  const recorded = { machine, version, date, results: merge(old ?? [], results, names) };
  writeRecorded(recorded);
  writeReport(recorded);
  print('recorded in bench/; README has its figures from there: npm run generate\n');
}

function tell(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}

function print(text: string): 0 {
  process.stdout.write(text);
  return 0;
}

function complain(text: string): number {
  process.stderr.write(`bench: ${text}\n`);
  return 2;
}
