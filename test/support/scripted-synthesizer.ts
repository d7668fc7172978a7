/** Synthesizers that do as they are told and remember what was asked of them. */
import { bytesPerSample } from '../../src/audio.ts';
import type { AudioFormat, Piece, SpeechEvent, SpeechRequest, Synthesizer, Transcript } from '../../src/speech.ts';

/** One call of `synthesize` as it was seen from inside. */
export interface Call {
  readonly request: SpeechRequest;
  readonly signal: AbortSignal;
  /** What has been read of the transcript so far. */
  readonly pieces: Piece[];
  /** The text of `pieces`. */
  readonly text: string;
  /** How the iteration ended; undefined while it goes on. */
  ending: 'finished' | 'thrown' | 'returned' | undefined;
}

export interface RecordedSynthesizer extends Synthesizer {
  readonly calls: Call[];
}

export type Speak = (transcript: Transcript, request: SpeechRequest, signal: AbortSignal) => AsyncIterable<SpeechEvent>;

/** `speak` as a synthesizer whose calls are recorded. */
export function recorded(speak: Speak): RecordedSynthesizer {
  const calls: Call[] = [];
  return {
    calls,
    async *synthesize(transcript, request, signal) {
      const call: Call = {
        request,
        signal,
        pieces: [],
        get text() {
          return call.pieces.filter(piece => typeof piece === 'string').join('');
        },
        ending: undefined,
      };
      calls.push(call);
      let ending: Call['ending'] = 'returned';
      try {
        yield* speak(watched(transcript, call.pieces), request, signal);
        ending = 'finished';
      } catch (error) {
        ending = 'thrown';
        throw error;
      } finally {
        call.ending = ending;
      }
    },
  };
}

/** Yields these events, whatever the text, and is done. */
export function scripted(events: readonly SpeechEvent[]): RecordedSynthesizer {
  return recorded(async function* () {
    yield* events;
  });
}

/** Seconds that the echo speaks for each character. */
export const SECONDS_PER_CHAR = 0.01;

/**
 * Speaks 10 ms for each character, each sample holding the character's code (so that voices can be
 * told apart), with the time of each word, and answers boundaries.
 */
export function echo(): RecordedSynthesizer {
  return recorded(async function* (transcript, request) {
    let spoken = 0;
    let word: { text: string; from: number } | undefined;
    for await (const piece of transcript) {
      if (typeof piece !== 'string') {
        yield { type: 'flushed' };
        continue;
      }
      const spans = [];
      const chars = [...piece];
      for (const [i, char] of [...chars, ' '].entries()) {
        const isLast = i === chars.length;
        if (/\s/.test(char) || isLast) {
          if (word !== undefined) {
            spans.push({ text: word.text, start: word.from * SECONDS_PER_CHAR, end: (spoken + i) * SECONDS_PER_CHAR });
          }
          word = undefined;
        } else {
          word = { text: (word?.text ?? '') + char, from: word?.from ?? spoken + i };
        }
      }
      if (spans.length > 0) {
        yield { type: 'timestamps', granularity: 'word', spans };
        yield { type: 'timestamps', granularity: 'phoneme', spans };
      }
      yield { type: 'audio', chunk: echoOf(piece, request.format) };
      spoken += chars.length;
    }
  });
}

/** The audio that `echo` makes of a text. */
export function echoOf(text: string, format: AudioFormat): Buffer {
  const size = bytesPerSample(format);
  const samples = Math.round(format.sampleRate * SECONDS_PER_CHAR);
  return Buffer.concat([...text].map(char => Buffer.alloc(samples * size, char.charCodeAt(0) & 0x7f)));
}

async function* watched(transcript: Transcript, pieces: Piece[]): AsyncGenerator<Piece> {
  for await (const piece of transcript) {
    pieces.push(piece);
    yield piece;
  }
}
