/** A voice of noise: what it says of a sentence depends on that and on the tags in force, never on what came before. */
import { createHash } from 'node:crypto';
import { seconds } from '../../src/audio.ts';
import type { Piece, Span, SpeechEvent, SpeechRequest, Synthesizer } from '../../src/speech.ts';
import { sentences } from '../../src/text/sentences.ts';
import { plain } from '../../src/text/tags.ts';
import { tagsInForce } from '../../src/text/tags-in-force.ts';

export interface SentenceVoiceOptions {
  /** Bytes of a chunk; chunks may end inside a sample. */
  readonly chunkBytes?: number;
  /** Bytes of audio that a character takes: unless told about what it is with a person, at 8 kHz. */
  readonly characterBytes?: number;
  /** Whether it says the same text in the same way every time; else each sentence takes longer than it did before. */
  readonly steady?: boolean;
}

export function sentenceVoice(options: SentenceVoiceOptions = {}): Synthesizer {
  const { chunkBytes = 10_000, characterBytes = 1000, steady = true } = options;
  let takes = 0;
  return {
    async *synthesize(transcript, request): AsyncGenerator<SpeechEvent> {
      const slowness = steady ? 1 : 1 + takes++ / 4;
      const source = transcript[Symbol.asyncIterator]();
      let tags: readonly string[] = [];
      let before = 0;
      for (let isOver = false; !isOver; ) {
        const segment = { isLast: false };
        for await (const text of sentences(untilFlush(source, segment), {})) {
          const start = before;
          tags = tagsInForce(text, tags);
          const words = wordsOf(text);
          const bytes = 2 * Math.round((plain(text).trim().length * characterBytes * slowness) / 2);
          const audio = noise(`${tags} ${words.join(' ')}`, bytes);
          before += bytes;
          if (words.length > 0) yield* timesOf(words, start, bytes, request);
          for (let at = 0; at < bytes; at += chunkBytes) {
            yield { type: 'audio', chunk: audio.subarray(at, at + chunkBytes) };
          }
        }
        isOver = segment.isLast;
        if (!isOver) yield { type: 'flushed' };
      }
    },
  };
}

function* timesOf(words: readonly string[], start: number, bytes: number, { format, timestamps }: SpeechRequest) {
  const at = (share: number) => seconds(start + 2 * Math.floor((bytes * share) / 2), format);
  const spans: Span[] = words.map((text, i) => ({
    text,
    start: at(i / words.length),
    end: at((i + 1) / words.length),
  }));
  for (const granularity of timestamps) yield { type: 'timestamps', granularity, spans } as const;
}

async function* untilFlush(source: AsyncIterator<Piece>, segment: { isLast: boolean }): AsyncGenerator<string> {
  for (;;) {
    const next = await source.next();
    segment.isLast = next.done === true;
    if (next.done === true || typeof next.value !== 'string') return;
    yield next.value;
  }
}

function wordsOf(text: string): string[] {
  return plain(text)
    .split(/\s+/)
    .filter(word => word !== '');
}

/** Bytes that no other text has. */
function noise(text: string, bytes: number): Buffer {
  const blocks: Buffer[] = [];
  for (let i = 0; i * 64 < bytes; i++) blocks.push(createHash('sha512').update(`${i} ${text}`).digest());
  return Buffer.concat(blocks).subarray(0, bytes);
}
