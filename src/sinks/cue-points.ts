/** The words of a WAVE file: a cue point for each, with its text as label and its length as region. */
import type { AudioFormat, Span } from '../speech.ts';
import { RIFF_LIMIT } from './riff.ts';
import { createSpool } from './spool.ts';
import type { Target } from './target.ts';

const POINT_BYTES = 24;
/** A chunk's id and size, and the count, form type or cue point that comes first in it. */
const HEAD_BYTES = 12;
/** A region's content: cue point, length, purpose, and three words about language that stay empty. */
const REGION_BYTES = 20;

/** Gathers words, in order of their times, for the end of a file. */
export interface CuePoints {
  /** How many words there are that can be marked. */
  readonly count: number;
  add(words: readonly Span[]): Promise<void>;
  /** Writes the chunks `cue ` and `LIST`. */
  writeTo(target: Target): Promise<void>;
  release(): Promise<void>;
}

/**
 * Makes words into the chunks `cue ` and `LIST adtl`, as they come, so that a book's need no memory.
 * Regions come after all labels: ffmpeg stops reading labels at the first region. It is all written by
 * hand, because wavefile, which can write these chunks, takes seconds and hundreds of megabytes for a book.
 */
export function createCuePoints(format: AudioFormat): CuePoints {
  // A cue point counts samples in 32 bits, which is a day at 48 kHz.
  const sampleAt = (seconds: number) => Math.round(seconds * format.sampleRate);
  const points = createSpool();
  const labels = createSpool();
  const regions = createSpool();
  let count = 0;
  let labelled = 0;

  return {
    get count() {
      return count;
    },
    async add(words) {
      const marked = words.filter(({ start }) => sampleAt(start) <= RIFF_LIMIT);
      const first = count + 1;
      const all = (chunk: (word: Span, name: number) => Buffer) =>
        Buffer.concat(marked.map((word, index) => chunk(word, first + index)));
      const named = all(({ text }, name) => label(name, text));
      count += marked.length;
      labelled += named.length;
      await points.write(all(({ start }, name) => point(name, sampleAt(start))));
      await labels.write(named);
      await regions.write(all(({ start, end }, name) => region(name, sampleAt(end) - sampleAt(start))));
    },
    async writeTo(target) {
      await target.write(head('cue ', 4 + POINT_BYTES * count, count));
      await points.copyTo(target);
      const size = 4 + labelled + count * (HEAD_BYTES - 4 + REGION_BYTES);
      await target.write(Buffer.concat([head('LIST', size, 0).subarray(0, 8), Buffer.from('adtl')]));
      await labels.copyTo(target);
      await regions.copyTo(target);
    },
    async release() {
      await Promise.all([points.release(), labels.release(), regions.release()]);
    },
  };
}

function point(name: number, sample: number): Buffer {
  const bytes = Buffer.alloc(POINT_BYTES);
  bytes.writeUInt32LE(name, 0);
  bytes.writeUInt32LE(sample, 4);
  bytes.write('data', 8, 'latin1');
  bytes.writeUInt32LE(sample, 20);
  return bytes;
}

/** With the NUL that ends it, and the padding that makes its length even. */
function label(name: number, text: string): Buffer {
  const content = 4 + Buffer.byteLength(text) + 1;
  const bytes = Buffer.alloc(HEAD_BYTES - 4 + content + (content % 2));
  bytes.set(head('labl', content, name));
  bytes.write(text, HEAD_BYTES, 'utf8');
  return bytes;
}

function region(name: number, samples: number): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES - 4 + REGION_BYTES);
  bytes.set(head('ltxt', REGION_BYTES, name));
  bytes.writeUInt32LE(samples, HEAD_BYTES);
  bytes.write('rgn ', HEAD_BYTES + 4, 'latin1');
  return bytes;
}

function head(id: string, size: number, first: number): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES);
  bytes.write(id, 'latin1');
  bytes.writeUInt32LE(size, 4);
  bytes.writeUInt32LE(first, 8);
  return bytes;
}
