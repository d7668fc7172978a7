/** Listens to what was made: its samples against the lock, its length, its silence and its clipping against limits. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { Failure } from '../errors.ts';
import type { Limits } from '../fixtures/fields.ts';
import type { LockRecord } from '../fixtures/lock-record.ts';
import type { Fence } from '../fixtures/paths.ts';
import { openSamples } from '../fixtures/samples.ts';
import { createSoundMeter, type SoundFigures } from '../report/measure.ts';
import type { AudioFormat } from '../speech.ts';
import type { FixturePlan } from './fixtures-plan.ts';
import type { Problem } from './fixtures-state.ts';
import { plural } from './plural.ts';

/** Everything that is wrong with the sound of an entry. */
export async function findFaults(
  { entry, files, request }: FixturePlan,
  record: LockRecord,
  fence: Fence,
  signal: AbortSignal,
): Promise<Problem[]> {
  const [audio] = files;
  if (audio === undefined) return [];
  const fault = (message: string): Problem => ({ problem: 'sound', file: audio.name, message });
  const path = fence.inside(audio.name);
  try {
    const { size } = await stat(path);
    const { format, chunks } = await openSamples(path, audio.kind === 'raw' ? 'raw' : 'wav', size);
    if (format !== undefined && !isSame(format, request.format)) {
      return [fault(`is ${describe(format)}, not ${describe(request.format)}`)];
    }
    const sum = createHash('sha256');
    const meter = createSoundMeter(request.format);
    for await (const chunk of chunks) {
      signal.throwIfAborted();
      sum.update(chunk);
      meter.hear(chunk);
    }
    const isChanged = sum.digest('hex') !== record.samples;
    const figures = meter.figures();
    return [...(isChanged ? ['its samples differ from the lock'] : []), ...breaches(figures, entry.limits)].map(fault);
  } catch (error) {
    if (error instanceof Failure && error.kind === 'check') return [fault('is not a WAVE file as aloud writes it')];
    throw error;
  }
}

/** The limits that a recording does not keep, in words. */
export function breaches(figures: SoundFigures, limits: Limits): string[] {
  const { duration, leadingSilence, trailingSilence, clippedSamples } = figures;
  const isSilent = leadingSilence >= duration;
  const rows: readonly (readonly [boolean, string])[] = [
    [duration < (limits.min_duration ?? 0), `lasts ${time(duration)}, less than ${limits.min_duration} s`],
    [
      duration > (limits.max_duration ?? Number.POSITIVE_INFINITY),
      `lasts ${time(duration)}, more than ${limits.max_duration} s`,
    ],
    [isSilent && limits.allow_silence !== true, 'is silent from beginning to end'],
    [
      !isSilent && leadingSilence > (limits.max_leading_silence ?? Number.POSITIVE_INFINITY),
      `begins with ${time(leadingSilence)} of silence, more than ${limits.max_leading_silence} s`,
    ],
    [
      !isSilent && trailingSilence > (limits.max_trailing_silence ?? Number.POSITIVE_INFINITY),
      `ends with ${time(trailingSilence)} of silence, more than ${limits.max_trailing_silence} s`,
    ],
    [
      clippedSamples > (limits.max_clipped ?? Number.POSITIVE_INFINITY),
      `has ${plural(clippedSamples, 'clipped sample')}, more than ${limits.max_clipped}`,
    ],
  ];
  return rows.filter(([isBroken]) => isBroken).map(([, message]) => message);
}

function time(seconds: number): string {
  return `${seconds.toFixed(2)} s`;
}

function isSame(one: AudioFormat, other: AudioFormat): boolean {
  return one.encoding === other.encoding && one.sampleRate === other.sampleRate;
}

function describe({ encoding, sampleRate }: AudioFormat): string {
  return `${encoding} at ${sampleRate} Hz`;
}
