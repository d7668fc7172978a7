/** The text of one speech as it is handed out: what has been spoken is forgotten, the rest can be said again. */
import type { Piece, Transcript } from '../speech.ts';
import { saidAgain, type TagsInForce, tagsInForce } from '../text/tags-in-force.ts';
import { hasContent, isSpeakable } from '../text/transcript.ts';

/** What the service acknowledges: every input with something in it, or only the boundaries it was asked for. */
export type Acknowledged = 'inputs' | 'boundaries';

export interface Ledger {
  /** Resolves when there is something to say, or nothing will come any more. */
  begun(): Promise<void>;
  /**
   * The transcript from the first text on that is not known to be spoken, with the tags that are in force there.
   * Whoever was given one before gets no more of it.
   */
  transcript(): Transcript;
  /** Whether the first segment that is not known to be spoken is all that was handed out. */
  isLast(): boolean;
  /** The service says that it has spoken one segment more, with so many seconds of audio. Whether it is to be believed. */
  spoken(seconds: number): boolean;
  /** Whether all that is not known to be spoken can be given again. */
  readonly whole: boolean;
}

/** Characters that are kept. The wire sends far less than this ahead of the speech. */
const KEPT = 256 * 1024;

/** Letters and digits that no voice gets through in a second: who claims it has counted something else. */
const FASTEST = 60;

export function createLedger(source: Transcript, acknowledged: Acknowledged, limit: number = KEPT): Ledger {
  const iterator = source[Symbol.asyncIterator]();
  /** What is not known to be spoken; or, once it is not whole any more, what the reader has not had. */
  let kept: Piece[] = [];
  let size = 0;
  let whole = true;
  /** Cleared by an acknowledgement that cannot be: how many there were has no meaning any more. */
  let isCounting = true;
  let tags: TagsInForce = [];
  let end: { readonly error?: unknown } | undefined;
  /** One reading of the source at a time; one that an earlier reader began serves the next. */
  let reading: Promise<void> | undefined;
  let reader = 0;
  /** How much of `kept` the reader has had. */
  let at = 0;

  async function read(): Promise<void> {
    try {
      const { done, value } = await iterator.next();
      if (done) end = {};
      else keep(value);
    } catch (error) {
      end = { error };
    }
    reading = undefined;
  }

  function keep(piece: Piece): void {
    kept.push(piece);
    size += lengthOf(piece);
    if (size > limit) whole = false;
  }

  function drop(count: number): void {
    for (const piece of kept.splice(0, count)) size -= lengthOf(piece);
    at = Math.max(0, at - count);
  }

  /** Puts what is kept so that a context can begin with it. Whether what comes next is there. */
  function arrange(me: number): boolean {
    // Of what is not kept, there was text before.
    if (at > 0 || !whole) return at < kept.length;
    // A boundary before the first text is never sent, and what is gone on with may begin with blanks.
    while (kept[0] !== undefined && (typeof kept[0] !== 'string' || (me > 1 && !hasText(kept[0])))) drop(1);
    return me > 1 ? joinFirst() : kept.length > 0;
  }

  /** A first input of mere signs is refused (protocol §4.2): they go with the text behind them, or not at all. */
  function joinFirst(): boolean {
    const speech = kept.findIndex(piece => isSpeakable(textOf(piece)));
    const count = speech === -1 ? kept.length : speech + 1;
    const text = kept.slice(0, count).map(textOf).join('');
    drop(count);
    if (text !== '' && (end === undefined || hasContent(text))) {
      kept.unshift(text);
      size += text.length;
    }
    return speech !== -1;
  }

  async function next(me: number, said: string): Promise<IteratorResult<Piece>> {
    while (me === reader && !arrange(me) && end === undefined) {
      reading ??= read();
      await reading;
    }
    if (me !== reader) return END;
    const value = kept[at];
    if (value === undefined) {
      if (end && 'error' in end) throw end.error;
      return END;
    }
    at++;
    if (!whole && at === kept.length) {
      kept = [];
      at = 0;
    }
    return { done: false, value: typeof value === 'string' ? said + value : value };
  }

  /** How many of the pieces that were handed out make up the first segment; 0 if it has not been handed out whole. */
  function firstSegment(): number {
    const handed = kept.slice(0, at);
    const text = handed.findIndex(piece => hasText(textOf(piece)));
    if (text === -1 || acknowledged === 'inputs') return text + 1;
    return handed.findIndex((piece, index) => index > text && typeof piece !== 'string') + 1;
  }

  return {
    async begun() {
      if (kept.length > 0 || end !== undefined) return;
      reading ??= read();
      await reading;
    },
    transcript() {
      const me = ++reader;
      at = 0;
      let said = saidAgain(tags);
      const nextOf = async () => {
        const result = await next(me, said);
        if (!result.done && typeof result.value === 'string') said = '';
        return result;
      };
      // The source outlives its readers: no `return`.
      return { [Symbol.asyncIterator]: () => ({ next: nextOf }) };
    },
    isLast() {
      const count = firstSegment();
      return count > 0 && !kept.slice(count, at).some(piece => hasText(textOf(piece)));
    },
    spoken(seconds) {
      if (!whole || !isCounting) return false;
      const [first] = kept;
      // A boundary beside the end of an input, or blanks, may be acknowledged for themselves.
      if (seconds === 0 && at > 0 && first !== undefined && (typeof first !== 'string' || !hasText(first))) {
        drop(1);
        return false;
      }
      const count = firstSegment();
      if (count === 0) return false;
      const text = kept.slice(0, count).map(textOf).join('');
      isCounting = letters(text) <= FASTEST * seconds;
      if (!isCounting) return false;
      tags = tagsInForce(text, tags);
      drop(count);
      return true;
    },
    get whole() {
      return whole;
    },
  };
}

const END: IteratorResult<Piece> = { done: true, value: undefined };

function lengthOf(piece: Piece): number {
  return typeof piece === 'string' ? piece.length : 1;
}

function textOf(piece: Piece): string {
  return typeof piece === 'string' ? piece : '';
}

function hasText(text: string): boolean {
  return /\S/.test(text);
}

function letters(text: string): number {
  return text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
}
