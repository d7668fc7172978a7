/** Looks at a player as long as it has something to do, and notices when it never will do it. */
import type { Clock } from '../speech.ts';

/** What one look at a player sees. */
export interface Sight {
  /** Bytes handed over and heard: as long as it grows, something happens. */
  readonly progress: number;
  /** Milliseconds of sound that the player still has. */
  readonly remainingMs: number;
  /** Whether more than sound is waited for. */
  readonly isBusy: boolean;
}

export interface Watch {
  /** Begins to look, unless it does already; it ends by itself when there is nothing to wait for. */
  start(): void;
  stop(): void;
}

const TICK_MS = 250;
// A player that neither takes nor plays anything for so long never will.
const STALL_MS = 10_000;

/** `look` is called as often as there may be news; `onStalled`, once, when there has been none for too long. */
export function createWatch(clock: Clock, look: () => Sight, onStalled: () => void): Watch {
  let cancel: (() => void) | undefined;
  let isOver = false;
  let mark = -1;
  let lookMs = 0;
  let stuckMs = 0;

  function tick(): void {
    if (isOver) return;
    cancel = () => {};
    const { progress, remainingMs, isBusy } = look();
    // Added up look by look, not by the clock: a process that was stopped for an hour has not waited.
    stuckMs = progress === mark ? stuckMs + lookMs : 0;
    mark = progress;
    if (stuckMs >= STALL_MS) {
      onStalled();
    } else if (remainingMs > 0 || isBusy) {
      lookMs = remainingMs > 0 ? Math.min(TICK_MS, Math.max(5, remainingMs)) : TICK_MS;
      cancel = clock.after(lookMs, tick);
    } else {
      cancel = undefined;
    }
  }

  return {
    start() {
      if (cancel === undefined) tick();
    },
    stop() {
      isOver = true;
      cancel?.();
    },
  };
}
