/** The real clock, in two tempers: one that keeps the process alive for its timers and one that does not. */
import type { Clock } from '../speech.ts';

/** For timers that somebody waits for, such as text that is to be spoken when its delay has passed. */
export const realClock: Clock = { now: () => performance.now(), after };

/** For timers that only tidy up. */
export const backgroundClock: Clock = {
  now: () => performance.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};

function after(ms: number, callback: () => void): () => void {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
}
