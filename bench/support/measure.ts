/** Runs a benchmark: its contenders in turns, so that whatever the machine does meanwhile happens to all of them. */
import type { Benchmark, Result, Sample } from './benchmark.ts';
import { figureOf, mediansOf } from './statistics.ts';
import type { Workshop } from './workshop.ts';

/** Runs all rounds; `tell` hears of each. */
export async function measure(benchmark: Benchmark, workshop: Workshop, tell: (text: string) => void): Promise<Result> {
  const { name, what, rows, rounds: wanted } = benchmark;
  const count = workshop.isQuick ? wanted.quick : wanted.full;
  await using prepared = await benchmark.prepare(workshop);
  const rounds: Map<string, Sample>[] = [];
  for (let round = 0; round < count; round++) {
    const samples = new Map<string, Sample>();
    for (const contender of inTurn(prepared.contenders, round)) {
      if (contender.isSlow && round > 0) continue;
      tell(`${name}: round ${round + 1} of ${count}, ${contender.name}`);
      samples.set(contender.name, await contender.run());
    }
    rounds.push(samples);
  }
  const figures = rows.map(row => figureOf(row, rounds)).filter(figure => figure !== undefined);
  const { missing } = prepared;
  return { name, what, figures, measured: mediansOf(rounds), ...(missing === undefined ? {} : { missing }) };
}

/** Another one begins each round: nobody always comes after the same one. */
function inTurn<T>(items: readonly T[], round: number): readonly T[] {
  const first = round % Math.max(1, items.length);
  return [...items.slice(first), ...items.slice(0, first)];
}
