/** Where bytes go: a file that appears whole under its name, a device or named pipe, or standard output. */
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import type { Writable } from 'node:stream';
import { Failure, printable } from '../errors.ts';
import type { Clock } from '../speech.ts';
import { codeOf, outputFailure, refusal } from './output-failure.ts';
import { openReplacement } from './target-file.ts';
import { followLinks } from './target-place.ts';
import { openDevice, openPipe, openStream } from './target-stream.ts';

/** A place for bytes. Calls follow one another, except that `discard` may interrupt any of them. */
export interface Target {
  /** What a message calls it. */
  readonly name: string;
  /** Bytes that have been taken. */
  readonly length: number;
  /** Takes `chunk`, which must not change until this resolves, and unless `copies`, ever. Resolves when ready for more. */
  write(chunk: Uint8Array): Promise<void>;
  /** Whether a chunk is not looked at any more once `write` has resolved. */
  readonly copies: boolean;
  /** Present where what has been written can still be changed: in a file that nobody reads yet. */
  readonly edit?: Edit;
  /**
   * Present where `edit` is not: puts `after` in place of `before`, which was written first and is as
   * long, if that turns out to be possible, as on standard output into a file. Resolves to whether it was.
   */
  rewriteStart?(before: Uint8Array, after: Uint8Array): Promise<boolean>;
  /**
   * Everything is in its place and, for a file, under its name. `hasty` does not wait for the disk.
   * On failure nothing is left behind.
   */
  commit(hasty?: boolean): Promise<void>;
  /** Leaves nothing behind and fails what waits. Never throws; does nothing after `commit` or a second time. */
  discard(): Promise<void>;
}

/** Changes to a file that is still being written. Offsets and counts in bytes. */
export interface Edit {
  /** Bytes that are in the file by now. */
  readonly stored: number;
  /** Resolves when all that was taken is stored. */
  flush(): Promise<void>;
  /** Overwrites what has been stored at `offset`. */
  patch(bytes: Uint8Array, offset: number): Promise<void>;
  /** Moves everything from `offset` on back by `count` bytes, in place, and leaves a gap to be patched. */
  insert(offset: number, count: number): Promise<void>;
  /** Stores what it can, forgets a failure and what it cost; resolves to the bytes that are in the file. */
  salvage(): Promise<number>;
  /** Cuts the file off after `length` bytes. */
  truncate(length: number): Promise<void>;
  /**
   * Saves what is stored under another name: the file itself, which ends the target as `discard` does, or with `copies`
   * a copy of it.
   */
  moveTo(path: string, copies: boolean): Promise<void>;
}

export interface FileTargetOptions {
  /** Refuse to replace a file. */
  readonly noClobber?: boolean;
  /** Paces the wait for somebody to read a named pipe. */
  readonly clock: Clock;
  /** Ends that wait. */
  readonly signal?: AbortSignal;
}

/**
 * Opens `path` for writing and checks at once what can be checked. A file is written beside its
 * target and replaces it on commit, with the permissions of the old one; a link is followed and
 * stays a link. A device is written as it is, a named pipe as soon as somebody reads it.
 *
 * @throws Failure `usage` for `-` and, with `noClobber`, for a file that exists; `output` for the rest.
 */
export async function openFileTarget(path: string, options: FileTargetOptions): Promise<Target> {
  const name = printable(path, 200);
  if (path === '' || basename(path) === '-') {
    throw new Failure('usage', `"${name}" is not the name of a file`, { hint: 'choose a name such as hello.wav' });
  }
  try {
    const { path: place, isDescriptor } = followLinks(path);
    const stats = await stat(place).catch(absent);
    if (stats?.isDirectory() || /[/\\]$/.test(path)) throw Object.assign(new Error(), { code: 'EISDIR' });
    if (stats?.isFIFO()) return await openPipe(place, name, !isDescriptor, options);
    if (stats !== undefined && (isDescriptor || !stats.isFile())) return await openDevice(place, name);
    if (stats !== undefined && options.noClobber) throw refusal(name);
    const folder = await realpath(dirname(place)).catch(error => {
      throw folderFailure(error, name, printable(dirname(place), 200));
    });
    return await openReplacement(join(folder, basename(place)), name, stats, options);
  } catch (error) {
    if (options.signal?.aborted) throw options.signal.reason;
    throw outputFailure(error, name);
  }
}

/**
 * Writes to a stream that somebody else owns, such as standard output: it is flushed, never ended.
 * A reader that went away is a failure for which `isReaderGone` is true.
 */
export function openStreamTarget(stream: Writable, name = 'standard output'): Promise<Target> {
  return openStream(stream, name);
}

/** Whether a write failed only because nobody reads any more. */
export function isReaderGone(error: unknown): boolean {
  return error instanceof Failure && error.kind === 'gone';
}

function absent(error: unknown): undefined {
  if (codeOf(error) !== 'ENOENT') throw error;
}

function folderFailure(error: unknown, name: string, folder: string): unknown {
  if (codeOf(error) !== 'ENOENT') return error;
  if (folder === '.') {
    return new Failure('output', `cannot write ${name}: the working folder does not exist any more`, {
      cause: error,
      hint: 'go to a folder that exists, such as: cd ~',
    });
  }
  return new Failure('output', `cannot write ${name}: the folder ${folder} does not exist`, {
    cause: error,
    // The `mkdir` of Windows makes the folders above by itself.
    hint: sep === '\\' ? `make it first: mkdir "${folder}"` : `make it first: mkdir -p ${folder}`,
  });
}
