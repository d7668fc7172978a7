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
  /** It has got no further than others before it: fewer at once may. */
  stuck(): void;
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
 * there are fewer, they are halved. Where those that were begun get no further, such as on a line that breaks before
 * each of many has had its turn, the first goes on alone until it does.
 */
export function createThrottle(most: number): Throttle {
  let limit = Math.min(FIRST, most);
  /** What the service is known to take, or allowed. */
  let ceiling = most;
  let inside = 0;
  let served = 0;
  let tickets = 0;
  /** Visits that went well since the ceiling changed, and how many rounds of them it takes to try for more. */
  let wins = 0;
  let rounds = ROUNDS;
  /** How often the limit was lowered, and whether anybody was heard since. */
  let lowered = 0;
  let isHeard = false;
  /** In the order of their tickets. */
  const waiting: { readonly ticket: number; readonly enter: () => void }[] = [];

  function admit(): void {
    while (inside < limit && waiting.length > 0) waiting.shift()?.enter();
  }

  /** Nearly always at the end: only who was refused comes back with an old ticket. */
  function queue(entry: (typeof waiting)[number]): void {
    let at = waiting.length;
    while (at > 0 && (waiting[at - 1]?.ticket ?? 0) > entry.ticket) at--;
    waiting.splice(at, 0, entry);
  }

  function lowerTo(count: number): void {
    limit = Math.max(1, Math.min(limit, count));
    lowered++;
    isHeard = false;
    wins = 0;
  }

  function refuse(since: number): void {
    // Whoever came in before the last time belongs to the same crowd.
    const isNew = since === lowered && ceiling < most;
    if (isNew) rounds = Math.min(MOST_ROUNDS, rounds * 4);
    lowerTo(isNew && !isHeard ? Math.min(inside, Math.floor(limit / 2)) : inside);
    ceiling = limit;
  }

  function win(): void {
    if (ceiling === most || limit < ceiling || waiting.length === 0 || ++wins < limit * rounds) return;
    ceiling = Math.min(most, ceiling + 1);
    limit = ceiling;
    wins = 0;
    rounds = Math.max(1, rounds / 2);
  }

  function visit(): Visit {
    const since = lowered;
    let isInside = true;
    let wasHeard = false;
    inside++;
    const depart = (what: () => void) => {
      if (!isInside) return;
      isInside = false;
      inside--;
      what();
      admit();
    };
    return {
      heard() {
        if (wasHeard) return;
        wasHeard = true;
        served++;
        if (since === lowered) isHeard = true;
        if (limit < ceiling) limit++;
        admit();
      },
      refused: () => depart(() => refuse(since)),
      stuck: () => depart(() => since === lowered && lowerTo(1)),
      leave: () => depart(() => wasHeard && win()),
    };
  }

  return {
    ticket: () => tickets++,
    enter(ticket, signal) {
      setMaxListeners(Number.POSITIVE_INFINITY, signal);
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const stop = () => {
          waiting.splice(waiting.indexOf(entry), 1);
          reject(signal.reason);
        };
        const enter = () => {
          signal.removeEventListener('abort', stop);
          resolve(visit());
        };
        const entry = { ticket, enter };
        queue(entry);
        signal.addEventListener('abort', stop, { once: true });
        admit();
      });
    },
    get served() {
      return served;
    },
  };
}
