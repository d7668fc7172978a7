/** The temporary files of this process, for when it has to end at once. */
import { unlinkSync } from 'node:fs';

/** What a process leaves on a disk is the process's, whoever in it made it. */
const paths = new Set<string>();

/** Notes a temporary file that is about to be made; to be called with what is returned when it is gone or in place. */
export function noteTemporary(path: string): () => void {
  paths.add(path);
  return () => void paths.delete(path);
}

/** Deletes them all, waiting for nobody. Never throws. */
export function removeTemporaries(): void {
  for (const path of paths) {
    try {
      unlinkSync(path);
    } catch {
      // It has not been made yet, or is in its place by now.
    }
  }
  paths.clear();
}
