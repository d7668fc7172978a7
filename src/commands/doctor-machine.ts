/** What `aloud doctor` looks at on the machine itself: engine, sound, folders. */
import { constants } from 'node:fs';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FailureKind } from '../errors.ts';
import { printable } from '../errors.ts';
import type { Host } from '../host.ts';
import { cacheFolder, tempFolder } from '../settings/folders.ts';
import type { Settings } from '../settings/resolve.ts';
import { candidates, findProgram } from '../sinks/players.ts';

/** What was looked at and found. `skip` is what was not looked at, or is not set up and not needed. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail' | 'skip';
  readonly detail: string;
  /** One next step. */
  readonly next?: string;
  /** What a failed check exits with. */
  readonly kind?: FailureKind;
}

/** Whether the built-in voice is installed; missing, it is a failure only when it is to speak. */
export async function checkEngine(settings: Settings | undefined): Promise<Check> {
  const name = 'engine';
  const found = await findPackage('@echogarden/espeak-ng-emscripten');
  if (found !== undefined)
    return { name, status: 'ok', detail: `espeak-ng, package version ${found.version}; not run` };
  const needed = settings?.values.provider === 'local';
  const next = 'npm install @echogarden/espeak-ng-emscripten';
  return { name, status: needed ? 'fail' : 'warn', detail: 'the built-in voice is not installed', next };
}

/** Which players there are. None is a failure only when one is asked for by name. */
export async function checkSound(settings: Settings | undefined, host: Host): Promise<Check> {
  const name = 'sound';
  const wanted = settings?.values.player ?? 'auto';
  if (wanted === 'none') return { name, status: 'skip', detail: 'player is none: nothing is played' };
  const found: string[] = [];
  for (const { name: player, kind, program } of candidates(wanted, host.platform)) {
    const path = kind === 'addon' ? await findAddon() : await findProgram(program, host.env, host.platform);
    if (path !== undefined) found.push(`${player} (${printable(path)})`);
  }
  if (found.length > 0) return { name, status: 'ok', detail: `${found.join(', ')}; nothing was played` };
  const next = 'install one of pipewire, pulseaudio-utils, alsa-utils or sox, or write to a file with -o';
  if (wanted === 'auto') return { name, status: 'warn', detail: 'no player on PATH', next };
  return { name, status: 'fail', detail: `player ${wanted} is not there`, next, kind: 'output' };
}

async function findAddon(): Promise<string | undefined> {
  const found = await findPackage('speaker');
  // Without a compiler the package is installed and its binary half is not.
  const binary = found && join(found.folder, 'build', 'Release', 'binding.node');
  return binary !== undefined && (await may(binary, constants.R_OK)) ? binary : undefined;
}

/** Whether passing files can be written, by writing one. */
export async function checkTemp(host: Host): Promise<Check> {
  const folder = tempFolder(host);
  const shown = printable(folder);
  try {
    const own = await mkdtemp(join(folder, 'aloud-'));
    try {
      await writeFile(join(own, 'probe'), 'aloud');
    } finally {
      await rm(own, { recursive: true, force: true });
    }
    return { name: 'temp folder', status: 'ok', detail: `${shown} can be written` };
  } catch (error) {
    const reason = `${shown} cannot be written (${String((error as NodeJS.ErrnoException).code)})`;
    return { name: 'temp folder', status: 'warn', detail: reason, next: 'set TMPDIR to a folder that can be written' };
  }
}

/** Whether the cache can be written or made. */
export async function checkCache(host: Host): Promise<Check> {
  const name = 'cache folder';
  const folder = cacheFolder(host);
  if (folder === undefined)
    return { name, status: 'warn', detail: 'there is no home folder', next: 'set XDG_CACHE_HOME' };
  let nearest = folder;
  while (nearest !== dirname(nearest) && !(await may(nearest, constants.F_OK))) nearest = dirname(nearest);
  const state = nearest === folder ? 'may be written' : 'may be made';
  if (await may(nearest, constants.W_OK)) return { name, status: 'ok', detail: `${printable(folder)} ${state}` };
  const next = 'set XDG_CACHE_HOME to a folder that can be written';
  return { name, status: 'warn', detail: `${printable(folder)} cannot be written`, next };
}

/** A package beside or above this file, found without loading it; never one of the working folder. */
async function findPackage(name: string): Promise<{ readonly folder: string; readonly version: string } | undefined> {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    try {
      const { version }: { version?: unknown } = JSON.parse(await readFile(join(candidate, 'package.json'), 'utf8'));
      return { folder: candidate, version: printable(String(version), 40) };
    } catch {
      if (folder === dirname(folder)) return undefined;
    }
  }
}

async function may(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
