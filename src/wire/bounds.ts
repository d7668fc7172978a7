/** Boundaries in a text, so that the service says how far it has come: what was spoken need not be said again. */
import type { Piece, Transcript } from '../speech.ts';
import { createSentenceBuffer, splitSentences } from '../text/sentences.ts';
import { isSpeakable } from '../text/transcript.ts';

/**
 * Marks every input with something to speak, for a service that does not report inputs of itself. The last one has its
 * end anyway. Mere signs belong to what comes before them: of a mark behind nothing but silence there may be no word.
 */
export async function* boundInputs(transcript: Transcript): AsyncGenerator<Piece> {
  let isOpen = false;
  for await (const piece of transcript) {
    if (typeof piece !== 'string') isOpen = false;
    else if (isSpeakable(piece)) {
      if (isOpen) yield { flush: true };
      isOpen = true;
    }
    yield piece;
  }
}

/** Signs in a row that wait for text. */
const MOST_SIGNS = 2000;

/**
 * Gives mere signs together with the text behind them, so that every input is one that a service speaks, and reports
 * as spoken. What is at the end needs no report.
 */
export async function* joinSigns(transcript: Transcript): AsyncGenerator<Piece> {
  let signs = '';
  for await (const piece of transcript) {
    const isText = typeof piece === 'string';
    if (isText) signs += piece;
    if (isText && !isSpeakable(piece) && signs.length <= MOST_SIGNS) continue;
    if (signs !== '') yield signs;
    signs = '';
    if (!isText) yield piece;
  }
  if (signs !== '') yield signs;
}

/** Text between two marks, at least: some forty seconds of speech. */
const STRETCH = 600;

/**
 * Marks a text that comes in pieces of any kind at the end of a sentence, where the service has it all in hand anyway,
 * and no more often than it takes. Pieces stay as they are unless a mark goes inside; nothing waits.
 */
export async function* boundSentences(transcript: Transcript, language: string | undefined): AsyncGenerator<Piece> {
  const buffer = createSentenceBuffer({ language });
  let length = 0;
  /** Whether the text so far ends with a sentence and white space, or may do so if white space follows. */
  let ended: 'apart' | 'perhaps' | undefined;

  function* mark(text: string): Generator<Piece> {
    const space = ended === 'perhaps' ? (/^\s+/.exec(text)?.[0].length ?? 0) : 0;
    const isApart = ended === 'apart' || space > 0;
    buffer.push(text);
    buffer.take();
    // Where the sentence begins that the text ends in; white space behind a sentence belongs to it.
    const begun = text.length - buffer.length;
    const at =
      length + text.length < STRETCH
        ? undefined
        : begun > 0 && begun < text.length
          ? begun
          : isApart
            ? space
            : undefined;
    if (text.trim() !== '') ended = buffer.length > 0 ? undefined : /\s$/.test(text) ? 'apart' : 'perhaps';
    else if (isApart) ended = 'apart';
    if (at === undefined || at === text.length || length + at < STRETCH) {
      length += text.length;
      yield text;
      return;
    }
    if (at > 0) yield text.slice(0, at);
    yield { flush: true };
    yield text.slice(at);
    length = text.length - at;
  }

  for await (const piece of transcript) {
    if (typeof piece !== 'string') {
      buffer.rest();
      length = 0;
      ended = undefined;
      yield piece;
    } else if (piece.length > STRETCH) {
      for (const sentence of splitSentences(piece, language)) yield* mark(sentence);
    } else if (piece !== '') {
      yield* mark(piece);
    }
  }
}
