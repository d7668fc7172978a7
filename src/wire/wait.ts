/** Waiting that can be called off: for a promise, for a time, for a turn of the event loop. */
import type { Clock } from '../speech.ts';

/** What `promise` gives, or the reason of `signal` as soon as that is aborted. The promise itself goes on. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) {
      promise.catch(() => {});
      return stop();
    }
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** Resolves after `ms` milliseconds; the first of `signals` to be aborted throws its reason. Leaves no timer behind. */
export async function delay(clock: Clock, ms: number, ...signals: readonly AbortSignal[]): Promise<void> {
  for (const signal of signals) signal.throwIfAborted();
  const settled = new AbortController();
  try {
    await new Promise<void>((resolve, reject) => {
      const cancel = clock.after(ms, resolve);
      settled.signal.addEventListener('abort', cancel, { once: true });
      for (const signal of signals) {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true, signal: settled.signal });
      }
    });
  } finally {
    settled.abort();
  }
}

/** Resolves when the event loop has gone round so many times: what has been begun has gone out by then. */
export async function pass(turns: number): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise<void>(resolve => setImmediate(resolve));
}

/** Whether `promise` settles before the event loop has gone round once. Never throws. */
export async function settlesPromptly(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const mark = () => {
    settled = true;
  };
  promise.then(mark, mark);
  await pass(1);
  return settled;
}
