/** The official SDK at the same work: all the audio into files, in one context and in many. */
import { mkdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Benchmark, Contender, Sample } from '../support/benchmark.ts';
import { runNode } from '../support/process.ts';
import { sayToFile } from './hot-path.ts';

const SDK = fileURLToPath(new URL('../peers/sdk-file.cjs', import.meta.url));
const MANY = 50;

const ratio = (count: string, measure: 'cpuMs' | 'peakMb', atMost?: number) =>
  ({
    what: `${count}: ${measure === 'cpuMs' ? 'CPU' : 'peak memory'} / official SDK`,
    contender: `aloud, ${count}`,
    measure,
    against: { contender: `official SDK, ${count}`, by: 'ratio' },
    unit: '×',
    ...(atMost === undefined ? {} : { bound: { atMost } }),
  }) as const;

export const officialSdk: Benchmark = {
  name: 'official-sdk',
  what: 'Audio as s16 at 24 kHz over TLS into files in memory, as fast as it goes: ten hours in one context, five hours in 50.',
  rounds: { full: 3, quick: 1 },
  rows: [
    ratio('1 context', 'cpuMs', 0.06),
    ratio('1 context', 'peakMb'),
    ratio('50 contexts', 'cpuMs', 0.42),
    ratio('50 contexts', 'peakMb'),
  ],
  async prepare(workshop) {
    const service = await workshop.service();
    const { env, isQuick } = workshop;
    const files = await workshop.bundled('probes/files');
    const hours = isQuick ? { one: 1, many: 1 } : { one: 10, many: 5 };
    const one = hours.one * 3600;
    const many = (hours.many * 3600) / MANY;
    const inFolder = async (seconds: number, args: (folder: string) => readonly string[]): Promise<Sample> => {
      await service.behave({ seconds });
      const folder = workshop.file('sdk');
      await mkdir(folder);
      try {
        return await runNode({ args: args(folder), env });
      } finally {
        await rm(folder, { recursive: true });
      }
    };
    const sdk = (seconds: number, count: number) =>
      inFolder(seconds, folder => [SDK, service.tls, folder, String(count)]);
    const contenders: Contender[] = [
      {
        name: 'aloud, 1 context',
        async run() {
          await service.behave({ seconds: one });
          return sayToFile(workshop, service.tls, 'out.raw', { seconds: one });
        },
      },
      { name: 'official SDK, 1 context', run: () => sdk(one, 1), isSlow: true },
      { name: 'aloud, 50 contexts', run: () => inFolder(many, folder => [files, service.tls, folder, String(MANY)]) },
      { name: 'official SDK, 50 contexts', run: () => sdk(many, MANY) },
    ];
    return { contenders, async [Symbol.asyncDispose]() {} };
  },
};
