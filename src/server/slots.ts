/** How much may go on at once in one server: contexts and sockets are counted, over all clients (protocol §4.2). */

export interface Slots {
  /** True if there was a free one, which is taken now. */
  take(): boolean;
  release(): void;
}

export function createSlots(limit: number): Slots {
  let taken = 0;
  return {
    take() {
      if (taken >= limit) return false;
      taken += 1;
      return true;
    },
    release() {
      taken -= 1;
    },
  };
}
