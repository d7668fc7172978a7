/** A clock that stands still until told: timers fire in order of their time when `advance` passes it. */
import type { Clock } from '../../src/speech.ts';

export interface ManualClock extends Clock {
  /** Moves time on by `ms`, firing what is due on the way and letting promises settle in between. */
  advance(ms: number): Promise<void>;
  /** Timers that have been set and neither fired nor been cleared. */
  readonly pending: number;
}

export function manualClock(): ManualClock {
  let time = 0;
  const timers = new Set<{ due: number; callback: () => void }>();
  const settle = () => new Promise<void>(resolve => setImmediate(resolve));
  return {
    now: () => time,
    after(ms, callback) {
      const timer = { due: time + ms, callback };
      timers.add(timer);
      return () => {
        timers.delete(timer);
      };
    },
    async advance(ms) {
      const goal = time + ms;
      for (;;) {
        await settle();
        const next = [...timers].filter(timer => timer.due <= goal).sort((a, b) => a.due - b.due)[0];
        if (next === undefined) break;
        time = Math.max(time, next.due);
        timers.delete(next);
        next.callback();
      }
      time = goal;
      await settle();
    },
    get pending() {
      return timers.size;
    },
  };
}
