/** Finds and reads settings files: JSON and YAML, bounded, regular files only; nothing in them is ever executed. */
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { Failure, printable } from '../errors.ts';
import type { Surroundings } from './folders.ts';
import { configFolder } from './folders.ts';

export interface SettingsFile {
  /** A project's file is found from the working folder upward and may set less than the user's own. */
  readonly scope: 'project' | 'user';
  readonly path: string;
  /** What the file says, unchecked. */
  readonly content: unknown;
  /** Whether others than its owner may read it. */
  readonly shared: boolean;
}

const PROJECT_FILES: readonly string[] = [
  'package.json',
  ...['', '.json', '.yaml', '.yml'].map(extension => `.aloudrc${extension}`),
  ...['.json', '.yaml', '.yml'].map(extension => `aloud.config${extension}`),
];
const USER_FILES: readonly string[] = ['config.json', 'config.yaml', 'config.yml'];
const LARGEST_BYTES = 1024 * 1024;

/**
 * The nearest project file: looked for in the working folder and above it, no further than the folder that
 * holds `.git`, the home folder or the root. In one folder the first of `PROJECT_FILES` counts. What cannot
 * be read in a package.json is said to `warn`; any other unreadable or malformed file fails with `config`.
 */
export async function findProjectFile(
  where: Surroundings,
  warn: (text: string) => void,
): Promise<SettingsFile | undefined> {
  const start = workingFolder(where);
  if (start === undefined) return undefined;
  const trusted = [ownerOf(start)];
  for (let folder = start; ; folder = dirname(folder)) {
    for (const [at, name] of PROJECT_FILES.entries()) {
      const found = await load(join(folder, name), 'project', where, trusted, warn);
      if (found === undefined) continue;
      warnOfOthers(found.path, PROJECT_FILES.slice(at + 1), warn);
      return found;
    }
    if (folder === where.home || folder === dirname(folder) || exists(join(folder, '.git'))) return undefined;
  }
}

/** The user's own file, if there is one. */
export async function findUserFile(
  where: Surroundings,
  warn: (text: string) => void,
): Promise<SettingsFile | undefined> {
  const folder = configFolder(where);
  if (folder === undefined) return undefined;
  const trusted = where.home === undefined ? [] : [ownerOf(where.home)];
  for (const name of USER_FILES) {
    const found = await load(join(folder, name), 'user', where, trusted, warn);
    if (found === undefined) continue;
    warnOfOthers(found.path, USER_FILES.slice(USER_FILES.indexOf(name) + 1), warn);
    return found;
  }
  return undefined;
}

/** Who changes a file that another one is stronger than, would wonder. */
function warnOfOthers(path: string, names: readonly string[], warn: (text: string) => void): void {
  const others = names.filter(name => statSync(join(dirname(path), name), { throwIfNoEntry: false })?.isFile());
  if (others.length > 0) warn(`${others.join(' and ')} beside ${printable(path)} does not count: one file is read`);
}

/** The path of the user's file: of the one that is there, else of the one to write. */
export function userFilePath(where: Surroundings): string | undefined {
  const folder = configFolder(where);
  if (folder === undefined) return undefined;
  return join(folder, USER_FILES.find(name => exists(join(folder, name))) ?? 'config.yaml');
}

/** The text of the user's file at `path` and its permission bits, for changing it; undefined where there is none. */
export function readUserText(
  path: string,
  where: Surroundings,
): { readonly text: string; readonly mode: number } | undefined {
  const read = readRegular(path);
  if (read === undefined) return undefined;
  checkOwner(path, read.owner, [where.uid, ...(where.home === undefined ? [] : [ownerOf(where.home)])], where.uid);
  return { text: read.text, mode: read.mode };
}

async function load(
  path: string,
  scope: SettingsFile['scope'],
  where: Surroundings,
  trusted: readonly (number | undefined)[],
  warn: (text: string) => void,
): Promise<SettingsFile | undefined> {
  const inPackage = basename(path) === 'package.json';
  let read: Opened | undefined;
  try {
    read = readRegular(path);
  } catch (error) {
    // Whether a package.json that cannot be read concerns us is unknown, and it is not ours to complain about.
    if (!inPackage || !(error instanceof Failure)) throw error;
    warn(`${error.message}, so no settings are read from it`);
  }
  if (read === undefined || (inPackage && !read.text.includes('"aloud"'))) return undefined;
  const document = await parse(path, read.text);
  const content = inPackage ? property(document, 'aloud') : document;
  if (content === undefined || content === null) return undefined;
  checkOwner(path, read.owner, [where.uid, 0, ...trusted], where.uid);
  return { scope, path, content, shared: where.uid !== undefined && (read.mode & 0o077) !== 0 };
}

