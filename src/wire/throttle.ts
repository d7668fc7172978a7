/** How many contexts are begun at once, where only the service knows how many it takes: its refusals tell. */
import { setMaxListeners } from 'node:events';

export interface Throttle {
  /** A place in the order in which those who wait are let in, also after a refusal. */
  ticket(): number;
  /** Resolves when it is the turn of whoever has the ticket; an aborted `signal` throws its reason. */
  enter(ticket: number, signal: AbortSignal): Promise<Visit>;
  /** Contexts that have begun to be heard: a sign that the service has room for us. */
  readonly served: number;
}

/** One context's stay at the service. */
export interface Visit {
  /** The service speaks. */
  heard(): void;
  /** There were too many: it leaves, and so many are not tried again for a while. */
  refused(): void;
  /** It is over. Leaving twice is leaving once. */
  leave(): void;
}

/** Begun at once before the service has said anything. */
const FIRST = 4;

/**
 * After how many rounds of contexts one more is tried than were taken: the next after half as many, or after four
 * times as many where it was refused.
 */
const ROUNDS = 4;
const MOST_ROUNDS = 64;

/**
 * Never more than `most` at once. Until the first refusal each context that is heard makes room for one more; from
 * then on there are as many as were not refused, and one more is tried now and then. Where refusals go on although
 * there are fewer, they are halved.
 */
export function createThrottle(most: number): Throttle {
  let limit = Math.min(FIRST, most);
  let inside = 0;
  let served = 0;
  let tickets = 0;
  let isKnown = false;
  /** Visits that went well since the limit changed, and how many rounds of them it takes. */
  let wins = 0;
  let rounds = ROUNDS;
  /** How often the limit was lowered, and whether anybody was heard since. */
  let lowered = 0;
  let isHeard = false;
  const waiting = new Map<number, () => void>();

  function admit(): void {
    while (inside < limit && waiting.size > 0) {
      const first = Math.min(...waiting.keys());
      const enter = waiting.get(first);
      waiting.delete(first);
      enter?.();
    }
  }

  function raise(): void {
    limit = Math.min(most, limit + 1);
    wins = 0;
  }

  function lower(since: number): void {
    // Whoever came in before the last time belongs to the same crowd.
    const isPersistent = since === lowered && isKnown && !isHeard;
    if (isKnown && since === lowered) rounds = Math.min(MOST_ROUNDS, rounds * 4);
    limit = Math.max(1, Math.min(inside, isPersistent ? Math.floor(limit / 2) : limit));
    isKnown = true;
    isHeard = false;
    wins = 0;
    lowered++;
  }

  function visit(): Visit {
    const since = lowered;
    let isInside = true;
    let wasHeard = false;
    inside++;
    const leave = () => {
      if (!isInside) return;
      isInside = false;
      inside--;
      if (wasHeard && isKnown && waiting.size > 0 && ++wins >= limit * rounds) {
        raise();
        rounds = Math.max(1, rounds / 2);
      }
      admit();
    };
    return {
      heard() {
        if (wasHeard) return;
        wasHeard = true;
        served++;
        if (since === lowered) isHeard = true;
        if (isKnown) return;
        raise();
        admit();
      },
      refused() {
        if (!isInside) return;
        isInside = false;
        inside--;
        lower(since);
        admit();
      },
      leave,
    };
  }

  return {
    ticket: () => tickets++,
    enter(ticket, signal) {
      setMaxListeners(Number.POSITIVE_INFINITY, signal);
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const stop = () => {
          waiting.delete(ticket);
          reject(signal.reason);
        };
        waiting.set(ticket, () => {
          signal.removeEventListener('abort', stop);
          resolve(visit());
        });
        signal.addEventListener('abort', stop, { once: true });
        admit();
      });
    },
    get served() {
      return served;
    },
  };
}
