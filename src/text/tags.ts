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

/** A tag that a voice understands (protocol §2.5): where it ends (exclusive) and what it asks for. */
export type Tag = { readonly end: number } & (
  | { readonly kind: 'break'; readonly ms: number }
  | { readonly kind: 'speed' | 'volume'; readonly ratio: number }
  | { readonly kind: 'emotion' | 'spell' | 'unspell' }
);

/**
 * The tag that starts with the `<` at `at`; undefined if there is none that a voice understands: another
 * name, a missing or unreadable value, or anything beside attributes (`<break my heart>`) make it prose.
 * A ratio is what is written, whatever a voice can do.
 */
export function readTag(text: string, at: number): Tag | undefined {
  TAG.lastIndex = at;
  const match = TAG.exec(text);
  if (match === null || match[0].length > TAG_LIMIT) return undefined;
  const end = at + match[0].length;
  const attributes = match[3] ?? '';
  switch ((match[1] ?? match[2] ?? '').toLowerCase()) {
    case 'spell':
      return { kind: 'spell', end };
    case '/spell':
      return { kind: 'unspell', end };
    case 'break':
      return withBreak(attribute(attributes, 'time'), end);
    case 'pause':
      return withBreak(attribute(attributes, 'time') ?? attribute(attributes, 'duration'), end);
    case 'speed':
      return withRatio('speed', attribute(attributes, 'ratio'), end);
    case 'volume':
      return withRatio('volume', attribute(attributes, 'ratio') ?? attribute(attributes, 'level'), end);
    default:
      return attribute(attributes, 'value') === undefined ? undefined : { kind: 'emotion', end };
  }
}

/** The text without the tags a voice understands; what stands between them stays, and so does all other mark-up. */
export function plain(text: string): string {
  let kept = '';
  let from = 0;
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at + 1)) {
    const tag = readTag(text, at);
    if (tag === undefined) continue;
    kept += text.slice(from, at);
    from = tag.end;
  }
  return from === 0 ? text : kept + text.slice(from);
}

/** Whether `text`, from a `<` up to white space, can become a tag that a voice understands. */
export function isTagBegun(text: string): boolean {
  return text.length < TAG_LIMIT && BEGUN.test(text);
}

const SLASH = 0x2f;
const LESS = 0x3c;
const GREATER = 0x3e;
const SPELL = /^<spell\s*>/i;
const SPELL_CLOSE = /<\/spell\s*>/i;
const TAG =
  /<(?:(\/?spell)\s*|(break|pause|speed|volume|emotion)((?:\s+[a-z]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*'))+)\s*\/?)>/iy;
const BEGUN =
  /^<(?:\/?spell|(?:break|pause|speed|volume|emotion)(?:\s+(?:time|duration|ratio|level|value)(?:\s*=\s*(?:"[^"<>]*"?|'[^'<>]*'?)?)?)?\s*\/?)$/i;
const NUMBER = String.raw`\s*(\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})\s*`;
const TIME = new RegExp(`^${NUMBER}(ms|s)\\s*$`, 'i');
const RATIO = new RegExp(`^${NUMBER}$`);

function withBreak(time: string | undefined, end: number): Tag | undefined {
  const match = TIME.exec(time ?? '');
  return match === null
    ? undefined
    : { kind: 'break', ms: Number(match[1]) * (match[2]?.toLowerCase() === 's' ? 1000 : 1), end };
}

function withRatio(kind: 'speed' | 'volume', value: string | undefined, end: number): Tag | undefined {
  return RATIO.test(value ?? '') ? { kind, ratio: Number(value), end } : undefined;
}

function attribute(attributes: string, name: string): string | undefined {
  for (const [, key, double, single] of attributes.matchAll(/([a-z]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/gi)) {
    if (key?.toLowerCase() === name) return double ?? single;
  }
  return undefined;
}

function isAsciiLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}
