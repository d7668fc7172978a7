/** `aloud serve` under a crowd of clients. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { Benchmark, Sample } from '../support/benchmark.ts';
import { ALOUD, PRELOAD, runNode } from '../support/process.ts';
import type { Workshop } from '../support/workshop.ts';

const CLIENTS = [1, 10, 100];
const CONTEXTS = 10;

export const serve: Benchmark = {
  name: 'serve',
  what: 'aloud serve with the built-in voice, clients with ten contexts each that all ask at once for a second of speech. The wait grows with what is asked for; CPU for an hour of audio should not, and memory for a context neither.',
  rounds: { full: 2, quick: 1 },
  rows: CLIENTS.flatMap(count => {
    const contender = `${count} client${count === 1 ? '' : 's'}`;
    return [
      {
        what: `${contender}: first audio, p99, of a context's share`,
        contender,
        measure: 'firstP99PerContext',
        unit: 'ms',
      },
      { what: `${contender}: CPU for an hour of audio`, contender, measure: 'cpuPerHour', unit: 's' },
      ...(count === 1
        ? []
        : [
            {
              what: `${contender}: memory for a context more`,
              contender,
              measure: 'peakMb',
              unit: 'MB',
              against: { contender: '1 client', by: 'difference', share: CONTEXTS * (count - 1) } as const,
            },
          ]),
    ];
  }),
  async prepare(workshop) {
    const crowd = await workshop.bundled('floors/crowd');
    const contenders = CLIENTS.map(count => ({
      name: `${count} client${count === 1 ? '' : 's'}`,
      run: () => serveCrowd(workshop, crowd, count),
    }));
    return { contenders, async [Symbol.asyncDispose]() {} };
  },
};

async function serveCrowd(workshop: Workshop, crowd: string, count: number): Promise<Sample> {
  const { HOME = '' } = workshop.env;
  const args = ['--require', PRELOAD, ALOUD, 'serve', '--port', '0', '--json', '--concurrency', '5000'];
  const server = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, HOME },
  });
  const used = text(server.stdio[3] as Readable);
  const { url } = await greetingOf(server);
  const client = await runNode({ args: [crowd, url, String(count), String(CONTEXTS)] });
  server.kill('SIGTERM');
  await once(server, 'exit');
  const { cpuMs, peakMb } = JSON.parse(await used) as { cpuMs: number; peakMb: number };
  const { firstP99 = Number.NaN, audioSeconds = Number.NaN } = client;
  return {
    firstP99,
    firstP99PerContext: firstP99 / (count * CONTEXTS),
    cpuPerHour: (cpuMs / 1000 / audioSeconds) * 3600,
    peakMb,
    audioSeconds,
  };
}

async function greetingOf(server: ChildProcess): Promise<{ readonly url: string }> {
  const lines = createInterface({ input: server.stdout as Readable });
  const [line] = (await once(lines, 'line')) as [string];
  return JSON.parse(line) as { url: string };
}
