/** What the system's errors about files and pipes mean to a person. */
import { constants } from 'node:os';
import { Failure, printable } from '../errors.ts';

const REASONS: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  ENOSPC: ['no space is left on the device', 'free some space or write to another place'],
  EDQUOT: ['the disk quota is used up', 'free some space or write to another place'],
  EFBIG: ['the file would be larger than is allowed', 'raise the limit (ulimit -f) or write to another file system'],
  EIO: ['the device reported an error', 'look at the disk, or write to another place'],
  EROFS: ['the file system is read-only', 'write to another place'],
  EACCES: ['permission is denied', 'choose a place that you may write to'],
  EPERM: ['permission is denied', 'choose a place that you may write to'],
  ENOENT: ['the folder does not exist', 'make the folder first'],
  ENOTDIR: ['a part of the path is not a folder', 'check the path'],
  EISDIR: ['it is a folder', 'name a file inside it'],
  ELOOP: ['its symbolic links go round in a circle', 'check the links'],
  ENAMETOOLONG: ['the name is too long', 'choose a shorter name'],
  EMFILE: ['too many files are open', 'raise the limit (ulimit -n) or do less at once'],
  ENFILE: ['too many files are open', 'do less at once'],
  ENXIO: ['nothing is listening there', 'write to a file or to standard output (-)'],
  EBADF: ['it is closed', 'write to a file'],
  EBUSY: ['something else is using it', 'close what uses it, or choose another name'],
};

/** Codes that say that nobody reads any more. */
const GONE = new Set(['EPIPE', 'ECONNRESET', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_PREMATURE_CLOSE']);

/**
 * Makes a Failure of kind `output` out of an error about `name`; a Failure stays what it is.
 * `written` is how many bytes had got there, for an error in the middle.
 */
export function outputFailure(error: unknown, name: string, written?: number): Failure {
  if (error instanceof Failure) return error;
  const known = REASONS[codeOf(error) ?? ''];
  const reason = known?.[0] ?? printable(error instanceof Error ? error.message : String(error), 200);
  const progress = written === undefined ? '' : ` (${written} bytes were written)`;
  return new Failure('output', `cannot write ${name}: ${reason}${progress}`, {
    cause: error,
    ...(known === undefined ? {} : { hint: known[1] }),
  });
}

/** The same for something with a reader at the other end: one that went away is a Failure of kind `gone`. */
export function pipeFailure(error: unknown, name: string, written?: number): Failure {
  if (!GONE.has(codeOf(error) ?? '')) return outputFailure(error, name, written);
  return new Failure('gone', `the reader of ${name} went away`, { cause: error });
}

/** What `--no-clobber` asks for where there is a file already. */
export function refusal(name: string): Failure {
  return new Failure('usage', `${name} exists already`, {
    hint: 'leave out --no-clobber to replace it, or choose another name',
  });
}

/** The system's code of an error, such as `ENOSPC`. */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  // Node has no name for this one.
  if ('errno' in error && error.errno === -constants.errno.EDQUOT) return 'EDQUOT';
  return typeof error.code === 'string' ? error.code : undefined;
}
