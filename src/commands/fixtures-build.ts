/** `aloud fixtures` and `--frozen`: makes or restores what is missing or changed, and writes the lock. */
import { Failure, printable } from '../errors.ts';
import { codeOf } from '../fixtures/cache.ts';
import { readLimit, rememberLock, sweepCache, trimCache } from '../fixtures/cache-upkeep.ts';
import { createLineSorter } from '../fixtures/sorted-lines.ts';
import type { Host } from '../host.ts';
import { tempFolder } from '../settings/folders.ts';
import { findObsolete } from './fixtures-check.ts';
import { removeLitter } from './fixtures-litter.ts';
import { makeEntry, restore, type Workshop } from './fixtures-make.ts';
import type { FixturesOptions } from './fixtures-options.ts';
import type { FixturePlan } from './fixtures-plan.ts';
import { type Project, plans, type Survey, surveyProject } from './fixtures-project.ts';
import { createFindings, progressOf, sumUp, type Tally } from './fixtures-report.ts';
import { createSaver } from './fixtures-saver.ts';
import { findProblem } from './fixtures-state.ts';
import { openStore } from './fixtures-store.ts';
import { findFaults } from './fixtures-verify.ts';
import { persist, workAsTheyCome } from './jobs.ts';
import { plural } from './plural.ts';
import { createThrottle } from './pool.ts';
import { blame } from './reach.ts';

/** Recordings begun at a time: how many of them are spoken is for the service to say. */
const USUAL_JOBS = 32;

/** Restored at a time: while one is read the next is written. */
const USUAL_COPIES = 2;

/** @throws Failure, of the first entry that could not be made; the others are made all the same */
export async function buildFixtures(
  project: Project,
  options: FixturesOptions,
  host: Host,
  signal: AbortSignal,
): Promise<void> {
  const { jobs } = options;
  const survey = await surveyed(project, host, signal);
  const store = openStore(project.cacheDir, host);
  const fresh = createLineSorter(tempFolder(host));
  const shop: Workshop = { store, fence: project.fence, host, flights: new Map(), jobs };
  const tally: Tally = { total: survey.count, unchanged: 0, cached: 0, made: 0, failed: 0, seconds: 0 };
  const lock = createSaver(project, survey, fresh, host);
  const trouble = createTrouble(host);
  const throttle = createThrottle(jobs ?? USUAL_JOBS);
  const begun = host.clock.now();
  const progress = host.progress('making');
  const successes = {
    get successes() {
      return tally.made + tally.cached;
    },
  };

  async function work(plan: FixturePlan, stop: AbortSignal): Promise<void> {
    const { output } = plan.entry;
    const before = project.find(output);
    try {
      if (findProblem(plan, before, project.fence) === undefined) {
        tally.unchanged += 1;
        return;
      }
      const { how, record } = await persist(
        () => makeEntry(plan, before, shop, stop),
        throttle,
        successes,
        host.clock,
        stop,
      );
      tally[how] += 1;
      if (how === 'made') tally.seconds += record.duration;
      await lock.add(output, record);
    } catch (error) {
      if (stop.aborted || !(error instanceof Failure)) throw error;
      const failure = await blamed(error, plan);
      tally.failed += 1;
      trouble.note(output, failure);
      if (isCommon(failure, successes.successes)) throw failure;
    } finally {
      progress.update(progressOf(tally, host.clock.now() - begun));
    }
  }

  try {
    await workAsTheyCome(plans(project, signal), () => throttle.limit, signal, work);
  } catch (error) {
    // What ended the run is told below; whatever was made by then is in the lock.
    if (signal.aborted || trouble.first === undefined) throw error;
  } finally {
    progress.stop();
    await lock.save();
    await fresh.close();
    await store.close();
  }
  await removeLitter(project, survey.folders);
  if (store.cache !== undefined) await keepUp(project, store.cache.folder, store.cache.added, options, host);
  await conclude(project, tally, trouble, options, host);
}

