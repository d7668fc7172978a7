/** Decides whether a mark in a text ends a sentence, looking a bounded way ahead. */

import { hasDottedOrdinals, stopKind } from './abbreviations.ts';
import { markupEnd, tagEnd, UNDECIDED } from './tags.ts';

/**
 * What the end of the text at hand means: `wait`, more may come and may change the answer;
 * `eager`, more may come but a finished sentence is not kept waiting for it; `whole`, nothing comes.
 */
export type AtEnd = 'wait' | 'eager' | 'whole';

/** A sentence as far as it is known: `from` is where it starts, `letter` its first letter or digit (-1: none yet). */
export interface Reading {
  readonly text: string;
  readonly from: number;
  readonly letter: number;
  readonly atEnd: AtEnd;
  readonly language: string | undefined;
}

/** `end`: a sentence ends before `at`. `on`: it does not; go on at `at`. `markup`: keep all before `at` in one piece. */
export type Verdict = { readonly kind: 'end' | 'on' | 'markup'; readonly at: number } | { readonly kind: 'wait' };

/** How far past a mark a decision may look, in characters. */
export const LOOK_AHEAD = 1024;

/** Finds the next character that can end a sentence or start mark-up; set `lastIndex` to where to look from. */
export function marks(language: string | undefined): RegExp {
  return isGreek(language) ? /[\n\r\u2028\u2029<;…‥．\p{STerm}]/gu : /[\n\r\u2028\u2029<…‥．\p{STerm}]/gu;
}

/** Judges the mark at `at`, one of those that `marks` finds. */
export function judge(reading: Reading, at: number): Verdict {
  const mark = reading.text.charCodeAt(at);
  if (mark === LESS) return judgeMarkup(reading, at);
  if (isBreak(mark)) return judgeBreak(reading, at);
  return judgeStop(reading, at);
}

/** Whether a UTF-16 code unit is white space (what `\s` matches). */
export function isSpace(code: number): boolean {
  if (code < 0x80) return code === 32 || (code >= 9 && code <= 13);
  if (code < 0x1680) return code === 0xa0;
  return /\s/.test(String.fromCharCode(code));
}

const LESS = 0x3c;
const RUN_LIMIT = 100;
const CLOSE_LIMIT = 100;
const NEXT_LIMIT = 300;
const LOOK_BACK = 400;
const WAIT: Verdict = { kind: 'wait' };

const STOP = /[…‥．\p{STerm}]/u;
const SOFT = /^[.…‥．]+$/;
const LOOSE = /[.!?…‥‼⁇⁈⁉;]/;
const CONTINUE = /[,:;،؛、，：；]/;
const PARAGRAPH = /(?:\r\n|\n|\r(?!\n))\s*?[\r\n]|\u2029/;

// V8 takes half a millisecond to read these classes of Unicode: written where they are used, not at every start.
const isClose = (sign: string) =>
  /\u200d|\ufe0f|[\p{Pe}\p{Pf}*_`~\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}]/u.test(sign);
const isQuote = (sign: string) => /["'\p{Pi}]/u.test(sign);
const isOpen = (sign: string) => /[\p{Ps}\p{Pi}\p{Pf}\p{Pd}"'*_`~¿¡]/u.test(sign);
const isWide = (sign: string) =>
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff00-\uffef]/u.test(sign);

function judgeMarkup({ text, atEnd }: Reading, at: number): Verdict {
  const end = markupEnd(text, at, atEnd === 'whole');
  if (end === UNDECIDED) return WAIT;
  return end > at ? { kind: 'markup', at: end } : { kind: 'on', at: at + 1 };
}

/** A blank line ends a sentence whatever stands before it. */
function judgeBreak({ text, letter, atEnd }: Reading, at: number): Verdict {
  const end = skipSpace(text, at, at + NEXT_LIMIT);
  if (letter >= 0 && PARAGRAPH.test(text.slice(at, end))) return { kind: 'end', at };
  if (end === text.length && end < at + NEXT_LIMIT && atEnd !== 'whole') return WAIT;
  return { kind: 'on', at: end };
}

function judgeStop(reading: Reading, at: number): Verdict {
  const { text, atEnd } = reading;
  const run = skipStops(text, at, isGreek(reading.language));
  if (run === text.length && atEnd === 'wait') return WAIT;
  const end = skipClosers(reading, run);
  if (end === UNDECIDED) return WAIT;
  const on: Verdict = { kind: 'on', at: run };
  if (reading.letter < 0) return on;
  const stop = text.slice(at, run);
  const token = stop === '.' ? tokenBefore(reading, at) : '';
  if (end === text.length) return atTheEnd(reading, token, end);
  if (!isSpace(text.charCodeAt(end))) {
    const tag = text[end] === '<' ? tagEnd(text, end, atEnd === 'whole') : end;
    if (tag === UNDECIDED) return WAIT;
    return endsTight(stop, charAt(text, end), tag > end) ? { kind: 'end', at: end } : on;
  }
  const next = nextSign(reading, end);
  if (next === UNDECIDED) return atTheEnd(reading, token, end);
  const ends = SOFT.test(stop)
    ? endsSoft(reading, stop, token, at, charAt(text, next))
    : endsHard(stop, end > run, charAt(text, next));
  return ends ? { kind: 'end', at: end } : on;
}

/** Nothing but white space follows so far. */
function atTheEnd({ atEnd, language }: Reading, token: string, end: number): Verdict {
  if (atEnd === 'wait') return WAIT;
  if (atEnd === 'eager' && token !== '' && stopKind(token, language) !== 'word') return WAIT;
  if (atEnd === 'eager' && /\p{N}$/u.test(token)) return WAIT;
  return { kind: 'end', at: end };
}

