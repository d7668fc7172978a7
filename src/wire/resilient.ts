/** Further attempts and resumption, the same for every service: a synthesizer around a synthesizer. */
import { setMaxListeners } from 'node:events';
import { Failure } from '../errors.ts';
import { changed, type Flow, flowing, flowOf } from '../flow.ts';
import type { Clock, SpeechEvent, SpeechRequest, Transcript } from '../speech.ts';
import { boundInputs, boundSentences, joinSigns } from './bounds.ts';
import { createLedger, type Ledger } from './ledger.ts';
import type { Session } from './session.ts';
import { createSplice } from './splice.ts';
import { createThrottle } from './throttle.ts';
import { isRefusal } from './turn.ts';
import { abortable, delay } from './wait.ts';

export interface RetryOptions {
  readonly clock: Clock;
  /** Attempts in a row that get no further than the one before. */
  readonly retries: number;
  /** Contexts at once, however many the service takes; no limit unless told. */
  readonly maxContexts?: number;
  /** Whether the service says of each input that it was spoken, where it does not wait for more (protocol §4.3). */
  readonly reportsInputs: boolean;
  /** 0 up to but not 1, as `Math.random`. */
  readonly random?: () => number;
  /** Told before each pause what went wrong and how long the pause is; `heard`: in the middle of the speech. */
  readonly retrying?: (failure: Failure, pauseMs: number, heard: boolean) => void;
}

/** The first pause is at most this long, each further one at most twice the one before (protocol §7.2). */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** Attempts that do not count because others of ours get on meanwhile: the fault may be with this one after all. */
const MOST_FORGIVEN = 30;

/** Who asks for a longer wait than this gets none: the person is told when to come back. */
const LONGEST_WAIT_MS = 60_000;

/**
 * Tries again what failed and may go well the next time, on a new context and where need be a new socket. Speech that
 * had begun is taken up at the segment that was broken: whoever listens gets every sample once, and a `seam` where
 * one take ends and the next begins. Where the service has too many contexts, fewer are begun at once.
 */
