/** Cuts text into sentences, whole or as it arrives, and long ones at the best place below a limit. */

import { graphemes } from './graphemes.ts';
import { type AtEnd, isSpace, judge, LOOK_AHEAD, marks } from './sentence-end.ts';

/** The longest sentence that is handed on in one piece, in UTF-16 code units. */
export const MAX_LENGTH = 2000;

export interface SentenceOptions {
  /** A language code such as `de` or `pt-BR`: which abbreviations are known. */
  readonly language?: string | undefined;
  /** A longer sentence is cut at a clause mark, else at white space, else between characters; 2000 if absent. */
  readonly maxLength?: number | undefined;
}

/** Text that arrives in parts and leaves in whole sentences. */
export interface SentenceBuffer {
  push(text: string): void;
  /** All whole sentences so far, joined; '' if none. One that ends the text at hand is whole, unless it may be an abbreviation or number. */
  take(): string;
  /** Everything that is left. */
  rest(): string;
  /** How many UTF-16 code units wait. */
  readonly length: number;
}

/** The sentences of a text. Joined they give the text; white space after a sentence belongs to it. */
export function splitSentences(text: string, language?: string): string[] {
  return all(text, language, Number.POSITIVE_INFINITY);
}

/** Like `splitSentences`, with sentences longer than `maxLength` cut (a tag stays whole even if it is longer). */
export function segment(text: string, options: SentenceOptions = {}): string[] {
  return all(text, options.language, options.maxLength ?? MAX_LENGTH);
}

/**
 * The sentences of a text that is still arriving, each as soon as what follows makes it certain.
 * They do not depend on how the text was cut on the way. Memory is bounded by the longest
 * sentence and the longest piece.
 */
export async function* sentences(text: AsyncIterable<string>, options: SentenceOptions = {}): AsyncGenerator<string> {
  const scanner = createScanner(options.language, options.maxLength ?? MAX_LENGTH);
  for await (const piece of text) {
    scanner.push(piece);
    for (let found = scanner.next('wait'); found !== ''; found = scanner.next('wait')) yield found;
  }
  for (let found = scanner.next('whole'); found !== ''; found = scanner.next('whole')) yield found;
}

/** A buffer for one who answers at once: see `SentenceBuffer`. */
export function createSentenceBuffer(options: SentenceOptions = {}): SentenceBuffer {
  const scanner = createScanner(options.language, options.maxLength ?? MAX_LENGTH);
  return {
    push: text => scanner.push(text),
    take() {
      let taken = '';
      for (let found = scanner.next('eager'); found !== ''; found = scanner.next('eager')) taken += found;
      return taken;
    },
    rest: () => scanner.rest(),
    get length() {
      return scanner.length;
    },
  };
}

function all(text: string, language: string | undefined, maxLength: number): string[] {
  const scanner = createScanner(language, maxLength);
  scanner.push(text);
  const found: string[] = [];
  for (let next = scanner.next('whole'); next !== ''; next = scanner.next('whole')) found.push(next);
  return found;
}

/** Finds sentence after sentence in a text that is pushed. */
export interface SentenceScanner {
  push(text: string): void;
  /** The next sentence, or '' if none is settled. */
  next(atEnd: AtEnd): string;
  rest(): string;
  readonly length: number;
}

