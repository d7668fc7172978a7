/** How long the program takes to start: the version, the help, and a completion. */
import { writeFile } from 'node:fs/promises';
import type { Benchmark } from '../support/benchmark.ts';
import { ALOUD, runNode } from '../support/process.ts';

const start = (name: string, args: readonly string[], env = {}) => ({
  name,
  run: () => runNode({ args, env, bare: true }),
});

const ratio = (what: string, contender: string, atMost?: number) =>
  ({
    what,
    contender,
    measure: 'wallMs',
    against: { contender: 'empty script', by: 'ratio' },
    unit: '×',
    ...(atMost === undefined ? {} : { bound: { atMost } }),
  }) as const;

export const startUp: Benchmark = {
  name: 'start-up',
  what: 'From start to end of the process, against an empty CommonJS script on the same Node.',
  rounds: { full: 31, quick: 7 },
  rows: [
    ratio('aloud --version / empty script', 'aloud --version', 1.3),
    ratio('aloud --help / empty script', 'aloud --help', 1.6),
    ratio('node -e 0 / empty script', 'node -e 0'),
    {
      what: 'completion of a flag, beyond --version',
      contender: 'completion',
      measure: 'wallMs',
      against: { contender: 'aloud --version', by: 'difference' },
      unit: 'ms',
      bound: { atMost: 50 },
    },
  ],
  async prepare(workshop) {
    const empty = workshop.file('empty.cjs');
    await writeFile(empty, '');
    const { HOME = '' } = workshop.env;
    return {
      contenders: [
        start('empty script', [empty]),
        start('node -e 0', ['-e', '0']),
        start('aloud --version', [ALOUD, '--version']),
        start('aloud --help', [ALOUD, '--help']),
        start('completion', [ALOUD, 'completion', '--values', 'voices', '--', 'aloud', 'say', '-v'], { HOME }),
      ],
      async [Symbol.asyncDispose]() {},
    };
  },
};
