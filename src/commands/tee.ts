/** Passes bytes on to a second place as they arrive, while the first one takes its time with them. */
import type { Target } from '../sinks/target.ts';

export interface Tee {
  /** The same bytes. They may be read much later than they are passed on. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Resolves when everything has been passed on. */
  finish(): Promise<void>;
  /** Stops passing on. */
  abandon(): Promise<void>;
  /** Whether what has been passed on ends with a line; nothing does. */
  readonly endsLine: boolean;
}

/** Text that is read ahead of what is done with it: days of speech. Beyond that the writer waits. */
const AHEAD_BYTES = 4 * 1024 * 1024;
const NEW_LINE = 10;

/**
 * Reads `source` from now on and writes it to `target`. A target that is slow slows the reading, never what has been
 * read; one that fails is told to `fail`, and the reading ends.
 */
export function createTee(source: AsyncIterable<Uint8Array>, target: Target, fail: (reason: unknown) => void): Tee {
  let waiting: Uint8Array[] = [];
  let ahead = 0;
  let last = NEW_LINE;
  let end: { readonly error?: unknown } | undefined;
  let wakeReader: (() => void) | undefined;
  let wakePump: (() => void) | undefined;

  async function pump(): Promise<void> {
    for await (const chunk of source) {
      waiting.push(chunk);
      ahead += chunk.byteLength;
      last = chunk.at(-1) ?? last;
      wakeReader?.();
      try {
        await target.write(chunk);
      } catch (error) {
        return fail(error);
      }
      while (ahead > AHEAD_BYTES) {
        await new Promise<void>(resolve => {
          wakePump = resolve;
        });
      }
    }
  }

  async function* bytes(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const ready = waiting;
        waiting = [];
        for (const chunk of ready) {
          ahead -= chunk.byteLength;
          if (ahead <= AHEAD_BYTES) wakePump?.();
          yield chunk;
        }
        if (waiting.length > 0) continue;
        if (end !== undefined) {
          if ('error' in end) throw end.error;
          return;
        }
        await new Promise<void>(resolve => {
          wakeReader = resolve;
        });
      }
    } finally {
      // Whoever reads no more does not hold up what is passed on.
      ahead = Number.NEGATIVE_INFINITY;
      wakePump?.();
    }
  }

  const pumped = pump().then(
    () => {
      end = {};
    },
    error => {
      end = { error };
    },
  );
  void pumped.then(() => wakeReader?.());

  return {
    bytes: bytes(),
    async finish() {
      await pumped;
      await target.commit();
    },
    abandon: () => target.discard(),
    get endsLine() {
      return last === NEW_LINE;
    },
  };
}
