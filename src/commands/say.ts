/** `aloud say`: one utterance, to the speaker or to files. */
import type { Command } from 'commander';
import type { Host } from '../host.ts';
import { NO_PROGRESS } from '../host-terminal.ts';
import type { FlagValues } from '../settings/layer.ts';
import { resolveSettings } from '../settings/resolve.ts';
import { type Summary, speak } from '../speak.ts';
import type { Connection, Synthesizer, Transcript } from '../speech.ts';
import { inParallel } from '../wire/parallel.ts';
import { renewing } from '../wire/renew.ts';
import { account, dryRun, follow, type Run, tellKept, tellSilence, tellSummary, tellWordless } from './account.ts';
import { addPresentationFlags, addSpeechFlags, type PresentationFlags, present } from './options.ts';
import { addOutputFlags, type OutputFlagValues, readOutputFlags } from './output-options.ts';
import { type OutputFlags, openOutlets, planOutputs, showsOnTerminal, sinkContext } from './outputs.ts';
import { blame, makeRequest, type Reach, reach, tellProvider } from './reach.ts';
import { type Jobs, jobsFor, readJobs, sentOf, transcriptOf } from './say-jobs.ts';
import { prepareResumption, type ResumeWishes, type Resumption, refuseResume } from './say-resume.ts';
import { readFlags } from './settings-options.ts';
import { checkTextChoice, openText, type TextChoice, type TextSource } from './text-source.ts';

export interface SayOptions {
  readonly text: TextChoice;
  readonly outputs: OutputFlags;
  readonly jobs?: Jobs;
  readonly resume: boolean;
  readonly dryRun: boolean;
  readonly presentation: PresentationFlags;
  readonly flags: FlagValues;
}

