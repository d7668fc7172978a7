/** The results of a run as files: JSON by the schema in schemas/voices-test.schema.json, and CSV with a row per take. */
import type { AudioFormat, Voice } from '../speech.ts';
import { type Cell, csvLine } from './csv.ts';
import { type Group, groupTakes, rounded } from './figures.ts';
import type { Breach } from './gates.ts';
import { isRecorded, type Recording, type Take } from './takes.ts';

/** Version of the schema. */
const VERSION = 1;

/** What a run is about, known before its first take. */
export interface RunFacts {
  readonly createdBy: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly provider: string;
  readonly format: AudioFormat;
  readonly texts: readonly string[];
  /** Takes that were planned. */
  readonly planned: number;
}

/** `running` while takes are to come; `stopped` when the run ended before all had been tried. */
export type RunState = 'running' | 'complete' | 'stopped';

/** The document as data. `breachesOf` says what of a voice is beyond its limits. */
export function describeRun(
  facts: RunFacts,
  state: RunState,
  takes: readonly Take[],
  breachesOf: (group: Group) => readonly Breach[],
): object {
  const failed = takes.filter(take => !isRecorded(take)).length;
  return {
    version: VERSION,
    created_by: facts.createdBy,
    started_at: facts.startedAt,
    state,
    planned: facts.planned,
    recorded: takes.length - failed,
    failed,
    provider: facts.provider,
    encoding: facts.format.encoding,
    sample_rate: facts.format.sampleRate,
    texts: facts.texts,
    voices: groupTakes(takes).map(group => describeGroup(group, breachesOf(group))),
    results: takes.map(describeTake),
  };
}

function describeGroup({ takes, figures }: Group, breaches: readonly Breach[]): object {
  const [first] = takes;
  return {
    ...(first && { voice: describeVoice(first.voice), model: first.model }),
    recorded: takes.filter(isRecorded).length,
    failed: takes.filter(take => !isRecorded(take)).length,
    ...figures,
    failed_checks: breaches.map(({ gate, message, file }) => ({ check: gate, message, file: file ?? null })),
  };
}

function describeVoice({ id, name, language, gender }: Voice): object {
  return { id, name, language: language ?? null, gender: gender ?? null };
}

function describeTake(take: Take): object {
  const { voice, model, textIndex, language, outcome } = take;
  const common = { voice: voice.id, model, text: textIndex, language: language ?? null, take: take.take };
  if ('error' in outcome) {
    const { code, message, hint, requestId } = outcome.error;
    return { ...common, ok: false, error: { code, message, hint: hint ?? null, request_id: requestId ?? null } };
  }
  const { file, timestamps, requestIds } = outcome;
  return { ...common, ok: true, file, timestamps: timestamps ?? null, ...measured(outcome), request_ids: requestIds };
}

function measured(recording: Recording) {
  return {
    first_audio_ms: rounded(recording.firstAudioMs, 1),
    total_ms: rounded(recording.totalMs, 1),
    duration_s: rounded(recording.duration, 4),
    words: recording.words,
    leading_silence_s: rounded(recording.leadingSilence, 4),
    trailing_silence_s: rounded(recording.trailingSilence, 4),
    peak_dbfs: rounded(recording.peak, 2),
    loudness_lufs: rounded(recording.loudness, 2),
    clipped_samples: recording.clippedSamples,
    bytes: recording.bytes,
  };
}

const MEASURED = [
  'first_audio_ms',
  'total_ms',
  'duration_s',
  'words',
  'leading_silence_s',
  'trailing_silence_s',
  'peak_dbfs',
  'loudness_lufs',
  'clipped_samples',
  'bytes',
] as const satisfies readonly (keyof ReturnType<typeof measured>)[];

/** The takes as a table; what failed has its error in place of figures. */
export function writeCsv(takes: readonly Take[]): string {
  const head = ['voice', 'name', 'model', 'language', 'text', 'take', 'ok', 'file', ...MEASURED, 'error', 'message'];
  return [head, ...takes.map(csvRow)].map(csvLine).join('');
}

function csvRow(take: Take): Cell[] {
  const { voice, model, language, text, outcome } = take;
  const common = [voice.id, voice.name, model, language, text, take.take];
  if ('error' in outcome) {
    return [...common, false, undefined, ...MEASURED.map(() => undefined), outcome.error.code, outcome.error.message];
  }
  const values = measured(outcome);
  return [...common, true, outcome.file, ...MEASURED.map(name => values[name] ?? undefined), undefined, undefined];
}
