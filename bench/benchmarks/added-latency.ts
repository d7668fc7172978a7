/** What we add between the service and whoever listens, at the pace of a service. */
import type { Benchmark, Contender, Row } from '../support/benchmark.ts';
import { runNode } from '../support/process.ts';

const COUNTS = [1, 10, 100];
const BOUNDS = { p50: 0.2, p99: 1 } as const;

export const addedLatency: Benchmark = {
  name: 'added-latency',
  what: 'From the moment in which the service sends a chunk to the moment in which the sink is given it, at twice real time over TLS, beyond what bare ws needs to see it.',
  rounds: { full: 3, quick: 1 },
  rows: COUNTS.flatMap(count =>
    (['p50', 'p99'] as const).map(
      (measure): Row => ({
        what: `${measure} with ${count} context${count === 1 ? '' : 's'}, beyond bare ws`,
        contender: `aloud, ${count}`,
        measure,
        against: { contender: `bare ws, ${count}`, by: 'difference' },
        unit: 'ms',
        bound: { atMost: BOUNDS[measure] },
      }),
    ),
  ),
  async prepare(workshop) {
    const service = await workshop.service();
    await service.behave({ seconds: workshop.isQuick ? 4 : 8, pace: 2, isStamped: true });
    const scripts = {
      'bare ws': await workshop.bundled('floors/latency'),
      aloud: await workshop.bundled('probes/latency'),
    };
    const { env } = workshop;
    const contenders = COUNTS.flatMap(count =>
      Object.entries(scripts).map(([name, script]): Contender => {
        const args = [script, service.tls, String(count)];
        return { name: `${name}, ${count}`, run: () => runNode({ args, env }) };
      }),
    );
    return { contenders, async [Symbol.asyncDispose]() {} };
  },
};
