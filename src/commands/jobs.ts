/** Works through things as they come, so many at a time as the other side bears. */
import { setMaxListeners } from 'node:events';
import { Failure } from '../errors.ts';
import type { Clock } from '../speech.ts';
import { delay } from '../wire/wait.ts';
import type { Throttle } from './pool.ts';

/**
 * Hands every item to `work`, in order, never more at once than `limit` says. The first that rejects ends it: no other
 * is begun, `work` is told by its signal, and when all have ended the rejection is passed on.
 */
export async function workAsTheyCome<T>(
  items: AsyncIterable<T>,
  limit: () => number,
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  // Everybody at work listens to it: what looks like a leak to Node is none.
  setMaxListeners(0, both);
  const atWork = new Set<Promise<void>>();
  try {
    for await (const item of items) {
      const job = work(item, both)
        .catch(error => stop.abort(error))
        .finally(() => atWork.delete(job));
      atWork.add(job);
      while (atWork.size >= limit()) await Promise.race(atWork);
      if (both.aborted) break;
    }
  } catch (error) {
    stop.abort(error);
  }
  await Promise.all(atWork);
  both.throwIfAborted();
}

/** How often the service may say that there are too many while nothing at all gets through. */
const MOST_REFUSALS = 4;
const FIRST_PAUSE_MS = 1000;

/** What a run has come to so far, as those who wait want to know it. */
export interface Progress {
  readonly successes: number;
}

/** Tries again, with less at a time, where the service has too much to do. @throws what cannot be helped by that */
export async function persist<T>(
  attempt: () => Promise<T>,
  throttle: Throttle,
  progress: Progress,
  clock: Clock,
  signal: AbortSignal,
): Promise<T> {
  let refusals = 0;
  for (;;) {
    const before = progress.successes;
    try {
      const result = await attempt();
      throttle.succeeded();
      return result;
    } catch (error) {
      if (!(error instanceof Failure) || error.kind !== 'quota' || !error.retryable) throw error;
      throttle.ease();
      // While others get through, the turn of this one will come.
      refusals = progress.successes > before ? 1 : refusals + 1;
      if (refusals >= MOST_REFUSALS) throw error;
      await delay(clock, Math.max(error.details.retryAfterMs ?? 0, FIRST_PAUSE_MS * 2 ** refusals), signal);
    }
  }
}
