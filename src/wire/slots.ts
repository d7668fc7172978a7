/** A limit on how many may be at work at once, first come, first served. */

export interface Slots {
  /** Resolves with a function that gives the place back; an aborted `signal` throws its reason. */
  take(signal: AbortSignal): Promise<() => void>;
}

export function createSlots(count: number): Slots {
  let free = count;
  const waiting = new Set<() => void>();

  /** Giving back twice is giving back once. */
  const hold = () => {
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      free++;
      const [next] = waiting;
      next?.();
    };
  };

  return {
    take(signal) {
      return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const enter = () => {
          leave();
          free--;
          resolve(hold());
        };
        const stop = () => {
          leave();
          reject(signal.reason);
        };
        const leave = () => {
          waiting.delete(enter);
          signal.removeEventListener('abort', stop);
        };
        if (free > 0) return enter();
        waiting.add(enter);
        signal.addEventListener('abort', stop, { once: true });
      });
    },
  };
}
