/** Cuts text that is still being written into what is sent at once: as it comes, by sentences, or by lines. */
import type { Clock, Piece } from '../speech.ts';
import { holdBack } from './hold-back.ts';
import { createSentenceBuffer, MAX_LENGTH, segment } from './sentences.ts';
import { isBlank } from './transcript.ts';

/** What one input is. */
export const UNITS = ['token', 'sentence', 'line'] as const;
export type Unit = (typeof UNITS)[number];

export interface PieceOptions {
  readonly by: Unit;
  /** A language code: which abbreviations are known. */
  readonly language: string | undefined;
  /** What waits is spoken when nothing more was written for so long; absent: never. */
  readonly idleFlushMs?: number | undefined;
  readonly clock: Clock;
}

/**
 * The pieces of a text, in time; joined they are the text. By token they are what was read, with whole tags and whole
 * characters; by sentence each is complete; by line each ends its line, unless the line is too long for one piece. A
 * boundary follows a pause of the writer, where that is asked for. No piece is longer than a service takes.
 */
export async function* piecesOf(text: AsyncIterable<string>, options: PieceOptions): AsyncGenerator<Piece> {
  const { by, language, idleFlushMs, clock } = options;
  const written = idleFlushMs === undefined ? text : markPauses(text, idleFlushMs, clock);
  yield* limited(CUTS[by](written, language), language);
}

/** Whether a piece by line is the end of its line. */
export function endsLine(piece: string): boolean {
  return piece.endsWith('\n');
}

type Cut = (written: AsyncIterable<Piece>, language: string | undefined) => AsyncIterable<Piece>;

const CUTS: Readonly<Record<Unit, Cut>> = {
  token: written => holdBack(written),
  sentence: (written, language) => holdBack(bySentence(written, language)),
  line: byLine,
};

/** Puts a boundary behind text that nothing followed for `ms`. */
async function* markPauses(text: AsyncIterable<string>, ms: number, clock: Clock): AsyncGenerator<Piece> {
  const source = text[Symbol.asyncIterator]();
  let waits = false;
  for (;;) {
    const reading = source.next();
    if (waits && (await isSlow(reading, ms, clock))) {
      waits = false;
      yield { flush: true };
    }
    const { value, done } = await reading;
    if (done) return;
    waits ||= !isBlank(value);
    yield value;
  }
}

function isSlow(reading: Promise<unknown>, ms: number, clock: Clock): Promise<boolean> {
  return new Promise(resolve => {
    const cancel = clock.after(ms, () => resolve(true));
    const settle = () => {
      cancel();
      resolve(false);
    };
    reading.then(settle, settle);
  });
}

async function* bySentence(written: AsyncIterable<Piece>, language: string | undefined): AsyncGenerator<Piece> {
  const buffer = createSentenceBuffer({ language });
  for await (const piece of written) {
    if (typeof piece === 'string') {
      buffer.push(piece);
      const sentences = buffer.take();
      if (sentences !== '') yield* segment(sentences, { language });
    } else {
      const begun = buffer.rest();
      if (begun !== '') yield begun;
      yield piece;
    }
  }
  const rest = buffer.rest();
  if (rest !== '') yield rest;
}

async function* byLine(written: AsyncIterable<Piece>): AsyncGenerator<Piece> {
  let line = '';
  for await (const piece of written) {
    if (typeof piece !== 'string') {
      if (line !== '') yield line;
      line = '';
      yield piece;
      continue;
    }
    let from = 0;
    for (let end = piece.indexOf('\n'); end >= 0; end = piece.indexOf('\n', from)) {
      yield line + piece.slice(from, end + 1);
      line = '';
      from = end + 1;
    }
    line += piece.slice(from);
    // A line without end is not gathered for ever.
    if (line.length > LONGEST_LINE) {
      yield line;
      line = '';
    }
  }
  if (line !== '') yield line;
}

const LONGEST_LINE = 16 * 1024;

/** The same with what is too long for one input cut at sentences. */
async function* limited(pieces: AsyncIterable<Piece>, language: string | undefined): AsyncGenerator<Piece> {
  for await (const piece of pieces) {
    if (typeof piece === 'string' && piece.length > MAX_LENGTH) yield* segment(piece, { language });
    else yield piece;
  }
}
