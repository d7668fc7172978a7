/** Lays text out in cues of two readable lines: how wide it is, where it may break and where it breaks best. */
import { graphemes } from './graphemes.ts';

/** What cannot be broken: a word, or one character of a script without blanks, with its punctuation. */
export interface Unit {
  readonly text: string;
  /** Whether white space follows in the source. */
  readonly isSpaced: boolean;
  /** Seconds. */
  readonly start: number;
  readonly end: number;
  /** In tenths of a column, without the space after it. */
  readonly width: number;
}

/** The longest time that a cue stands, in seconds. */
export const CUE_SECONDS = 7;

/** A pause of this many seconds separates phrases. */
export const PAUSE_SECONDS = 0.5;

/** Cuts written text that is spoken from `start` to `end` into units, no wider than a line each. */
export function unitsOf(written: string, start: number, end: number): Unit[] {
  const found: { text: string; isSpaced: boolean; width: number }[] = [];
  for (const [word] of written.matchAll(/\S+\s*/g)) {
    const text = word.trimEnd();
    const parts = WIDE.test(text) ? split(text) : [text];
    const cut = parts.flatMap(part => cutToLine(part));
    cut.forEach((part, index) => {
      found.push({ text: part, width: widthOf(part), isSpaced: index === cut.length - 1 && text.length < word.length });
    });
  }
  const length = found.reduce((sum, unit) => sum + unit.text.length, 0);
  let before = 0;
  return found.map(unit => {
    const from = start + ((end - start) * before) / length;
    before += unit.text.length;
    const to = before === length ? end : start + ((end - start) * before) / length;
    return { ...unit, start: from, end: to };
  });
}

/** Whether the units can be shown at once. */
export function fitsCue(units: readonly Unit[]): boolean {
  const layout = measure(units);
  return units.length <= 1 || fits(layout, units, 0, units.length);
}

/** One line or two, as equal as the words allow, preferably broken after a clause. */
export function wrap(units: readonly Unit[]): string[] {
  const { sums } = measure(units);
  if (widthBetween(sums, units, 0, units.length) <= LINE_WIDTH) return [join(units)];
  let best = 0;
  let lowest = Number.POSITIVE_INFINITY;
  for (let at = 1; at < units.length; at++) {
    const first = widthBetween(sums, units, 0, at);
    const second = widthBetween(sums, units, at, units.length);
    if (first > LINE_WIDTH || second > LINE_WIDTH) continue;
    const cost = Math.abs(first - second) + breakCost(units, at) * 4;
    if (cost < lowest) [lowest, best] = [cost, at];
  }
  return [join(units.slice(0, best)), join(units.slice(best))];
}

/**
 * Divides units into as few cues as fit, broken where it disturbs least: after clauses, at
 * pauses, between words. With `pauses`, each pause separates cues even if they fit together.
 */
export function divide(units: readonly Unit[], pauses: boolean): Unit[][] {
  const layout = measure(units);
  const costs: number[] = [0];
  const froms: number[] = [0];
  for (let to = 1; to <= units.length; to++) {
    let lowest = Number.POSITIVE_INFINITY;
    let paused = 0;
    for (let from = to - 1; from >= 0; from--) {
      if (from < to - 1) {
        if (!fits(layout, units, from, to)) break;
        if (pauses && isPause(units, from + 1)) paused += PAUSE_COST;
      }
      const slack = 1 - Math.min(1, widthBetween(layout.sums, units, from, to) / (2 * LINE_WIDTH));
      const end = to === units.length ? 0 : breakCost(units, to);
      const cost = (costs[from] ?? 0) + CUE_COST + end + paused + SLACK_COST * slack * slack;
      if (cost < lowest) {
        lowest = cost;
        froms[to] = from;
      }
    }
    costs[to] = lowest;
  }
  const cues: Unit[][] = [];
  for (let to = units.length; to > 0; to = froms[to] ?? 0) cues.push(units.slice(froms[to], to));
  return cues.reverse();
}

