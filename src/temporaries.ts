/** The temporary files and folders of this process, for when it has to end at once. */
import { rmSync } from 'node:fs';

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