interface Opened {
  readonly text: string;
  readonly owner: number;
  readonly mode: number;
}

// Synchronous on purpose: most of these files are not there, and a look costs microseconds.
function readRegular(path: string): Opened | undefined {
  try {
    // An error for each file that is not there would cost more than all the rest.
    const looked = statSync(path, { throwIfNoEntry: false });
    if (looked === undefined || looked.isDirectory()) return undefined;
    if (!looked.isFile()) throw new Failure('config', `${printable(path)} is not a regular file`);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(path, error);
  }
  try {
    // Between the look and this, the file may have been replaced by a pipe: do not wait for its writer.
    const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const facts = fstatSync(file);
      if (!facts.isFile()) throw new Failure('config', `${printable(path)} is not a regular file`);
      return { text: decode(path, readBounded(path, file)), owner: facts.uid, mode: facts.mode };
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw unreadable(path, error);
  }
}

function readBounded(path: string, file: number): Uint8Array {
  const bytes = new Uint8Array(LARGEST_BYTES + 1);
  let length = 0;
  for (;;) {
    const count = readSync(file, bytes, length, bytes.length - length, null);
    length += count;
    if (length > LARGEST_BYTES) throw new Failure('config', `${printable(path)} is larger than 1 MiB`);
    if (count === 0) return bytes.subarray(0, length);
  }
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Failure('config', `${printable(path)} is not UTF-8 text`);
  }
}

/**
 * Only the loader for YAML is taken from cosmiconfig. Its explorer, even only made, looks for
 * `.config/config.js` in the working folder and runs it, and its `$import` reads whatever a file names.
 */
async function parse(path: string, text: string): Promise<unknown> {
  if (text.trim() === '') return undefined;
  const named = extname(path);
  // A file without extension is YAML; where it looks like JSON it may have tabs, which YAML refuses.
  const readers =
    named === '.json'
      ? [readJson]
      : named === '' && text.trimStart().startsWith('{')
        ? [readJson, readYaml]
        : [readYaml];
  let problem: unknown;
  for (const read of readers) {
    try {
      return await read(text, path);
    } catch (error) {
      problem = error;
    }
  }
  const format = named === '.json' ? 'JSON' : 'YAML';
  throw new Failure('config', `${printable(path)}${place(problem, text)} is not valid ${format}`, {
    hint: 'correct the file, or move it away to go on without it',
  });
}

// Nearly every project has a package.json: no package is loaded to read that.
function readJson(text: string): unknown {
  return JSON.parse(text);
}

async function readYaml(text: string, path: string): Promise<unknown> {
  const loaded = await import('cosmiconfig');
  // In the bundle a CommonJS package has a default export only, from source it may have none.
  const { defaultLoaders } = loaded.defaultLoaders === undefined ? loaded.default : loaded;
  return defaultLoaders['.yaml'](path, text);
}

/** Where a parser stopped. Its message is not shown, nor kept as cause: it quotes the file, which may hold a key. */
function place(problem: unknown, text: string): string {
  const line = property(property(problem, 'mark'), 'line');
  if (typeof line === 'number') return `, line ${line + 1},`;
  const position = /\bposition (\d+)/.exec(problem instanceof Error ? problem.message : '')?.[1];
  return position === undefined ? '' : `, line ${text.slice(0, Number(position)).split('\n').length},`;
}

function checkOwner(
  path: string,
  owner: number,
  trusted: readonly (number | undefined)[],
  uid: number | undefined,
): void {
  if (uid === undefined || trusted.includes(owner)) return;
  throw new Failure('config', `${printable(path)} belongs to another user (uid ${owner})`, {
    hint: 'make it your own with chown, or move it away',
  });
}

function workingFolder(where: Surroundings): string | undefined {
  try {
    return resolve(where.cwd());
  } catch {
    // The folder has been deleted under us: there is no project, and that is no reason to fail.
    return undefined;
  }
}

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.uid;
  } catch {
    return undefined;
  }
}

function exists(path: string): boolean {
  return ownerOf(path) !== undefined;
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'EACCES'].includes(String(property(error, 'code')));
}

function unreadable(path: string, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const code = String(property(error, 'code'));
  const reasons: Record<string, string> = { ELOOP: 'its symbolic links go in a circle', EACCES: 'permission denied' };
  const message = `cannot read ${printable(path)}: ${reasons[code] ?? code}`;
  return new Failure('config', message, { cause: error, hint: 'make it readable, or move it away' });
}

function property(value: unknown, name: string): unknown {
  const held = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
  return held ? (value as Record<string, unknown>)[name] : undefined;
}
