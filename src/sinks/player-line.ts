/** The player of one playing and where its sound is: the first that opens, and the next where that dies unused. */
import type { Failure } from '../errors.ts';
import { type Opening, openPlayer, type PlayerSetup } from './player.ts';
import type { PlayerSpec } from './players.ts';
import { createPlayhead, type Playhead } from './playhead.ts';

export interface PlayerLine {
  /** Opens the first of `specs` that works; rejects with a Failure when none does. */
  open(specs: readonly PlayerSpec[]): Promise<void>;
  /** Ends the opening. */
  abort(reason?: unknown): void;
  /** Absent until it is open. */
  readonly opened: Opening | undefined;
  /** Absent until the first player is open. */
  readonly head: Playhead | undefined;
}

export interface PlayerLineOptions extends Omit<PlayerSetup, 'signal' | 'onHeard'> {
  readonly warn: (message: string) => void;
  readonly onOpen: () => void;
  /** Whether nothing is lost with a player that fails now. */
  readonly isReplaceable: () => boolean;
  /** The last player is gone: undefined when it played everything it was given, else why not. */
  readonly onOver: (failure: unknown) => void;
}

/** A line without a player, for one `open`. */
export function createPlayerLine(options: PlayerLineOptions): PlayerLine {
  const { sampleRate, clock, warn, onOpen, isReplaceable, onOver } = options;
  const opening = new AbortController();
  let opened: Opening | undefined;
  let head: Playhead | undefined;

  async function open(specs: readonly PlayerSpec[], reasons: readonly string[] = []): Promise<void> {
    let mine: Playhead | undefined;
    let bounds: [number, number] | undefined;
    const setup: PlayerSetup = {
      ...options,
      signal: opening.signal,
      onHeard(low, high) {
        bounds = [low, high];
        mine?.bound(low, high);
      },
    };
    const next = await openPlayer(specs, setup, reasons);
    mine = createPlayhead({ bytesPerSecond: sampleRate * 2, latencyMs: next.spec.latencyMs, clock });
    if (bounds !== undefined) mine.bound(...bounds);
    opened = next;
    head = mine;
    void next.player.over.then(failure => over(next, failure));
    onOpen();
  }

  function over({ rest, reasons }: Opening, failure: Failure | undefined): void {
    if (failure === undefined || rest.length === 0 || !isReplaceable()) {
      onOver(failure);
      return;
    }
    opened = undefined;
    open(rest, [...reasons, failure.message]).then(
      () => warn(`${failure.message}; playing with ${opened?.player.name} instead`),
      onOver,
    );
  }

  return {
    open: specs => open(specs),
    abort: reason => opening.abort(reason),
    get opened() {
      return opened;
    },
    get head() {
      return head;
    },
  };
}
