/** Puts a provider's times in order: finite, ascending, without overlaps, inside the audio, with clean text. */
import { seconds } from '../audio.ts';
import type { AudioFormat, Granularity, Span } from '../speech.ts';
import { createTagFilter } from '../text/tag-filter.ts';

export interface Timeline {
  /** Counts audio that has arrived. */
  audio(bytes: number): void;
  /** Takes spans as they came; gives back what is settled by now, which is mostly what came before. */
  spans(granularity: Granularity, spans: readonly Span[]): Span[];
  /** Gives back the rest when no more audio comes, clamped to its duration. */
  finish(granularity: Granularity): Span[];
  /** Seconds of audio so far. */
  readonly duration: number;
}

/**
 * A timeline of audio in `format`. It never waits: spans without usable times are fitted in between the others.
 * Tags that a service reports as words are dropped.
 */
export function createTimeline(format: AudioFormat): Timeline {
  let bytes = 0;
  const tracks: Record<Granularity, Track> = { word: createTrack(), phoneme: createTrack() };
  const withoutTags = createTagFilter();
  const spoken = (spans: readonly Span[]) => {
    const texts = withoutTags(spans.map(span => span.text));
    return spans.map((span, index) => ({ ...span, text: texts[index] ?? '' }));
  };
  return {
    audio(count) {
      bytes += count;
    },
    spans: (granularity, spans) =>
      tracks[granularity].take(granularity === 'word' ? spoken(spans) : spans, seconds(bytes, format)),
    finish: granularity => tracks[granularity].finish(seconds(bytes, format)),
    get duration() {
      return seconds(bytes, format);
    },
  };
}

interface Track {
  take(spans: readonly Span[], duration: number): Span[];
  finish(duration: number): Span[];
}

/** So many words are more than an hour of speech: nobody reports that far ahead of the sound. */
const MOST_HELD = 16_384;

/**
 * Holds back what may still change: the last span, whose end the next start may cut, and spans
 * beyond the audio that has arrived, which its end may cut. Of too many, the first end with that audio.
 */
function createTrack(): Track {
  let held: Span[] = [];
  let settledUpTo = 0;

  return {
    take(spans, duration) {
      if (spans.length > 0) add(spans);
      const excess = held.length - MOST_HELD;
      const isSettled = (index: number) => index < excess || endOf(index) <= duration;
      let count = 0;
      while (count < held.length - 1 && isSettled(count)) count += 1;
      return settle(count, duration);
    },
    finish: duration => settle(held.length, duration),
  };

  function add(spans: readonly Span[]): void {
    let before = held.at(-1) ?? { text: '', start: settledUpTo, end: settledUpTo };
    let isOrdered = true;
    for (const span of spans) {
      const clean = repaired(span, before);
      if (clean.text === '') continue;
      isOrdered &&= clean.start >= (held.at(-1)?.start ?? 0);
      held.push(clean);
      before = clean;
    }
    if (!isOrdered) held.sort((one, other) => one.start - other.start);
  }

  function endOf(index: number): number {
    return Math.min(held[index]?.end ?? 0, held[index + 1]?.start ?? Number.POSITIVE_INFINITY);
  }

  /** Gives out the first `count` of what is held, none beyond `duration`. */
  function settle(count: number, duration: number): Span[] {
    const settled = held.slice(0, count).map(({ text, start }, index) => {
      const from = Math.max(settledUpTo, Math.min(start, duration));
      settledUpTo = Math.max(from, Math.min(endOf(index), duration));
      return { text, start: from, end: settledUpTo };
    });
    if (count > 0) held = held.slice(count);
    return settled;
  }
}

/** The same span with usable numbers: a start that is none follows `before`, an end that is none is open. */
function repaired(span: Span, before: Span): Span {
  const followed = Number.isFinite(before.end) ? before.end : before.start;
  const start = Number.isFinite(span.start) ? Math.max(0, span.start) : followed;
  const end = Number.isFinite(span.end) && span.end >= start ? span.end : Number.POSITIVE_INFINITY;
  return { text: cleaned(span.text), start, end };
}

// Controls, line separators, byte order marks, halves of surrogate pairs.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNWANTED = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]+|\p{Surrogate}/gu;

/** `text` on one line, without control characters and without blanks around it. */
function cleaned(text: string): string {
  const clean = text.replace(UNWANTED, found => (/[\t\n\r\u0085\u2028\u2029]/.test(found) ? ' ' : ''));
  return clean.replace(/ {2,}/g, ' ').trim();
}
