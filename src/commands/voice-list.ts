/** The voices of a provider, kept in the user's cache for a day where asking for them takes requests. */
import { createHash, randomBytes } from 'node:crypto';
// Not `node:fs/promises`: this is loaded whenever something is spoken, and mostly nobody asks for the list.
import { constants, promises as files } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from '../errors.ts';
import type { Host } from '../host.ts';
import type { Access, Provider } from '../providers/index.ts';
import { cacheFolder } from '../settings/folders.ts';
import type { Voice } from '../speech.ts';
import { moveInto, noteTemporary } from '../temporaries.ts';
import { findVoice } from './voice-search.ts';

/** The voices of the provider in use. */
export interface VoiceList {
  /** Undefined where the provider gives no list. With `refresh` the provider is asked, whatever is known. */
  all(signal: AbortSignal, refresh?: boolean): Promise<readonly Voice[] | undefined>;
  /**
   * The voice of an id, a name or the unique beginning of one. With `offline` nobody is asked: where nothing is
   * remembered, what is wanted is taken for an id.
   *
   * @throws Failure of kind usage when there is none, or more than one.
   */
  find(wanted: string, signal: AbortSignal, offline?: boolean): Promise<Voice>;
}

/** Version of the cached form. */
const VERSION = 1;
const FRESH_MS = 24 * 60 * 60 * 1000;
const LARGEST_BYTES = 32 * 1024 * 1024;

export function createVoiceList(provider: Provider, access: Access, host: Host): VoiceList {
  const cacheFile = () => (provider.listsOverNetwork ? voiceCacheFile(provider.name, access.baseUrl, host) : undefined);

  async function ask(signal: AbortSignal): Promise<readonly Voice[] | undefined> {
    const file = cacheFile();
    const voices = await provider.voices(access, signal);
    if (voices !== undefined && file !== undefined) {
      // A cache that cannot be written, in a read-only home or on a full disk, is one that is not there.
      await keep(file, voices).catch(error => host.debug(`the list of voices is not kept: ${String(error)}`));
    }
    return voices;
  }

  return {
    async all(signal, refresh = false) {
      const file = cacheFile();
      const kept = refresh || file === undefined ? undefined : await readKept(file);
      return kept ?? ask(signal);
    },
    async find(wanted, signal, offline = false) {
      const known = provider.knownVoice?.(wanted);
      if (known !== undefined) return known;
      const file = cacheFile();
      const kept = file === undefined ? undefined : await readKept(file, offline);
      if (offline && provider.listsOverNetwork && kept === undefined) return { id: wanted, name: wanted };
      if (kept !== undefined) {
        try {
          return findVoice(wanted, kept);
        } catch (error) {
          // A voice that is new since then; where several fit, more of them would not help.
          if (offline || !(error instanceof Failure) || kept.some(voice => startsAlike(voice, wanted))) throw error;
        }
      }
      const voices = await ask(signal);
      return voices === undefined ? { id: wanted, name: wanted } : findVoice(wanted, voices);
    },
  };
}

function startsAlike({ id, name }: Voice, wanted: string): boolean {
  const key = wanted.toLowerCase();
  return id.toLowerCase().startsWith(key) || name.toLowerCase().startsWith(key);
}

/** Where a provider's voices are kept, named by whom they were asked of and by nothing that is secret; undefined without a home. */
export function voiceCacheFile(
  provider: string,
  baseUrl: URL | undefined,
  where: Parameters<typeof cacheFolder>[0],
): string | undefined {
  const folder = cacheFolder(where);
  if (folder === undefined) return undefined;
  const address = baseUrl === undefined ? '' : `${baseUrl.protocol}//${baseUrl.host}${baseUrl.pathname}`;
  const key = createHash('sha256').update(`${provider}\n${address}`).digest('hex').slice(0, 16);
  return join(folder, 'voices', `${provider}-${key}.json`);
}

/**
 * The voices in a cache file that are not older than a day, or of any age with `stale`; undefined for a file that
 * is not there, cannot be read or is not what we wrote. For completions, which must not wait for anybody.
 */
export async function readKept(file: string, stale = false): Promise<readonly Voice[] | undefined> {
  try {
    const document: unknown = JSON.parse(await readBounded(file));
    if (!isObject(document) || document.version !== VERSION || !Array.isArray(document.voices)) return undefined;
    const age = Date.now() - Number(document.asked_at);
    // Of a time to come there is nothing to believe.
    if (!stale && !(age >= 0 && age < FRESH_MS)) return undefined;
    return document.voices.every(isVoice) ? document.voices : undefined;
  } catch {
    return undefined;
  }
}

async function readBounded(file: string): Promise<string> {
  // Not waiting for a writer, should it be a pipe.
  const handle = await files.open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const facts = await handle.stat();
    if (!facts.isFile() || facts.size > LARGEST_BYTES) throw new Error('not a file of ours');
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

/** Appears whole: another run may be reading or writing the same file. */
async function keep(file: string, voices: readonly Voice[]): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  await files.mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const forget = noteTemporary(temporary);
  try {
    const document = { version: VERSION, asked_at: Date.now(), voices };
    await files.writeFile(temporary, JSON.stringify(document), { flag: 'wx', mode: 0o600 });
    await moveInto(temporary, file);
  } catch (error) {
    await files.rm(temporary, { force: true });
    throw error;
  } finally {
    forget();
  }
}

function isVoice(value: unknown): value is Voice {
  if (!isObject(value) || typeof value.id !== 'string' || typeof value.name !== 'string') return false;
  const rest = [value.language, value.gender, value.description, value.country, value.accent];
  return rest.every(each => each === undefined || typeof each === 'string');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
