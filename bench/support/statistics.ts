/** From samples to figures: medians, quartiles, and what is beyond the spread. */
import type { Bound, Figure, Row, Sample } from './benchmark.ts';

/** One round: what was measured of each contender that took part. */
export type Round = ReadonlyMap<string, Sample>;

/** The value below which `share` of the values lie, between two of them where need be. @throws for no values */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (below === undefined || above === undefined) throw new Error('there is nothing to take a quantile of');
  return below + (above - below) * (place - Math.floor(place));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** What comes of a row; undefined where no round has all it needs. */
export function figureOf(row: Row, rounds: readonly Round[]): Figure | undefined {
  // Compared round by round: both had the same machine then.
  const values = rounds.map(round => measuredIn(row, round)).filter(value => value !== undefined);
  if (values.length === 0) return undefined;
  const { what, unit, bound } = row;
  return {
    what,
    unit,
    median: median(values),
    low: quantile(values, 0.25),
    high: quantile(values, 0.75),
    rounds: values.length,
    ...(bound === undefined ? {} : { bound }),
  };
}

function measuredIn({ contender, measure, against }: Row, round: Round): number | undefined {
  const own = round.get(contender)?.[measure];
  if (own === undefined || against === undefined) return own;
  const other = round.get(against.contender)?.[measure];
  if (other === undefined) return undefined;
  return against.by === 'ratio' ? own / other : (own - other) / (against.share ?? 1);
}

/** The median of every measure over the rounds, by contender. */
export function mediansOf(rounds: readonly Round[]): Record<string, Record<string, number>> {
  const medians: Record<string, Record<string, number>> = {};
  for (const name of new Set(rounds.flatMap(round => [...round.keys()]))) {
    const samples = rounds.map(round => round.get(name) ?? {});
    const measures = new Set(samples.flatMap(sample => Object.keys(sample)));
    const entries = [...measures].map(measure => {
      const values = samples.map(sample => sample[measure]).filter(value => value !== undefined);
      return [measure, median(values)] as const;
    });
    medians[name] = Object.fromEntries(entries);
  }
  return medians;
}

/** Whether the median keeps to the bound; undefined where there is none. */
export function holds({ median: value, bound }: Pick<Figure, 'median' | 'bound'>): boolean | undefined {
  if (bound === undefined) return undefined;
  return isWithin(value, bound);
}

function isWithin(value: number, { atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY }: Bound) {
  return value <= atMost && value >= atLeast;
}

/** Differences below this share of the recorded value say nothing, however small the spread happened to be. */
const NOTHING = 0.05;

/** Whether `now` is worse than what was recorded by more than the spread of both. */
export function isWorse(now: Figure, recorded: Figure): boolean {
  const least = Math.abs(recorded.median) * NOTHING;
  const isBetterHigh = now.bound?.atLeast !== undefined;
  return isBetterHigh ? now.high < recorded.low - least : now.low > recorded.high + least;
}
