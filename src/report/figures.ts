/** The figures of a voice: what several takes come to together, how each is called, rounded and ranked. */
import { mean, percentile } from './statistics.ts';
import { isRecorded, type RecordedTake, type Take } from './takes.ts';

export interface Figure {
  /** Its name in results files; the unit is its end. */
  readonly key: string;
  /** Its name where there is room for one. */
  readonly label: string;
  /** Its name for `--sort` and in tables. */
  readonly name: string;
  readonly unit: string;
  /** Decimals that mean something. */
  readonly digits: number;
  /** One sentence for help and for the report. */
  readonly about: string;
  /** Which is worth seeing first. */
  readonly best: 'low' | 'high';
  /** Undefined where there is nothing to measure. */
  readonly of: (takes: readonly RecordedTake[]) => number | undefined;
}

/** Every figure, in the order of tables. */
export const FIGURES: readonly Figure[] = [
  low('first_audio_p50_ms', 'First audio', 'first', 'ms', 0, 'time to first audio, the median', takes =>
    percentile(firsts(takes), 0.5),
  ),
  low('first_audio_p95_ms', 'First audio, p95', 'p95', 'ms', 0, 'time to first audio, the 95th percentile', takes =>
    percentile(firsts(takes), 0.95),
  ),
  low('total_ms', 'Total', 'total', 'ms', 0, 'time until all of it was there, the median', takes =>
    percentile(
      takes.map(({ outcome }) => outcome.totalMs),
      0.5,
    ),
  ),
  low('real_time_factor', 'Real-time factor', 'rtf', '', 2, 'seconds of waiting for a second of sound', takes =>
    ratio(
      sum(takes, ({ outcome }) => outcome.totalMs / 1000),
      sum(takes, ({ outcome }) => outcome.duration),
    ),
  ),
  low('duration_s', 'Length', 'length', 's', 2, 'duration of a recording, the mean', takes =>
    mean(takes.map(({ outcome }) => outcome.duration)),
  ),
  high('words_per_minute', 'Words a minute', 'wpm', '', 0, 'words a minute, without the silence at the ends', takes =>
    ratio(
      60 * sum(takes, ({ outcome }) => outcome.words),
      sum(takes, ({ outcome }) => Math.max(0, outcome.duration - outcome.leadingSilence - outcome.trailingSilence)),
    ),
  ),
  low('leading_silence_s', 'Silence before', 'lead', 's', 2, 'silence before the first sound, the longest', takes =>
    most(takes.map(({ outcome }) => outcome.leadingSilence)),
  ),
  low('trailing_silence_s', 'Silence after', 'trail', 's', 2, 'silence after the last sound, the longest', takes =>
    most(takes.map(({ outcome }) => outcome.trailingSilence)),
  ),
  high('peak_dbfs', 'Peak', 'peak', 'dB', 1, 'the largest sample, relative to full scale', takes =>
    most(takes.flatMap(({ outcome }) => outcome.peak ?? [])),
  ),
  high('loudness_lufs', 'Loudness', 'lufs', 'LUFS', 1, 'integrated loudness by EBU R 128, the median', takes =>
    percentile(
      takes.flatMap(({ outcome }) => outcome.loudness ?? []),
      0.5,
    ),
  ),
  low(
    'clipped_samples',
    'Clipped samples',
    'clip',
    '',
    0,
    'samples at full scale that stand next to another one',
    takes => sum(takes, ({ outcome }) => outcome.clippedSamples),
  ),
  high('bytes', 'Size', 'bytes', '', 0, 'bytes of sound', takes => sum(takes, ({ outcome }) => outcome.bytes)),
];

/** Takes that belong together, and what they come to. */
export interface Group {
  readonly takes: readonly Take[];
  /** By the key of the figure, rounded; null where there is nothing to measure. */
  readonly figures: Readonly<Record<string, number | null>>;
}

/** The takes of each voice and model together; `byText` keeps texts apart as well. In the order of their first take. */
export function groupTakes(takes: readonly Take[], byText = false): Group[] {
  const groups = new Map<string, Take[]>();
  for (const take of takes) {
    const key = JSON.stringify([take.voice.id, take.model, ...(byText ? [take.textIndex] : [])]);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [take]);
    else known.push(take);
  }
  return [...groups.values()].map(group => ({ takes: group, figures: figuresOf(group) }));
}

/** What the complete recordings among `takes` come to, rounded. */
export function figuresOf(takes: readonly Take[]): Record<string, number | null> {
  const recorded = takes.filter(isRecorded);
  return Object.fromEntries(
    FIGURES.map(({ key, of, digits }) => [key, rounded(recorded.length === 0 ? undefined : of(recorded), digits)]),
  );
}

/** `value` with so many decimals; null for what is no number, as JSON has it. */
export function rounded(value: number | undefined, digits: number): number | null {
  if (value === undefined || !Number.isFinite(value)) return null;
  const power = 10 ** digits;
  // Never -0.
  return Math.round(value * power) / power + 0;
}

/** Puts what has the better figure first, and what has none last; `name` goes by the voice's name. */
export function sortGroups(groups: readonly Group[], by: string): Group[] {
  const nameOf = ({ takes }: Group) => takes[0]?.voice.name ?? '';
  const figure = FIGURES.find(({ name }) => name === by);
  if (figure === undefined) return [...groups].sort((a, b) => compareNames(nameOf(a), nameOf(b)));
  const direction = figure.best === 'low' ? 1 : -1;
  const rank = ({ figures }: Group) => {
    const value = figures[figure.key] ?? null;
    return value === null ? Number.POSITIVE_INFINITY : value * direction;
  };
  return [...groups].sort((a, b) => (rank(a) === rank(b) ? 0 : rank(a) - rank(b)));
}

const { compare: compareNames } = new Intl.Collator('en', { numeric: true });

function low(...facts: FigureFacts): Figure {
  return figure('low', facts);
}

function high(...facts: FigureFacts): Figure {
  return figure('high', facts);
}

type FigureFacts = [
  key: string,
  label: string,
  name: string,
  unit: string,
  digits: number,
  about: string,
  of: Figure['of'],
];

function figure(best: Figure['best'], [key, label, name, unit, digits, about, of]: FigureFacts): Figure {
  return { key, label, name, unit, digits, about, best, of };
}

function firsts(takes: readonly RecordedTake[]): number[] {
  return takes.flatMap(({ outcome }) => outcome.firstAudioMs ?? []);
}

function sum(takes: readonly RecordedTake[], of: (take: RecordedTake) => number): number {
  return takes.reduce((total, take) => total + of(take), 0);
}

function ratio(a: number, b: number): number | undefined {
  return b === 0 ? undefined : a / b;
}

function most(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.max(...values);
}