/** What all of the above is made of: `next` says each time what the end of the text at hand means. */
export function createScanner(language: string | undefined, maxLength: number): SentenceScanner {
  const max = Math.max(1, maxLength);
  const mark = marks(language);
  let text = '';
  /** A high surrogate at the end of what arrived: half a character decides nothing. */
  let half = '';
  let from = 0;
  let cursor = 0;
  let letter = -1;
  let searched = 0;
  /** Stretches of mark-up since `from`, as pairs of start and end. */
  let kept: [number, number][] = [];

  function findLetter(before: number): number {
    if (letter >= 0) return letter < before ? letter : -1;
    const start = Math.max(searched, from);
    // Cut off at `before`: a search that runs on to the end of the text at every mark is quadratic.
    for (const match of text.slice(start, before).matchAll(/<\/?[A-Za-z][^<>]{0,197}>|[\p{L}\p{N}]/gu)) {
      if (match[0].startsWith('<')) continue;
      letter = start + match.index;
      return letter;
    }
    searched = Math.max(start, before);
    return -1;
  }

  function emit(to: number): string {
    const found = text.slice(from, to);
    from = to;
    cursor = Math.max(cursor, to);
    letter = -1;
    searched = to;
    kept = kept.filter(([, end]) => end > to);
    return found;
  }

  function next(atEnd: AtEnd): string {
    if (atEnd === 'whole' && half !== '') {
      text += half;
      half = '';
    }
    const certain = atEnd === 'whole' || text.length - from >= max + LOOK_AHEAD;
    while (cursor < from + max) {
      mark.lastIndex = cursor;
      const at = mark.exec(text)?.index ?? text.length;
      cursor = at;
      if (at >= Math.min(text.length, from + max)) break;
      const verdict = judge({ text, from, letter: findLetter(at), atEnd, language }, at);
      if (verdict.kind === 'wait' && !certain) return '';
      if (verdict.kind === 'end' && verdict.at <= from + max) {
        const end = skipSpace(text, verdict.at, from + max);
        if (end === text.length && end < from + max && atEnd === 'wait') return '';
        cursor = end;
        return emit(end);
      }
      if (verdict.kind === 'markup') kept.push([at, verdict.at]);
      cursor = verdict.kind === 'wait' ? at + 1 : Math.max(verdict.at, at + 1);
    }
    if (text.length - from > max) return certain ? emit(cutBefore(text, from, from + max, kept)) : '';
    return atEnd === 'whole' ? emit(text.length) : '';
  }

  return {
    push(more) {
      if (more === '') return;
      const joined = half + more;
      const split = isHigh(joined.charCodeAt(joined.length - 1)) ? joined.length - 1 : joined.length;
      half = joined.slice(split);
      if (from > 0) {
        text = text.slice(from);
        cursor -= from;
        letter = letter < 0 ? -1 : letter - from;
        searched = Math.max(0, searched - from);
        kept = kept.map(([start, end]) => [start - from, end - from]);
        from = 0;
      }
      text += joined.slice(0, split);
    },
    next,
    rest() {
      const left = text.slice(from) + half;
      text = '';
      half = '';
      from = cursor = searched = 0;
      letter = -1;
      kept = [];
      return left;
    },
    get length() {
      return text.length - from + half.length;
    },
  };
}

const CLAUSE = /[,;:)\]–—،؛، ]/;
const WIDE_CLAUSE = /[、，；：]/;
const GRAPHEME_REACH = 200;

/** The best place to cut in `from`–`limit`, outside the `kept` stretches unless one alone is longer than that. */
function cutBefore(text: string, from: number, limit: number, kept: readonly [number, number][]): number {
  const whole = (at: number) => !kept.some(([start, end]) => start < at && at < end);
  const early = from + Math.floor((limit - from) / 4);
  for (let at = limit; at > early; at--) if (isAfterClause(text, at) && whole(at)) return at;
  for (let at = limit; at > from; at--) if (isAfterSpace(text, at) && whole(at)) return at;
  const across = kept.find(([start, end]) => start < limit && limit < end);
  if (across !== undefined) return across[0] > from ? across[0] : across[1];
  return graphemeBefore(text, from, limit);
}

/** The last place up to `limit` that is between two characters as a reader sees them. */
function graphemeBefore(text: string, from: number, limit: number): number {
  const start = Math.max(from, limit - GRAPHEME_REACH);
  let best = from;
  for (const { index } of graphemes(text.slice(start, limit + GRAPHEME_REACH))) {
    if (start + index > limit) break;
    if (index > 0) best = start + index;
  }
  if (best > from) return best;
  const at = isHigh(text.charCodeAt(limit - 1)) ? limit - 1 : limit;
  return at > from ? at : Math.min(text.length, limit + 1);
}

function isAfterSpace(text: string, at: number): boolean {
  return isSpace(text.charCodeAt(at - 1)) && !isSpace(text.charCodeAt(at));
}

function isAfterClause(text: string, at: number): boolean {
  if (WIDE_CLAUSE.test(text[at - 1] ?? '')) return true;
  if (!isAfterSpace(text, at)) return false;
  let i = at - 1;
  while (i > 0 && isSpace(text.charCodeAt(i))) i--;
  return CLAUSE.test(text[i] ?? '');
}

function skipSpace(text: string, at: number, limit: number): number {
  let i = at;
  while (i < limit && i < text.length && isSpace(text.charCodeAt(i))) i++;
  return i;
}

function isHigh(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
