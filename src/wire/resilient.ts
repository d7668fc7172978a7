/** A second and a third attempt, where nothing has been heard yet: a synthesizer around a synthesizer. */
import { setMaxListeners } from 'node:events';
import { Failure } from '../errors.ts';
import type { Clock, SpeechEvent, SpeechRequest, Transcript } from '../speech.ts';
import { createReplay } from './replay.ts';
import type { Session } from './session.ts';
import { delay } from './wait.ts';

export interface RetryOptions {
  readonly clock: Clock;
  /** Attempts after the first one. */
  readonly retries: number;
  /** 0 up to but not 1, as `Math.random`. */
  readonly random?: () => number;
  /** Told before each pause what went wrong and how long the pause is. */
  readonly retrying?: (failure: Failure, pauseMs: number) => void;
}

/** The first pause is at most this long, each further one at most twice the one before (protocol §7.2). */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** Who asks for a longer wait than this gets none: the person is told when to come back. */
const LONGEST_WAIT_MS = 60_000;

/** Tries again what failed and may go well the next time, on a new context and where need be a new socket. */
export function resilient(session: Session, options: RetryOptions): Session {
  const { clock, retries, random = Math.random, retrying } = options;
  const closing = new AbortController();
  // Any number of contexts may be pausing at once; Node takes more than ten who listen for a leak.
  setMaxListeners(Number.POSITIVE_INFINITY, closing.signal);
  /** Contexts that have begun to be heard: a sign that the service has room for us. */
  let served = 0;

  /** Waits before attempt `attempt + 1`, or throws what is to be made of `error` if there is to be none. */
  async function pause(error: unknown, attempt: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!(error instanceof Failure) || !error.retryable || closing.signal.aborted) throw error;
    const asked = error.details.retryAfterMs ?? 0;
    if (asked > LONGEST_WAIT_MS) throw error.with({ hint: `come back in ${inWords(asked)}, as the service asks` });
    if (attempt >= retries) throw error;
    const most = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
    // Spread over the whole of it: contexts that failed together do not come back together.
    const spread = random() * most;
    const pauseMs = asked > 0 ? asked + Math.min(spread, FIRST_PAUSE_MS) : spread;
    retrying?.(error, pauseMs);
    await delay(clock, pauseMs, signal, closing.signal);
  }

  async function* synthesize(
    transcript: Transcript,
    request: SpeechRequest,
    signal: AbortSignal,
  ): AsyncGenerator<SpeechEvent> {
    const replay = createReplay(transcript);
    let heard = false;
    try {
      for (let attempt = 0; ; attempt++) {
        const before = served;
        // Times that come before the first sound wait for it: if it never comes, they never were.
        let early: SpeechEvent[] = [];
        try {
          for await (const event of session.synthesize(replay.transcript(), request, signal)) {
            if (!heard && event.type === 'audio') {
              heard = true;
              served++;
              replay.forget();
              yield* early;
              early = [];
            }
            if (heard || event.type === 'context') yield event;
            else early.push(event);
          }
          yield* early;
          return;
        } catch (error) {
          if (heard) throw tooLate(error);
          if (!replay.whole) throw error;
          // Too many at once, while others of ours get through: our turn will come.
          if (isCrowded(error) && served > before) attempt = 0;
          await pause(error, attempt, signal);
        }
      }
    } finally {
      replay.close();
    }
  }

  return {
    synthesize,
    async ready() {
      for (let attempt = 0; ; attempt++) {
        try {
          return await session.ready();
        } catch (error) {
          await pause(error, attempt, closing.signal);
        }
      }
    },
    async close() {
      closing.abort(new Failure('interrupted', 'the connection was closed'));
      await session.close();
    },
  };
}

function isCrowded(error: unknown): boolean {
  return error instanceof Failure && error.details.status === 429;
}

function tooLate(error: unknown): unknown {
  if (!(error instanceof Failure) || !error.retryable) return error;
  return error.with({
    hint: 'a part had been spoken already, so it was not tried again; run it again to have it whole',
  });
}

function inWords(ms: number): string {
  const minutes = Math.ceil(ms / 60_000);
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.ceil(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.ceil(hours / 24)} days`;
}
