/** Notices silence: that nothing came for a while, although something was due. */
import type { Clock } from '../speech.ts';

export interface Watch {
  /** Something came: the silence begins anew. Cheap: no timer is touched. */
  touch(): void;
  /** Something is due from now on. Cheap to repeat; a limit that has changed is looked at again. */
  expect(): void;
  /** Nothing is due any more. */
  stop(): void;
}

export interface WatchOptions {
  readonly clock: Clock;
  /** How long silence may last, in milliseconds; undefined while nothing is due. */
  limitMs(): number | undefined;
  /** Called once the silence has lasted. Watching goes on only when `expect()` is called again. */
  silent(): void;
}

/** A timer this late means that this process, and not the service, was asleep: stopped, suspended, or busy. */
const ASLEEP_MS = 500;

export function createWatch({ clock, limitMs, silent }: WatchOptions): Watch {
  let last = clock.now();
  let cancel: (() => void) | undefined;
  let armedFor = 0;

  const arm = (limit: number) => {
    const due = Math.max(last + limit, clock.now());
    armedFor = due;
    cancel = clock.after(due - clock.now(), () => expire(due));
  };
  const expire = (due: number) => {
    cancel = undefined;
    const now = clock.now();
    // What came meanwhile waits in the kernel and could not be seen.
    if (now - due > ASLEEP_MS) last = now;
    const limit = limitMs();
    if (limit === undefined) return;
    if (now - last < limit) arm(limit);
    else silent();
  };

  return {
    touch() {
      last = clock.now();
    },
    expect() {
      last = clock.now();
      const limit = limitMs();
      // A timer that fires too early looks again by itself.
      if (limit !== undefined && cancel !== undefined && armedFor <= last + limit) return;
      cancel?.();
      cancel = undefined;
      if (limit !== undefined) arm(limit);
    },
    stop() {
      cancel?.();
      cancel = undefined;
    },
  };
}
