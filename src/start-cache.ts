/** What V8 has compiled of the program, kept in the user's cache folder for later starts. */
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { homeOf } from './host-home.ts';
import { cacheFolder } from './settings/folders.ts';

/** The part of Node's `process` that matters here. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly version: string;
  readonly pid: number;
  getuid?: () => number;
  /** Seconds. */
  uptime(): number;
  on(signal: 'SIGXFSZ', listener: () => void): unknown;
  off(signal: 'SIGXFSZ', listener: () => void): unknown;
}

/** What is kept of one file. */
export interface Kept {
  /** As `Script.createCachedData` gives it. */
  readonly code: Buffer;
  /** Parts of the file that had been run by then: functions that had not are not in it. */
  readonly parts: readonly string[];
}

export interface CodeCache {
  /** What is kept of a file, by its name with a digest in it; undefined where nothing is, or nothing that may be trusted. */
  read(file: string): Kept | undefined;
  /** Keeps it for whoever runs this version of Node. Never throws. */
  write(file: string, kept: Kept): void;
}

/** The length of a header: checksum and length of the names. V8 takes only data that begins at a multiple of eight. */
const HEAD_BYTES = 8;

/** Of which nothing was used this long is of a version that is gone. */
const OLD_MS = 30 * 24 * 3600 * 1000;

/**
 * The user's cache; undefined where there is none: without a folder for it, where Node's own variable says that nothing
 * compiled is to be kept, while coverage is measured, and on a Node that has no checksum quick enough.
 */
export function openCodeCache(where: Surroundings): CodeCache | undefined {
  const { env, platform, arch, version, pid } = where;
  const parent = cacheFolder({ env, platform, home: homeOf(where) });
  if (parent === undefined || env.NODE_DISABLE_COMPILE_CACHE || env.NODE_V8_COVERAGE) return undefined;
  if (typeof crc32 !== 'function') return undefined;
  const folder = join(parent, 'code');
  const uid = where.getuid?.();
  const pathOf = (file: string) => join(folder, `${file}-${version}-${platform}-${arch}`);

  return {
    read(file) {
      try {
        if (!isOurs(statSync(folder), uid)) return undefined;
        return unpack(readOurs(pathOf(file), uid));
      } catch {
        return undefined;
      }
    },
    write(file, kept) {
      // Of a file that would grow beyond its limit (`ulimit -f`) the process would die.
      const endure = () => {};
      where.on('SIGXFSZ', endure);
      try {
        makeFolder(folder, uid);
        if (!isOurs(statSync(folder), uid)) return;
        replace(pathOf(file), pack(kept), pid);
        sweep(folder, Date.now() - OLD_MS);
      } catch {
        // It only starts slower without.
      } finally {
        where.off('SIGXFSZ', endure);
      }
    },
  };
}

function replace(path: string, bytes: Buffer, pid: number): void {
  const temporary = `${path}.${pid}.tmp`;
  try {
    writeFileSync(temporary, bytes, { flag: 'wx', mode: 0o600 });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Whether nobody else can have written it: what is in there is run. */
function isOurs({ uid, mode }: Stats, own: number | undefined): boolean {
  return own === undefined || (uid === own && (mode & 0o022) === 0);
}

function readOurs(path: string, uid: number | undefined): Buffer {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    const facts = fstatSync(file);
    return facts.isFile() && isOurs(facts, uid) ? readFileSync(file) : Buffer.alloc(0);
  } finally {
    closeSync(file);
  }
}

/** Makes a folder and those above it, but not in another user's home, as of who runs a program as root. */
function makeFolder(folder: string, uid: number | undefined): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found !== undefined && uid !== undefined && found.uid !== uid) throw new Error(`${folder} is not ours`);
  if (found !== undefined) return;
  makeFolder(dirname(folder), uid);
  // Each by itself: in /proc, Node would try for ever to make them all.
  mkdirSync(folder, { mode: 0o700 });
}

// V8 believes what it is given: after a crash of the machine a file may be whole in length alone.
function unpack(bytes: Buffer): Kept | undefined {
  if (bytes.length <= HEAD_BYTES || crc32(bytes.subarray(4)) !== bytes.readUInt32LE(0)) return undefined;
  const end = HEAD_BYTES + bytes.readUInt32LE(4);
  return { parts: JSON.parse(bytes.toString('latin1', HEAD_BYTES, end)), code: bytes.subarray(end) };
}

function pack({ code, parts }: Kept): Buffer {
  const names = JSON.stringify(parts);
  const length = Math.ceil(names.length / HEAD_BYTES) * HEAD_BYTES;
  const bytes = Buffer.concat([Buffer.alloc(HEAD_BYTES), Buffer.from(names.padEnd(length), 'latin1'), code]);
  bytes.writeUInt32LE(length, 4);
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
  return bytes;
}

/** Drops what was written before `time`: another version has its own, or has it again after one slower start. */
function sweep(folder: string, time: number): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).mtimeMs < time) rmSync(path, { force: true });
  }
}
