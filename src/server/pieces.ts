/** The text of a context on its way to the synthesizer: a transcript that is written while it is read, and its boundaries. */
import type { Piece, Transcript } from '../speech.ts';

/** Whom it concerns that the audio before a boundary is out: the client, nobody, or the timer that asks whether there is more. */
export type Boundary = 'told' | 'silent' | 'probe';

export interface Pieces {
  /** To be iterated once. After `fail` its next step throws the reason. */
  readonly transcript: Transcript;
  say(text: string): void;
  mark(boundary: Boundary): void;
  /** The oldest boundary that the reader has come to and not answered; undefined where it answers unasked. */
  answered(): Boundary | undefined;
  /** Boundaries that have not been answered, oldest first. */
  unanswered(): readonly Boundary[];
  /** True while there is nothing to read and no answer due. */
  readonly empty: boolean;
  /** True while the reader waits for more. */
  readonly starved: boolean;
  /** No more will come. */
  end(): void;
  /** Drops what waits and fails the reader. */
  fail(reason: unknown): void;
}

/** What a boundary counts for in what waits, so that many of them are not free. */
const BOUNDARY_WEIGHT = 64;

/** `onWeight` is told how much more waits, or less (negative), in UTF-16 code units. */
export function createPieces(onWeight: (change: number) => void): Pieces {
  /** Boundaries stand in it by name, text as an object, for text can be anything. */
  let queue: (Boundary | { readonly text: string })[] = [];
  let head = 0;
  let weight = 0;
  const due: Boundary[] = [];
  let ended = false;
  let failure: { readonly reason: unknown } | undefined;
  let wake: (() => void) | undefined;

  const weigh = (change: number) => {
    weight += change;
    onWeight(change);
  };
  const rouse = () => {
    wake?.();
    wake = undefined;
  };

  function take(): Piece | undefined {
    const entry = queue[head];
    if (entry === undefined) return undefined;
    head += 1;
    if (head >= 1024 || head === queue.length) {
      queue = queue.slice(head);
      head = 0;
    }
    if (typeof entry === 'object') {
      weigh(-entry.text.length);
      return entry.text;
    }
    weigh(-BOUNDARY_WEIGHT);
    due.push(entry);
    return { flush: true };
  }

  async function* read(): AsyncGenerator<Piece> {
    for (;;) {
      if (failure !== undefined) throw failure.reason;
      const piece = take();
      if (piece !== undefined) yield piece;
      else if (ended) return;
      else {
        await new Promise<void>(resolve => {
          wake = resolve;
        });
      }
    }
  }

  return {
    transcript: read(),
    say(text) {
      queue.push({ text });
      weigh(text.length);
      rouse();
    },
    mark(boundary) {
      queue.push(boundary);
      weigh(BOUNDARY_WEIGHT);
      rouse();
    },
    answered: () => due.shift(),
    unanswered: () => [...due, ...queue.slice(head).filter(entry => typeof entry === 'string')],
    get empty() {
      return head === queue.length && due.length === 0;
    },
    get starved() {
      return wake !== undefined;
    },
    end() {
      ended = true;
      rouse();
    },
    fail(reason) {
      failure = { reason };
      queue = [];
      head = 0;
      weigh(-weight);
      rouse();
    },
  };
}
