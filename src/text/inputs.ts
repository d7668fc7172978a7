/** Cuts a whole text into what is sent at once. */
import type { Transcript } from '../speech.ts';
import { sentences } from './sentences.ts';
import { speakable } from './transcript.ts';

/** Text up to this length is spoken by one context; the longest sentence too. */
export const ONE_PIECE = 2000;

/**
 * Text up to this length is sent at once. Longer text goes sentence by sentence: a service joins them verbatim, begins
 * to speak sooner, and what is lost on the way is said again from the sentence that broke.
 */
const ONE_INPUT = 500;

/**
 * Cuts a text into the inputs of a context: all of it when it has no more than `most` characters, else its sentences as
 * they become known.
 */
export async function* inputsOf(
  text: AsyncIterable<string>,
  language: string | undefined,
  most: number = ONE_INPUT,
): Transcript {
  const rest = text[Symbol.asyncIterator]();
  let head = '';
  for (;;) {
    const { value, done } = await rest.next();
    if (done) {
      yield head;
      return;
    }
    head += value;
    if (head.length > most) break;
  }
  async function* whole(): AsyncGenerator<string> {
    yield head;
    yield* { [Symbol.asyncIterator]: () => rest };
  }
  yield* sentences(whole(), { maxLength: ONE_PIECE, ...(language === undefined ? {} : { language }) });
}

/** The transcript of a text that is there as a whole: its inputs, of which each holds something to speak. */
export function transcriptOfText(text: string, language: string | undefined): Transcript {
  return speakable(inputsOf(once(text), language));
}

/** A text that is there as a whole, as one that arrives. */
export async function* once(text: string): AsyncGenerator<string> {
  yield text;
}
