/** Where a take that begins a segment anew goes on from one that was broken off. Pure: bytes and times in, a place out. */
import type { Span } from '../speech.ts';

export interface SeamSetup {
  /** Bytes that were delivered of the segment. */
  readonly skip: number;
  /** The words of the segment as the broken take told them, in seconds from its start; none where nobody asked. */
  readonly words: readonly Span[];
  readonly bytesPerSecond: number;
  readonly sampleBytes: number;
}

export interface Seam {
  /** More audio of the new take. */
  add(chunk: Uint8Array): void;
  /** More words of it, in seconds from its start. */
  told(words: readonly Span[]): void;
  /** The place to go on from, in bytes of the new take, once it is known; `isEnd`: nothing more will come. */
  place(isEnd: boolean): number | undefined;
  /** The audio from `place` on. */
  from(place: number): Uint8Array[];
}

/** Audio before the end of what was delivered that can be gone back to: to the beginning of a word. */
const KEPT_SECONDS = 10;

/** How much more audio may come before the word that was broken is known in the new take. */
const PATIENCE_SECONDS = 2;

/** Times that differ by less are the same. */
const SAME_SECONDS = 0.001;

/**
 * A take like the one before goes on to the sample where that was broken off. A different one goes on with the word
 * that was broken: rather a part of it twice than a word too little. Without times all that can be done is to count.
 */
export function createSeam({ skip, words, bytesPerSecond, sampleBytes }: SeamSetup): Seam {
  let chunks: Uint8Array[] = [];
  /** Where in the take the first of `chunks` begins, and the last one ends. */
  let start = 0;
  let position = 0;
  const fresh: Span[] = [];
  const broken = words.findIndex(word => word.end * bytesPerSecond > skip);
  const index = broken === -1 ? words.length : broken;

  function isLikeBefore(): boolean {
    return fresh.every((word, i) => {
      const before = words[i];
      return before === undefined || Math.abs(before.start - word.start) <= SAME_SECONDS;
    });
  }

  /** Where the word is in the new take that was broken in the one before, or where as much has passed since the last one. */
  function target(): number | undefined {
    const word = broken === -1 ? undefined : fresh[index];
    if (word !== undefined) return word.start * bytesPerSecond;
    const [last, lastBefore] = [fresh[index - 1], words[index - 1]];
    if (last === undefined || lastBefore === undefined) return undefined;
    return last.end * bytesPerSecond + Math.max(0, skip - lastBefore.end * bytesPerSecond);
  }

  /** At a sample's border, or as far inside a sample as what was delivered ends. */
  function aligned(bytes: number, round: (samples: number) => number): number {
    const rest = skip % sampleBytes;
    return round((bytes - rest) / sampleBytes) * sampleBytes + rest;
  }

  return {
    add(chunk) {
      chunks.push(chunk);
      position += chunk.length;
      const needed = skip - KEPT_SECONDS * bytesPerSecond;
      for (let first = chunks[0]; first !== undefined && start + first.length < needed; first = chunks[0]) {
        start += first.length;
        chunks.shift();
      }
    },
    told(more) {
      for (const word of more) fresh.push(word);
    },
    place(isEnd) {
      if (position < skip) return isEnd ? position : undefined;
      const isKnown = fresh.length > Math.min(index, words.length - 1);
      const isLate = isEnd || position > skip + PATIENCE_SECONDS * bytesPerSecond;
      if (!isKnown && !isLate) return undefined;
      const bytes = isLikeBefore() ? skip : (target() ?? skip);
      const place = Math.max(aligned(bytes, Math.round), aligned(start, Math.ceil));
      if (place > position) return isEnd ? position : undefined;
      return place;
    },
    from(place) {
      const rest: Uint8Array[] = [];
      let at = start;
      for (const chunk of chunks) {
        const part = chunk.subarray(Math.max(0, place - at));
        at += chunk.length;
        if (part.length > 0) rest.push(part);
      }
      chunks = [];
      return rest;
    },
  };
}
