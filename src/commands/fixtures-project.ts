/** A manifest with all that belongs to it: its folder, its lock, its speakers, the part of it that is to be done. */
import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, posix, relative } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Failure, printable } from '../errors.ts';
import { createDigestIndex, type DigestIndex } from '../fixtures/digest-index.ts';
import { FORMATS } from '../fixtures/items.ts';
import { type Lock, lockPath, openLock } from '../fixtures/lock.ts';
import { type LockRecord, readRecord } from '../fixtures/lock-record.ts';
import { createClaims, type ManifestSource, readManifest } from '../fixtures/manifest.ts';
import { createFence, type Fence } from '../fixtures/paths.ts';
import { createDealer, type Shard } from '../fixtures/shard.ts';
import type { Host } from '../host.ts';
import { cacheFolder } from '../settings/folders.ts';
import { flagName, type SettingName } from '../settings/index.ts';
import type { SinkKind } from '../sinks/index.ts';
import type { FixturesOptions } from './fixtures-options.ts';
import { ENTRY_FIELDS, type FixturePlan, planEntry, surroundingsOf, weigh } from './fixtures-plan.ts';
import { createSpeakers, type Speakers } from './fixtures-speakers.ts';

export interface Project {
  readonly source: ManifestSource;
  readonly fence: Fence;
  readonly shard: Shard | undefined;
  /** The lock that this run reads and writes. */
  readonly lockPath: string;
  /** Those that know what there is: of a shard its own, then that of the whole. */
  readonly locks: readonly Lock[];
  readonly speakers: Speakers;
  readonly cacheDir: string | undefined;
  find(output: string): LockRecord | undefined;
  close(): Promise<void>;
}

/** Finds the manifest and opens what belongs to it. @throws Failure */
export async function openProject(options: FixturesOptions, host: Host, signal: AbortSignal): Promise<Project> {
  const { shard } = options;
  const path = findManifest(options.manifest, host);
  const name = shownAs(path, host);
  const source: ManifestSource = { path, name, fields: ENTRY_FIELDS };
  if (!existsSync(path)) {
    throw new Failure('usage', `there is no manifest ${printable(name, 200)}`, { hint: 'see: aloud fixtures --help' });
  }
  const whole = lockPath(path);
  const own = shard === undefined ? whole : lockPath(path, shard);
  const locks = [await openLock(own), ...(shard === undefined ? [] : [await openLock(whole)])];
  const speakers = await createSpeakers(options.flags, path, await firstProvider(locks, whole), host, signal);
  return {
    source,
    fence: createFence(dirname(path)),
    shard,
    lockPath: own,
    locks,
    speakers,
    cacheDir: cacheDirOf(options.cacheDir, host),
    find(output) {
      for (const lock of locks) {
        const record = lock.find(output);
        if (record !== undefined) return record;
      }
      return undefined;
    },
    async close() {
      await speakers.close();
      for (const lock of locks) await lock.close();
    },
  };
}

/** Where recordings are kept; undefined where there is no home to keep them in. */
export function cacheDirOf(given: string | undefined, host: Host): string | undefined {
  if (given !== undefined) return isAbsolute(given) ? given : join(host.cwd(), given);
  const folder = cacheFolder(host);
  return folder === undefined ? undefined : join(folder, 'fixtures');
}

const USUAL_NAME = 'aloud.fixtures';

function findManifest(given: string | undefined, host: Host): string {
  const folder = host.cwd();
  if (given !== undefined) return isAbsolute(given) ? given : join(folder, given);
  const found = FORMATS.map(extension => join(folder, USUAL_NAME + extension)).filter(existsSync);
  const [only, another] = found;
  if (only !== undefined && another === undefined) return only;
  const names = found.map(path => basename(path)).join(', ');
  throw new Failure(
    'usage',
    only === undefined ? `there is no ${USUAL_NAME}.yaml in this folder` : `there is more than one manifest: ${names}`,
    {
      hint: only === undefined ? `write one, or name a manifest; see: aloud fixtures --help` : 'name the one you mean',
    },
  );
}

