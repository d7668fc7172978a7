/** Collects chunks and hands them on in few large writes, one at a time. */
import { writev } from 'node:fs';
import { promisify } from 'node:util';

/** A full batch: as much as arrives while one is being stored at full speed, so that nothing piles up in front of it. */
const FULL_BYTES = 512 * 1024;
/** Below the 1024 pieces that one `writev` may have. */
const FULL_PIECES = 512;
/** Chunks are collected in blocks of this size, which are used again. */
const BLOCK_BYTES = 32 * 1024;
/** With more than this in all batches together, a block makes one full: a hundred files must not fill the memory. */
const CROWDED_BYTES = 4 * 1024 * 1024;
/** Blocks that are kept for another batch. */
const SPARE_BLOCKS = 256;

export interface Batch {
  /**
   * Takes a copy of `chunk`; with `mayKeep` it is not copied, and must not change any more. Resolves when ready for
   * more; rejects with what an earlier write failed with.
   */
  add(chunk: Uint8Array): Promise<void>;
  /** Resolves when everything taken has been stored; rejects if any of it could not be. */
  flush(): Promise<void>;
  /** Forgets what is not being stored yet. Resolves when nothing is being stored any more. */
  drop(): Promise<void>;
}

const READY = Promise.resolve();

/** Bytes in all batches, whether being collected or being stored. */
let everywhere = 0;

export interface BatchOptions {
  /** Who takes the chunks may hold on to them after they are stored, as streams do; then they go as they are, and no memory is used again. */
  readonly mayKeep?: boolean;
  /** A full batch, where not the usual one. */
  readonly fullBytes?: number;
  /**
   * Calls back when a batch that is not full has waited long enough, unless what it gives is called before; if absent,
   * at the end of the turn of the event loop.
   */
  readonly wait?: (callback: () => void) => () => void;
}

/**
 * Stores what is added by `store`, when a batch is full or has waited. At most one batch is being stored while another
 * is being collected.
 */
export function createBatch(store: (chunks: Uint8Array[]) => Promise<void>, options: BatchOptions = {}): Batch {
  const { mayKeep = false, fullBytes = FULL_BYTES, wait = atEndOfTurn } = options;
  const createPieces = mayKeep ? createKeptPieces : createCopiedPieces;
  let pieces = createPieces();
  /** What was stored last, to be used again: what lives as long as a write takes is dear to throw away. */
  let spare: Pieces | undefined;
  let storing: Promise<void> | undefined;
  let cancelWait: (() => void) | undefined;
  let failure: { readonly error: unknown } | undefined;

  return {
    add(chunk) {
      if (failure !== undefined) return Promise.reject(failure.error);
      pieces.add(chunk);
      everywhere += chunk.byteLength;
      if (isFull()) {
        if (storing !== undefined) return storing.then(check);
        start();
      } else if (storing === undefined) schedule();
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
      forget();
      cancel();
      failure = undefined;
      await storing;
      failure = undefined;
    },
  };

  function isFull(): boolean {
    return pieces.bytes >= (everywhere > CROWDED_BYTES ? BLOCK_BYTES : fullBytes) || pieces.count >= FULL_PIECES;
  }

  function forget(): void {
    everywhere -= pieces.bytes;
    pieces = createPieces();
  }

  function schedule(): void {
    if (pieces.bytes > 0) cancelWait ??= wait(start);
  }

  /** A timer that is left would keep the process from ending. */
  function cancel(): void {
    cancelWait?.();
    cancelWait = undefined;
  }

  function start(): void {
    cancel();
    if (storing !== undefined || pieces.bytes === 0) return;
    const taken = pieces;
    const { bytes } = taken;
    pieces = spare ?? createPieces();
    spare = undefined;
    storing = store(taken.all()).then(
      () => {
        everywhere -= bytes;
        taken.release();
        spare = taken;
        storing = undefined;
        if (isFull()) start();
        else schedule();
      },
      error => {
        // Not released: of a write that was given up, nobody knows whether it still goes on.
        everywhere -= bytes;
        storing = undefined;
        failure = { error };
        forget();
      },
    );
  }

  function check(): void {
    if (failure !== undefined) throw failure.error;
  }
}

function atEndOfTurn(callback: () => void): () => void {
  const immediate = setImmediate(callback);
  return () => clearImmediate(immediate);
}

interface Pieces {
  readonly bytes: number;
  readonly count: number;
  add(chunk: Uint8Array): void;
  all(): Uint8Array[];
  /** What `all` gave is stored: nothing is in it any more. */
  release(): void;
}

/**
 * A copy costs less than a chunk that lives on until it is stored: of those, V8 makes old memory, and at full speed
 * half of all work would be to tidy it up.
 */
const spares: Uint8Array[] = [];

function createCopiedPieces(): Pieces {
  const pieces: Uint8Array[] = [];
  const blocks: Uint8Array[] = [];
  let bytes = 0;
  let block: Uint8Array | undefined;
  let filled = 0;

  const finish = () => {
    if (block !== undefined) pieces.push(filled === BLOCK_BYTES ? block : block.subarray(0, filled));
    block = undefined;
  };
  const begin = () => {
    const begun = spares.pop() ?? new Uint8Array(BLOCK_BYTES);
    blocks.push(begun);
    filled = 0;
    return begun;
  };
  return {
    get bytes() {
      return bytes;
    },
    get count() {
      return pieces.length + 1;
    },
    add(chunk) {
      bytes += chunk.byteLength;
      for (let at = 0; at < chunk.byteLength; ) {
        block ??= begin();
        const count = Math.min(BLOCK_BYTES - filled, chunk.byteLength - at);
        block.set(count === chunk.byteLength ? chunk : chunk.subarray(at, at + count), filled);
        filled += count;
        at += count;
        if (filled === BLOCK_BYTES) finish();
      }
    },
    all() {
      finish();
      return pieces;
    },
    release() {
      for (const used of blocks) if (spares.length < SPARE_BLOCKS) spares.push(used);
      pieces.length = 0;
      blocks.length = 0;
      bytes = 0;
    },
  };
}

function createKeptPieces(): Pieces {
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    get count() {
      return pieces.length;
    },
    add(chunk) {
      pieces.push(chunk);
      bytes += chunk.byteLength;
    },
    all: () => pieces,
    release() {
      pieces = [];
      bytes = 0;
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
