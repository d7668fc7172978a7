/** Cues as subtitles can show them: in whole milliseconds, none without a length, on clean lines. */
import { divide, type Unit, unitsOf, wrap } from '../text/lines.ts';
import type { Cue } from '../text/phrases.ts';

/** Times in milliseconds; `end` is after `start`, and no cue starts before the one in front of it has ended. */
export interface ShownCue {
  readonly start: number;
  readonly end: number;
  readonly lines: readonly string[];
}

export interface ShownCues {
  /** One more cue; gives those that are settled with it. */
  push(cue: Cue): ShownCue[];
  /** No more cues; gives what is left. */
  finish(): ShownCue[];
}

/**
 * A cue too short for a millisecond shares the time of its neighbour: of the next if that starts with it,
 * else of the one before. What shares a time is divided anew, so that it stays readable.
 */
export function createShownCues(): ShownCues {
  let last: Timed | undefined;
  /** What has no time of its own. */
  let unshown: Timed | undefined;

  return {
    push(cue) {
      let next = timed(cue);
      if (next.lines.length === 0) return [];
      if (unshown !== undefined && (last === undefined || unshown.start === next.start)) {
        next = { ...joined(unshown, next), start: next.start, end: next.end };
        unshown = undefined;
      }
      if (next.end <= next.start) {
        settleUnshown();
        unshown = next;
        return [];
      }
      const settled = finish();
      last = next;
      return settled;
    },
    finish,
  };

  function finish(): ShownCue[] {
    settleUnshown();
    const settled = last === undefined ? [] : shown(last);
    last = undefined;
    return settled;
  }

  function settleUnshown(): void {
    if (unshown !== undefined && last !== undefined) last = joined(last, unshown);
    unshown = undefined;
  }
}

interface Timed extends ShownCue {
  readonly text: string;
  /** Whether `lines` are those of several cues. */
  readonly isJoined: boolean;
}

function timed({ start, end, lines, text }: Cue): Timed {
  return {
    start: milliseconds(start),
    end: milliseconds(end),
    lines: lines.map(line => cleaned(line).trim()).filter(line => line !== ''),
    text: cleaned(text),
    isJoined: false,
  };
}

function joined(first: Timed, second: Timed): Timed {
  return { ...first, text: first.text + second.text, isJoined: true };
}

function shown({ start, end, lines, text, isJoined }: Timed): ShownCue[] {
  if (!isJoined) return [{ start, end, lines }];
  const groups = divide(unitsOf(text, start / 1000, end / 1000), false);
  // Where there are more cues than milliseconds nobody can read them anyway, but nothing is lost.
  const each = Math.ceil(groups.length / (end - start));
  const count = Math.ceil(groups.length / each);
  const cues: ShownCue[] = [];
  let from = start;
  for (let index = 0; index < count; index += 1) {
    const next = groups[(index + 1) * each]?.[0];
    const to = next === undefined ? end : between(from + 1, milliseconds(next.start), end - (count - index - 1));
    cues.push({ start: from, end: to, lines: groups.slice(index * each, (index + 1) * each).flatMap(linesOf) });
    from = to;
  }
  return cues;
}

function linesOf(units: readonly Unit[]): string[] {
  return wrap(units).filter(line => line !== '');
}

function between(low: number, value: number, high: number): number {
  return Math.max(low, Math.min(value, high));
}

// Controls, line separators and byte order marks: any of them may end a line or a cue for some reader.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNWANTED = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]+/g;

function cleaned(text: string): string {
  return text.replace(UNWANTED, ' ');
}

/** Rounded down, so that nothing ends after the audio; a hair is forgiven for times that are no binary fractions. */
function milliseconds(time: number): number {
  return Math.floor(time * 1000 + 1e-6);
}
