/** The words of a WAVE file: a cue point for each, with its text as label and its length as region. */
import type { AudioFormat, Span } from '../speech.ts';
import { RIFF_LIMIT } from './riff.ts';
import type { Target } from './target.ts';

/** What is gathered before it is written. */
const BLOCK_BYTES = 64 * 1024;

const POINT_BYTES = 24;
/** A chunk's id and size, and the count, form type or cue point that comes first in it. */
const HEAD_BYTES = 12;
/** A region's content: cue point, length, purpose, and three words about language that stay empty. */
const REGION_BYTES = 20;

/**
 * Writes words as the chunks `cue ` and `LIST adtl`. Regions come after all labels: ffmpeg stops
 * reading labels at the first region. It is all written by hand, because wavefile, which can write
 * these chunks, takes seconds and hundreds of megabytes for the words of a book.
 */
export async function writeCuePoints(target: Target, words: readonly Span[], format: AudioFormat): Promise<void> {
  // A cue point counts samples in 32 bits, which is a day at 48 kHz.
  const sampleAt = (seconds: number) => Math.round(seconds * format.sampleRate);
  const marked = words.filter(word => sampleAt(word.start) <= RIFF_LIMIT);
  const labels = marked.reduce((bytes, word) => bytes + labelBytes(word.text), 0);
  const regions = marked.length * (HEAD_BYTES - 4 + REGION_BYTES);

  await target.write(head('cue ', 4 + POINT_BYTES * marked.length, marked.length));
  await inBlocks(target, marked, (word, index) => point(index + 1, sampleAt(word.start)));
  await target.write(Buffer.concat([head('LIST', 4 + labels + regions, 0).subarray(0, 8), Buffer.from('adtl')]));
  await inBlocks(target, marked, (word, index) => label(index + 1, word.text));
  await inBlocks(target, marked, (word, index) => region(index + 1, sampleAt(word.end) - sampleAt(word.start)));
}

async function inBlocks(
  target: Target,
  words: readonly Span[],
  chunk: (word: Span, index: number) => Buffer,
): Promise<void> {
  let block: Buffer[] = [];
  let bytes = 0;
  for (const [index, word] of words.entries()) {
    const next = chunk(word, index);
    block.push(next);
    bytes += next.length;
    if (bytes < BLOCK_BYTES) continue;
    await target.write(Buffer.concat(block));
    block = [];
    bytes = 0;
  }
  if (bytes > 0) await target.write(Buffer.concat(block));
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
function labelBytes(text: string): number {
  const content = 4 + Buffer.byteLength(text) + 1;
  return HEAD_BYTES - 4 + content + (content % 2);
}

function label(name: number, text: string): Buffer {
  const bytes = Buffer.alloc(labelBytes(text));
  bytes.set(head('labl', 4 + Buffer.byteLength(text) + 1, name));
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
