/** Where recordings come from: the cache, or a folder of this run where the cache cannot be written to. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { printable } from '../errors.ts';
import { type Cache, codeOf, type Kept, openCache } from '../fixtures/cache.ts';
import type { Host } from '../host.ts';
import { tempFolder } from '../settings/folders.ts';
import { outputFailure } from '../sinks/output-failure.ts';
import type { AudioFormat, Sink } from '../speech.ts';
import { noteTemporary } from '../temporaries.ts';

export interface Store {
  /** The cache itself; undefined where there is no place for one. */
  readonly cache: Cache | undefined;
  /** A recording that is there; undefined where there is none, or none that can be read. */
  open(key: string): Promise<Kept | undefined>;
  /** Runs `speak` with a sink that keeps what it hears under `key`; once more where the cache gives out. */
  record(key: string, format: AudioFormat, speak: (sink: Sink) => Promise<void>): Promise<void>;
  /** One that turned out to be damaged: it is dropped, so that it can be made again. */
  drop(key: string): Promise<void>;
  /** Not needed any more: what is not in the cache is not kept either. */
  release(key: string): Promise<void>;
  close(): Promise<void>;
}

export function openStore(folder: string | undefined, host: Host): Store {
  const cache = folder === undefined ? undefined : openCache(folder);
  let isBroken = cache === undefined;
  let spare: Promise<Cache> | undefined;
  let forget = () => {};

  function giveUp(error: unknown): void {
    if (isBroken || folder === undefined) return;
    isBroken = true;
    host.warn(`the cache is not used: ${outputFailure(error, printable(folder, 200)).message}`);
  }

  function spareCache(): Promise<Cache> {
    spare ??= mkdtemp(join(tempFolder(host), 'aloud-fixtures-')).then(path => {
      forget = noteTemporary(path);
      return openCache(path);
    });
    return spare;
  }

  return {
    cache,
    async open(key) {
      const spared = spare === undefined ? undefined : await (await spare).open(key);
      if (spared !== undefined) return spared;
      try {
        return await cache?.open(key);
      } catch (error) {
        host.verbose(`a recording cannot be read: ${String(codeOf(error) ?? error)}`);
        return undefined;
      }
    },
    async record(key, format, speak) {
      if (cache !== undefined && !isBroken) {
        const trouble = await recordIn(cache, key, format, speak);
        if (trouble === undefined) return;
        giveUp(trouble.error);
      }
      const trouble = await recordIn(await spareCache(), key, format, speak);
      if (trouble !== undefined) throw outputFailure(trouble.error, printable((await spareCache()).folder, 200));
    },
    async drop(key) {
      host.warn('a recording in the cache was damaged; it is made again');
      if (spare !== undefined) await (await spare).remove(key);
      await cache?.remove(key).catch(giveUp);
    },
    async release(key) {
      if (spare !== undefined) await (await spare).remove(key);
    },
    async close() {
      if (spare === undefined) return;
      const { folder: path } = await spare;
      await rm(path, { recursive: true, force: true });
      forget();
    },
  };
}

/** Resolves to what the cache has failed of; rejects with what the speech has failed of. */
async function recordIn(
  cache: Cache,
  key: string,
  format: AudioFormat,
  speak: (sink: Sink) => Promise<void>,
): Promise<{ readonly error: unknown } | undefined> {
  let trouble: { readonly error: unknown } | undefined;
  const note = (error: unknown) => {
    // Without a code of the system it is about the speech.
    if (codeOf(error) !== undefined) trouble ??= { error };
    throw error;
  };
  try {
    const sink = await cache.record(key, format).catch(note);
    await speak({
      write: event => sink.write(event).catch(note),
      close: () => sink.close().catch(note),
      abort: reason => sink.abort(reason),
    });
    return undefined;
  } catch (error) {
    if (trouble === undefined) throw error;
    return trouble;
  }
}