export function resilient(session: Session, options: RetryOptions): Session {
  const { clock, retries, random = Math.random, retrying } = options;
  const closing = new AbortController();
  // Any number of contexts may be pausing at once; Node takes more than ten who listen for a leak.
  setMaxListeners(Number.POSITIVE_INFINITY, closing.signal);
  const throttle = createThrottle(options.maxContexts ?? Number.POSITIVE_INFINITY);

  /** Waits before attempt `attempt + 1`, or throws what is to be made of `error` if there is to be none. */
  async function pause(error: unknown, attempt: number, heard: boolean, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!(error instanceof Failure) || !error.retryable || closing.signal.aborted) throw error;
    const asked = error.details.retryAfterMs ?? 0;
    if (asked > LONGEST_WAIT_MS) throw error.with({ hint: `come back in ${inWords(asked)}, as the service asks` });
    if (attempt >= Math.min(retries, error.details.mostRetries ?? retries))
      throw attempt === 0 ? error : spent(error, attempt + 1);
    const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
    // Spread over the whole of it: contexts that failed together do not come back together.
    const spread = random() * most;
    const pauseMs = asked > 0 ? asked + Math.min(spread, FIRST_PAUSE_MS) : spread;
    retrying?.(error, pauseMs, heard);
    await delay(clock, pauseMs, signal, closing.signal);
  }

  async function* speech(
    transcript: Transcript,
    request: SpeechRequest,
    signal: AbortSignal,
  ): AsyncGenerator<SpeechEvent | Flow<SpeechEvent>> {
    const source = transcript[Symbol.asyncIterator]();
    const ledger = keep({ [Symbol.asyncIterator]: () => ({ next: () => source.next() }) }, request);
    const splice = createSplice(request);
    const ticket = throttle.ticket();
    /** How far we and others had come at the last failure. */
    let before = { served: throttle.served, delivered: 0 };
    let forgiven = 0;
    try {
      for (let attempt = 0; ; attempt++) {
        await abortable(ledger.begun(), signal);
        const visit = await throttle.enter(ticket, signal);
        // Seconds of segments that were spoken. Of what may be the last one only the end says so, or what is heard after it.
        const acknowledged: number[] = [];
        try {
          yield changed(flowOf(session.synthesize(ledger.transcript(), request, signal)), event => {
            if (event.type === 'flushed') acknowledged.push(acknowledged.length === 0 ? splice.seconds() : 0);
            const left: SpeechEvent[] = [];
            while (acknowledged.length > 0 && (event.type === 'audio' || !ledger.isLast())) {
              if (ledger.spoken(acknowledged.shift() ?? 0)) left.push(...splice.boundary());
            }
            if (!ledger.whole) splice.forget();
            const passed = splice.pass(event);
            // What only repeats is no sign of getting anywhere.
            if (event.type === 'audio' && passed.length > 0) visit.heard();
            return left.length === 0 ? passed : [...left, ...passed];
          });
          for (const passed of splice.end()) yield passed;
          return;
        } catch (error) {
          const heard = splice.delivered > 0;
          const isFurther = splice.delivered > before.delivered;
          // It does not stay while it pauses: others may go on.
          if (isCrowded(error)) visit.refused();
          else if (heard && !isFurther) visit.stuck();
          else if (error instanceof Failure && error.retryable) visit.leave();
          if (!ledger.whole) throw heard ? tooLate(error) : error;
          // What gets further is not counted; nor is what fails while others of ours get on: our turn will come.
          if (isFurther) forgiven = 0;
          if (isFurther || (throttle.served > before.served && forgiven++ < MOST_FORGIVEN)) attempt = 0;
          before = { served: throttle.served, delivered: splice.delivered };
          if (!(isFurther && hasExpired(error, request)))
            await pause(heard ? cutShort(error) : error, attempt, heard, signal);
          splice.restart();
        } finally {
          // Not before the caller has heard of a failure: who would meet the same may not be wanted any more.
          setImmediate(visit.leave);
        }
      }
    } finally {
      // At the source itself: what stands between may be waiting for a piece that is still being written.
      void source.return?.()?.catch(() => {});
    }
  }

  function keep(transcript: Transcript, { maxBufferDelayMs, language }: SpeechRequest): Ledger {
    if (maxBufferDelayMs !== 0) return createLedger(boundSentences(transcript, language), 'boundaries');
    if (options.reportsInputs) return createLedger(joinSigns(transcript), 'inputs');
    return createLedger(boundInputs(transcript), 'boundaries');
  }

  return {
    synthesize: (transcript, request, signal) => flowing(speech(transcript, request, signal)),
    async ready() {
      for (let attempt = 0; ; attempt++) {
        try {
          return await session.ready();
        } catch (error) {
          await pause(error, attempt, false, closing.signal);
        }
      }
    },
    async close() {
      closing.abort(new Failure('interrupted', 'the connection was closed'));
      await session.close();
    },
  };
}

/**
 * A context dies while nobody takes its sound, such as on a player that is halted, and what it is told then is refused
 * like a bad request (protocol §4.2, §7.2). One that is bad indeed is refused the second time too. Where text comes in
 * pieces of any kind, whoever gives them has to see to that: only he knows what was heard.
 */
function hasExpired(error: unknown, { maxBufferDelayMs }: SpeechRequest): boolean {
  return maxBufferDelayMs === 0 && isRefusal(error) && error.details.status === 400;
}

/** Says how often it was tried, where nothing better is known. */
function spent(error: Failure, attempts: number): Failure {
  const hint = `it got no further in ${attempts} attempts; try again later, or allow more with --retries`;
  return error.hint === undefined ? error.with({ hint }) : error;
}

function isCrowded(error: unknown): boolean {
  return error instanceof Failure && error.details.status === 429;
}

/** Speech that had begun is incomplete, also where it could not be gone on with because nobody was there any more. */
function cutShort(error: unknown): unknown {
  if (!(error instanceof Failure) || error.kind !== 'network') return error;
  return new Failure('incomplete', error.message, { ...error.details, cause: error });
}

function tooLate(error: unknown): unknown {
  const failure = cutShort(error);
  if (!(failure instanceof Failure) || !failure.retryable) return failure;
  return failure.with({
    hint: 'the text since was too long to be kept and spoken anew; run it again to have it whole',
  });
}

function inWords(ms: number): string {
  const minutes = Math.ceil(ms / 60_000);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.ceil(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.ceil(hours / 24)} days`;
}
