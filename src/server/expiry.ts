/** The end of a context that nobody continues: some time after its last audio or input (protocol §4.2, §10, 14). */
import type { Clock } from '../speech.ts';

export interface ExpiryOptions {
  /** 0: never. */
  readonly afterMs: number;
  /** Its timers are for tidying up. */
  readonly clock: Clock;
  /** Called when all was quiet for so long; it is asked again after as long unless `stop` or `touch` is called. */
  readonly onQuiet: () => void;
}

export interface Expiry {
  /** Something happened: the time starts anew. */
  touch(): void;
  /** Whether nothing has happened for so long. */
  isQuiet(): boolean;
  stop(): void;
}

/** One timer that is looked at when it fires, for `touch` is called with every frame. */
export function createExpiry({ afterMs, clock, onQuiet }: ExpiryOptions): Expiry {
  let last = clock.now();
  let stopped = afterMs <= 0;
  let cancel: (() => void) | undefined;

  const arm = (ms: number) => {
    cancel = clock.after(ms, look);
  };
  const look = () => {
    const left = last + afterMs - clock.now();
    arm(left > 0 ? left : afterMs);
    if (left <= 0) onQuiet();
  };
  if (!stopped) arm(afterMs);

  return {
    touch() {
      last = clock.now();
    },
    isQuiet: () => clock.now() - last >= afterMs,
    stop() {
      if (stopped) return;
      stopped = true;
      cancel?.();
    },
  };
}
