/** Times of words in one stretch of a longer audio: counted from its start, and told no earlier than the sound of them. */
import type { Span, SpeechEvent } from '../speech.ts';

type Timestamps = Extract<SpeechEvent, { readonly type: 'timestamps' }>;

/** Hands times on, counted from `start`, as soon as their audio has come: where that breaks off, they never were. */
export function createTimes(start: number, push: (event: SpeechEvent) => void) {
  let early: Timestamps[] = [];

  function take(event: Timestamps, now: number): void {
    const spans = start === 0 ? event.spans : event.spans.map(span => shifted(span, start));
    const due = spans.filter(span => !(span.start >= now));
    if (due.length > 0) push({ ...event, spans: due });
    if (due.length < spans.length) early.push({ ...event, spans: spans.filter(span => span.start >= now) });
  }

  return {
    take,
    /** Audio has come up to `now`. */
    reach(now: number): void {
      if (early.length === 0) return;
      const waiting = early;
      early = [];
      for (const { granularity, spans } of waiting) {
        const due = spans.filter(span => span.start < now);
        if (due.length > 0) push({ type: 'timestamps', granularity, spans: due });
        if (due.length < spans.length)
          early.push({ type: 'timestamps', granularity, spans: spans.filter(span => span.start >= now) });
      }
    },
  };
}

/** The same stretch, counted from elsewhere. */
export function shifted({ text, start, end }: Span, by: number): Span {
  return { text, start: start + by, end: end + by };
}
