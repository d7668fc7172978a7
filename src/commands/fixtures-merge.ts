/** `aloud fixtures merge`: the locks of all parts of the work as one. */
import { existsSync } from 'node:fs';
import { basename, isAbsolute, join } from 'node:path';
import { Failure, printable } from '../errors.ts';
import { type Lock, mergeLocks, openLock, readLockPath, writeLock } from '../fixtures/lock.ts';
import type { NamedLine } from '../fixtures/sorted-lines.ts';
import type { Host } from '../host.ts';
import { type PresentationFlags, present } from './options.ts';
import { plural } from './plural.ts';

export interface MergeOptions {
  readonly locks: readonly string[];
  /** Undefined: the lock that the parts are parts of. */
  readonly output: string | undefined;
  readonly presentation: PresentationFlags;
}

/** @throws Failure of kind usage where a part is missing, or two locks differ about an entry */
export async function mergeFixtures(options: MergeOptions, host: Host): Promise<void> {
  present(options.presentation, host);
  const paths = options.locks.map(path => (isAbsolute(path) ? path : join(host.cwd(), path)));
  const target = targetOf(paths, options.output, host);
  const locks: Lock[] = [];
  try {
    for (const path of paths) locks.push(await openPart(path));
    let count = 0;
    async function* counted(lines: AsyncIterable<NamedLine>): AsyncGenerator<NamedLine> {
      for await (const line of lines) {
        count += 1;
        yield line;
      }
    }
    await writeLock(target, counted(mergeLocks(locks)));
    if (options.presentation.json) return await host.printJson({ lock: target, entries: count });
    host.note(`${printable(target, 200)}: ${plural(count, 'entry', 'entries')} of ${plural(locks.length, 'lock')}`);
  } finally {
    for (const lock of locks) await lock.close();
  }
}

function openPart(path: string): Promise<Lock> {
  if (existsSync(path)) return openLock(path);
  throw new Failure('usage', `there is no lock ${printable(path, 200)}`, {
    hint: 'build that part first: aloud fixtures --shard I/N',
  });
}

/** @throws Failure of kind usage where parts are missing, or it cannot be told what they are parts of */
function targetOf(paths: readonly string[], output: string | undefined, host: Host): string {
  const parts = paths.map(readLockPath);
  const [first] = parts;
  if (first !== undefined && parts.every(part => part?.count === first.count && part.whole === first.whole)) {
    const there = new Set(parts.map(part => part?.index));
    const missing = Array.from({ length: first.count }, (_, at) => at + 1).filter(index => !there.has(index));
    if (missing.length > 0) {
      throw new Failure(
        'usage',
        `of ${first.count} parts of ${printable(basename(first.whole), 200)}, ${missing.slice(0, 20).join(', ')} are missing`,
        {
          hint: 'name the locks of all parts',
        },
      );
    }
    if (output === undefined) return first.whole;
  }
  if (output !== undefined) return isAbsolute(output) ? output : join(host.cwd(), output);
  throw new Failure('usage', 'cannot tell where to write: these are not the parts of one lock', {
    hint: 'name the file with -o FILE',
  });
}