/** As it was typed, or as it is from here. */
function shownAs(path: string, host: Host): string {
  const near = relative(host.cwd(), path);
  return near.startsWith('..') ? path : near;
}

async function firstProvider(locks: readonly Lock[], path: string) {
  for (const lock of locks) {
    for await (const { line } of lock.lines()) {
      const provider = readRecord(line)?.record.provider;
      if (provider !== undefined) return { provider, path };
    }
  }
  return undefined;
}

/** What the whole manifest comes to. */
export interface Survey {
  /** Entries of this run's part. */
  readonly count: number;
  /** The outputs of those entries. */
  readonly outputs: DigestIndex;
  /** Folders that they are in, from that of the manifest; of very many only some. */
  readonly folders: ReadonlySet<string>;
}

const MOST_FOLDERS = 10_000;

/**
 * Reads the manifest from end to end: whatever can be known to be wrong with any entry is found before anything is
 * made. `look` is told of each plan of this run's part.
 *
 * @throws Failure of kind usage
 */
export async function surveyProject(
  project: Project,
  host: Host,
  signal: AbortSignal,
  look: (plan: FixturePlan) => Promise<void> | void = () => {},
): Promise<Survey> {
  const outputs = createDigestIndex();
  const folders = new Set(['.']);
  const own = new Set<string>();
  const idle = new Set<SettingName>();
  const useful = new Set<SettingName>();
  for await (const plan of plans(project, signal, true)) {
    outputs.add(plan.entry.output);
    for (const { name } of folders.size < MOST_FOLDERS ? plan.files : []) folders.add(posix.dirname(name));
    for (const name of surroundingsOf(plan)) {
      const origin = plan.speaker.settings.origins[name];
      const from = origin.layer === 'env' ? origin.name : 'path' in origin ? origin.path : '';
      own.add(`${name} comes from ${from}, not from the manifest: elsewhere these fixtures will be stale`);
    }
    for (const [name, isUseful] of usesOf(plan)) {
      if (plan.speaker.settings.origins[name].layer === 'flag') (isUseful ? useful : idle).add(name);
    }
    await look(plan);
  }
  // Another part of the work may have use for it.
  const vain = project.shard === undefined ? [...idle].find(name => !useful.has(name)) : undefined;
  if (vain !== undefined)
    throw new Failure('usage', `${flagName(vain)} would do nothing here: no entry has use for it`);
  for (const warning of own) host.warn(warning);
  return { count: outputs.size, outputs, folders };
}

/** Settings that only some entries have use for. */
function usesOf({ files, request }: FixturePlan): (readonly [SettingName, boolean])[] {
  const has = (...kinds: SinkKind[]) => files.some(({ kind }) => kinds.includes(kind));
  return [
    ['phonemes', has('json', 'textgrid')],
    ['normalizedTimestamps', request.timestamps.length > 0],
    ['cues', has('srt', 'vtt')],
  ];
}

/** Entries after which others get their turn: reading small files waits for nobody. */
const TURN = 32;

/** The plans of this run's part, in the order of the manifest. With `strict` no file may be asked for twice. */
export async function* plans(project: Project, signal: AbortSignal, strict = false): AsyncGenerator<FixturePlan> {
  const { source, shard, fence, speakers } = project;
  const taken = [basename(source.path), basename(lockPath(source.path)), basename(project.lockPath)];
  const deal = shard === undefined ? undefined : createDealer(shard.count);
  let count = 0;
  for await (const entry of readManifest(source, strict ? createClaims(taken) : undefined)) {
    if (++count % TURN === 0) await setImmediate();
    signal.throwIfAborted();
    if (deal !== undefined && deal(await weigh(entry, fence)) !== shard?.index) continue;
    yield await planEntry(entry, speakers, fence);
  }
}
