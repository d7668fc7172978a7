/** Finds the mark-up that may stand inside a transcript, and tells it from a `<` in prose. */

/** A `<` that has not closed after this many characters is prose. */
export const TAG_LIMIT = 200;

/** A `<spell>` that has not closed after this many characters spells nothing. */
export const SPELL_LIMIT = 512;

/** More text is needed to tell. */
export const UNDECIDED = -1;

/**
 * Where the tag that starts with the `<` at `at` ends (exclusive); `at` itself if it is prose;
 * `UNDECIDED` if that depends on text still to come. `whole` says that none will.
 */
export function tagEnd(text: string, at: number, whole: boolean): number {
  let i = at + 1;
  if (text.charCodeAt(i) === SLASH) i++;
  if (i >= text.length) return whole ? at : UNDECIDED;
  if (!isAsciiLetter(text.charCodeAt(i))) return at;
  const limit = at + TAG_LIMIT;
  for (i++; i < limit; i++) {
    if (i >= text.length) return whole ? at : UNDECIDED;
    const code = text.charCodeAt(i);
    if (code === GREATER) return i + 1;
    if (code === LESS) return at;
  }
  return at;
}

/** Like `tagEnd`, but a `<spell>` reaches to the end of its `</spell>` where there is one within reach. */
export function markupEnd(text: string, at: number, whole: boolean): number {
  const end = tagEnd(text, at, whole);
  if (end <= at || !SPELL.test(text.slice(at, end))) return end;
  const reach = text.slice(end, at + SPELL_LIMIT);
  const close = SPELL_CLOSE.exec(reach);
  if (close !== null) return end + close.index + close[0].length;
  return whole || text.length >= at + SPELL_LIMIT ? end : UNDECIDED;
}

/** The text without the tags a voice understands (protocol §2.5); what stands between them stays, other mark-up too. */
export function plain(text: string): string {
  return text.includes('<') ? text.replace(KNOWN, '') : text;
}

const SLASH = 0x2f;
const LESS = 0x3c;
const GREATER = 0x3e;
const SPELL = /^<spell[\s>]/i;
const SPELL_CLOSE = /<\/spell\s*>/i;
const KNOWN = /<\/?(?:break|speed|volume|emotion|spell|pause)(?=[\s/>])[^<>]{0,192}>/gi;

function isAsciiLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}