/** No white space after the mark: an address, a number, or a script that writes without. */
function endsTight(stop: string, next: string, isTag: boolean): boolean {
  if (CONTINUE.test(next) || STOP.test(next)) return false;
  if (!LOOSE.test(stop)) return true;
  if (isTag) return true;
  if (/[…‥;]/.test(stop)) return false;
  return isWide(next) || (!SOFT.test(stop) && /[\p{Ps}¿¡]/u.test(next));
}

/** After `!`, `?` and their like: all but a quotation that goes on ("Stop!" he said). */
function endsHard(stop: string, closed: boolean, next: string): boolean {
  if (CONTINUE.test(next) || STOP.test(next)) return false;
  return !(closed && LOOSE.test(stop) && /\p{Ll}/u.test(next));
}

function endsSoft(reading: Reading, stop: string, token: string, at: number, next: string): boolean {
  if (CONTINUE.test(next) || STOP.test(next)) return false;
  const kind = stop === '.' ? stopKind(token, reading.language) : 'word';
  if (kind === 'title') return false;
  if (kind === 'count' && /\p{N}/u.test(next)) return false;
  if ((kind === 'initial' || kind === 'acronym') && /\p{Lu}/u.test(next)) return false;
  if (kind === 'digits' && isOrdinal(reading, token, at)) return false;
  if (!/\p{Ll}/u.test(next)) return true;
  // Someone who starts sentences in lower case does so again, but not after an abbreviation.
  return kind === 'word' && stop === '.' && /\p{Ll}/u.test(charAt(reading.text, reading.letter));
}

/** "1." at the start of a line counts items; "am 3." counts days. */
function isOrdinal({ text, from, letter, language }: Reading, token: string, at: number): boolean {
  if (token.length > 3) return false;
  let i = at - token.length;
  if (i <= letter) return true;
  if (hasDottedOrdinals(language) && token.length <= 2) return true;
  while (i > from && (text[i - 1] === ' ' || text[i - 1] === '\t')) i--;
  return i > from && isBreak(text.charCodeAt(i - 1));
}

function tokenBefore({ text, from }: Reading, at: number): string {
  const near = text.slice(Math.max(from, at - 24), at);
  return /[\p{L}\p{M}\p{N}.-]+$/u.exec(near)?.[0].replace(/^[.-]+/, '') ?? '';
}

function skipStops(text: string, at: number, greek: boolean): number {
  const limit = at + RUN_LIMIT;
  let i = at;
  while (i < text.length && i < limit) {
    const sign = charAt(text, i);
    if (!STOP.test(sign) && !(greek && sign === ';')) break;
    i += sign.length;
  }
  return i;
}

/** Past closing brackets, quotes, closing tags and emoji that touch the mark, or `UNDECIDED`. */
function skipClosers(reading: Reading, at: number): number {
  const { text, atEnd } = reading;
  const limit = at + CLOSE_LIMIT;
  let i = at;
  while (i < limit) {
    if (i >= text.length) return atEnd === 'wait' ? UNDECIDED : i;
    const sign = charAt(text, i);
    if (sign === '<') {
      const end = tagEnd(text, i, atEnd === 'whole');
      if (end === UNDECIDED) return UNDECIDED;
      if (end === i || text[i + 1] !== '/') return i;
      i = end;
    } else if (isClose(sign)) {
      i += sign.length;
    } else if (isQuote(sign)) {
      if (i + 1 >= text.length && atEnd === 'wait') return UNDECIDED;
      if (!isClosing(reading, sign, i)) return i;
      i += sign.length;
    } else return i;
  }
  return i;
}

/** Whether a quote that looks the same on both sides (or, as in German, closes with an opening form) closes. */
function isClosing({ text, from }: Reading, quote: string, at: number): boolean {
  if (at + 1 >= text.length) return true;
  const next = charAt(text, at + 1);
  if (isSpace(next.charCodeAt(0)) || STOP.test(next) || isClose(next) || CONTINUE.test(next)) return true;
  if (quote !== '"') return false;
  let count = 0;
  for (let i = Math.max(from, at - LOOK_BACK); i < at; i++) if (text[i] === '"') count++;
  return count % 2 === 1;
}

/** Where the next character is that tells how the text goes on, past white space, quotes, dashes and tags. */
function nextSign({ text, atEnd }: Reading, at: number): number {
  const limit = at + NEXT_LIMIT;
  let i = at;
  while (i < limit) {
    if (i >= text.length) return UNDECIDED;
    const sign = charAt(text, i);
    if (sign === '<') {
      const end = tagEnd(text, i, atEnd === 'whole');
      if (end === UNDECIDED || end === i) return end;
      i = end;
    } else if (isSpace(sign.charCodeAt(0)) || isOpen(sign)) i += sign.length;
    else return i;
  }
  return text.length > i ? i : UNDECIDED;
}

function skipSpace(text: string, at: number, limit: number): number {
  let i = at;
  while (i < limit && i < text.length && isSpace(text.charCodeAt(i))) i++;
  return i;
}

function charAt(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? '' : String.fromCodePoint(code);
}

function isBreak(code: number): boolean {
  return code === 10 || code === 13 || code === 0x2028 || code === 0x2029;
}

function isGreek(language: string | undefined): boolean {
  return language !== undefined && /^el\b/i.test(language);
}
