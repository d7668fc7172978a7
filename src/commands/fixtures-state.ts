/** Whether the files of an entry are what the lock says and what the manifest asks for. */
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { LockRecord } from '../fixtures/lock-record.ts';
import type { Fence } from '../fixtures/paths.ts';
import type { FixturePlan } from './fixtures-plan.ts';

/** What is not as it should be, in a word for programs, about which file, and in words for people. */
export interface Problem {
  readonly problem: 'unlocked' | 'stale' | 'engine' | 'missing' | 'changed' | 'obsolete' | 'unrestorable' | 'sound';
  readonly file: string;
  readonly message: string;
}

/** Reading is this coarse; a file that is smaller is read at once. */
const READ_BYTES = 1024 * 1024;
const buffer = Buffer.allocUnsafe(READ_BYTES);

/** The first thing that is wrong; undefined when all is as it should be. Waits for nothing but the disk. */
export function findProblem(plan: FixturePlan, record: LockRecord | undefined, fence: Fence): Problem | undefined {
  return findStale(plan, record) ?? (record === undefined ? undefined : findChanged(plan, record, fence));
}

/** What keeps the lock from being about this entry as it is now. */
export function findStale(
  { entry, asked, files, speaker }: FixturePlan,
  record: LockRecord | undefined,
): Problem | undefined {
  const file = entry.output;
  if (record === undefined) return { problem: 'unlocked', file, message: 'is not in the lock' };
  const isSame = record.asked === asked && files.every(({ name }) => Object.hasOwn(record.files, name));
  if (!isSame) return { problem: 'stale', file, message: 'the lock is about another text or other settings' };
  const { engine } = speaker;
  if (engine === undefined || record.engine === engine) return undefined;
  return { problem: 'engine', file, message: `was made by version ${record.engine} of the engine; here is ${engine}` };
}

function findChanged({ files }: FixturePlan, record: LockRecord, fence: Fence): Problem | undefined {
  for (const { name } of files) {
    const digest = digestOfFile(fence.inside(name));
    if (digest === record.files[name]) continue;
    const isMissing = digest === undefined;
    return {
      problem: isMissing ? 'missing' : 'changed',
      file: name,
      message: isMissing ? 'is missing' : 'differs from the lock',
    };
  }
  return undefined;
}

/**
 * SHA-256 of a file; undefined where there is no regular file that can be read. Synchronous on purpose: thousands of
 * small files are read in a second, several times as many as with a thread in between.
 */
export function digestOfFile(path: string): string | undefined {
  let descriptor: number;
  try {
    // A pipe must not be waited for.
    descriptor = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch {
    return undefined;
  }
  try {
    if (!fstatSync(descriptor).isFile()) return undefined;
    const hash = createHash('sha256');
    for (;;) {
      const count = readSync(descriptor, buffer, 0, READ_BYTES, null);
      if (count === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, count));
    }
  } catch {
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}
