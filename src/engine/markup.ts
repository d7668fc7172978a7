/** Turns a sentence into what espeak-ng reads, and remembers which word each character came from. */
import { plain, readTag, type Tag } from '../text/tags.ts';
import { lengthOfLeadingTags } from '../text/tags-in-force.ts';
import { splitTokens } from './tokens.ts';

/** What the tags read so far ask for, as factors. Tags hold until the next of their kind, beyond the sentence too. */
export interface Prosody {
  readonly speed: number;
  readonly volume: number;
}

export const PLAIN: Prosody = { speed: 1, volume: 1 };

/** A sentence in espeak-ng's SSML. */
export interface Markup {
  readonly ssml: string;
  /** The words of the source, in order, with the punctuation and the tags that touch them. */
  readonly tokens: readonly string[];
  /** For each code point of `ssml`: the token of a word that starts there, as espeak-ng counts. */
  readonly owners: readonly number[];
  /** For each token: how much there is to say, in letters. A digit counts for three, below 1 are symbols, 0 is only tags. */
  readonly weights: readonly number[];
}

/**
 * Cartesia's tags (protocol §2.5) become espeak's; an emotion is something it does not have.
 * Whatever else looks like mark-up is prose and loses its meaning here, nothing is dropped.
 * `prosody` is what is in force at the start, tags at the very start included (`prosodyAtStart`); `unspaced` that
 * the script writes without blanks.
 */
export function toSsml(text: string, prosody: Prosody, unspaced = false): Markup {
  const { tokens, tokenAt } = splitTokens(text, unspaced);
  const owners: number[] = [];
  const weights = tokens.map(() => 0);
  let ssml = '';
  let now = prosody;
  let isChanged = false;
  let isSpelling = false;

  const put = (piece: string, at: number, owner = tokenAt[at] ?? 0) => {
    for (const _ of piece) owners.push(owner);
    ssml += piece;
  };

  for (let at = startOf(text); at < text.length; ) {
    const tag: Tag | undefined = text[at] === '<' ? tagAt(text, at, isSpelling) : undefined;
    if (tag === undefined) {
      const sign = String.fromCodePoint(text.codePointAt(at) ?? 32);
      const owner = tokenAt[at] ?? 0;
      // After some clauses espeak-ng has a word start one character early; the second word of a symbol is there by right.
      const isEarly = /\s/.test(sign) && /[\p{L}\p{M}\p{P}]/u.test(text[at - 1] ?? '');
      put(plainSign(sign, ssml), at, isEarly ? Math.min(owner + 1, tokens.length - 1) : owner);
      weights[owner] = (weights[owner] ?? 0) + weigh(sign);
      at += sign.length;
      continue;
    }
    if (tag.kind === 'break') put(`<break time="${Math.round(Math.min(LONGEST_BREAK_MS, tag.ms))}ms"/>`, at);
    if (tag.kind === 'spell') put(SPELL, at);
    if (tag.kind === 'unspell') put('</say-as>', at);
    if (tag.kind === 'spell' || tag.kind === 'unspell') isSpelling = tag.kind === 'spell';
    if (tag.kind === 'speed' || tag.kind === 'volume') {
      now = inForce(now, tag);
      const around = isSpelling ? { before: '</say-as>', after: SPELL } : { before: '', after: '' };
      put(`${around.before}${isChanged ? '</prosody>' : ''}${prosodyTag(now, prosody)}${around.after}`, at);
      isChanged = true;
    }
    at = tag.end;
  }
  if (isChanged) put('</prosody>', text.length - 1);
  return { ssml, tokens, owners, weights };
}

/**
 * What is in force when a sentence begins to be heard: said at its start, a tag counts as much as said before, so that
 * a text that is gone on with elsewhere, with its tags said again, sounds the same.
 */
export function prosodyAtStart(text: string, before: Prosody): Prosody {
  return prosodyAfter(text.slice(0, startOf(text)), before);
}

/** What is in force after a sentence. */
export function prosodyAfter(text: string, before: Prosody): Prosody {
  let now = before;
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at + 1)) {
    const tag = readTag(text, at);
    if (tag?.kind === 'speed' || tag?.kind === 'volume') now = inForce(now, tag);
  }
  return now;
}

/** How long to be silent after a sentence, in ms at normal speed: espeak-ng only pauses between the clauses of one text. */
export function pauseAfter(text: string): number {
  if (/(?:\r\n|\n|\r(?!\n))[^\S\r\n]*[\r\n]\s*$|\u2029\s*$/.test(text)) return 500;
  const end = plain(text).replace(CLOSING, '');
  if (/[\p{STerm}…‥．]$/u.test(end)) return 300;
  if (/[,;:、，；：،؛—–]$/u.test(end)) return 150;
  return 0;
}

const CLOSING = /(?:[\s\p{Pe}\p{Pf}\p{Pi}"'*_`~\p{Extended_Pictographic}\u200d]|\ufe0f)+$/u;

const SPELL = '<say-as interpret-as="characters">';
const LONGEST_BREAK_MS = 60_000;
/** What the service takes; a tag that asks for more gets as much as there is. */
const SPEEDS = [0.6, 1.5] as const;
const VOLUMES = [0.5, 2] as const;

/** Where what is heard begins. */
function startOf(text: string): number {
  const length = lengthOfLeadingTags(text);
  return length === 0 ? 0 : length + (text.slice(length).match(/^\s*/)?.[0].length ?? 0);
}

/** A tag as it counts here: a spelling that does not close in this sentence spells nothing. */
function tagAt(text: string, at: number, isSpelling: boolean): Tag | undefined {
  const tag = readTag(text, at);
  if (tag?.kind === 'spell') return !isSpelling && /<\/spell\s*>/i.test(text.slice(tag.end)) ? tag : undefined;
  if (tag?.kind === 'unspell') return isSpelling ? tag : undefined;
  return tag;
}

function inForce(
  now: Prosody,
  { kind, ratio }: { readonly kind: 'speed' | 'volume'; readonly ratio: number },
): Prosody {
  const [least, most] = kind === 'speed' ? SPEEDS : VOLUMES;
  return { ...now, [kind]: Math.max(least, Math.min(most, ratio)) };
}

/** Relative to what espeak-ng was set to at the start of the sentence. */
function prosodyTag(now: Prosody, start: Prosody): string {
  const rate = Math.round((100 * now.speed) / start.speed);
  const volume = Math.round((100 * now.volume) / start.volume);
  return `<prosody rate="${rate}%" volume="${volume}%">`;
}

function weigh(sign: string): number {
  if (/\p{L}/u.test(sign)) return 1;
  if (/\p{N}/u.test(sign)) return 3;
  if (/\s/.test(sign)) return 0;
  return /\p{M}/u.test(sign) ? 0.5 : 0.01;
}

/** A character of prose. `before` is what precedes it: `[[` would switch espeak-ng to phoneme mnemonics. */
function plainSign(sign: string, before: string): string {
  if (sign === '<') return '&lt;';
  if (sign === '&') return '&amp;';
  if (sign === '[' && before.endsWith('[')) return ' [';
  return UNSPEAKABLE.test(sign) ? ' ' : sign;
}

// Controls, halves of surrogate pairs, noncharacters.
const UNSPEAKABLE = /[^\P{Cc}\t\n\r]|[\p{Cs}\p{Noncharacter_Code_Point}]/u;
