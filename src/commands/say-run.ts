/** The work of `aloud say` once somebody has been called: its text, its sinks, and the speech from one to the others. */
import type { Host } from '../host.ts';
import { NO_PROGRESS } from '../host-terminal.ts';
import { type Summary, speak } from '../speak.ts';
import type { Connection, Synthesizer, Transcript } from '../speech.ts';
import { renewing } from '../wire/renew.ts';
import { account, dryRun, follow, type Run, tellKept, tellSilence, tellSummary, tellWordless } from './account.ts';
import { openOutlets, showsOnTerminal, sinkContext } from './outputs.ts';
import { blame, type Reach, tellProvider } from './reach.ts';
import { type Line as RehearsedLine, rehearseWhenQuiet } from './rehearsal.ts';
import { resumeWishes } from './resume-wishes.ts';
import type { SayOptions } from './say.ts';
import { jobsFor, sentOf, transcriptOf } from './say-jobs.ts';
import type { Resumption } from './say-resume.ts';
import { openText, type TextSource } from './text-source.ts';

/** More text than this may become more than 4 GiB of sound; WAV headers have to know early. */
const LARGE_TEXT = 10_000_000;

/** Prints what would be done. */
export async function rehearse(run: Run, options: SayOptions, host: Host, signal: AbortSignal): Promise<void> {
  const source = await openText(options.text, host, signal);
  const jobs = jobsFor(options.jobs, run, source.length);
  const resumption = await resumptionOf(options, run, source, jobs, host);
  try {
    const text = resumption?.text ?? source.text;
    await dryRun(sentOf(text, run.request.language, jobs), run, host, { jobs, ...resumed(resumption) });
  } finally {
    await resumption?.close();
  }
}

/** Speaks over a connection that is there, or on its way. */
export async function sayThrough(
  connection: Connection,
  reached: Reach,
  run: Run,
  options: SayOptions,
  host: Host,
  signal: AbortSignal,
): Promise<void> {
  const source = await textFor(reached, run, options, host, signal);
  const jobs = jobsFor(options.jobs, run, source.length);
  const resumption = await resumptionOf(options, run, source, jobs, host);
  try {
    const line: Line = {
      ...(await sharedOut(connection, source, run, jobs, resumption, host)),
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

/** The text. It may be long in coming. */
async function textFor(
  reached: Reach,
  { request }: Run,
  { text }: SayOptions,
  host: Host,
  signal: AbortSignal,
): Promise<TextSource> {
  const { clock } = host;
  const line: RehearsedLine = (connection, sample) => ({
    synthesizer: renewing(connection, { clock }),
    transcript: transcriptOf(sample, request.language, undefined),
  });
  const calm = rehearseWhenQuiet({ reached, request, line, clock, signal }, () => true);
  try {
    return await openText(text, host, signal);
  } finally {
    calm();
  }
}

/** The part of a run that outlives it; of a text that cannot be read again, nothing does. */
async function resumptionOf(
  options: SayOptions,
  run: Run,
  source: TextSource,
  jobs: number | undefined,
  host: Host,
): Promise<Resumption | undefined> {
  const wishes = resumeWishes(options);
  if (wishes.text.file === undefined && !wishes.resume) return undefined;
  const { prepareResumption } = await import('./say-resume.ts');
  return prepareResumption(wishes, run, source, jobs, host);
}

/** What is carried across, and what its sinks have to know of it. */
interface Line {
  readonly synthesizer: Synthesizer;
  readonly transcript: Transcript;
  readonly expectLarge: boolean;
  readonly onLost: Resumption['onLost'] | undefined;
}

/** The text and who speaks it: one context, or several at once. */
async function sharedOut(
  connection: Connection,
  source: TextSource,
  { request }: Run,
  jobs: number | undefined,
  resumption: Resumption | undefined,
  host: Host,
): Promise<Pick<Line, 'synthesizer' | 'transcript'>> {
  const transcript = transcriptOf(resumption?.text ?? source.text, request.language, jobs);
  // Text may come from a pipe whose writer pauses; no context waits for him where the text, or its part, is there as a whole.
  if (jobs === undefined) {
    const isWhole = source.length !== undefined;
    return { synthesizer: isWhole ? connection : renewing(connection, { clock: host.clock }), transcript };
  }
  const { inParallel } = await import('../wire/parallel.ts');
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

/** Where in the sound a run went on with an earlier one, for a program. */
function resumed(resumption: Resumption | undefined): object {
  return resumption === undefined || resumption.from === 0 ? {} : { resumed_from: resumption.from };
}