// In tenths of a column, so that 42 narrow or 20 wide characters fill a line exactly.
const NARROW = 10;
const WIDE_WIDTH = 21;
const LINE_WIDTH = 420;

const CUE_COST = 40;
const PAUSE_COST = 150;
const SLACK_COST = 30;

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]/u;
const OPENING = /^[\p{Ps}\p{Pi}]/u;
// What must not begin a line: closing marks, and the small kana and marks that continue a syllable.
const CLOSING = /^[\p{Pe}\p{Pf}\p{Po}\p{Pd}ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮー々ゝゞ～]/u;
const CLAUSE = /[,;:.!?…–—،؛、，；：。！？][\p{Pe}\p{Pf}"']*$/u;

interface Layout {
  /** Width of all units before an index, each with its space. */
  readonly sums: readonly number[];
  /** For each index: the end of the fullest line that starts there. */
  readonly lineEnds: readonly number[];
}

function measure(units: readonly Unit[]): Layout {
  const sums = [0];
  for (const unit of units) sums.push((sums.at(-1) ?? 0) + unit.width + (unit.isSpaced ? NARROW : 0));
  const lineEnds: number[] = [];
  let end = 0;
  for (let from = 0; from < units.length; from++) {
    end = Math.max(end, from + 1);
    while (end < units.length && widthBetween(sums, units, from, end + 1) <= LINE_WIDTH) end++;
    lineEnds.push(end);
  }
  return { sums, lineEnds };
}

function fits({ sums, lineEnds }: Layout, units: readonly Unit[], from: number, to: number): boolean {
  if ((units[to - 1]?.end ?? 0) - (units[from]?.start ?? 0) > CUE_SECONDS) return false;
  const second = lineEnds[from] ?? to;
  return to <= second || widthBetween(sums, units, second, to) <= LINE_WIDTH;
}

function widthBetween(sums: readonly number[], units: readonly Unit[], from: number, to: number): number {
  return (sums[to] ?? 0) - (sums[from] ?? 0) - (units[to - 1]?.isSpaced === true ? NARROW : 0);
}

function breakCost(units: readonly Unit[], at: number): number {
  const before = units[at - 1];
  if (before === undefined) return 0;
  if (isPause(units, at)) return 2;
  if (CLAUSE.test(before.text)) return 4;
  if (before.isSpaced) return 20;
  return WIDE.test(before.text) ? 25 : 60;
}

function isPause(units: readonly Unit[], at: number): boolean {
  return (units[at]?.start ?? 0) - (units[at - 1]?.end ?? 0) >= PAUSE_SECONDS;
}

function join(units: readonly Unit[]): string {
  return units.map((unit, index) => (unit.isSpaced && index < units.length - 1 ? `${unit.text} ` : unit.text)).join('');
}

/** Wide characters one by one, with the marks that cling to them; narrow runs whole. */
function split(text: string): string[] {
  const parts: string[] = [];
  let isJoined = false;
  let wasWide = false;
  for (const { segment } of graphemes(text)) {
    const isWide = WIDE.test(segment);
    const isClosing = CLOSING.test(segment);
    if (parts.length > 0 && (isJoined || isClosing || (!isWide && !wasWide && !OPENING.test(segment)))) {
      parts[parts.length - 1] += segment;
    } else parts.push(segment);
    isJoined = OPENING.test(segment);
    if (!isClosing) wasWide = isWide;
  }
  return parts;
}

function cutToLine(text: string): string[] {
  if (text.length * WIDE_WIDTH <= LINE_WIDTH || widthOf(text) <= LINE_WIDTH) return [text];
  const parts: string[] = [];
  let part = '';
  let width = 0;
  for (const { segment } of graphemes(text)) {
    const more = WIDE.test(segment) ? WIDE_WIDTH : NARROW;
    if (width + more > LINE_WIDTH) {
      parts.push(part);
      part = '';
      width = 0;
    }
    part += segment;
    width += more;
  }
  return [...parts, part];
}

function widthOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length * NARROW;
  let width = 0;
  for (const { segment } of graphemes(text)) width += WIDE.test(segment) ? WIDE_WIDTH : NARROW;
  return width;
}