const EXAMPLES = `Examples:
  $ aloud say "Hello, world" -o hello.wav
  $ aloud say "Hello, world" -o hello.wav --srt --timestamps --phonemes
  $ echo "Good morning" | aloud say
  $ aloud say -f book.txt -o book.wav --vtt -l en
  $ aloud say -f book.txt -o book.wav --jobs 8
  $ aloud say -f book.txt -o book.wav --resume
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
    .option('-f, --file <file>', 'read the text from a file, - for standard input');
  addOutputFlags(command)
    .option('--jobs <n|auto>', 'speak a long text in parts, so many at once (1 to 100; auto is the default for files)')
    .option('--resume', 'with -f: go on where the last run broke off, if it did')
    .option('-n, --dry-run', 'print what would be sent and written; send nothing');
  addPresentationFlags(addSpeechFlags(command));
  command.action((words: string[], flags: SayFlags) => run(optionsOf(words, flags, command), host, signal));
}

interface SayFlags extends PresentationFlags, OutputFlagValues {
  readonly file?: string;
  readonly json?: true;
  readonly jobs?: string;
  readonly resume?: true;
  readonly dryRun?: true;
}

function optionsOf(words: readonly string[], flags: SayFlags, command: Command): SayOptions {
  const { file, jobs } = flags;
  return {
    text: { words, ...(file === undefined ? {} : { file }) },
    outputs: readOutputFlags(flags),
    ...(jobs === undefined ? {} : { jobs: readJobs(jobs) }),
    resume: flags.resume ?? false,
    dryRun: flags.dryRun ?? false,
    presentation: flags,
    flags: readFlags(command),
  };
}

/** More text than this may become more than 4 GiB of sound; WAV headers have to know early. */
const LARGE_TEXT = 10_000_000;

/** Speaks a text. Everything that can be known to be wrong is found out before anything is sent. */
export async function say(options: SayOptions, host: Host, signal: AbortSignal): Promise<void> {
  present(options.presentation, host);
  checkTextChoice(options.text, host);
  const settings = await resolveSettings(options.flags, host);
  const plan = planOutputs(options.outputs, settings, host);
  refuseResume(resumeWishes(options), { plan });
  const reached = await reach(settings, host, signal, { offline: options.dryRun });
  // Whole sentences are sent, so the service need not wait for more.
  const wishes = { timestamps: plan.timestamps, maxBufferDelayMs: 0, offline: options.dryRun };
  const request = await makeRequest(reached, settings, wishes, host, signal);
  const run = { request, plan, settings };
  if (options.dryRun) return rehearse(run, options, host, signal);
  // The text may still be on its way, and nothing is said before the rest is known to be well.
  const connection = reached.provider.connect(reached.access, signal);
  try {
    await sayThrough(connection, reached, run, options, host, signal);
  } finally {
    await connection.close();
  }
}

/** Prints what would be done. */
async function rehearse(run: Run, options: SayOptions, host: Host, signal: AbortSignal): Promise<void> {
  const source = await openText(options.text, host, signal);
  const jobs = jobsFor(options.jobs, run, source.length);
  const resumption = await prepareResumption(resumeWishes(options), run, source, jobs, host);
  try {
    const text = resumption?.text ?? source.text;
    await dryRun(sentOf(text, run.request.language, jobs), run, host, { jobs, ...resumed(resumption) });
  } finally {
    await resumption?.close();
  }
}

async function sayThrough(
  connection: Connection,
  reached: Reach,
  run: Run,
  options: SayOptions,
  host: Host,
  signal: AbortSignal,
): Promise<void> {
  const source = await openText(options.text, host, signal);
  const jobs = jobsFor(options.jobs, run, source.length);
  const resumption = await prepareResumption(resumeWishes(options), run, source, jobs, host);
  try {
    const line: Line = {
      ...sharedOut(connection, source, run, jobs, resumption, host),
      expectLarge: (source.length ?? 0) > LARGE_TEXT,
      onLost: resumption?.onLost,
    };
    const summary = await carry(line, reached, run, options, host, signal);
    await resumption?.finish();
    if (options.presentation.json) await host.printJson({ ...account(summary, run), ...resumed(resumption) });
    else tellSummary(summary, run, host);
  } catch (error) {
    throw resumption === undefined ? error : resumption.explain(error);
  } finally {
    await resumption?.close();
  }
}

/** What is carried across, and what its sinks have to know of it. */
interface Line {
  readonly synthesizer: Synthesizer;
  readonly transcript: Transcript;
  readonly expectLarge: boolean;
  readonly onLost: Resumption['onLost'] | undefined;
}

/** The text and who speaks it: one context, or several at once. */
function sharedOut(
  connection: Connection,
  source: TextSource,
  { request }: Run,
  jobs: number | undefined,
  resumption: Resumption | undefined,
  host: Host,
): Pick<Line, 'synthesizer' | 'transcript'> {
  const transcript = transcriptOf(resumption?.text ?? source.text, request.language, jobs);
  // Text may come from a pipe whose writer pauses; no context waits for him where the text, or its part, is there as a whole.
  if (jobs === undefined) {
    const isWhole = source.length !== undefined;
    return { synthesizer: isWhole ? connection : renewing(connection, { clock: host.clock }), transcript };
  }
  const synthesizer = inParallel(connection, { jobs, ...resumption });
  return { synthesizer: resumption?.around(synthesizer) ?? synthesizer, transcript };
}

/** Speaks into all outputs and says what is to be said about them. */
async function carry(
  line: Line,
  reached: Reach,
  run: Run,
  options: SayOptions,
  host: Host,
  signal: AbortSignal,
): Promise<Summary> {
  const { request, plan, settings } = run;
  const { synthesizer, transcript, expectLarge, onLost } = line;
  const wordless: string[] = [];
  const kept: string[] = [];
  const context = sinkContext(request, options.outputs, settings, host, {
    signal,
    expectLarge,
    onNoWords: name => wordless.push(name),
    onKept: name => kept.push(name),
    ...(onLost === undefined ? {} : { onLost }),
  });
  const outlets = await openOutlets(plan, context, settings.values, host);
  tellProvider(settings, host);
  const progress = showsOnTerminal(plan, host) ? NO_PROGRESS : host.progress('speaking');
  const onEvent = follow(request, host.clock, text => progress.update(text));
  try {
    const summary = await speak({ synthesizer, transcript, request, outlets, clock: host.clock, signal, onEvent });
    progress.stop();
    tellSilence(summary, run, host);
    tellWordless(wordless, run, host);
    return summary;
  } catch (error) {
    progress.stop();
    tellKept(kept, error, run, options.outputs, host);
    throw blame(error, reached);
  } finally {
    progress.stop();
  }
}

function resumeWishes({ text, resume, presentation }: SayOptions): ResumeWishes {
  return { text, resume, json: presentation.json ?? false };
}

/** Where in the sound a run went on with an earlier one, for a program. */
function resumed(resumption: Resumption | undefined): object {
  return resumption === undefined || resumption.from === 0 ? {} : { resumed_from: resumption.from };
}
