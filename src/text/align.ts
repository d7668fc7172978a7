/** Puts the words a service reports back onto the text it was given, so that they show as they were written. */

import type { Span } from '../speech.ts';
import { createSourceWindow, fold } from './fold.ts';
import { createTagFilter } from './tag-filter.ts';
import { plain, tagEnd, UNDECIDED } from './tags.ts';

/** A word with the piece of the source that belongs to it. */
export interface AlignedSpan extends Span {
  /**
   * As written, with punctuation and the white space up to the next word, without tags; '' if
   * nothing of the source is left for this word (the second of two spoken for one written).
   */
  readonly written: string;
}

export interface Aligner {
  /** More of the source, in order, before the words that are spoken for it. */
  text(text: string): void;
  /** The words, each with its part of the source. Never throws; a word that is not found gets ''. */
  words(spans: readonly Span[]): AlignedSpan[];
  /** The source that no word has been reported for, without tags; it is gone afterwards. */
  rest(): string;
}

/**
 * Words are matched in order by their letters and digits. One that differs from the source
 * ("twelve dollars" for "$12") is passed over until the two agree again, a bounded way ahead.
 * Joined, what is `written` is the source up to the last match. Time is linear, memory bounded.
 */
export function createAligner(): Aligner {
  const source = createSourceWindow();
  let openTag = '';
  const spoken = createTagFilter();
  let misses = 0;

  function next(keys: readonly string[], at: number): readonly string[] {
    const key = keys[at] ?? '';
    if (key === '') return [''];
    source.fill();
    const position = source.position;
    if (matches(key, position, keys, at)) {
      misses = 0;
      return [source.take(position + key.length)];
    }
    const starts = source.starts(SOURCE_REACH);
    const meeting = findMeeting(source.has, starts, keys, at);
    if (meeting === undefined) {
      misses++;
      const share = forcedShare(starts.length, keys.length - at, misses);
      return [share > 0 ? source.take(starts[share] ?? Number.POSITIVE_INFINITY) : ''];
    }
    misses = 0;
    const written: string[] = [];
    for (let i = 1; i <= meeting.words; i++) {
      const share = Math.ceil((i * meeting.source) / meeting.words);
      written.push(share > 0 ? source.take(starts[share] ?? position) : '');
    }
    const start = starts[meeting.source] ?? position;
    return [...written, source.take(start + (keys[at + meeting.words] ?? '').length)];
  }

  function matches(key: string, position: number, keys: readonly string[], at: number): boolean {
    if (source.has(key, position)) return true;
    if (!source.has(key, position, true)) return false;
    // The end of a word is missing: right only if the next span goes on there ("gon" "na"), or digits are read singly.
    const following = keys[at + 1] ?? '';
    return /^\p{N}+$/u.test(key) || (following !== '' && source.has(following, position + key.length, true));
  }

  return {
    text(text) {
      const joined = openTag + text;
      const last = joined.lastIndexOf('<');
      const end = last >= 0 && tagEnd(joined, last, false) === UNDECIDED ? last : joined.length;
      openTag = joined.slice(end);
      source.push(plain(joined.slice(0, end)));
    },
    words(spans) {
      const heard = spoken(spans.map(span => span.text));
      const keys = heard.map(fold);
      const aligned: AlignedSpan[] = [];
      while (aligned.length < spans.length) {
        const symbol = spans[aligned.length];
        if (symbol !== undefined && keys[aligned.length] === '' && symbol.end > symbol.start) {
          source.fill();
          aligned.push({ ...symbol, written: source.takeSymbols((heard[aligned.length] ?? '').trim()) });
          continue;
        }
        for (const written of next(keys, aligned.length)) {
          const span = spans[aligned.length];
          if (span !== undefined) aligned.push({ ...span, written });
        }
      }
      return aligned;
    },
    rest() {
      const left = source.rest() + openTag;
      openTag = '';
      return left;
    },
  };
}

const SOURCE_REACH = 24;
const WORD_REACH = 6;
const PATIENCE = 12;
/** How much farther off two words in a row may be than one alone. */
const LEAD = 2;

/** How many words of the source and how many spans to pass over before they agree. */
interface Meeting {
  readonly source: number;
  readonly words: number;
}

/**
 * The nearest place where source and spans agree again: by two words in a row, or, where that
 * is farther off or the spans end, by one that is likely enough.
 */
function findMeeting(
  has: (word: string, index: number) => boolean,
  starts: readonly number[],
  keys: readonly string[],
  at: number,
): Meeting | undefined {
  const wordReach = Math.min(WORD_REACH, keys.length - at - 1);
  let likely: Meeting | undefined;
  for (let cost = 1; cost < starts.length + wordReach; cost++) {
    if (likely !== undefined && cost > likely.source + likely.words + LEAD) break;
    for (let words = Math.max(0, cost - starts.length + 1); words <= Math.min(cost, wordReach); words++) {
      const source = cost - words;
      const key = keys[at + words] ?? '';
      const start = starts[source];
      if (key === '' || start === undefined || !has(key, start)) continue;
      const following = keys[at + words + 1] ?? '';
      if (following !== '' && has(following, start + key.length)) return { source, words };
      if (isLikely(key, source, words)) likely ??= { source, words };
    }
  }
  return likely;
}

/** The farther off a match that nothing confirms, the less it may be a common word. */
function isLikely(key: string, source: number, words: number): boolean {
  if (words > 3) return false;
  return source + words <= 1 || (source <= 3 && key.length >= 2) || (source <= 10 && key.length >= 5);
}

/** How many words of the source a span gets although they do not agree. */
function forcedShare(source: number, spans: number, misses: number): number {
  // What is spoken is in the text, and this is all that is left of it ("$12" at the end).
  if (source < misses + spans && spans <= WORD_REACH) return Math.ceil(source / spans);
  // Nothing agrees any more: showing the text roughly in time beats showing none.
  return misses > PATIENCE && source > 1 ? 1 : 0;
}
