/** Text that a program writes a while after we were started: the connection has to be there already. */
import type { ChildProcess } from 'node:child_process';
import type { Benchmark, Contender } from '../support/benchmark.ts';
import { ALOUD, runNode } from '../support/process.ts';

const ROUND_TRIPS_MS = [0, 20, 60];
/** What may come on top of the round trip, in milliseconds. */
const OWN_MS = 8;
const LATE_MS = 400;

export const lateText: Benchmark = {
  name: 'late-text',
  what: 'Text arrives on standard input 400 ms after the start: from the text to the first byte of audio, over TLS on a line with a round trip.',
  rounds: { full: 9, quick: 3 },
  rows: ROUND_TRIPS_MS.flatMap(ms =>
    ['aloud say', 'aloud stream', 'bare ws'].map(name => ({
      what: `${name}, round trip of ${ms} ms`,
      contender: `${name}, ${ms}`,
      measure: 'firstMs',
      unit: 'ms',
      ...(name === 'bare ws' ? {} : { bound: { atMost: ms + OWN_MS } }),
    })),
  ),
  async prepare(workshop) {
    const service = await workshop.service();
    await service.behave({ seconds: 0.2 });
    const floor = await workshop.bundled('floors/first-audio');
    const contenders = ROUND_TRIPS_MS.flatMap((ms): Contender[] => {
      const url = service.delayed(ms);
      const to = ['--provider', 'cartesia', '--base-url', url, '-o', '-', '--format', 'raw', '-q'];
      const run = (args: readonly string[]) => () =>
        runNode({ args, env: workshop.env, bare: true, stdin: 'pipe', meanwhile: writeLate });
      return [
        { name: `bare ws, ${ms}`, run: run([floor, url]) },
        { name: `aloud say, ${ms}`, run: run([ALOUD, 'say', ...to]) },
        { name: `aloud stream, ${ms}`, run: run([ALOUD, 'stream', ...to]) },
      ];
    });
    return { contenders, async [Symbol.asyncDispose]() {} };
  },
};

/** Resolves to when the text was there. */
async function writeLate({ stdin }: ChildProcess): Promise<number> {
  await new Promise(resolve => setTimeout(resolve, LATE_MS));
  const now = performance.now();
  stdin?.end('Hello, world.\n');
  return now;
}
