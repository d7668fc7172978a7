/** A file that is written beside its target under a name of its own and replaces it when it is whole. */
import { randomBytes } from 'node:crypto';
import type { Stats } from 'node:fs';
import { access, constants, copyFile, type FileHandle, link, open, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../errors.ts';
import { moveInto, noteTemporary } from '../temporaries.ts';
import { createBatch, storeAll } from './batch.ts';
import { codeOf, outputFailure, refusal } from './output-failure.ts';
import type { FileTargetOptions, Target } from './target.ts';

/** Nobody reads a file before it is whole: what comes within so long is written at once. */
const WAIT_MS = 10;
/** The larger, the less often the thread that writes has to be woken, which costs as much as what it does. */
const FULL_BYTES = 2 * 1024 * 1024;
/** How much is moved at a time to make room in the middle. */
const MOVE_BYTES = 1024 * 1024;

/**
 * Opens the temporary file for `path`, which proves that its folder can be written to. `old` is
 * what is there now, if anything; with `noClobber` a file that appears meanwhile is respected.
 *
 * @throws the system's error, for the caller to explain
 */
export async function openReplacement(
  path: string,
  name: string,
  old: Stats | undefined,
  { noClobber = false, clock }: Pick<FileTargetOptions, 'noClobber' | 'clock'>,
): Promise<Target> {
  if (old !== undefined) await access(path, constants.W_OK);
  const temporary = beside(path);
  const forget = noteTemporary(temporary);
  const handle = await open(temporary, 'wx+', old === undefined ? 0o666 : old.mode & 0o777).catch(error => {
    forget();
    throw error;
  });
  if (old !== undefined) await takeAfter(handle, old);

  let state: 'open' | 'placing' | 'ended' = 'open';
  let length = 0;
  let stored = 0;
  const descriptor = () => handle.fd;
  const batch = createBatch(
    chunks =>
      storeAll(descriptor, chunks, stored, count => {
        stored += count;
      }).catch(fail),
    { fullBytes: FULL_BYTES, wait: callback => clock.after(WAIT_MS, callback) },
  );

  return {
    name,
    copies: true,
    get length() {
      return length;
    },
    write(chunk) {
      if (state !== 'open') return Promise.reject(new Failure('output', `cannot write ${name}: it is closed`));
      length += chunk.byteLength;
      return batch.add(chunk);
    },
    edit: {
      get stored() {
        return stored;
      },
      flush: () => batch.flush(),
      patch: (bytes, offset) => storeAll(descriptor, [bytes], offset).catch(fail),
      async insert(offset, count) {
        await batch.flush();
        await moveBack(handle, offset, stored, count).catch(fail);
        stored += count;
        length += count;
      },
      async salvage() {
        await batch.flush().catch(() => batch.drop());
        length = stored;
        return stored;
      },
      async truncate(to) {
        await handle.truncate(to).catch(fail);
        stored = to;
        length = to;
      },
      async moveTo(other, copies) {
        if (state !== 'open') throw new Failure('output', `cannot save what is in ${name}: it is closed`);
        // To another file system nothing can be renamed.
        const isMoved = !copies && (await moveInto(temporary, other).then(yes, no));
        if (!isMoved) return copyFile(temporary, other, constants.COPYFILE_FICLONE);
        state = 'ended';
        forget();
        await handle.close();
      },
    },
    async commit(hasty = false) {
      try {
        await batch.flush();
        if (!hasty) await handle.sync().catch(tolerateUnsupported);
        if (state !== 'open') throw new Failure('output', `cannot write ${name}: it was given up`);
        state = 'placing';
        await handle.close();
        await place(temporary, path, name, noClobber);
        forget();
        state = 'ended';
      } catch (error) {
        state = 'open';
        await discard();
        throw outputFailure(error, name);
      }
    },
    discard,
  };

  async function discard(): Promise<void> {
    if (state !== 'open') return;
    state = 'ended';
    await batch.drop();
    await handle.close().catch(() => {});
    await unlink(temporary).catch(() => {});
    forget();
  }

  function fail(error: unknown): never {
    throw outputFailure(error, name, stored);
  }
}

async function place(temporary: string, path: string, name: string, noClobber: boolean): Promise<void> {
  if (!noClobber) return moveInto(temporary, path);
  try {
    // Unlike a rename, a link fails where somebody else was first.
    await link(temporary, path);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw refusal(name);
    // A file system without hard links: a rename after one more look is the best there is.
    const exists = await access(path).then(yes, no);
    if (exists) throw refusal(name);
    return moveInto(temporary, path);
  }
  await unlink(temporary);
}

/** Makes a gap of `count` bytes at `offset` in a file of `end` bytes, moving its end first. */
async function moveBack(handle: FileHandle, offset: number, end: number, count: number): Promise<void> {
  const buffer = Buffer.allocUnsafe(MOVE_BYTES);
  for (let upTo = end; upTo > offset; ) {
    const from = Math.max(offset, upTo - MOVE_BYTES);
    let filled = 0;
    while (filled < upTo - from) {
      const { bytesRead } = await handle.read(buffer, filled, upTo - from - filled, from + filled);
      if (bytesRead === 0) throw new Error('the file became shorter while it was being written');
      filled += bytesRead;
    }
    await storeAll(() => handle.fd, [buffer.subarray(0, filled)], from + count);
    upTo = from;
  }
}

/** A name in the same folder that no other run uses, short enough whatever the target's name is. */
function beside(path: string): string {
  const start = Array.from(basename(path)).slice(0, 40).join('');
  return join(dirname(path), `.${start}.${randomBytes(6).toString('hex')}.tmp`);
}

/** Gives a new file the owner and the permissions of the `old` one, as far as that is allowed. */
async function takeAfter(handle: FileHandle, old: Stats): Promise<void> {
  const own = await handle.stat();
  if (own.uid !== old.uid || own.gid !== old.gid) await handle.chown(old.uid, old.gid).catch(() => {});
  await handle.chmod(old.mode & 0o777).catch(() => {});
}

const yes = () => true;
const no = () => false;

/** Some file systems know no `fsync`. */
function tolerateUnsupported(error: unknown): void {
  if (!['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP'].includes(codeOf(error) ?? '')) throw error;
}
