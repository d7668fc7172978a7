/** `aloud fixtures cache`: what is in the cache, how large it may be, and what is dropped from it. */
import { Failure, printable } from '../errors.ts';
import {
  type CacheSize,
  checkCache,
  clearCache,
  measureCache,
  readLimit,
  sweepCache,
  trimCache,
  type Upkeep,
  writeLimit,
} from '../fixtures/cache-upkeep.ts';
import type { Host } from '../host.ts';
import { cacheDirOf } from './fixtures-project.ts';
import { type PresentationFlags, present } from './options.ts';
import { plural } from './plural.ts';

export interface CacheOptions {
  readonly cacheDir: string | undefined;
  /** Drop what no lock has use for. */
  readonly prune: boolean;
  /** Drop everything. */
  readonly clear: boolean;
  /** Read every recording, drop those that are damaged. */
  readonly verify: boolean;
  /** Bytes from now on. */
  readonly maxSize: number | undefined;
  readonly presentation: PresentationFlags;
}

/** Shows the cache, after doing to it what the options say. */
export async function tendCache(options: CacheOptions, host: Host, signal: AbortSignal): Promise<void> {
  present(options.presentation, host);
  const folder = cacheDirOf(options.cacheDir, host);
  if (folder === undefined) {
    throw new Failure('config', 'there is no home folder to keep a cache in', {
      hint: 'name one with --cache-dir, or set HOME',
    });
  }
  const { maxSize } = options;
  const upkeeps: Upkeep[] = [];
  if (maxSize !== undefined) await writeLimit(folder, maxSize);
  if (options.clear) upkeeps.push(await clearCache(folder));
  if (options.verify) upkeeps.push(await checkCache(folder, signal));
  if (options.prune) upkeeps.push(await sweepCache(folder, []));
  const limit = await readLimit(folder);
  if (maxSize !== undefined || options.prune) upkeeps.push(await trimCache(folder, limit));
  const removed = upkeeps.reduce((sum, { removed: { recordings } }) => sum + recordings, 0);
  await show(folder, await measureCache(folder), limit, removed, options, host);
}

async function show(
  folder: string,
  size: CacheSize,
  limit: number,
  removed: number,
  options: CacheOptions,
  host: Host,
): Promise<void> {
  if (options.presentation.json) return host.printJson({ folder, ...size, limit, removed });
  const { recordings, bytes } = size;
  await host.print(
    `${printable(folder, 400)}: ${plural(recordings, 'recording')}, ${inUnits(bytes)} of at most ${inUnits(limit)}\n`,
  );
  if (removed > 0) host.note(`${plural(removed, 'recording')} dropped`);
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

function inUnits(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log(Math.max(1, bytes)) / Math.log(1024)));
  return `${Number((bytes / 1024 ** power).toFixed(1))} ${UNITS[power]}`;
}

/** Reads `500M`, `8G`, `0`. @throws Failure of kind usage */
export function readSize(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?$/i.exec(text) ?? [];
  if (number !== '') return Math.floor(Number(number) * 1024 ** ' kmgt'.indexOf(unit.toLowerCase() || ' '));
  throw new Failure(
    'usage',
    `--max-size must be a size such as 500M or 8G, not ${JSON.stringify(printable(text, 40))}`,
  );
}
