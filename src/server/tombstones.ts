/** The ids of ended contexts, which stay taken for a while (protocol §10, 12). */
import type { Clock } from '../speech.ts';

export interface Tombstones {
  add(id: string): void;
  has(id: string): boolean;
}

/** Remembers at most `most`, the newest, each for `forMs`. */
export function createTombstones(clock: Clock, forMs: number, most: number): Tombstones {
  /** In the order in which they ended, with the time at which each is free again. */
  const ends = new Map<string, number>();

  const forget = () => {
    const now = clock.now();
    for (const [id, end] of ends) {
      if (end > now && ends.size <= most) return;
      ends.delete(id);
    }
  };

  return {
    add(id) {
      ends.delete(id);
      ends.set(id, clock.now() + forMs);
      forget();
    },
    has(id) {
      forget();
      return ends.has(id);
    },
  };
}
