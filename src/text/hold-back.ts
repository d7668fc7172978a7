/** Moves the borders of pieces so that none ends inside a tag or inside a character. */

import type { Piece } from '../speech.ts';
import { graphemes } from './graphemes.ts';
import { markupEnd, SPELL_LIMIT, tagEnd, UNDECIDED } from './tags.ts';

/**
 * Hands pieces on without delay, but keeps the end of one back while it is the start of a tag
 * (up to 200 characters), of a `<spell>` (up to 512), of a surrogate pair, of a flag or of an
 * emoji joined to the next. Boundaries pass. Joined, the text is the same; no piece is empty.
 */
export async function* holdBack<T extends Piece>(pieces: AsyncIterable<T>): AsyncGenerator<T | string> {
  let held = '';
  for await (const piece of pieces) {
    if (typeof piece !== 'string') {
      yield piece;
      continue;
    }
    const text = held + piece;
    const end = settledEnd(text);
    held = text.slice(end);
    if (end > 0) yield text.slice(0, end);
  }
  if (held !== '') yield held;
}

const SPELL = /<spell[\s>]/gi;
const REGIONAL = /(?:\ud83c[\udde6-\uddff])+$/;
const GRAPHEME_REACH = 64;

/** How much of the text may go: what follows can no longer change it. */
function settledEnd(text: string): number {
  const markup = openMarkup(text);
  return markup < text.length ? markup : openCharacter(text);
}

function openMarkup(text: string): number {
  const near = Math.max(0, text.length - SPELL_LIMIT);
  for (const { index } of text.slice(near).matchAll(SPELL)) {
    if (markupEnd(text, near + index, false) === UNDECIDED) return near + index;
  }
  // An earlier `<` is settled by a later one.
  const at = text.lastIndexOf('<');
  return at >= 0 && tagEnd(text, at, false) === UNDECIDED ? at : text.length;
}

function openCharacter(text: string): number {
  const last = text.charCodeAt(text.length - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff;
  const whole = isHalf ? text.length - 1 : text.length;
  if (text.charCodeAt(whole - 1) === 0x200d) return lastGrapheme(text, whole);
  // Half of a regional indicator may become the second one of a flag.
  const flags = REGIONAL.exec(text.slice(Math.max(0, whole - 4096), whole))?.[0].length ?? 0;
  return flags % 4 === 0 ? whole : whole - 2;
}

/** Where the last grapheme cluster before `end` starts; `end` if it is longer than any that a person writes. */
function lastGrapheme(text: string, end: number): number {
  const start = Math.max(0, end - GRAPHEME_REACH);
  let at = end;
  for (const { index } of graphemes(text.slice(start, end))) at = start + index;
  return at > start || start === 0 ? at : end;
}
