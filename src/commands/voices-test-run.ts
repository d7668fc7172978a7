/** The loop of a test of voices: takes are spoken into their files, and whatever becomes of each is told. */
import { Failure } from '../errors.ts';
import { createSoundMeter } from '../report/measure.ts';
import type { Recording, Take, TakeError } from '../report/takes.ts';
import { type Outlet, speak } from '../speak.ts';
import type { Clock, Synthesizer } from '../speech.ts';
import { transcriptOfText } from '../text/inputs.ts';
import { countWords } from '../text/words.ts';
import { delay } from '../wire/wait.ts';
import { createThrottle, type Throttle, workThrough } from './pool.ts';
import type { TakePlan } from './voices-test-plan.ts';

/** What a run needs beside its takes. */
export interface Studio {
  readonly synthesizer: Synthesizer;
  /** Takes at a time. */
  readonly jobs: number;
  readonly clock: Clock;
  /** Opens the files of a take. */
  readonly open: (plan: TakePlan) => Promise<TakeFiles>;
  readonly onBegin: (plan: TakePlan) => void;
  /** Told of every take that has been tried; throwing ends the run. */
  readonly onTake: (plan: TakePlan, take: Take) => void;
}

/** The open files of a take, and what they are called below the folder of the run. */
export interface TakeFiles {
  readonly outlets: readonly Outlet[];
  readonly file: string;
  readonly timestamps: string | undefined;
}

/** Levels in the outline of a recording. */
const OUTLINE = 160;
/** How often the service may say that there are too many while nothing at all gets through. */
const MOST_REFUSALS = 4;
const FIRST_PAUSE_MS = 1000;

/**
 * Makes every take. One that fails does not stop the others, unless what it failed of would fail them all: no
 * credentials, no network from the beginning, no place to write to.
 *
 * @throws what ended the run early.
 */
export async function makeTakes(plans: readonly TakePlan[], studio: Studio, signal: AbortSignal): Promise<void> {
  const throttle = createThrottle(studio.jobs);
  const progress = { successes: 0 };
  await workThrough(plans, throttle, signal, async (plan, stop) => {
    studio.onBegin(plan);
    try {
      const outcome = await persist(plan, studio, throttle, progress, stop);
      progress.successes++;
      throttle.succeeded();
      studio.onTake(plan, { ...describe(plan), outcome });
    } catch (error) {
      // Ended with the run: it was not tried.
      if (stop.aborted || !(error instanceof Failure)) throw error;
      studio.onTake(plan, { ...describe(plan), outcome: { error: explain(error) } });
      if (isCommon(error, progress.successes)) throw error;
    }
  });
}

/** Makes a take, again and with less at a time where the service has too much to do. */
async function persist(
  plan: TakePlan,
  studio: Studio,
  throttle: Throttle,
  progress: { readonly successes: number },
  signal: AbortSignal,
): Promise<Recording> {
  let refusals = 0;
  let others = progress.successes;
  for (;;) {
    try {
      return await make(plan, studio, throttle, signal);
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'quota' || !error.retryable) throw error;
      throttle.ease();
      // While others get through, the turn of this one will come.
      refusals = progress.successes > others ? 1 : refusals + 1;
      others = progress.successes;
      if (refusals >= MOST_REFUSALS) throw error;
      await delay(studio.clock, Math.max(error.details.retryAfterMs ?? 0, FIRST_PAUSE_MS * 2 ** refusals), signal);
    }
  }
}

async function make(plan: TakePlan, studio: Studio, throttle: Throttle, signal: AbortSignal): Promise<Recording> {
  const { clock, synthesizer } = studio;
  const { request, text } = plan;
  const meter = createSoundMeter(request.format);
  const files = await studio.open(plan);
  let contexts = 0;
  let begun = clock.now();
  let first: number | undefined;
  const summary = await speak({
    synthesizer,
    transcript: transcriptOfText(text, request.language),
    request,
    outlets: files.outlets,
    clock,
    signal,
    onEvent(event) {
      if (event.type === 'context') {
        // From here on the service has the text; before, there was a connection to open and a turn to wait for.
        begun = clock.now();
        // A second one for the same text: the first was refused.
        if (++contexts > 1) throttle.ease();
      } else if (event.type === 'audio') {
        first ??= clock.now();
        meter.hear(event.chunk);
      }
    },
  });
  return {
    ...meter.figures(),
    firstAudioMs: first === undefined ? undefined : first - begun,
    totalMs: clock.now() - begun,
    words: countWords(text, request.language),
    file: files.file,
    timestamps: files.timestamps,
    outline: meter.outline(OUTLINE),
    requestIds: summary.requestIds,
  };
}

function describe({ voice, request, text, textIndex, take }: TakePlan): Omit<Take, 'outcome'> {
  return { voice, model: request.model, text, textIndex, take, language: request.language };
}

function explain({ kind, message, hint, details }: Failure): TakeError {
  return { code: kind, message, hint, requestId: details.requestId };
}

/** Whether the other takes would fail of the same. */
function isCommon({ kind }: Failure, successes: number): boolean {
  if (kind === 'network') return successes === 0;
  return kind === 'auth' || kind === 'config' || kind === 'quota' || kind === 'output';
}
