/** Text on its way to the contexts of one speech: what begins a context, what may come back from one that has gone. */
import type { Piece, Transcript } from '../speech.ts';
import { isSpeakable } from '../text/transcript.ts';
import { abortable } from './wait.ts';

export interface PendingText {
  /**
   * Text to begin a context with: as much as it takes to have something to speak, since services refuse a first
   * input without (protocol §4.2). Undefined when there is none left; what cannot be heard at the end is dropped.
   */
  opening(signal: AbortSignal): Promise<string | undefined>;
  /** Resolves when `next` has an answer; rejects with what the transcript throws. */
  ready(): Promise<void>;
  /** The next piece, undefined at the end. Only after `ready`. */
  next(): Piece | undefined;
  /** Text that nobody has spoken: it comes again, first. */
  putBack(text: string): void;
  /** Nothing more is wanted. */
  close(): void;
}

/** Silent text that is kept for what may follow it. */
const KEPT = 64 * 1024;

export function createPendingText(transcript: Transcript): PendingText {
  const source = transcript[Symbol.asyncIterator]();
  let returned = '';
  let reading: Promise<void> | undefined;
  let answer: IteratorResult<Piece> | undefined;

  async function read(): Promise<void> {
    try {
      answer = await source.next();
    } finally {
      reading = undefined;
    }
  }

  async function ready(): Promise<void> {
    if (returned !== '' || answer !== undefined) return;
    reading ??= read();
    await reading;
  }

  function next(): Piece | undefined {
    if (returned !== '') {
      const text = returned;
      returned = '';
      return text;
    }
    if (answer?.done) return undefined;
    const value = answer?.value;
    answer = undefined;
    return value;
  }

  return {
    ready,
    next,
    async opening(signal) {
      let held = '';
      for (;;) {
        await abortable(ready(), signal);
        const piece = next();
        if (piece === undefined) return hasContent(held) ? held : undefined;
        // A boundary before the first text marks nothing.
        if (typeof piece !== 'string') continue;
        const seam = held.length - 1;
        held += piece;
        if (isSpeakable(held.slice(Math.max(0, seam)))) return held;
        if (held.length > KEPT) held = '';
      }
    },
    putBack(text) {
      returned = text;
    },
    close: () => void source.return?.()?.catch(() => {}),
  };
}

/** Whether a voice may make something of `text`: an emoji, a currency sign. */
function hasContent(text: string): boolean {
  return /[^\p{P}\p{Z}\p{C}]/u.test(text);
}
