/** Works through a list, so many things at a time as the other side bears. */
import { setMaxListeners } from 'node:events';

/** How many may be at work at once: fewer as soon as the other side has too many, more again while all goes well. */
export interface Throttle {
  readonly limit: number;
  /** The other side has too many. */
  ease(): void;
  /** One more went well. */
  succeeded(): void;
}

export function createThrottle(most: number): Throttle {
  let limit = most;
  let wins = 0;
  return {
    get limit() {
      return limit;
    },
    ease() {
      limit = Math.max(1, Math.floor(limit / 2));
      wins = 0;
    },
    succeeded() {
      // A round without trouble, and then one more than it took.
      if (++wins < limit || limit >= most) return;
      limit += 1;
      wins = 0;
    },
  };
}

/**
 * Hands every item to `work`, in order, never more at once than the throttle allows. The first that rejects ends it:
 * no other is begun, `work` is told by its signal, and when all have ended the rejection is passed on.
 */
export async function workThrough<T>(
  items: readonly T[],
  throttle: Throttle,
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  // Node takes more than ten who listen for a leak.
  setMaxListeners(Number.POSITIVE_INFINITY, both);
  let next = 0;
  let atWork = 0;
  await new Promise<void>(resolve => {
    const go = () => {
      while (!both.aborted && next < items.length && atWork < throttle.limit) {
        const item = items[next++] as T;
        atWork++;
        work(item, both)
          .catch(error => stop.abort(error))
          .finally(() => {
            atWork--;
            go();
          });
      }
      if (atWork === 0 && (both.aborted || next >= items.length)) resolve();
    };
    go();
  });
  both.throwIfAborted();
}
