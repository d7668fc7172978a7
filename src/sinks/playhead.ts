/** Estimates how much of what was sent to a player has been heard: no player says so exactly. */
import type { Clock } from '../speech.ts';

/** Counts in bytes of what was sent, silence included; answers in seconds of speech. */
export interface Playhead {
  /** Notes that `bytes` more were handed to the player. `silent` ones take time but are not speech. */
  sent(bytes: number, silent?: boolean): void;
  /** What the player itself reports: at least `low` and at most `high` bytes have been heard. */
  bound(low: number, high: number): void;
  /** Seconds of speech heard so far. Never goes back. */
  heard(): number;
  /** Bytes heard so far, silence included. */
  bytes(): number;
  /** Milliseconds until all that was sent will have been heard; 0 when the player has run dry. */
  remainingMs(): number;
  /** Declares all that was sent as heard: the player has said goodbye. */
  finish(): void;
}

export interface PlayheadOptions {
  readonly bytesPerSecond: number;
  /** How long the player takes from the first bytes, or the first after running dry, to their sound. */
  readonly latencyMs: number;
  readonly clock: Clock;
}

// Whoever owns the playhead looks at it every fraction of a second while it moves. A longer gap
// means that the process was stopped (Ctrl-Z), and the player, in the same group, with it.
const STOPPED_MS = 2000;

/** A playhead at zero. It moves with the clock, corrected by `bound` where the player reports. */
export function createPlayhead({ bytesPerSecond, latencyMs, clock }: PlayheadOptions): Playhead {
  let total = 0;
  let position = 0;
  let floor = 0;
  let ceiling = Number.POSITIVE_INFINITY;
  let holdMs = 0;
  let last = clock.now();
  let silenceBehind = 0;
  const silences: { start: number; end: number }[] = [];

  function advance(): void {
    const now = clock.now();
    const gap = Math.max(0, now - last);
    last = now;
    const elapsed = gap > STOPPED_MS ? 0 : gap;
    const held = Math.min(holdMs, elapsed);
    holdMs -= held;
    const reached = Math.min(total, ceiling, position + ((elapsed - held) * bytesPerSecond) / 1000);
    position = Math.max(position, Math.min(total, floor), reached);
    for (let first = silences[0]; first !== undefined && first.end <= position; first = silences[0]) {
      silenceBehind += first.end - first.start;
      silences.shift();
    }
  }

  return {
    sent(bytes, silent = false) {
      advance();
      if (position >= total) holdMs = latencyMs;
      const start = total;
      total += bytes;
      if (silent && bytes > 0) silences.push({ start, end: total });
    },
    bound(low, high) {
      advance();
      floor = Math.max(floor, low);
      ceiling = high;
      advance();
    },
    heard() {
      advance();
      const first = silences[0];
      const inside = first === undefined ? 0 : Math.max(0, position - first.start);
      return (position - silenceBehind - inside) / bytesPerSecond;
    },
    bytes() {
      advance();
      return position;
    },
    remainingMs() {
      advance();
      return position >= total ? 0 : holdMs + ((total - position) * 1000) / bytesPerSecond;
    },
    finish() {
      floor = total;
      ceiling = total;
      advance();
    },
  };
}
