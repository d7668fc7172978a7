/** The recorded results as a Markdown report with charts. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Result, Sample } from './benchmark.ts';
import { drawChart } from './chart.ts';
import type { Recorded } from './recorded.ts';
import { holds } from './statistics.ts';
import { boundOf, number, spread, verdict, withUnit } from './words.ts';

const BENCH = new URL('../', import.meta.url);

export function writeReport(recorded: Recorded): void {
  writeFileSync(fileURLToPath(new URL('RESULTS.md', BENCH)), reportOf(recorded));
  mkdirSync(fileURLToPath(new URL('charts/', BENCH)), { recursive: true });
  for (const { name, what, figures } of recorded.results) {
    writeFileSync(fileURLToPath(new URL(`charts/${name}.svg`, BENCH)), drawChart(what, figures));
  }
}

/** The whole report; a pure function of what was recorded. */
export function reportOf({ machine, version, date, results }: Recorded): string {
  const bounded = results.flatMap(({ figures }) => figures).filter(figure => figure.bound !== undefined);
  const kept = bounded.filter(figure => holds(figure));
  return [
    '# What was measured',
    '',
    'Written by `npm run bench`; do not edit. How it is measured, and what the words mean: [README](README.md).',
    '',
    `aloud ${version} on ${date}: ${machine.cores} cores (${machine.processor}), ${machine.platform}, Node ${machine.node}.`,
    `${kept.length} of ${bounded.length} bounds hold.`,
    '',
    'A figure is the median of the rounds; beside it are the quartiles. A ratio compares what ran in the same round.',
    '',
    ...results.flatMap(section),
  ].join('\n');
}

function section({ name, what, figures, measured, missing }: Result): string[] {
  return [
    `## ${name}`,
    '',
    what,
    ...(missing === undefined ? [] : ['', missing]),
    '',
    `![${name}](charts/${name}.svg)`,
    '',
    '| figure | median | quartiles | rounds | bound | |',
    '|---|---:|---:|---:|---:|---|',
    ...figures.map(figure => {
      const { what: row, unit, median, rounds, bound } = figure;
      const cells = [row, withUnit(median, unit), spread(figure), rounds, boundOf(bound), verdict(figure)];
      return `| ${cells.join(' | ')} |`;
    }),
    '',
    '<details><summary>medians of what was measured</summary>',
    '',
    ...measuredTable(measured),
    '',
    '</details>',
    '',
  ];
}

function measuredTable(measured: Readonly<Record<string, Sample>>): string[] {
  const measures = [...new Set(Object.values(measured).flatMap(sample => Object.keys(sample)))];
  const row = ([name, sample]: [string, Sample]) =>
    `| ${[name, ...measures.map(measure => (sample[measure] === undefined ? '' : number(sample[measure])))].join(' | ')} |`;
  return [
    `| | ${measures.join(' | ')} |`,
    `|---|${measures.map(() => '---:|').join('')}`,
    ...Object.entries(measured).map(row),
  ];
}
