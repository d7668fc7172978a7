/** Puts a provider's times in order: finite, ascending, without overlaps, inside the audio, with clean text. */
import { seconds } from '../audio.ts';
import type { AudioFormat, Granularity, Span } from '../speech.ts';

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

/** A timeline of audio in `format`. It never waits: spans without usable times are fitted in between the others. */
export function createTimeline(format: AudioFormat): Timeline {
  let bytes = 0;
  const tracks: Record<Granularity, Track> = { word: createTrack(), phoneme: createTrack() };
  return {
    audio(count) {
      bytes += count;
    },
    spans: (granularity, spans) => tracks[granularity].take(spans, seconds(bytes, format)),
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

/**
 * Holds back what may still change: the last span, whose end the next start may cut, and spans
 * beyond the audio that has arrived, which its end may cut.
 */
function createTrack(): Track {
  const held: Span[] = [];
  let settledUpTo = 0;

  return {
    take(spans, duration) {
      let before = held.at(-1) ?? { text: '', start: settledUpTo, end: settledUpTo };
      for (const span of spans) {
        const clean = repaired(span, before);
        if (clean.text === '') continue;
        insert(clean);
        before = clean;
      }
      const settled: Span[] = [];
      let count = 0;
      for (; count < held.length - 1; count += 1) {
        const span = held[count] as Span;
        const end = Math.min(span.end, (held[count + 1] as Span).start);
        if (end > duration) break;
        settled.push(settle(span, end));
      }
      held.splice(0, count);
      return settled;
    },
    finish(duration) {
      const settled = held.map((span, index) =>
        settle(
          { ...span, start: Math.min(span.start, duration) },
          Math.min(span.end, held[index + 1]?.start ?? duration, duration),
        ),
      );
      held.length = 0;
      return settled;
    },
  };

  function settle(span: Span, end: number): Span {
    const start = Math.max(span.start, settledUpTo);
    settledUpTo = Math.max(start, end);
    return { text: span.text, start, end: settledUpTo };
  }

  /** Spans come in order as a rule, so the place is looked for from the end. */
  function insert(span: Span): void {
    let at = held.length;
    while (at > 0 && (held[at - 1] as Span).start > span.start) at -= 1;
    held.splice(at, 0, span);
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
