/** Holds text or bytes until its turn in a file comes: the first of it in memory, the rest in a file without a name. */
import type { FileHandle } from 'node:fs/promises';
import { openNameless } from '../temporaries.ts';
import { storeAll } from './batch.ts';
import type { Target } from './target.ts';

export interface Spool {
  /** Takes text, as UTF-8, or bytes, which are copied. */
  write(more: string | Uint8Array): Promise<void>;
  /** Writes all that was held to `target`. */
  copyTo(target: Pick<Target, 'write' | 'copies'>): Promise<void>;
  /** Forgets it all; what is written afterwards, too. */
  release(): Promise<void>;
}

const BLOCK_BYTES = 64 * 1024;

/** A spool that takes to a file after `memoryBytes`. Where no file can be made it all stays in memory. */
export function createSpool(memoryBytes = 256 * 1024): Spool {
  let text = '';
  let block: Buffer | undefined;
  let filled = 0;
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
      if (text.length + filled >= BLOCK_BYTES) gather();
      if (heldBytes < memoryBytes || state !== 'filing') return;
      storing = putAway();
      await storing;
    },
    async copyTo(target) {
      gather();
      let room: Buffer | undefined;
      for (let at = 0; at < stored && file !== undefined; ) {
        if (room === undefined || !target.copies) room = Buffer.allocUnsafeSlow(BLOCK_BYTES);
        const { bytesRead } = await file.read(room, 0, Math.min(BLOCK_BYTES, stored - at), at);
        if (bytesRead === 0) throw new Error('a temporary file was cut short');
        await target.write(room.subarray(0, bytesRead));
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

  /** Copies what came in small pieces: each of them would keep alive the pool that Node cut it from. */
  function addBytes(bytes: Uint8Array): void {
    addText();
    for (let from = 0; from < bytes.length; ) {
      block ??= Buffer.allocUnsafeSlow(BLOCK_BYTES);
      const part = bytes.subarray(from, from + BLOCK_BYTES - filled);
      block.set(part, filled);
      filled += part.length;
      from += part.length;
      if (filled === BLOCK_BYTES) closeBlock();
    }
  }

  function addText(): void {
    if (text === '') return;
    const bytes = Buffer.from(text);
    text = '';
    addBytes(bytes);
  }

  function gather(): void {
    addText();
    closeBlock();
  }

  function closeBlock(): void {
    if (block === undefined) return;
    if (state !== 'released') {
      held.push(block.subarray(0, filled));
      heldBytes += filled;
    }
    block = undefined;
    filled = 0;
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
