/** How much may go on at once in one server: contexts and sockets are counted, over all clients (protocol §4.2). */

export interface Slots {
  /** True if there was a free one, which is taken now. */
  take(): boolean;
  release(): void;
  /** True once `drain` has been called. */
  readonly isDraining: boolean;
  /** Gives none any more; resolves when all that were taken are free. */
  drain(): Promise<void>;
}

export function createSlots(limit: number): Slots {
  let taken = 0;
  let isDraining = false;
  const waiting: (() => void)[] = [];
  return {
    take() {
      if (isDraining || taken >= limit) return false;
      taken += 1;
      return true;
    },
    release() {
      taken -= 1;
      if (taken === 0) for (const resolve of waiting.splice(0)) resolve();
    },
    get isDraining() {
      return isDraining;
    },
    async drain() {
      isDraining = true;
      if (taken > 0) await new Promise<void>(resolve => waiting.push(resolve));
    },
  };
}
