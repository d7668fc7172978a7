/** A transcript that can be given again from its start, as long as that is wanted. */
import type { Piece, Transcript } from '../speech.ts';

export interface Replay {
  /** The transcript from its start, while it is whole. Whoever was given one before gets no more of it. */
  transcript(): Transcript;
  /** Whether it can still be given from its start. */
  readonly whole: boolean;
  /** It will not be wanted again: what has been read needs not be kept. */
  forget(): void;
  /** Nothing more is wanted of the source. */
  close(): void;
}

/** Characters that are kept. The wire sends far less than this ahead of the first sound. */
const KEPT = 64 * 1024;

export function createReplay(source: Transcript, limit: number = KEPT): Replay {
  const iterator = source[Symbol.asyncIterator]();
  /** All pieces that were read, or, once it is not whole any more, those that the reader has not had. */
  let kept: Piece[] = [];
  let size = 0;
  let whole = true;
  let end: { readonly error?: unknown } | undefined;
  /** One reading of the source at a time; one that an earlier reader began serves the next. */
  let reading: Promise<void> | undefined;
  let reader = 0;

  const read = async () => {
    try {
      const { done, value } = await iterator.next();
      if (done) end = {};
      else keep(value);
    } catch (error) {
      end = { error };
    }
    reading = undefined;
  };
  const keep = (piece: Piece) => {
    kept.push(piece);
    size += typeof piece === 'string' ? piece.length : 1;
    if (size > limit) whole = false;
  };

  return {
    transcript() {
      const me = ++reader;
      let at = 0;
      const next = async (): Promise<IteratorResult<Piece>> => {
        while (at === kept.length && end === undefined && me === reader) {
          reading ??= read();
          await reading;
        }
        if (me !== reader) return { done: true, value: undefined };
        const value = kept[at];
        if (value === undefined) {
          if (end && 'error' in end) throw end.error;
          return { done: true, value: undefined };
        }
        at++;
        if (!whole && at === kept.length) {
          kept = [];
          at = 0;
        }
        return { done: false, value };
      };
      // The source outlives its readers: no `return`.
      return { [Symbol.asyncIterator]: () => ({ next }) };
    },
    get whole() {
      return whole;
    },
    forget() {
      whole = false;
    },
    close: () => void iterator.return?.()?.catch(() => {}),
  };
}
