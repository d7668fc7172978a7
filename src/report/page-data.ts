/** What the audition page is given to show; both sides of the page know it, so it is plain JSON. */

/** The whole of it. */
export interface PageData {
  /** Tells this page's ratings from those of another. */
  readonly id: string;
  readonly createdBy: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly provider: string;
  readonly format: string;
  readonly texts: readonly string[];
  readonly figures: readonly PageFigure[];
  readonly clips: readonly PageClip[];
  readonly failures: readonly PageFailure[];
}

/** A figure that clips can be sorted by. */
export interface PageFigure {
  readonly label: string;
  readonly unit: string;
  readonly digits: number;
  readonly about: string;
  readonly best: 'low' | 'high';
}

/** One voice saying one text. */
export interface PageClip {
  readonly voice: string;
  readonly name: string;
  readonly language: string | null;
  readonly gender: string | null;
  readonly model: string;
  /** Place among the texts. */
  readonly text: number;
  /** In the order of the figures. */
  readonly values: readonly (number | null)[];
  /** Takes that the figures are about; the first of them is heard. */
  readonly takes: number;
  /** Seconds of the one that is heard. */
  readonly duration: number;
  /** Levels of equal parts of the sound, a character each: `0` is silence, and 63 steps above it full scale. */
  readonly outline: string;
  /** Text, start and end in seconds. */
  readonly words: readonly (readonly [text: string, start: number, end: number])[];
  /** The recording's file, as people know it. */
  readonly file: string;
  /** What is beyond a limit. */
  readonly breaches: readonly string[];
}

/** A voice without a recording of a text. */
export interface PageFailure {
  readonly name: string;
  readonly voice: string;
  readonly model: string;
  readonly text: number;
  readonly message: string;
}

/** The element that holds the sound of a clip, as base64. */
export function audioElementId(clip: number): string {
  return `audio-${clip}`;
}

/** The element that holds the page's data, as JSON. */
export const DATA_ELEMENT_ID = 'data';

const FIRST_LEVEL = 48;
const LEVELS = 63;

/** Levels from 0 to 1 as text, one character each. */
export function packOutline(levels: readonly number[]): string {
  return levels.map(level => String.fromCharCode(FIRST_LEVEL + Math.round(level * LEVELS))).join('');
}

/** What `packOutline` made text of. */
export function unpackOutline(packed: string): number[] {
  return Array.from(packed, character => (character.charCodeAt(0) - FIRST_LEVEL) / LEVELS);
}
