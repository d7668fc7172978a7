/** Cuts a sentence into the words that timestamps are given for. */

export interface Tokens {
  readonly tokens: readonly string[];
  /** For each UTF-16 code unit: the token it belongs to; white space belongs to the one before it. */
  readonly tokenAt: Int32Array;
}

/**
 * Words are what stands between white space, punctuation and all. In a script without blanks
 * each character is a word, with the punctuation that follows it, and so is a run of others.
 */
export function splitTokens(text: string, unspaced: boolean): Tokens {
  const tokenAt = new Int32Array(text.length);
  const tokens: string[] = [];
  for (const [start, end] of unspaced ? characterRanges(text) : wordRanges(text)) {
    // Up to the end of the text: what comes next overwrites it.
    tokenAt.fill(tokens.length, start, unspaced ? end : nextWord(text, end));
    tokens.push(text.slice(start, end));
  }
  if (unspaced) fillGaps(text, tokenAt);
  return { tokens, tokenAt };
}

function* wordRanges(text: string): Generator<readonly [number, number]> {
  for (const match of text.matchAll(/\S+/g)) yield [match.index, match.index + match[0].length];
}

function nextWord(text: string, from: number): number {
  let i = from;
  while (i < text.length && /\s/.test(text[i] ?? '')) i++;
  return i;
}

const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
/** Small kana and the sign of length are the second half of a syllable. */
const TRAILING = /[ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶー]|[\p{M}\p{Lm}]/u;
const OPENING = /[\p{Ps}\p{Pi}]/u;
const PUNCTUATION = /[\p{P}\p{S}]/u;

function* characterRanges(text: string): Generator<readonly [number, number]> {
  let start = -1;
  let base: 'none' | 'wide' | 'narrow' = 'none';
  for (let at = 0; at < text.length; ) {
    const sign = String.fromCodePoint(text.codePointAt(at) ?? 32);
    const next = at + sign.length;
    if (/^\s$/.test(sign)) {
      if (start >= 0) yield [start, at];
      start = -1;
      base = 'none';
    } else {
      const kind = kindOf(sign);
      const begins =
        base !== 'none' && (kind === 'opening' || kind === 'wide' || (kind === 'narrow' && base === 'wide'));
      if (begins && start >= 0) yield [start, at];
      if (begins || start < 0) {
        start = at;
        base = 'none';
      }
      if (kind === 'wide' || kind === 'narrow') base = kind;
    }
    at = next;
  }
  if (start >= 0) yield [start, text.length];
}

function kindOf(sign: string): 'opening' | 'wide' | 'narrow' | 'trailing' {
  if (TRAILING.test(sign)) return 'trailing';
  if (WIDE.test(sign)) return 'wide';
  if (OPENING.test(sign)) return 'opening';
  return PUNCTUATION.test(sign) ? 'trailing' : 'narrow';
}

function fillGaps(text: string, tokenAt: Int32Array): void {
  for (let i = 1; i < text.length; i++) if (/\s/.test(text[i] ?? '')) tokenAt[i] = tokenAt[i - 1] ?? 0;
}
