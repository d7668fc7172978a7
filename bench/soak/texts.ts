/** What is spoken in the soak: texts that come in different ways, and the speech that each makes undisturbed. */
import type { Connection, Piece, SpeechRequest } from '../../src/speech.ts';
import { linesOf } from '../support/texts.ts';
import type { Random } from './mishaps.ts';

/** One text as it is handed over. */
export interface Task {
  readonly pieces: readonly Piece[];
  readonly request: SpeechRequest;
}

/** What came of a task: all its sound, and its words with their times. */
export interface Speech {
  readonly audio: Buffer;
  readonly words: readonly string[];
}

const REQUEST: SpeechRequest = {
  model: 'sonic-3',
  voice: 'a0e99841-438c-4a64-b679-ae501e7d6091',
  format: { encoding: 'pcm_s16le', sampleRate: 8000 },
  timestamps: [],
};

/** `count` tasks: whole texts, sentences without buffering, words that the service gathers, boundaries in between. */
export function makeTasks(count: number, random: Random): readonly Task[] {
  // Short ones: it is contexts that are counted, and the engine takes its time for every word.
  const lines = linesOf(count * 4).map(line => line.split(' ').slice(0, 6).join(' '));
  return Array.from({ length: count }, (_, i) => {
    const sentences = lines
      .slice(i * 4, i * 4 + 1 + Math.floor(random() * 3))
      .map(line => `${line.replace(/[.,]*$/, '')}. `);
    const timestamps = i % 2 === 0 ? (['word'] as const) : [];
    const unbuffered = { ...REQUEST, timestamps, maxBufferDelayMs: 0 };
    const buffered = { ...REQUEST, timestamps };
    const words = sentences.flatMap(sentence => sentence.split(/(?<= )/));
    const flush = { flush: true } as const;
    switch (i % 4) {
      case 0:
        return { pieces: [sentences.join('')], request: unbuffered };
      case 1:
        return { pieces: sentences, request: unbuffered };
      case 2:
        return { pieces: words, request: buffered };
      default:
        return { pieces: sentences.flatMap((sentence): Piece[] => [sentence, flush]), request: buffered };
    }
  });
}

/** Speaks a task. @throws what the connection fails of */
export async function speech(connection: Connection, task: Task, signal: AbortSignal): Promise<Speech> {
  const chunks: Uint8Array[] = [];
  const words: string[] = [];
  for await (const event of connection.synthesize(transcriptOf(task), task.request, signal)) {
    if (event.type === 'audio') chunks.push(event.chunk);
    if (event.type !== 'timestamps') continue;
    for (const { text, start, end } of event.spans) words.push(`${text} ${start.toFixed(4)} ${end.toFixed(4)}`);
  }
  return { audio: Buffer.concat(chunks), words };
}

/** What is wrong with `actual`; undefined where it is what it should be. */
export function difference(actual: Speech, expected: Speech): string | undefined {
  const [got, wanted] = [actual.audio.length / 2, expected.audio.length / 2];
  if (got !== wanted) return `${Math.abs(got - wanted)} samples ${got < wanted ? 'lost' : 'too many'} of ${wanted}`;
  if (!actual.audio.equals(expected.audio)) return `other samples than those of the undisturbed speech`;
  const at = expected.words.findIndex((word, i) => word !== actual.words[i]);
  if (at >= 0 || actual.words.length !== expected.words.length) {
    return `word ${at} is ${actual.words[at]}, not ${expected.words[at]}, of ${actual.words.length} and ${expected.words.length}`;
  }
  return undefined;
}

export async function* transcriptOf({ pieces }: Task): AsyncGenerator<Piece> {
  yield* pieces;
}
