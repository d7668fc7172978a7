/** Long work on a service that gives a context 1.6 times real time and takes 15 at once, which nobody tells us. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Benchmark, Sample } from '../support/benchmark.ts';
import { ALOUD, runNode } from '../support/process.ts';
import { bookOf, linesOf } from '../support/texts.ts';
import type { Service, Workshop } from '../support/workshop.ts';

const LIMIT = 15;
const PACE = 1.6;
const SECONDS_PER_CHARACTER = 1 / 14;

/** The service is so many times faster, or it would take an hour; what takes us time weighs so much more. */
const BOOK_HASTE = 20;
const LINES_HASTE = 8;

export const book: Benchmark = {
  name: 'book',
  what: `A book of 120 KB with say --jobs auto into a WAV file, from a service that gives a context 1.6 times real time and takes 15 at once; all of it ${BOOK_HASTE} times faster. Ideal is its audio divided by what 15 contexts give.`,
  rounds: { full: 2, quick: 1 },
  rows: [
    {
      what: 'say --jobs auto: wall / ideal',
      contender: 'say --jobs auto',
      measure: 'toIdeal',
      unit: '×',
      bound: { atMost: 1.15 },
    },
    { what: 'contexts that met 429', contender: 'say --jobs auto', measure: 'refusedPercent', unit: '%' },
    { what: 'peak memory', contender: 'say --jobs auto', measure: 'peakMb', unit: 'MB' },
  ],
  async prepare(workshop) {
    const service = await workshop.service();
    const text = workshop.file('parallel.txt');
    const output = workshop.file('parallel.wav');
    await writeFile(text, bookOf(workshop.isQuick ? 60_000 : 120_000));
    const to = ['--provider', 'cartesia', '--base-url', service.tls];
    const args = [ALOUD, 'say', ...to, '-f', text, '-o', output, '--jobs', 'auto', '-q'];
    return {
      contenders: [
        { name: 'say --jobs auto', run: () => against(service, BOOK_HASTE, runIn(workshop, args, workshop.folder)) },
      ],
      [Symbol.asyncDispose]: () => rm(output, { force: true }),
    };
  },
};

export const lines: Benchmark = {
  name: 'lines',
  what: `A thousand lines into a file each with fixtures, from the same service, ${LINES_HASTE} times faster. A line is met by 429 when the service has no room for it.`,
  rounds: { full: 2, quick: 1 },
  rows: [
    { what: 'fixtures: wall / ideal', contender: 'fixtures', measure: 'toIdeal', unit: '×', bound: { atMost: 1.1 } },
    {
      what: 'fixtures: lines that met 429',
      contender: 'fixtures',
      measure: 'refusedPercent',
      unit: '%',
      bound: { atMost: 3 },
    },
  ],
  async prepare(workshop) {
    const service = await workshop.service();
    const folder = workshop.file('lines');
    const entries = linesOf(workshop.isQuick ? 250 : 1000).map((text, i) => JSON.stringify({ id: `line-${i}`, text }));
    const to = ['--provider', 'cartesia', '--base-url', service.tls];
    const args = [ALOUD, 'fixtures', 'lines.jsonl', ...to, '--cache-dir', join(folder, 'cache'), '-q'];
    return {
      contenders: [
        {
          name: 'fixtures',
          async run() {
            await rm(folder, { recursive: true, force: true });
            await mkdir(folder);
            await writeFile(join(folder, 'lines.jsonl'), entries.join('\n'));
            return against(service, LINES_HASTE, runIn(workshop, args, folder));
          },
        },
      ],
      [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
    };
  },
};

const runIn = (workshop: Workshop, args: readonly string[], cwd: string) => () =>
  runNode({ args, env: workshop.env, cwd });

/** What a run took, held against what the service could have given. */
async function against(service: Service, haste: number, work: () => Promise<Sample>): Promise<Sample> {
  const pace = PACE * haste;
  await service.behave({ secondsPerCharacter: SECONDS_PER_CHARACTER, pace, limit: LIMIT });
  const sample = await work();
  const { contexts, refused, seconds } = await service.whatHappened();
  const idealMs = (seconds / pace / LIMIT) * 1000;
  const { wallMs = Number.NaN } = sample;
  return {
    ...sample,
    toIdeal: wallMs / idealMs,
    idealMs,
    refusedPercent: (refused / (contexts - refused)) * 100,
    audioSeconds: seconds,
  };
}
