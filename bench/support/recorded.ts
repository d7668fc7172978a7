/** The recorded results: read, written, and what this run is compared with. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Figure, Result } from './benchmark.ts';
import { isWorse } from './statistics.ts';

const PATH = fileURLToPath(new URL('../results.json', import.meta.url));

export interface Recorded {
  /** What the figures depend on, beside the program. */
  readonly machine: {
    readonly cores: number;
    readonly processor: string;
    readonly platform: string;
    readonly node: string;
  };
  readonly version: string;
  /** The day of the last full run. */
  readonly date: string;
  readonly results: readonly Result[];
}

export function readRecorded(): Recorded | undefined {
  return existsSync(PATH) ? (JSON.parse(readFileSync(PATH, 'utf8')) as Recorded) : undefined;
}

export function writeRecorded(recorded: Recorded): void {
  writeFileSync(PATH, `${JSON.stringify(recorded, undefined, 2)}\n`);
}

/** The old results with those of the same name replaced, in the order of `names`; what is no benchmark any more goes. */
export function merge(old: readonly Result[], results: readonly Result[], names: readonly string[]): Result[] {
  const known = [...results, ...old];
  return names.map(name => known.find(result => result.name === name)).filter(result => result !== undefined);
}

/** A figure that got worse, and what it was. */
export interface Slower {
  readonly benchmark: string;
  readonly now: Figure;
  readonly recorded: Figure;
}

/** Figures that are worse than the recorded ones by more than the spread of both. */
export function slowerThan(recorded: readonly Result[], results: readonly Result[]): Slower[] {
  return results.flatMap(({ name, figures }) => {
    const before = recorded.find(result => result.name === name)?.figures ?? [];
    return figures.flatMap(now => {
      const then = before.find(figure => figure.what === now.what);
      return then !== undefined && isWorse(now, then) ? [{ benchmark: name, now, recorded: then }] : [];
    });
  });
}
