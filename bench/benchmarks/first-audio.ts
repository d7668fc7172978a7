/** What a person feels: from Enter to the first sample of a text that is on the command line. */
import { fileURLToPath } from 'node:url';
import type { Benchmark } from '../support/benchmark.ts';
import { ALOUD, runNode } from '../support/process.ts';

const SDK = fileURLToPath(new URL('../peers/sdk-first-audio.cjs', import.meta.url));

const ratio = (against: string, atMost: number) =>
  ({
    what: `aloud say / ${against}`,
    contender: 'aloud say',
    measure: 'firstMs',
    against: { contender: against, by: 'ratio' },
    unit: '×',
    bound: { atMost },
  }) as const;

export const firstAudio: Benchmark = {
  name: 'first-audio',
  what: 'From the start of the process to the first byte of audio on standard output, over TLS, from a service that answers at once.',
  rounds: { full: 25, quick: 7 },
  rows: [ratio('bare ws', 1.2), ratio('official SDK', 0.7)],
  async prepare(workshop) {
    const service = await workshop.service();
    await service.behave({ seconds: 0.2 });
    const floor = await workshop.bundled('floors/first-audio');
    const { env } = workshop;
    const say = ['say', '--provider', 'cartesia', '--base-url', service.tls, '-o', '-', '--format', 'raw', '-q'];
    return {
      contenders: [
        { name: 'bare ws', run: () => runNode({ args: [floor, service.tls, 'Hello, world.'], env, bare: true }) },
        { name: 'aloud say', run: () => runNode({ args: [ALOUD, ...say, 'Hello, world.'], env, bare: true }) },
        { name: 'official SDK', run: () => runNode({ args: [SDK, service.tls], env, bare: true }) },
      ],
      async [Symbol.asyncDispose]() {},
    };
  },
};
