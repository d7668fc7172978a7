/** Collects chunks and hands them on in few large writes, one at a time, without copying them. */
import { writev } from 'node:fs';
import { promisify } from 'node:util';

/** A full batch: as much as arrives while one is being stored at full speed, so that nothing piles up in front of it. */
const FULL_BYTES = 1024 * 1024;
/** Below the 1024 pieces that one `writev` may have. */
const FULL_PIECES = 512;

export interface Batch {
  /**
   * Takes `chunk`, which must not change any more. Resolves when ready for more; rejects with what an
   * earlier write failed with.
   */
  add(chunk: Uint8Array): Promise<void>;
  /** Resolves when everything taken has been stored; rejects if any of it could not be. */
  flush(): Promise<void>;
  /** Forgets what is not being stored yet. Resolves when nothing is being stored any more. */
  drop(): Promise<void>;
}

const READY = Promise.resolve();

/**
 * Stores what is added by `store`, when a batch is full or else at the end of the turn of the event
 * loop. At most one batch is being stored while another is being collected.
 */
export function createBatch(store: (chunks: Uint8Array[]) => Promise<void>): Batch {
  let pieces = createPieces();
  let storing: Promise<void> | undefined;
  let scheduled = false;
  let failure: { readonly error: unknown } | undefined;

  return {
    add(chunk) {
      if (failure !== undefined) return Promise.reject(failure.error);
      pieces.add(chunk);
      if (pieces.bytes < FULL_BYTES && pieces.count < FULL_PIECES) {
        if (!scheduled && storing === undefined) {
          scheduled = true;
          setImmediate(start);
        }
        return READY;
      }
      if (storing !== undefined) return storing.then(check);
      start();
      return READY;
    },
    async flush() {
      while (storing !== undefined || pieces.bytes > 0) {
        start();
        await storing;
        check();
      }
      check();
    },
    async drop() {
      pieces = createPieces();
      failure = undefined;
      await storing;
      failure = undefined;
    },
  };

  function start(): void {
    scheduled = false;
    if (storing !== undefined || pieces.bytes === 0) return;
    const taken = pieces;
    pieces = createPieces();
    storing = store(taken.all()).then(
      () => {
        storing = undefined;
        start();
      },
      error => {
        storing = undefined;
        failure = { error };
        pieces = createPieces();
      },
    );
  }

  function check(): void {
    if (failure !== undefined) throw failure.error;
  }
}

interface Pieces {
  readonly bytes: number;
  readonly count: number;
  add(chunk: Uint8Array): void;
  all(): Uint8Array[];
}

/** Chunks that follow one another in memory, as they come from the wire, become one piece. */
function createPieces(): Pieces {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  let buffer: ArrayBufferLike | undefined;
  let start = 0;
  let end = 0;

  const finish = () => {
    if (buffer !== undefined) pieces.push(new Uint8Array(buffer, start, end - start));
    buffer = undefined;
  };
  return {
    get bytes() {
      return bytes;
    },
    get count() {
      return pieces.length + 1;
    },
    add(chunk) {
      const { byteOffset, byteLength } = chunk;
      bytes += byteLength;
      if (chunk.buffer !== buffer || byteOffset !== end) {
        finish();
        buffer = chunk.buffer;
        start = byteOffset;
      }
      end = byteOffset + byteLength;
    },
    all() {
      finish();
      return pieces;
    },
  };
}

const writeSome = promisify(writev);

/**
 * Writes all of `chunks` to an open file, however few bytes the system takes at a time. `position`
 * is where the first one goes, null means behind what was written before. `onStored` hears of every advance.
 *
 * @throws the system's error
 */
export async function storeAll(
  descriptor: () => number,
  chunks: readonly Uint8Array[],
  position: number | null,
  onStored: (count: number) => void = () => {},
): Promise<void> {
  let left = chunks;
  let at = position;
  while (left.length > 0) {
    const { bytesWritten } = await writeSome(descriptor(), left, at ?? undefined);
    onStored(bytesWritten);
    if (at !== null) at += bytesWritten;
    const rest = behind(left, bytesWritten);
    if (bytesWritten === 0 && rest.length > 0) throw Object.assign(new Error('nothing was taken'), { code: 'EIO' });
    left = rest;
  }
}

/** What is left of `chunks` after their first `count` bytes. */
function behind(chunks: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let skipped = 0;
  let index = 0;
  for (; index < chunks.length; index += 1) {
    const size = chunks[index]?.byteLength ?? 0;
    if (skipped + size > count) break;
    skipped += size;
  }
  const [first, ...rest] = chunks.slice(index);
  return first === undefined ? [] : [first.subarray(count - skipped), ...rest];
}
