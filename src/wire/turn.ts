/** The text of one context of a longer speech: how far it goes, and what of it may have been lost when the context has gone. */
import { Failure } from '../errors.ts';
import type { Clock, Piece, SpeechEvent, Transcript } from '../speech.ts';
import { isSpeakable } from '../text/transcript.ts';
import type { PendingText } from './pending-text.ts';
import { createWatch } from './watch.ts';

export interface TurnSetup {
  readonly opening: string;
  readonly text: PendingText;
  readonly clock: Clock;
  /** Whether the context ends behind this text, whatever follows. */
  readonly endsUtterance: (text: string) => boolean;
  /** Whether nobody takes the sound for the time being. */
  readonly isHeldUp: () => boolean;
}

export interface Turn {
  readonly transcript: Transcript;
  /** Something has come for the context. */
  note(event: SpeechEvent): void;
  /**
   * The text to be spoken by another context, when `error` says no more than that this one had expired; undefined
   * when it is a failure.
   */
  lost(error: unknown): string | undefined;
  close(): void;
}

/**
 * A context dies one second after its last audio (protocol §4.2). It is ended this long after it, so that the end
 * still arrives in time from a client 300 ms away.
 */
const PAUSE_MS = 700;

/** A context that gave no audio for this long had nothing left to say: far longer than between two chunks. */
const QUIET_MS = 500;

export function createTurn({ opening, text, clock, endsUtterance, isHeldUp }: TurnSetup): Turn {
  /** What has been handed over since audio came last. */
  let unheard: string[] = [];
  let heardAt: number | undefined;
  let phase: 'opening' | 'open' | 'pausing' | 'ended' = 'opening';
  let paused = false;
  let closed = false;
  let wake: (() => void) | undefined;

  const pause = createWatch({
    clock,
    limitMs: () => (wake !== undefined && isDrained() ? PAUSE_MS : undefined),
    silent() {
      paused = true;
      wake?.();
    },
  });

  /** Text that nothing has come back for keeps a context alive. */
  function isDrained(): boolean {
    return heardAt !== undefined && !unheard.some(isSpeakable);
  }

  function give(piece: string): IteratorResult<Piece> {
    unheard.push(piece);
    phase = endsUtterance(piece) ? 'ended' : 'open';
    return { done: false, value: piece };
  }

  async function next(): Promise<IteratorResult<Piece>> {
    if (phase === 'opening') return give(opening);
    if (phase === 'pausing') phase = 'ended';
    if (phase === 'ended') return END;
    // What has come and nobody has taken cannot be told from what is still to come.
    paused = isHeldUp();
    if (!paused) await moreOrPause();
    // Whoever asked is gone: the text is for another context.
    if (closed) return END;
    const piece = paused ? undefined : text.next();
    if (typeof piece === 'string') return give(piece);
    if (piece !== undefined) return { done: false, value: piece };
    paused ||= isDrained();
    phase = paused ? 'pausing' : 'ended';
    // An expired context may pass over its end without a word (protocol §4.1), but not over this.
    return paused ? { done: false, value: { flush: true } } : END;
  }

  /** Resolves when there is more text, or `paused`. */
  async function moreOrPause(): Promise<void> {
    const more = text.ready();
    const woken = new Promise<void>(resolve => {
      wake = resolve;
    });
    // Not a race: that would keep the promise that loses.
    more.then(wake, wake);
    pause.expect();
    await woken;
    wake = undefined;
    if (!paused && !closed) await more;
  }

  return {
    // The text outlives the context: no `return`.
    transcript: { [Symbol.asyncIterator]: () => ({ next }) },
    note(event) {
      if (event.type !== 'audio' || event.chunk.length === 0) return;
      heardAt = clock.now();
      unheard = [];
      if (wake !== undefined) pause.expect();
    },
    lost(error) {
      if (!isRefusal(error) || heardAt === undefined || clock.now() - heardAt < QUIET_MS) return undefined;
      // With nothing said since, the refusal is of something that was said before: unless it is of the end.
      return unheard.length > 0 || paused ? unheard.join('') : undefined;
    },
    close() {
      closed = true;
      pause.stop();
      wake?.();
    },
  };
}

const END: IteratorResult<Piece> = { done: true, value: undefined };

/** A service that does not want what was said: what it says of a context that it no longer has (protocol §7.2). */
export function isRefusal(error: unknown): error is Failure {
  if (!(error instanceof Failure) || error.kind !== 'service' || error.retryable) return false;
  const { status = 0 } = error.details;
  return status >= 400 && status < 500;
}
