/** What is said about a run: how it goes, what it came to, what it would do. */
import { seconds } from '../audio.ts';
import { Failure } from '../errors.ts';
import type { Host } from '../host.ts';
import type { Settings } from '../settings/resolve.ts';
import type { Summary } from '../speak.ts';
import type { Clock, SpeechEvent, SpeechRequest, Transcript } from '../speech.ts';
import { describeOutputs, nameOf, type OutputFlags, type OutputPlan } from './outputs.ts';
import { plural } from './plural.ts';

/** What a command was asked to do, worked out. */
export interface Run {
  readonly request: SpeechRequest;
  readonly plan: OutputPlan;
  readonly settings: Settings;
}

/** Turns events into a line of progress, at most ten times a second: chunks come far more often than eyes see. */
export function follow(
  request: SpeechRequest,
  clock: Clock,
  show: (text: string) => void,
): (event: SpeechEvent) => void {
  const started = clock.now();
  let first: number | undefined;
  let shown = Number.NEGATIVE_INFINITY;
  let bytes = 0;
  let words = 0;
  return event => {
    if (event.type === 'timestamps' && event.granularity === 'word') words += event.spans.length;
    if (event.type !== 'audio') return;
    bytes += event.chunk.length;
    const elapsed = clock.now() - started;
    first ??= elapsed;
    if (elapsed - shown < 100) return;
    shown = elapsed;
    const counted = words === 0 ? '' : `, ${plural(words, 'word')}`;
    const took = `${(elapsed / 1000).toFixed(1)} s, the first after ${Math.round(first)} ms`;
    show(`${seconds(bytes, request.format).toFixed(1)} s of sound${counted} (in ${took})`);
  };
}

/** What a run came to, for a program. */
export function account(summary: Summary, { request, plan, settings }: Run): object {
  return {
    outputs: describeOutputs(plan, settings),
    duration: seconds(summary.audioBytes, request.format),
    ...spoken(summary, request),
    ...asked(request, settings),
  };
}

/** What a run came to, for a person. */
export function tellSummary(summary: Summary, { request, plan }: Run, host: Host): void {
  const files = plan.files.map(nameOf);
  const first = summary.firstAudioMs === undefined ? '' : `, first sound after ${Math.round(summary.firstAudioMs)} ms`;
  const what = `${seconds(summary.audioBytes, request.format).toFixed(2)} s${first}${resumed(summary.seams)}`;
  const unheard = plan.plays ? `spoke ${what}` : `${what}; nothing was played`;
  host.note(files.length === 0 ? unheard : `${files.join(', ')}: ${what}`);
}

/** Where the connection was lost and the speech went on in another take: there somebody may want to listen. */
function resumed(seams: readonly number[]): string {
  if (seams.length === 0) return '';
  const first = seams.slice(0, SHOWN_SEAMS).map(at => `${at.toFixed(2)} s`);
  const more = seams.length - first.length;
  return `; broken off and resumed at ${first.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

const SHOWN_SEAMS = 5;

/**
 * Says that nothing was to be heard although there was text: the service found nothing in it to speak (protocol C23),
 * as otherwise it would have been a failure.
 */
export function tellSilence({ audioBytes, characters }: Summary, { settings }: Run, host: Host): void {
  if (audioBytes > 0 || characters === 0) return;
  host.warn(`${settings.values.provider} sent no sound: there is nothing to speak in the text`);
}

/** Says what became of the files of speech that was cut short: what is in them, or to whom ended it that they are not. */
export function tellKept(
  names: readonly string[],
  error: unknown,
  { plan }: Pick<Run, 'plan'>,
  { keepPartial }: Pick<OutputFlags, 'keepPartial'>,
  host: Host,
): void {
  if (names.length > 0) host.note(`kept what arrived: ${names.join(', ')}`);
  const lost = plan.files.filter(({ path }) => path !== '-').map(nameOf);
  const isTheirs = error instanceof Failure && error.kind === 'interrupted' && names.length === 0 && !keepPartial;
  if (isTheirs && lost.length > 0) host.note(`not written: ${lost.join(', ')}; --keep-partial keeps what arrives`);
}

/** Says which sidecars have no words in them, and why. */
export function tellWordless(names: readonly string[], { settings }: Run, host: Host): void {
  if (names.length === 0) return;
  host.warn(`${settings.values.provider} gave no word times, so there are none in ${names.join(', ')}`);
}

function spoken(summary: Summary, { timestamps }: SpeechRequest): object {
  return {
    characters: summary.characters,
    // Words are counted by their times: where nobody asked for those, the number is not known.
    words: timestamps.includes('word') ? summary.words : null,
    first_audio_ms: summary.firstAudioMs === undefined ? null : Math.round(summary.firstAudioMs),
    total_ms: Math.round(summary.totalMs),
    context_ids: summary.contextIds,
    request_ids: summary.requestIds,
    seams: summary.seams,
  };
}

function asked(request: SpeechRequest, { values }: Settings): object {
  const { model, voice, language = null, format } = request;
  return {
    provider: values.provider,
    model,
    voice,
    language,
    encoding: format.encoding,
    sample_rate: format.sampleRate,
  };
}

/** What shapes the speech beside voice and format, as far as it was asked for. */
function controls(request: SpeechRequest): object {
  const { speed, legacySpeed, volume, emotion, pronunciationDict, normalizedTimestamps, maxBufferDelayMs } = request;
  return {
    speed: speed ?? legacySpeed,
    volume,
    emotion,
    pronunciation_dict: pronunciationDict,
    normalized_timestamps: normalizedTimestamps,
    max_buffer_delay_ms: maxBufferDelayMs,
  };
}

/** Longest text that a dry run repeats in full. */
const SHOWN_TEXT = 10_000;

/**
 * Prints what would be sent and written. Reads all of the transcript. `sharing` says how it would be shared out: with
 * `jobs`, every piece of it is a part that a context of its own speaks, and so many of them are spoken at once.
 */
export async function dryRun(
  transcript: Transcript,
  { request, plan, settings }: Run,
  host: Host,
  sharing?: { readonly jobs: number | undefined; readonly resumed_from?: number },
): Promise<void> {
  let shown = '';
  let characters = 0;
  let inputs = 0;
  for await (const piece of transcript) {
    if (typeof piece !== 'string') continue;
    inputs += 1;
    characters += piece.length;
    if (shown.length < SHOWN_TEXT) shown += piece.slice(0, SHOWN_TEXT - shown.length);
  }
  const outputs = describeOutputs(plan, settings);
  const { timestamps } = request;
  const { jobs, ...from } = sharing ?? {};
  const shares = { parts: jobs === undefined ? 1 : inputs, jobs: Math.min(jobs ?? 1, inputs) };
  const text = { transcript: shown, characters, inputs, ...(sharing === undefined ? {} : shares), ...from };
  const sent = { ...text, timestamps, ...asked(request, settings), ...controls(request) };
  await host.printJson({ dry_run: true, ...sent, outputs }, 2);
}
