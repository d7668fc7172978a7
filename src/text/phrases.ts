/** Builds readable cues from aligned words, as soon as each is settled. */

import type { AlignedSpan } from './align.ts';
import { CUE_SECONDS, divide, fitsCue, PAUSE_SECONDS, type Unit, unitsOf, wrap } from './lines.ts';
import { createScanner, MAX_LENGTH } from './sentences.ts';

/** What is shown at once: one or two lines of at most 42 characters (20 of a wide script), from `start` to `end` in seconds. */
export interface Cue {
  readonly start: number;
  readonly end: number;
  readonly lines: string[];
  /** The same as written, with the white space up to the next cue as one blank. */
  readonly text: string;
}

/** One word a cue; readable phrases; one sentence a cue where it fits. */
export type CueMode = 'word' | 'phrase' | 'sentence';

export interface CueOptions {
  readonly mode: CueMode;
  readonly language?: string | undefined;
}

export interface CueBuilder {
  /** More words, in order; gives the cues that they settle. */
  push(words: readonly AlignedSpan[]): Cue[];
  /** No more words; `duration` of the audio in seconds. Gives the cues that are left. */
  finish(duration: number): Cue[];
}

/**
 * Cues never overlap and never go back in time, stand at most 7 s and, where the next one allows,
 * at least half a second. In phrases, a pause separates cues and a short sentence may join another.
 */
export function createCueBuilder({ mode, language }: CueOptions): CueBuilder {
  const scanner = createScanner(language, MAX_LENGTH);
  const timing = createTiming();
  let words: Word[] = [];
  /** How much text there was, and how much of it is in whole sentences. */
  let length = 0;
  let sentenceEnd = 0;
  /** A whole sentence that another may join. */
  let short: Unit[] = [];
  let floor = 0;

  function add(span: AlignedSpan): void {
    const start = Number.isFinite(span.start) ? Math.max(span.start, floor) : floor;
    const end = Number.isFinite(span.end) ? Math.max(span.end, start) : start;
    const last = words.at(-1);
    const from = length;
    length += span.written.length;
    scanner.push(span.written);
    if (last !== undefined && !/\S/.test(span.written)) {
      // Spoken, but not written: it belongs to what was written for it.
      last.end = Math.max(last.end, end);
      return;
    }
    floor = start;
    if (last !== undefined) last.end = Math.max(last.start, Math.min(last.end, start));
    words.push({ written: span.written, start, end, from });
  }

  function settled(whole: boolean): Unit[][] {
    if (mode === 'word') {
      const ready = words.splice(0, whole ? words.length : Math.max(0, words.length - 1));
      scanner.rest();
      return ready.flatMap(word => divide(units([word]), false));
    }
    const found: Unit[][] = [];
    for (
      let next = scanner.next(whole ? 'whole' : 'wait');
      next !== '';
      next = scanner.next(whole ? 'whole' : 'wait')
    ) {
      sentenceEnd += next.length;
      const count = words.findIndex(word => word.from >= sentenceEnd);
      found.push(...sentence(units(words.splice(0, count < 0 ? words.length : count))));
    }
    if (whole) found.push(...divide(short.splice(0), true));
    return found;
  }

  function sentence(next: Unit[]): Unit[][] {
    if (mode === 'sentence') return divide(next, false);
    const joined = [...short, ...next];
    if (short.length > 0 && isBrief(short, next) && fitsCue(joined)) {
      short = joined;
      return [];
    }
    const found = divide(short, true);
    const waits = fitsCue(next);
    short = waits ? next : [];
    return waits ? found : [...found, ...divide(next, true)];
  }

  return {
    push(spans) {
      for (const span of spans) add(span);
      return settled(false).flatMap(group => timing.push(group));
    },
    finish(duration) {
      const cues = settled(true).flatMap(group => timing.push(group));
      words = [];
      return [...cues, ...timing.finish(duration)].map(cue => within(cue, duration));
    },
  };
}

interface Word {
  readonly written: string;
  readonly start: number;
  end: number;
  /** Where it starts in all the text. */
  readonly from: number;
}

const SHORTEST = 0.5;
/** A sentence that takes less than this may share a cue with its neighbour. */
const BRIEF = 1;

function units(words: readonly Word[]): Unit[] {
  return words.flatMap(word => unitsOf(word.written, word.start, word.end));
}

function isBrief(before: readonly Unit[], after: readonly Unit[]): boolean {
  if ((after[0]?.start ?? 0) - (before.at(-1)?.end ?? 0) >= PAUSE_SECONDS) return false;
  return seconds(before) < BRIEF || seconds(after) < BRIEF;
}

function seconds(units: readonly Unit[]): number {
  return (units.at(-1)?.end ?? 0) - (units[0]?.start ?? 0);
}

/** Holds the last cue until it is known how long it may stand. */
function createTiming(): { push(units: readonly Unit[]): Cue[]; finish(duration: number): Cue[] } {
  let last: Cue | undefined;

  function release(limit: number): Cue[] {
    if (last === undefined) return [];
    const { start, lines, text } = last;
    const end = Math.max(start, Math.min(Math.max(last.end, start + SHORTEST), limit, start + CUE_SECONDS));
    last = undefined;
    return [{ start, end, lines, text }];
  }

  return {
    push(units) {
      const first = units[0];
      if (first === undefined) return [];
      const start = Math.max(first.start, last?.start ?? 0);
      const released = release(start);
      const end = Math.max(start, units.at(-1)?.end ?? start);
      last = { start, end, lines: wrap(units), text: units.map(written).join('') };
      return released;
    },
    finish: duration => release(duration),
  };
}

function written({ text, isSpaced }: Unit): string {
  return isSpaced ? `${text} ` : text;
}

function within(cue: Cue, duration: number): Cue {
  return { ...cue, start: Math.min(cue.start, duration), end: Math.min(cue.end, duration) };
}
