/** The figures in README, out of what the benchmarks recorded. */
import type { Figure, Result } from '../bench/support/benchmark.ts';
import type { Recorded } from '../bench/support/recorded.ts';
import { number } from '../bench/support/words.ts';

/** One line of the table: what it is about, and which recorded figures say it. */
interface Line {
  readonly about: string;
  readonly benchmark: string;
  readonly rows: readonly string[];
  say(...medians: string[]): string;
}

const LINES: readonly Line[] = [
  {
    about: 'from Enter to the first sound, over TLS',
    benchmark: 'first-audio',
    rows: ['aloud say / official SDK', 'aloud say / bare ws'],
    say: (sdk, bare) => `${sdk} × Cartesia's SDK, ${bare} × a hand-written script over bare \`ws\``,
  },
  {
    about: 'text that arrives later, on a line of 60 ms',
    benchmark: 'late-text',
    rows: ['aloud stream, round trip of 60 ms'],
    say: late => `${late} ms to its first sound`,
  },
  {
    about: 'ten hours of audio into a file',
    benchmark: 'official-sdk',
    rows: ['1 context: CPU / official SDK', '1 context: peak memory / official SDK'],
    say: (cpu, memory) => `${cpu} × the CPU of Cartesia's SDK, ${memory} × its memory`,
  },
  {
    about: 'what ten hours need beyond one minute',
    benchmark: 'memory',
    rows: ['cartesia, .wav: growth'],
    say: growth => `${growth} MB of memory`,
  },
  {
    about: 'a book on a plan of 15 contexts',
    benchmark: 'book',
    rows: ['say --jobs auto: wall / ideal'],
    say: ideal => `${ideal} × the time that 15 voices need at best`,
  },
  {
    about: 'the built-in voice',
    benchmark: 'engine-book',
    rows: ['aloud say: times real time'],
    say: times => `${times} × real time`,
  },
];

/** A table of what has been recorded; a line without its figures is left out. */
export function figuresTable({ machine, results }: Recorded): string[] {
  const told = LINES.flatMap(({ about, benchmark, rows, say }) => {
    const medians = rows.flatMap(what => find(results, benchmark, what)?.median ?? []);
    return medians.length < rows.length ? [] : [`| ${about} | ${say(...medians.map(number))} |`];
  });
  return [
    `| on ${machine.cores} cores, Node ${machine.node.split('.')[0]} | |`,
    '|---|---|',
    ...told,
    '',
    'Measured by `npm run bench`, everything against a floor in the same run: [all figures](bench/RESULTS.md).',
  ];
}

function find(results: readonly Result[], benchmark: string, what: string): Figure | undefined {
  return results.find(({ name }) => name === benchmark)?.figures.find(figure => figure.what === what);
}
