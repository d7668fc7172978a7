/** The built-in engine: a book to a WAV file, and ten words to one. */
import { existsSync } from 'node:fs';
import { rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Benchmark, Contender, Row, Sample } from '../support/benchmark.ts';
import { ALOUD, run, runNode } from '../support/process.ts';
import { bookOf } from '../support/texts.ts';
import type { Workshop } from '../support/workshop.ts';

const NATIVE = '/usr/bin/espeak-ng';
const TEN_WORDS = 'Ten words are enough to say that all is well.';

const timesRealTime = (contender: string, atLeast?: number): Row => ({
  what: `${contender}: times real time`,
  contender,
  measure: 'realTime',
  unit: '×',
  ...(atLeast === undefined ? {} : { bound: { atLeast } }),
});

/** A book takes minutes: a part of one tells as much, for every sentence costs what it costs. */
export const engineBook: Benchmark = {
  name: 'engine-book',
  what: 'An eighth of a book, 120 KB, to WAV with the built-in engine, against a loop over its sentences that does nothing but call the engine; beside it the native espeak-ng of Debian.',
  rounds: { full: 3, quick: 1 },
  rows: [
    timesRealTime('aloud say', 200),
    {
      what: 'aloud say: wall / bare engine, for as much audio',
      contender: 'aloud say',
      measure: 'msPerSecond',
      against: { contender: 'bare engine', by: 'ratio' },
      unit: '×',
      bound: { atMost: 1.3 },
    },
    timesRealTime('bare engine'),
    timesRealTime('native espeak-ng'),
  ],
  async prepare(workshop) {
    const text = workshop.file('book.txt');
    await writeFile(text, bookOf(workshop.isQuick ? 12_000 : 120_000));
    const missing = existsSync(NATIVE) ? {} : { missing: 'The native espeak-ng is not installed here.' };
    return { contenders: await speakers(workshop, text), ...missing, async [Symbol.asyncDispose]() {} };
  },
};

export const engineWords: Benchmark = {
  name: 'engine-words',
  what: 'Ten words to a WAV file with the built-in engine, from Enter to the end of the process, against a script that loads the engine, speaks and writes.',
  rounds: { full: 11, quick: 5 },
  rows: [
    {
      what: 'aloud say / bare engine',
      contender: 'aloud say',
      measure: 'wallMs',
      against: { contender: 'bare engine', by: 'ratio' },
      unit: '×',
      bound: { atMost: 1.25 },
    },
  ],
  async prepare(workshop) {
    const text = workshop.file('words.txt');
    await writeFile(text, TEN_WORDS);
    const [aloud, bare] = await speakers(workshop, text);
    if (aloud === undefined || bare === undefined) throw new Error('nobody speaks');
    return { contenders: [aloud, bare], async [Symbol.asyncDispose]() {} };
  },
};

async function speakers(workshop: Workshop, text: string): Promise<Contender[]> {
  const floor = await workshop.bundled('floors/engine');
  const engine = createRequire(import.meta.url).resolve('@echogarden/espeak-ng-emscripten');
  const { HOME = '' } = workshop.env;
  const output = workshop.file('engine.wav');
  const timed = async (made: Promise<Sample>, rate: number): Promise<Sample> => {
    const sample = await made;
    const { size } = await stat(output);
    await rm(output);
    const seconds = (size - 44) / 2 / rate;
    const { wallMs = Number.NaN } = sample;
    return { ...sample, realTime: (seconds * 1000) / wallMs, msPerSecond: wallMs / seconds };
  };
  const say = [ALOUD, 'say', '--provider', 'local', '-f', text, '-o', output, '-q'];
  const contenders: Contender[] = [
    { name: 'aloud say', run: () => timed(runNode({ args: say, env: { HOME } }), 24_000) },
    { name: 'bare engine', run: () => timed(runNode({ args: [floor, engine, text, output], env: { HOME } }), 22_050) },
  ];
  if (existsSync(NATIVE)) {
    const args = ['-v', 'en-us', '-f', text, '-w', output];
    contenders.push({ name: 'native espeak-ng', run: () => timed(run(NATIVE, { args }), 22_050) });
  }
  return contenders;
}
