/** The temporary files and folders of this process, for when it has to end at once. */
// Not `node:fs/promises`, nor `node:timers/promises`: this is loaded at every start, and those would be with it.
import { promises as files, rmSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';

/** What a process leaves on a disk is the process's, whoever in it made it. */
const paths = new Set<string>();

/**
 * Notes a temporary file or folder that is about to be made. What is returned is to be called when it is gone or in
 * place: what has its name then is not ours to delete.
 */
export function noteTemporary(path: string): () => void {
  paths.add(path);
  return () => void paths.delete(path);
}

/** Deletes them all, waiting for nobody. Never throws. */
export function removeTemporaries(): void {
  for (const path of paths) {
    try {
      rmSync(path, { force: true, recursive: true });
    } catch {
      // There is nobody left to tell.
    }
  }
  paths.clear();
}

/** Opens a temporary file for reading and writing that is gone when it is closed, even by a killed process. */
export async function openNameless(): Promise<FileHandle> {
  const path = join(tmpdir(), `aloud-${crypto.randomUUID()}.tmp`);
  const forget = noteTemporary(path);
  const file = await files.open(path, 'wx+', 0o600);
  await files.unlink(path).then(forget, () => {});
  return file;
}

/**
 * Renames a finished file over its target. On Windows that fails while a virus scanner, an indexer or a player has one
 * of them open, which may be over in a moment: there it is tried for two seconds.
 *
 * @throws the system's error
 */
export async function moveInto(from: string, to: string, isPatient = sep === '\\', move = files.rename): Promise<void> {
  for (let pauseMs = 10; ; pauseMs *= 2) {
    try {
      return await move(from, to);
    } catch (error) {
      if (!isPatient || pauseMs > LONGEST_PAUSE_MS || !IN_USE.includes((error as NodeJS.ErrnoException).code))
        throw error;
    }
    await new Promise(resolve => setTimeout(resolve, pauseMs));
  }
}

const LONGEST_PAUSE_MS = 1000;
const IN_USE: readonly (string | undefined)[] = ['EPERM', 'EACCES', 'EBUSY'];
