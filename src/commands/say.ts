/** `aloud say`: one utterance, to the speaker or to files. */
import type { Command } from 'commander';
import { seconds } from '../audio.ts';
import type { Host } from '../host.ts';
import type { FlagValues } from '../settings/layer.ts';
import { resolveSettings, type Settings } from '../settings/resolve.ts';
import { type Summary, speak } from '../speak.ts';
import type { Clock, SpeechEvent, SpeechRequest } from '../speech.ts';
import { inputsOf } from '../text/inputs.ts';
import { speakable } from '../text/transcript.ts';
import { addPresentationFlags, addSpeechFlags, type PresentationFlags, present } from './options.ts';
import {
  describeOutputs,
  nameOf,
  type OutputFlags,
  type OutputPlan,
  openOutlets,
  planOutputs,
  sinkContext,
} from './outputs.ts';
import { blame, makeRequest, reach, tellProvider } from './reach.ts';
import { readFlags } from './settings-options.ts';
import { checkTextChoice, openText, type TextChoice } from './text-source.ts';

export interface SayOptions {
  readonly text: TextChoice;
  readonly outputs: OutputFlags;
  readonly dryRun: boolean;
  readonly presentation: PresentationFlags;
  readonly flags: FlagValues;
}

const EXAMPLES = `Examples:
  $ aloud say "Hello, world" -o hello.wav
  $ aloud say "Hello, world" -o hello.wav --srt --timestamps --phonemes
  $ echo "Good morning" | aloud say
  $ aloud say -f book.txt -o book.wav --vtt -l en
  $ aloud say "Raw samples" -o - --format raw | aplay -f S16_LE -r 24000
`;

/** Adds the command to `program`; parses only. */
export function register(program: Command, host: Host, signal: AbortSignal, run: typeof say = say): void {
  const command = program
    .command('say')
    .description('speak a text, to the speaker or to files')
    .argument('[text...]', 'the text; else -f, else standard input')
    .addHelpText('before', EXAMPLES)
    .optionsGroup('Text and files:')
    .option('-f, --file <file>', 'read the text from a file, - for standard input')
    .option(
      '-o, --output <file>',
      'write to a file: .wav .raw .pcm .srt .vtt .json .TextGrid, or - (repeatable)',
      append,
    )
    .option('--srt [file]', 'write SubRip subtitles, beside the audio unless a file is named')
    .option('--vtt [file]', 'write WebVTT subtitles')
    .option('--timestamps [file]', 'write the times of words as JSON')
    .option('--play', 'play although a file is written')
    .option('--no-play', 'do not play')
    .option('--no-clobber', 'never replace a file')
    .option('--keep-partial', 'when cut short, keep what arrived as a valid file')
    .option('-n, --dry-run', 'print what would be sent and written; send nothing');
  addPresentationFlags(addSpeechFlags(command));
  command.action((words: string[], flags: SayFlags) => run(optionsOf(words, flags, command), host, signal));
}

interface SayFlags extends PresentationFlags {
  readonly file?: string;
  readonly output?: readonly string[];
  readonly srt?: string | true;
  readonly vtt?: string | true;
  readonly timestamps?: string | true;
  readonly play?: boolean;
  readonly clobber: boolean;
  readonly keepPartial?: true;
  readonly dryRun?: true;
}

function optionsOf(words: readonly string[], flags: SayFlags, command: Command): SayOptions {
  const { file, srt, vtt, timestamps, play } = flags;
  return {
    text: { words, ...(file === undefined ? {} : { file }) },
    outputs: {
      outputs: flags.output ?? [],
      ...(srt === undefined ? {} : { srt }),
      ...(vtt === undefined ? {} : { vtt }),
      ...(timestamps === undefined ? {} : { timestamps }),
      ...(play === undefined ? {} : { play }),
      clobber: flags.clobber,
      keepPartial: flags.keepPartial ?? false,
      json: flags.json ?? false,
    },
    dryRun: flags.dryRun ?? false,
    presentation: flags,
    flags: readFlags(command),
  };
}

