/** Words as they are heard: not when they arrive, but when the sound of them comes out. */
import { seconds } from '../audio.ts';
import type { AudioFormat, Clock, Sink, SinkEvent, Span } from '../speech.ts';
import { createAligner } from '../text/align.ts';

export interface CaptionOptions {
  readonly format: AudioFormat;
  readonly clock: Clock;
  /** Seconds of speech heard since the start or the last cut; absent where nothing plays: words show as they come. */
  readonly position?: (() => number) | undefined;
  /** Shows a word, or a few, as written, with the white space up to the next. */
  readonly show: (text: string) => void;
}

/** A sink that shows words. Its `close` shows what is left: it comes after that of what plays. */
export interface CaptionSink extends Sink {
  /** What has not been heard will not be: the sound was cut, and its position starts anew with the next context. */
  cut(): void;
}

interface Word {
  readonly start: number;
  readonly written: string;
}

/** A word shows this much before its sound, which is never known to the millisecond. */
const EARLY_SECONDS = 0.03;
const SHORTEST_LOOK_MS = 20;
/** The sound may stand still while it waits for more. */
const LONGEST_LOOK_MS = 200;

export function createCaptions({ format, clock, position, show }: CaptionOptions): CaptionSink {
  let aligner = createAligner();
  let hasText = false;
  let words: Word[] = [];
  let bytes = 0;
  /** Where in the whole the position of the sound is 0; undefined from a cut to the next context. */
  let base: number | undefined = 0;
  let cancelLook: (() => void) | undefined;
  let over = false;

  function look(): void {
    cancelLook = undefined;
    const heard = position === undefined || base === undefined ? Number.POSITIVE_INFINITY : base + position();
    let due = 0;
    for (; due < words.length; due += 1) if ((words[due]?.start ?? 0) > heard + EARLY_SECONDS) break;
    for (const { written } of words.splice(0, due)) show(written);
    const next = words[0];
    if (next === undefined || over) return;
    const waitMs = (next.start - heard) * 1000;
    cancelLook = clock.after(Math.min(LONGEST_LOOK_MS, Math.max(SHORTEST_LOOK_MS, waitMs)), look);
  }

  function add(spans: readonly Span[]): void {
    const aligned = hasText ? aligner.words(spans) : spans.map(span => ({ ...span, written: `${span.text} ` }));
    for (const { start, written } of aligned) if (written !== '') words.push({ start, written });
    if (cancelLook === undefined) look();
  }

  function write(event: SinkEvent): void {
    if (event.type === 'audio') bytes += event.chunk.length;
    else if (event.type === 'context') base ??= seconds(bytes, format);
    else if (event.type === 'text') {
      hasText = true;
      aligner.text(event.text);
    } else if (event.type === 'timestamps' && event.granularity === 'word' && base !== undefined) add(event.spans);
  }

  function stop(): void {
    over = true;
    cancelLook?.();
    cancelLook = undefined;
    words = [];
  }

  return {
    async write(event) {
      if (!over) write(event);
    },
    async close() {
      for (const { written } of words) show(written);
      const rest = hasText && !over ? aligner.rest() : '';
      // Services leave out the words of some texts ("2 + 2 = 4").
      if (/[\p{L}\p{N}]/u.test(rest)) show(rest);
      stop();
    },
    async abort() {
      stop();
    },
    cut() {
      words = [];
      cancelLook?.();
      cancelLook = undefined;
      aligner = createAligner();
      hasText = false;
      base = undefined;
    },
  };
}
