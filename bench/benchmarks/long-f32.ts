/** Five hours of f32 at 44.1 kHz, of which the official SDK dies. */
import { mkdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Benchmark } from '../support/benchmark.ts';
import { runNode } from '../support/process.ts';
import { sayToFile } from './hot-path.ts';

const SDK = fileURLToPath(new URL('../peers/sdk-file.cjs', import.meta.url));
const FORMAT = { encoding: 'pcm_f32le', sampleRate: 44_100, sampleBytes: 4 };

export const longF32: Benchmark = {
  name: 'long-f32',
  what: 'Five hours of f32 at 44.1 kHz over TLS into a WAV file in memory, as fast as it goes. The length of the file is checked.',
  rounds: { full: 3, quick: 1 },
  rows: [
    { what: 'aloud: peak memory', contender: 'aloud', measure: 'peakMb', unit: 'MB', bound: { atMost: 110 } },
    {
      what: 'aloud: CPU / floor',
      contender: 'aloud',
      measure: 'cpuMs',
      against: { contender: 'floor', by: 'ratio' },
      unit: '×',
    },
    { what: 'official SDK: runs that died', contender: 'official SDK', measure: 'failed', unit: '' },
  ],
  async prepare(workshop) {
    const service = await workshop.service();
    const seconds = workshop.isQuick ? 1800 : 5 * 3600;
    await service.behave({ seconds });
    const { env } = workshop;
    const floor = await workshop.bundled('floors/count');
    const { encoding, sampleRate } = FORMAT;
    const folder = workshop.file('sdk-f32');
    return {
      contenders: [
        { name: 'floor', run: () => runNode({ args: [floor, service.tls, '1', encoding, String(sampleRate)], env }) },
        { name: 'aloud', run: () => sayToFile(workshop, service.tls, 'out.wav', { seconds, ...FORMAT }) },
        {
          name: 'official SDK',
          isSlow: true,
          async run() {
            await mkdir(folder);
            const args = [SDK, service.tls, folder, '1', encoding, String(sampleRate)];
            const sample = await runNode({ args, env, mayFail: true });
            await rm(folder, { recursive: true });
            return { failed: 0, ...sample };
          },
        },
      ],
      async [Symbol.asyncDispose]() {},
    };
  },
};
