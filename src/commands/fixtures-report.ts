/** What `aloud fixtures` tells: what is not as it should be, how far it is, and what it came to. */
import { Failure, printable } from '../errors.ts';
import type { Place } from '../fixtures/place.ts';
import type { Host } from '../host.ts';
import type { FixturesOptions } from './fixtures-options.ts';
import type { Problem } from './fixtures-state.ts';
import { plural } from './plural.ts';

/** Gathers what a check finds. */
export interface Findings {
  readonly count: number;
  add(problem: Problem, place: Place | undefined): Promise<void>;
  /** Says that all is well, or fails. @throws Failure of kind check */
  conclude(facts: CheckFacts): Promise<void>;
}

export interface CheckFacts {
  readonly manifest: string;
  readonly lock: string;
  readonly total: number;
  /** Files that were put back. */
  readonly restored?: number;
}

/** More than this nobody reads, and a document must have an end. */
const MOST_IN_DOCUMENT = 1000;

/**
 * A line of a list on stdout: with tabs between for programs, in columns on a terminal. The first part is one of a few
 * short words.
 */
export function rowFor([kind = '', ...rest]: readonly string[], host: Host): string {
  if (host.stdout.isTTY !== true) return `${[kind, ...rest].join('\t')}\n`;
  return `${kind.padEnd(KIND_COLUMNS)}  ${rest.join(': ')}\n`;
}

const KIND_COLUMNS = 9;

/** Each finding is a line on stdout at once: its kind, the file, what is wrong. With `--json` one document. */
export function createFindings(options: FixturesOptions, host: Host): Findings {
  const json = options.presentation.json ?? false;
  const kept: object[] = [];
  const kinds = new Map<string, number>();
  let count = 0;

  return {
    get count() {
      return count;
    },
    async add(finding, place) {
      count += 1;
      kinds.set(finding.problem, (kinds.get(finding.problem) ?? 0) + 1);
      if (!json) return host.print(rowFor([finding.problem, finding.file, finding.message], host));
      if (kept.length < MOST_IN_DOCUMENT) kept.push({ ...finding, line: place?.line ?? null });
    },
    async conclude({ manifest, lock, total, restored = 0 }) {
      if (json) {
        const facts = { manifest, lock, total, restored, ok: count === 0, problem_count: count, problems: kept };
        await host.printJson(facts);
        if (count > 0) host.exitCode = 8;
        return;
      }
      const put = restored === 0 ? '' : `, ${restored} of them restored`;
      if (count === 0) return host.note(`${manifest}: ${plural(total, 'fixture')} as the lock has them${put}`);
      const list = [...kinds].map(([kind, number]) => `${number} ${kind}`).join(', ');
      throw new Failure(
        'check',
        `${manifest}: ${plural(count, 'finding')} about ${plural(total, 'fixture')}: ${list}`,
        {
          hint: nextStep(options, kinds),
        },
      );
    },
  };
}

function nextStep({ mode, manifest }: FixturesOptions, kinds: ReadonlyMap<string, number>): string {
  if (kinds.size === 1 && kinds.has('sound'))
    return 'look at the texts and the limits, or delete the files and make them again';
  const command = manifest === undefined ? 'aloud fixtures' : `aloud fixtures ${printable(manifest, 200)}`;
  return mode === 'frozen' ? `build them where they can be made: ${command}` : `make them: ${command}`;
}

/** What a build came to. */
export interface Tally {
  readonly total: number;
  unchanged: number;
  cached: number;
  made: number;
  failed: number;
  /** Seconds of sound that were made. */
  seconds: number;
}

/** A line of progress. */
export function progressOf(tally: Tally, elapsedMs: number): string {
  const { total, unchanged, cached, made, failed } = tally;
  const remaining = total - unchanged - cached - made - failed;
  const trouble = failed === 0 ? '' : `, ${failed} failed`;
  const time = `${Math.round(elapsedMs / 1000)} s`;
  return `${remaining} of ${total} remaining: ${made} made, ${cached} from the cache, ${unchanged} unchanged${trouble} (${time})`;
}

/** A line for people. */
export function sumUp({ total, unchanged, cached, made, failed, seconds }: Tally): string {
  const parts = [
    `${made} made${made === 0 ? '' : ` (${seconds.toFixed(1)} s of sound)`}`,
    ...(cached === 0 ? [] : [`${cached} from the cache`]),
    `${unchanged} unchanged`,
    ...(failed === 0 ? [] : [`${failed} failed`]),
  ];
  return `${plural(total, 'fixture')}: ${parts.join(', ')}`;
}
