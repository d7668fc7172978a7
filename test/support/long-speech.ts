/** Speaks a text of so many characters into every kind of file, as a process of its own, and prints what memory that took, in bytes. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { openSink, type SinkKind } from '../../src/sinks/index.ts';
import { speak } from '../../src/speak.ts';
import type { Piece, Span, SpeechEvent, SpeechRequest, Synthesizer } from '../../src/speech.ts';

const [folder = '', characters = '0', ...kinds] = process.argv.slice(2);
const SENTENCE = 'Of all we had to say on that day, it was the last. ';
const clock = { now: () => performance.now(), after: () => () => {} };
const request: SpeechRequest = {
  model: 'm',
  voice: 'v',
  format: { encoding: 'pcm_mulaw', sampleRate: 8000 },
  timestamps: ['word', 'phoneme'],
};

/** A word takes 20 ms, so that the sound of a megabyte is soon written. */
const SECONDS = 0.02;

/** What is in use near the end, all that is not needed any more being thrown away, in bytes. */
let live = 0;

/** Times and sound of each piece, a sentence, as it is read. */
const synthesizer: Synthesizer = {
  async *synthesize(transcript): AsyncGenerator<SpeechEvent> {
    let at = 0;
    for await (const piece of transcript) {
      if (typeof piece !== 'string') continue;
      const words = piece.trim().split(' ');
      const spans = words.map((text, index): Span => {
        const start = at + index * SECONDS;
        return { text, start, end: start + SECONDS };
      });
      at += spans.length * SECONDS;
      yield { type: 'timestamps', granularity: 'word', spans };
      yield { type: 'timestamps', granularity: 'phoneme', spans };
      yield { type: 'audio', chunk: Buffer.alloc(spans.length * SECONDS * request.format.sampleRate, 0xff) };
    }
    live = await inUse();
  },
};

/** Looks until what is still being written has been let go: writes end in their own time. */
async function inUse(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let look = 0; look < 10; look += 1) {
    await new Promise(resolve => setImmediate(resolve));
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(least, heapUsed + external);
  }
  return least;
}

async function* text(): AsyncGenerator<Piece> {
  for (let left = Number(characters); left > 0; left -= SENTENCE.length) yield Buffer.from(SENTENCE).toString();
}

const outlets = await Promise.all(
  kinds.map(async kind => {
    const sink = await openSink(kind as SinkKind, join(folder, `a.${kind}`), {
      request,
      provider: 'test',
      cues: 'phrase',
      createdBy: 'aloud',
      clock,
      stdout: new Writable(),
      onNoWords: name => assert.fail(name),
    });
    return { name: kind, sink };
  }),
);
const { signal } = new AbortController();
const summary = await speak({ synthesizer, transcript: text(), request, outlets, clock, signal });
const peak = process.resourceUsage().maxRSS * 1024;
process.stdout.write(JSON.stringify({ peak, live, characters: summary.characters, words: summary.words }));
