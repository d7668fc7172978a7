/** Holds text or bytes until its turn in a file comes: the first of it in memory, the rest in a file without a name. */
import type { FileHandle } from 'node:fs/promises';
import { openNameless } from '../temporaries.ts';
import { storeAll } from './batch.ts';
import type { Target } from './target.ts';

export interface Spool {
  /** Takes text, as UTF-8, or bytes, which must not change any more. */
  write(more: string | Uint8Array): Promise<void>;
  /** Writes all that was held to `target`. */
  copyTo(target: Pick<Target, 'write'>): Promise<void>;
  /** Forgets it all; what is written afterwards, too. */
  release(): Promise<void>;
}

const BLOCK_BYTES = 64 * 1024;

/** A spool that takes to a file after `memoryBytes`. Where no file can be made it all stays in memory. */
export function createSpool(memoryBytes = 256 * 1024): Spool {
  let text = '';
  let loose: Uint8Array[] = [];
  let looseBytes = 0;
  let held: Buffer[] = [];
  let heldBytes = 0;
  let stored = 0;
  let file: FileHandle | undefined;
  let storing: Promise<void> = Promise.resolve();
  let state: 'filing' | 'refused' | 'released' = 'filing';

  return {
    async write(more) {
      if (typeof more === 'string') text += more;
      else addBytes(more);
      if (text.length + looseBytes < BLOCK_BYTES) return;
      gather();
      if (heldBytes < memoryBytes || state !== 'filing') return;
      storing = putAway();
      await storing;
    },
    async copyTo(target) {
      gather();
      for (let at = 0; at < stored && file !== undefined; ) {
        const block = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, stored - at));
        const { bytesRead } = await file.read(block, 0, block.length, at);
        if (bytesRead === 0) throw new Error('a temporary file was cut short');
        await target.write(block.subarray(0, bytesRead));
        at += bytesRead;
      }
      for (const block of held) await target.write(block);
    },
    async release() {
      state = 'released';
      // Its number may be another file's as soon as it is closed.
      await storing;
      await file?.close().catch(() => {});
      file = undefined;
      held = [];
      heldBytes = 0;
    },
  };

  function addBytes(bytes: Uint8Array): void {
    addText();
    loose.push(bytes);
    looseBytes += bytes.length;
  }

  function addText(): void {
    if (text === '') return;
    const bytes = Buffer.from(text);
    text = '';
    addBytes(bytes);
  }

  /** Makes one block of what came in small pieces. */
  function gather(): void {
    addText();
    if (looseBytes === 0) return;
    const block = Buffer.concat(loose, looseBytes);
    loose = [];
    looseBytes = 0;
    if (state === 'released') return;
    held.push(block);
    heldBytes += block.length;
  }

  async function putAway(): Promise<void> {
    try {
      file ??= await openNameless();
      const { fd } = file;
      await storeAll(() => fd, held, stored);
    } catch {
      // Memory will do; what was stored before stays readable.
      if (state === 'filing') state = 'refused';
      return;
    }
    stored += heldBytes;
    held = [];
    heldBytes = 0;
  }
}
