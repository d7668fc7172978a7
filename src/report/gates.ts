/** Limits that recordings must keep, and what was found beyond them. */
import { percentile } from './statistics.ts';
import { isRecorded, type RecordedTake, type Take } from './takes.ts';

/** The limits of a run; those that are absent are not looked at. */
export interface Gates {
  /** Milliseconds, for the 95th percentile of a voice. */
  readonly maxFirstAudioMs?: number;
  /** Seconds, at either end. */
  readonly maxSilence?: number;
  /** LUFS. */
  readonly minLoudness?: number;
  readonly maxLoudness?: number;
  readonly noClipping?: boolean;
  /** Seconds, both included. */
  readonly duration?: { readonly min: number; readonly max: number };
}

/** One limit that was not kept. */
export interface Breach {
  /** The flag that set the limit. */
  readonly gate: string;
  readonly message: string;
  /** The recording, for what is known of each; absent for what is known of a voice's takes together. */
  readonly file?: string;
}

/** What of `takes`, those of one voice and model, is beyond the limits. Takes without a recording are not judged. */
export function findBreaches(takes: readonly Take[], gates: Gates): Breach[] {
  const recorded = takes.filter(isRecorded);
  return [...slowness(recorded, gates), ...recorded.flatMap(take => faults(take, gates))];
}

function slowness(takes: readonly RecordedTake[], { maxFirstAudioMs: limit }: Gates): Breach[] {
  const slow = percentile(
    takes.flatMap(({ outcome }) => outcome.firstAudioMs ?? []),
    0.95,
  );
  if (limit === undefined || slow === undefined || slow <= limit) return [];
  const message = `first audio after ${Math.round(slow)} ms (p95), not within ${limit} ms`;
  return [{ gate: '--max-first-audio', message }];
}

function faults({ outcome }: RecordedTake, gates: Gates): Breach[] {
  const { maxSilence, minLoudness, maxLoudness, noClipping = false, duration: expected } = gates;
  const { leadingSilence, trailingSilence, loudness, clippedSamples, duration, file } = outcome;
  const heard = loudness ?? Number.NEGATIVE_INFINITY;
  const level = loudness === undefined ? 'no loudness: silent, or shorter than 0.4 s' : `${loudness.toFixed(1)} LUFS`;
  const checks: readonly (readonly [broken: boolean, gate: string, message: string])[] = [
    [leadingSilence > (maxSilence ?? Infinity), '--max-silence', `${leadingSilence.toFixed(2)} s of silence in front`],
    [
      trailingSilence > (maxSilence ?? Infinity),
      '--max-silence',
      `${trailingSilence.toFixed(2)} s of silence at the end`,
    ],
    [minLoudness !== undefined && heard < minLoudness, '--min-loudness', `${level}, not at least ${minLoudness} LUFS`],
    [maxLoudness !== undefined && heard > maxLoudness, '--max-loudness', `${level}, not at most ${maxLoudness} LUFS`],
    [noClipping && clippedSamples > 0, '--no-clipping', `${clippedSamples} samples are clipped`],
    [
      expected !== undefined && (duration < expected.min || duration > expected.max),
      '--expect-duration',
      `${duration.toFixed(2)} s long, not ${expected?.min} to ${expected?.max} s`,
    ],
  ];
  return checks.filter(([broken]) => broken).map(([, gate, message]) => ({ gate, message, file }));
}
