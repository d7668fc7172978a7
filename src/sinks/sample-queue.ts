/** A first-in first-out queue of samples that neither copies them nor slows down with its length. */

export interface SampleQueue {
  readonly bytes: number;
  add(samples: Uint8Array): void;
  /** The next samples, `most` bytes at the most. */
  take(most: number): Uint8Array;
  clear(): void;
}

const NOTHING = new Uint8Array(0);
// Forgetting one by one from the front of a long array costs its length each time.
const FORGET_AT = 1024;

/** An empty queue. */
export function createSampleQueue(): SampleQueue {
  let chunks: Uint8Array[] = [];
  let first = 0;
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    add(samples) {
      chunks.push(samples);
      bytes += samples.length;
    },
    take(most) {
      const chunk = chunks[first] ?? NOTHING;
      const taken = chunk.subarray(0, most);
      bytes -= taken.length;
      if (taken.length < chunk.length) {
        chunks[first] = chunk.subarray(taken.length);
        return taken;
      }
      chunks[first] = NOTHING;
      first += 1;
      if (first >= FORGET_AT) {
        chunks = chunks.slice(first);
        first = 0;
      }
      return taken;
    },
    clear() {
      chunks = [];
      first = 0;
      bytes = 0;
    },
  };
}
