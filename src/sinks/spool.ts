/** Holds text until its turn in a file comes: the first of it in memory, the rest in a file without a name. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storeAll } from './batch.ts';
import type { Target } from './target.ts';

export interface Spool {
  write(text: string): Promise<void>;
  /** Writes all that was held to `target`. */
  copyTo(target: Target): Promise<void>;
  release(): Promise<void>;
}

const BLOCK_CHARACTERS = 64 * 1024;

/** A spool that takes to a file after `memoryBytes`. Where no file can be made it all stays in memory. */
export function createSpool(memoryBytes = 1024 * 1024): Spool {
  let text = '';
  let held: Buffer[] = [];
  let heldBytes = 0;
  let stored = 0;
  let file: FileHandle | undefined;
  let refused = false;

  return {
    async write(more) {
      text += more;
      if (text.length >= BLOCK_CHARACTERS) await putAway();
    },
    async copyTo(target) {
      for (let at = 0; at < stored && file !== undefined; ) {
        const block = Buffer.allocUnsafe(Math.min(BLOCK_CHARACTERS, stored - at));
        const { bytesRead } = await file.read(block, 0, block.length, at);
        if (bytesRead === 0) throw new Error('a temporary file was cut short');
        await target.write(block.subarray(0, bytesRead));
        at += bytesRead;
      }
      for (const block of held) await target.write(block);
      if (text !== '') await target.write(Buffer.from(text));
    },
    async release() {
      const open = file;
      file = undefined;
      await open?.close().catch(() => {});
    },
  };

  async function putAway(): Promise<void> {
    const block = Buffer.from(text);
    text = '';
    held.push(block);
    heldBytes += block.length;
    if (heldBytes < memoryBytes || refused) return;
    try {
      file ??= await openNameless();
      const { fd } = file;
      await storeAll(() => fd, held, stored);
    } catch {
      // Memory will do; what was stored before stays readable.
      refused = true;
      return;
    }
    stored += heldBytes;
    held = [];
    heldBytes = 0;
  }
}

/** A temporary file that is gone when it is closed, even by a killed process. */
async function openNameless(): Promise<FileHandle> {
  const path = join(tmpdir(), `aloud-${randomBytes(6).toString('hex')}.tmp`);
  const file = await open(path, 'wx+', 0o600);
  await unlink(path).catch(() => {});
  return file;
}
