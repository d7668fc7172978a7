/** Memory that does not grow with the length of the speech: each sink, each provider, many contexts, a reader that stops. */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import type { Benchmark, Contender, Row, Sample } from '../support/benchmark.ts';
import { ALOUD, runNode } from '../support/process.ts';
import { bookOf } from '../support/texts.ts';
import type { Workshop } from '../support/workshop.ts';

const SINKS = ['raw', 'wav', 'srt', 'vtt', 'json', 'TextGrid'];
const CONTEXTS = [10, 100];
const CASES = [
  ...SINKS.map(sink => `cartesia, .${sink}`),
  'cartesia, standard output',
  'slng, .wav',
  ...CONTEXTS.map(count => `cartesia, ${count} contexts`),
  'local, .wav',
];
const MINUTE_S = 60;
/** Of text that the built-in engine reads: a minute, and half an hour, which takes it ten seconds. */
const CHARACTERS = { short: 1000, long: 30_000 };
const STOPPED_MS = 3000;

export const memory: Benchmark = {
  name: 'memory',
  what: 'Peak memory at ten hours of audio beyond that at one minute, as fast as it goes; for the built-in engine half an hour. A stopped reader takes nothing of ten hours for three seconds.',
  rounds: { full: 2, quick: 1 },
  rows: [
    ...CASES.map(
      (name): Row => ({
        what: `${name}: growth`,
        contender: `${name}, long`,
        measure: 'peakMb',
        against: { contender: `${name}, short`, by: 'difference' },
        unit: 'MB',
        bound: { atMost: 25 },
      }),
    ),
    {
      what: 'stopped reader of standard output: peak',
      contender: 'stopped reader',
      measure: 'peakMb',
      unit: 'MB',
      bound: { atMost: 120 },
    },
  ],
  async prepare(workshop) {
    const service = await workshop.service();
    const lengths = { short: MINUTE_S, long: (workshop.isQuick ? 1 : 10) * 3600 };
    const files = await workshop.bundled('probes/files');
    const contenders = CASES.flatMap(name =>
      (['short', 'long'] as const).map((length): Contender => {
        const seconds = lengths[length];
        return {
          name: `${name}, ${length}`,
          async run() {
            const count = Number(/\d+(?= contexts)/.exec(name)?.[0] ?? 1);
            await service.behave({ seconds: seconds / count });
            if (count > 1) return many(workshop, [files, service.plain], count);
            const [provider = '', where = ''] = name.split(', ');
            const words = provider === 'local' ? bookOf(CHARACTERS[length]) : 'Hello, world.';
            const at = provider === 'local' ? [] : ['--base-url', service.plain];
            return one(workshop, ['--provider', provider, ...at], where, words);
          },
        };
      }),
    );
    const stopped: Contender = {
      name: 'stopped reader',
      async run() {
        await service.behave({ seconds: 36_000 });
        return stoppedReader(workshop, service.plain);
      },
    };
    return { contenders: [...contenders, stopped], async [Symbol.asyncDispose]() {} };
  },
};

async function one(workshop: Workshop, to: readonly string[], where: string, text: string): Promise<Sample> {
  const file = where.startsWith('.') ? workshop.file(`out${where}`) : undefined;
  const output = file === undefined ? ['-o', '-', '--format', 'raw'] : ['-o', file];
  const args = [ALOUD, 'say', ...to, ...output, '-q', '--', text];
  const sample = await runNode({ args, env: workshop.env });
  if (file !== undefined) await rm(file);
  return sample;
}

async function many(workshop: Workshop, script: readonly string[], count: number): Promise<Sample> {
  const folder = workshop.file('contexts');
  await mkdir(folder);
  try {
    return await runNode({ args: [...script, folder, String(count)], env: workshop.env });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The peak is looked up while it waits: the program does not come to its end by itself. */
async function stoppedReader(workshop: Workshop, url: string): Promise<Sample> {
  let peakMb = Number.NaN;
  const args = [
    'say',
    '--provider',
    'cartesia',
    '--base-url',
    url,
    '-o',
    '-',
    '--format',
    'raw',
    '-q',
    'Hello, world.',
  ];
  await runNode({
    args: [ALOUD, ...args],
    env: workshop.env,
    mayFail: true,
    async meanwhile(child: ChildProcess) {
      child.stdout?.pause();
      await new Promise(resolve => setTimeout(resolve, STOPPED_MS));
      const status = readFileSync(`/proc/${child.pid}/status`, 'latin1');
      peakMb = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024;
      child.kill('SIGKILL');
      return undefined;
    },
  });
  return { peakMb };
}