function append(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** More text than this may become more than 4 GiB of sound; WAV headers have to know early. */
const LARGE_TEXT = 10_000_000;

/** Speaks a text. Everything that can be known to be wrong is found out before anything is sent. */
export async function say(options: SayOptions, host: Host, signal: AbortSignal): Promise<void> {
  present(options.presentation, host);
  checkTextChoice(options.text, host);
  const settings = await resolveSettings(options.flags, host);
  const plan = planOutputs(options.outputs, settings, host);
  const reached = await reach(settings, host, signal);
  // Whole sentences are sent, so the service need not wait for more.
  const wishes = { timestamps: plan.timestamps, maxBufferDelayMs: 0, offline: options.dryRun };
  const request = await makeRequest(reached, settings, wishes, signal);
  const source = await openText(options.text, host, signal);
  if (options.dryRun) return dryRun(source.text, request, plan, settings, host);

  const expectLarge = (source.length ?? 0) > LARGE_TEXT;
  const wordless: string[] = [];
  const onNoWords = (name: string) => wordless.push(name);
  const context = sinkContext(request, options.outputs, settings, host, { signal, expectLarge, onNoWords });
  const outlets = await openOutlets(plan, context, settings.values, host);
  tellProvider(settings, host);
  const connection = reached.provider.connect(reached.access, signal);
  const progress = host.progress('speaking');
  try {
    const summary = await speak({
      synthesizer: connection,
      transcript: speakable(inputsOf(source.text, request.language)),
      request,
      outlets,
      clock: host.clock,
      signal,
      onEvent: follow(request, host.clock, text => progress.update(text)),
    });
    progress.stop();
    if (wordless.length > 0)
      host.warn(`${settings.values.provider} gave no word times, so there are none in ${wordless.join(', ')}`);
    await conclude(summary, request, plan, settings, options, host);
  } catch (error) {
    throw blame(error, reached);
  } finally {
    progress.stop();
    await connection.close();
  }
}

/** Turns events into a line of progress, at most ten times a second: chunks come far more often than eyes see. */
function follow(request: SpeechRequest, clock: Clock, show: (text: string) => void): (event: SpeechEvent) => void {
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
    const counted = words === 0 ? '' : `, ${words} words`;
    const took = `${(elapsed / 1000).toFixed(1)} s, the first after ${Math.round(first)} ms`;
    show(`${seconds(bytes, request.format).toFixed(1)} s of sound${counted} (in ${took})`);
  };
}

async function conclude(
  summary: Summary,
  request: SpeechRequest,
  plan: OutputPlan,
  settings: Settings,
  options: SayOptions,
  host: Host,
): Promise<void> {
  const duration = seconds(summary.audioBytes, request.format);
  const outputs = describeOutputs(plan, settings);
  if (options.presentation.json) {
    return host.print(`${JSON.stringify({ outputs, duration, ...spoken(summary), ...asked(request, settings) })}\n`);
  }
  const files = plan.files.map(nameOf);
  const first = summary.firstAudioMs === undefined ? '' : `, first sound after ${Math.round(summary.firstAudioMs)} ms`;
  const what = `${duration.toFixed(2)} s${first}`;
  host.note(files.length === 0 ? `spoke ${what}` : `${files.join(', ')}: ${what}`);
}

function spoken(summary: Summary): object {
  return {
    characters: summary.characters,
    words: summary.words,
    first_audio_ms: summary.firstAudioMs === undefined ? null : Math.round(summary.firstAudioMs),
    total_ms: Math.round(summary.totalMs),
    context_ids: summary.contextIds,
    request_ids: summary.requestIds,
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

async function dryRun(
  text: AsyncIterable<string>,
  request: SpeechRequest,
  plan: OutputPlan,
  settings: Settings,
  host: Host,
): Promise<void> {
  let shown = '';
  let characters = 0;
  let inputs = 0;
  for await (const piece of speakable(inputsOf(text, request.language))) {
    if (typeof piece !== 'string') continue;
    inputs += 1;
    characters += piece.length;
    if (shown.length < SHOWN_TEXT) shown += piece.slice(0, SHOWN_TEXT - shown.length);
  }
  const outputs = describeOutputs(plan, settings);
  const { timestamps } = request;
  const sent = { transcript: shown, characters, inputs, timestamps, ...asked(request, settings), ...controls(request) };
  await host.print(`${JSON.stringify({ dry_run: true, ...sent, outputs }, undefined, 2)}\n`);
}
