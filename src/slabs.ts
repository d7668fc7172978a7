/** Memory for decoded audio: cut from large pieces, a few of which are used again when all that was cut from one has been given back. */

/** Memory for many chunks at once: for each one by itself, most of the time would go into getting and freeing it. */
const SLAB_BYTES = 128 * 1024;

/**
 * The newest slabs are used again. Those before them, which were not given back in time, are left to the garbage
 * collector, which comes late to what is old. Ten outputs that make each other wait hold on to half as many.
 */
const KEPT_SLABS = 64;

interface Slab {
  readonly memory: Buffer;
  /** Bytes that have been cut from it. */
  taken: number;
  /** Bytes of them that have not been given back. */
  out: number;
}

const kept: Slab[] = [];
let current: Slab | undefined;

/** Memory of `size` bytes, with anything in it. What is cut one after the other mostly lies side by side. */
export function cutMemory(size: number): Buffer {
  if (size > SLAB_BYTES / 4) return Buffer.allocUnsafeSlow(size);
  if (current === undefined || current.taken + size > SLAB_BYTES) current = nextSlab();
  const start = current.taken;
  current.out += size;
  // Whoever looks at samples as numbers needs them at a multiple of eight.
  current.taken = (start + size + 7) & ~7;
  return current.memory.subarray(start, start + size);
}

/**
 * Takes back what was cut, or several neighbours as one. Nobody may look at it any more. Nothing has to be given back,
 * and of other memory no notice is taken.
 */
export function giveBack({ buffer, byteLength }: Uint8Array): void {
  for (const slab of kept) {
    if (slab.memory.buffer !== buffer) continue;
    slab.out -= byteLength;
    return;
  }
}

function nextSlab(): Slab {
  for (const slab of kept) {
    if (slab.out > 0) continue;
    slab.taken = 0;
    return slab;
  }
  const slab = { memory: Buffer.allocUnsafeSlow(SLAB_BYTES), taken: 0, out: 0 };
  // The oldest may never come back as a whole.
  if (kept.push(slab) > KEPT_SLABS) kept.shift();
  return slab;
}
