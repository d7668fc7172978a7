/** Speech that was paid for and not finished: kept in the user's state folder for a while, to be gone on with. */
import { createHash, randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, type FileHandle, mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { moveInto, noteTemporary } from '../temporaries.ts';
import { isRecord, type UnfinishedRecord } from './unfinished-record.ts';

/** What is kept of one run. */
export interface Unfinished {
  readonly folder: string;
  readonly record: UnfinishedRecord;
}

/** The files of one that have been held against its record. */
export interface UnfinishedFiles {
  readonly audio: FileHandle;
  readonly notes: FileHandle;
  close(): Promise<void>;
}

/** Names in the folder of one. */
const RECORD = 'record.json';
const AUDIO = 'audio';
const NOTES = 'notes.jsonl';

/** After this long, nobody has come for it. */
const MOST_AGE_MS = 7 * 24 * 3600 * 1000;
const MOST_KEPT = 5;
/** A folder without a record is being written, or was left behind by a run that was killed. */
const LONGEST_WRITING_MS = 3600 * 1000;
const LARGEST_RECORD = 64 * 1024;
const READ_BYTES = 1024 * 1024;

/** All that is kept in `root`, the longest first. What cannot be read is not there. */
export async function listUnfinished(root: string): Promise<readonly Unfinished[]> {
  const names = await readdir(root).catch(() => []);
  const found = await Promise.all(names.map(name => readUnfinished(join(root, name))));
  return found.filter(each => each !== undefined).sort((one, other) => other.record.characters - one.record.characters);
}

/** Opens the files of one, if they are still what they were. */
export async function openUnfinished({ folder, record }: Unfinished): Promise<UnfinishedFiles | undefined> {
  const opened: FileHandle[] = [];
  const close = async () => {
    await Promise.all(opened.map(file => file.close().catch(() => {})));
  };
  try {
    for (const name of [AUDIO, NOTES]) opened.push(await openFile(join(folder, name)));
    const [audio, notes] = opened;
    if (audio === undefined || notes === undefined) return undefined;
    const sound = await digestOf(audio, record.audio.start, record.audio.bytes);
    const isWhole =
      sound === record.audio.sha256 && (await digestOf(notes, 0, record.notes.bytes)) === record.notes.sha256;
    if (isWhole) return { audio, notes, close };
  } catch {
    // Somebody else has deleted it, or the disk has lost it.
  }
  await close();
  return undefined;
}

/** What `keepUnfinished` is to keep. */
export interface Keeping {
  readonly record: Omit<UnfinishedRecord, 'audio' | 'notes'>;
  readonly audio: { readonly start: number; readonly bytes: number };
  readonly noteBytes: number;
  /** Makes the file of the sound. */
  saveAudio(path: string): Promise<void>;
  /** Makes the file of the notes; resolves to their SHA-256. */
  saveNotes(path: string): Promise<string>;
}

/**
 * Keeps one in `root`, in a folder of its own that counts once its record is there: runs at the same time do not mix.
 * Deletes what has become too old or too much.
 */
export async function keepUnfinished(root: string, keeping: Keeping): Promise<void> {
  const folder = join(root, randomBytes(8).toString('hex'));
  const forget = noteTemporary(folder);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const audio = join(folder, AUDIO);
    await keeping.saveAudio(audio);
    await chmod(audio, 0o600);
    const sha256 = await digestOfFile(audio, keeping.audio);
    const notes = { bytes: keeping.noteBytes, sha256: await keeping.saveNotes(join(folder, NOTES)) };
    const record: UnfinishedRecord = { ...keeping.record, audio: { ...keeping.audio, sha256 }, notes };
    const temporary = join(folder, `${RECORD}.new`);
    await writeFile(temporary, JSON.stringify(record), { flag: 'wx', mode: 0o600 });
    await moveInto(temporary, join(folder, RECORD));
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  } finally {
    forget();
  }
  await prune(root).catch(() => {});
}

export async function dropUnfinished(kept: readonly Unfinished[]): Promise<void> {
  await Promise.all(kept.map(({ folder }) => rm(folder, { recursive: true, force: true }).catch(() => {})));
}

async function prune(root: string): Promise<void> {
  const whole: { readonly folder: string; readonly age: number }[] = [];
  for (const name of await readdir(root)) {
    const folder = join(root, name);
    const facts = await stat(join(folder, RECORD)).catch(() => undefined);
    const age = Date.now() - (facts ?? (await stat(folder))).mtimeMs;
    if (facts !== undefined) whole.push({ folder, age });
    else if (age > LONGEST_WRITING_MS) await rm(folder, { recursive: true, force: true });
  }
  whole.sort((one, other) => one.age - other.age);
  for (const [index, { folder, age }] of whole.entries()) {
    if (index >= MOST_KEPT || age > MOST_AGE_MS) await rm(folder, { recursive: true, force: true });
  }
}

async function readUnfinished(folder: string): Promise<Unfinished | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await openFile(join(folder, RECORD));
    const { size, mtimeMs } = await file.stat();
    if (size > LARGEST_RECORD || Date.now() - mtimeMs > MOST_AGE_MS) return undefined;
    const record: unknown = JSON.parse(await file.readFile('utf8'));
    return isRecord(record) ? { folder, record } : undefined;
  } catch {
    return undefined;
  } finally {
    await file?.close().catch(() => {});
  }
}

/** @throws the system's error, also for what is no regular file */
async function openFile(path: string): Promise<FileHandle> {
  // Not waiting for a writer, should it be a pipe.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new Error('not a file of ours');
}

async function digestOfFile(path: string, { start, bytes }: { start: number; bytes: number }): Promise<string> {
  const file = await openFile(path);
  try {
    return await digestOf(file, start, bytes);
  } finally {
    await file.close();
  }
}

/** @throws Error where there is less in the file */
async function digestOf(file: FileHandle, start: number, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of readRange(file, start, bytes)) hash.update(chunk);
  return hash.digest('hex');
}

/** `bytes` bytes of a file from `start` on, each chunk in memory of its own. @throws Error where there are fewer */
export async function* readRange(file: FileHandle, start: number, bytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes; ) {
    const buffer = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, bytes - at));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, start + at);
    if (bytesRead === 0) throw new Error('it is shorter than it was');
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