/** Restores what is missing or changed, exactly as the lock has it. @throws Failure of kind check for the rest */
export async function restoreFixtures(
  project: Project,
  options: FixturesOptions,
  host: Host,
  signal: AbortSignal,
): Promise<void> {
  const findings = createFindings(options, host);
  const { jobs = USUAL_COPIES } = options;
  const survey = await surveyed(project, host, signal);
  const store = openStore(project.cacheDir, host);
  const shop: Workshop = { store, fence: project.fence, host, flights: new Map(), jobs };
  const progress = host.progress('restoring');
  let restored = 0;
  try {
    await workAsTheyCome(
      plans(project, signal),
      () => jobs,
      signal,
      async (plan, stop) => {
        const before = project.find(plan.entry.output);
        let problem = findProblem(plan, before, project.fence);
        if (before !== undefined && (problem?.problem === 'missing' || problem?.problem === 'changed')) {
          const record = await restore(plan, before, shop, stop);
          problem = record === undefined ? unrestorable(problem.file) : findProblem(plan, before, project.fence);
          if (problem === undefined) restored += 1;
          progress.update(`${restored} restored`);
        }
        if (problem !== undefined) return findings.add(problem, plan.entry.place);
        if (!options.verify || before === undefined) return;
        for (const fault of await findFaults(plan, before, project.fence, stop))
          await findings.add(fault, plan.entry.place);
      },
    );
  } finally {
    progress.stop();
    await store.close();
  }
  await findObsolete(project, survey.outputs, findings);
  if (options.prune && store.cache !== undefined) await keepUp(project, store.cache.folder, 0, options, host);
  await findings.conclude({ manifest: project.source.name, lock: project.lockPath, total: survey.count, restored });
}

function unrestorable(file: string) {
  return {
    problem: 'unrestorable',
    file,
    message: 'is not as the lock has it, and the cache does not have it',
  } as const;
}

async function surveyed(project: Project, host: Host, signal: AbortSignal): Promise<Survey> {
  const progress = host.progress('reading the manifest');
  try {
    return await surveyProject(project, host, signal);
  } finally {
    progress.stop();
  }
}

async function blamed(error: Failure, { speaker }: FixturePlan): Promise<Failure> {
  const reached = await speaker.reached().catch(() => undefined);
  const failure = reached === undefined ? error : blame(error, reached);
  return failure instanceof Failure ? failure : error;
}

/** Whether the other entries would fail of the same. */
function isCommon({ kind, cause }: Failure, successes: number): boolean {
  if (kind === 'network') return successes === 0;
  if (kind === 'output') return DISK.includes(codeOf(cause) ?? '');
  return kind === 'auth' || kind === 'config' || kind === 'quota';
}

/** What a disk fails of, whatever the file. */
const DISK: readonly string[] = ['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EMFILE', 'ENFILE'];

const MOST_TOLD = 100;

/** What went wrong, of which the first is what the run ends with. */
interface Trouble {
  readonly first: { readonly output: string; readonly failure: Failure } | undefined;
  readonly list: readonly object[];
  note(output: string, failure: Failure): void;
}

function createTrouble(host: Host): Trouble {
  const list: object[] = [];
  let first: Trouble['first'];
  return {
    get first() {
      return first;
    },
    list,
    note(output, failure) {
      first ??= { output, failure };
      if (list.length >= MOST_TOLD) return;
      const { kind: code, message, hint = null } = failure;
      list.push({ output, code, message, hint });
      host.warn(`${output}: ${message}`);
    },
  };
}

/** Leaves the cache within its bounds. That it cannot is no reason for a run to fail that has made everything. */
async function keepUp(
  { lockPath }: Project,
  folder: string,
  added: number,
  { prune }: FixturesOptions,
  host: Host,
): Promise<void> {
  try {
    if (added > 0 || prune) await rememberLock(folder, lockPath);
    const swept = prune ? await sweepCache(folder, [lockPath]) : undefined;
    if (swept !== undefined)
      host.note(`the cache: ${plural(swept.removed.recordings, 'recording')} dropped, ${swept.left.recordings} left`);
    if (added > 0) await trimCache(folder, await readLimit(folder));
  } catch (error) {
    host.warn(
      `the cache could not be tidied up: ${printable(error instanceof Error ? error.message : String(error), 200)}`,
    );
  }
}

async function conclude(
  project: Project,
  tally: Tally,
  { first, list }: Trouble,
  options: FixturesOptions,
  host: Host,
): Promise<void> {
  const { total, unchanged, cached, made, failed } = tally;
  if (options.presentation.json) {
    const seconds = Math.round(tally.seconds * 1000) / 1000;
    const counts = {
      total,
      unchanged,
      cached,
      made,
      failed,
      remaining: total - unchanged - cached - made - failed,
      seconds,
    };
    await host.printJson({ manifest: project.source.name, lock: project.lockPath, ...counts, failures: list });
    if (first !== undefined) host.exitCode = first.failure.exitCode;
    return;
  }
  if (first === undefined) return host.note(sumUp(tally));
  const { failure, output } = first;
  const rest = total - unchanged - cached - made;
  throw new Failure(
    failure.kind,
    `${rest} of ${total} could not be made; the first is ${printable(output, 200)}: ${failure.message}`,
    {
      ...failure.details,
      cause: failure,
      hint: failure.hint === undefined ? AGAIN : `${failure.hint}; then ${AGAIN}`,
    },
  );
}

/** How to go on where it stopped. */
const AGAIN = 'run it again: what is made is not made again';
