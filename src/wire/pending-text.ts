/** Text on its way to the contexts of one speech: what begins a context, what may come back from one that has gone. */
import type { Piece, Transcript } from '../speech.ts';
import { hasContent, isSpeakable } from '../text/transcript.ts';
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
  /** Gives up what was put back, and the rest of the utterance that has been begun. */
  abandon(): void;
  /** Nothing more is wanted. */
  close(): void;
}

/** Silent text that is kept for what may follow it. */
const KEPT = 64 * 1024;

/** `endsUtterance` says behind which pieces an utterance ends; absent where the text is a single one. */
export function createPendingText(transcript: Transcript, endsUtterance?: (text: string) => boolean): PendingText {
  const source = transcript[Symbol.asyncIterator]();
  let returned = '';
  /** Whether the piece that was taken last is to be gone on with, and whether nobody wants to hear how. */
  let isBegun = false;
  let isAbandoned = false;
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
    if (typeof value === 'string') isBegun = endsUtterance?.(value) === false;
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
        if (isAbandoned) {
          isAbandoned = isBegun;
          continue;
        }
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
    abandon() {
      returned = '';
      isAbandoned = isBegun;
    },
    close: () => void source.return?.()?.catch(() => {}),
  };
}
