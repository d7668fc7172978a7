/** Where a user's settings, cached and passing files are, by the platform's custom. */
import { posix, win32 } from 'node:path';
import type { Host } from '../host.ts';

/** The part of the host that settings are read from. */
export type Surroundings = Pick<Host, 'env' | 'cwd' | 'platform' | 'home' | 'uid'>;

/** The part of it that says where folders are. */
type Place = Pick<Host, 'env' | 'platform' | 'home'>;

/**
 * The folder of the user's settings: `aloud` in XDG_CONFIG_HOME, else in ~/.config, on macOS in
 * ~/Library/Application Support, on Windows in %APPDATA%. A relative XDG value is ignored, as the XDG base
 * directory specification asks. Undefined where there is no home folder either.
 */
export function configFolder(where: Place): string | undefined {
  return folder(where, 'XDG_CONFIG_HOME', {
    darwin: ['Library', 'Application Support'],
    win32: ['APPDATA', 'AppData', 'Roaming'],
    other: ['.config'],
  });
}

/** The folder for what can be made again: XDG_CACHE_HOME, ~/.cache, ~/Library/Caches, %LOCALAPPDATA%. */
export function cacheFolder(where: Place): string | undefined {
  return folder(where, 'XDG_CACHE_HOME', {
    darwin: ['Library', 'Caches'],
    win32: ['LOCALAPPDATA', 'AppData', 'Local'],
    other: ['.cache'],
  });
}

/** The folder for what the program makes for itself and keeps: XDG_STATE_HOME, ~/.local/state, else as for the settings. */
export function stateFolder(where: Place): string | undefined {
  return folder(where, 'XDG_STATE_HOME', {
    darwin: ['Library', 'Application Support'],
    win32: ['LOCALAPPDATA', 'AppData', 'Local'],
    other: ['.local', 'state'],
  });
}

/** The folder for files that live as long as a run: an absolute TMPDIR (TEMP, TMP on Windows), else the system's. */
export function tempFolder(where: Place): string {
  const path = pathOf(where);
  const windows = where.platform === 'win32';
  const named = (windows ? ['TEMP', 'TMP'] : ['TMPDIR']).map(name => where.env[name]);
  const fallback = windows ? path.join(where.env.SystemRoot ?? 'C:\\Windows', 'temp') : '/tmp';
  return named.find(value => value !== undefined && path.isAbsolute(value)) ?? fallback;
}

interface Custom {
  readonly darwin: readonly string[];
  /** A variable, and what stands for it below the home folder. */
  readonly win32: readonly [string, ...string[]];
  readonly other: readonly string[];
}

function folder(where: Place, variable: string, custom: Custom): string | undefined {
  const path = pathOf(where);
  const [windowsVariable, ...windowsParts] = custom.win32;
  const named = [where.env[variable], ...(where.platform === 'win32' ? [where.env[windowsVariable]] : [])];
  const base = named.find(value => value !== undefined && path.isAbsolute(value));
  if (base !== undefined) return path.join(base, 'aloud');
  if (where.home === undefined) return undefined;
  const native = { darwin: custom.darwin, win32: windowsParts } as Record<string, readonly string[]>;
  return path.join(where.home, ...(native[where.platform] ?? custom.other), 'aloud');
}

function pathOf(where: Place) {
  return where.platform === 'win32' ? win32 : posix;
}
