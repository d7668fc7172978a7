/** The parts of a long text, being spoken ahead of whoever takes them. */
import type { SpeechEvent, SpeechRequest, Synthesizer, Transcript } from '../speech.ts';
import { transcriptOfText } from '../text/inputs.ts';
import { type Part, partsOf } from '../text/parts.ts';
import { isSpeakable } from '../text/transcript.ts';
import { type Allowance, createEventSpool, type EventSpool } from './event-spool.ts';

export interface AheadOptions {
  /** Parts that may be spoken at once. */
  readonly jobs: number;
  /** What an earlier run has spoken of the same text: it is delivered as it is, and the speech goes on behind it. */
  readonly beginning?: Beginning;
  /**
   * Told of every part, in order: of one that was spoken when all of it has been delivered and taken, of one that is
   * passed over because an earlier run spoke it before anything is delivered.
   */
  readonly onPart?: (part: Part, isSpoken: boolean) => void;
}

/** The beginning of a speech, kept. */
export interface Beginning {
  /** How many parts it is. */
  readonly parts: number;
  /** All of its events, with times from the start of the audio. */
  events(): AsyncIterable<SpeechEvent>;
}

/** Parts for each job that may be begun before the first of them is delivered, so that one slow part delays no other. */
const AHEAD = 4;
/** As many parts as may wait on a disk at once, whatever the number of jobs: most are a few megabytes of audio. */
const MOST_AHEAD = 64;

/** What may wait in memory, in bytes: of one part and of all. */
const HELD_EACH = 256 * 1024;
const HELD_ALL = 4 * 1024 * 1024;
/** No other part is begun while more than this waits in memory, for want of a disk, or on the disk. */
const HELD_MOST = 64 * 1024 * 1024;
const STORED_MOST = 512 * 1024 * 1024;

/** A part on its way. */
export interface Turn {
  readonly part: Part;
  readonly spool: EventSpool;
  readonly cancel: AbortController;
}

/** The parts of a speech, some of them being spoken. */
export interface Ahead {
  /** Resolves when the parts of the earlier run have been passed over. @throws what ended the speech before that */
  passed(): Promise<void>;
  /** The part whose turn it is; undefined when all have been delivered. @throws what ended the speech */
  next(): Promise<Turn | undefined>;
  /** All of the part whose turn it was has been taken. */
  delivered(turn: Turn): Promise<void>;
  /** @throws what the speech was stopped with */
  check(): void;
  /** Gives up all that has not been delivered; resolves when nothing of it is left on the disk. */
  stop(reason: unknown): Promise<void>;
}

/** Reads the text and has its parts spoken, ahead of whoever takes them. */
export function speakAhead(
  synthesizer: Synthesizer,
  transcript: Transcript,
  request: SpeechRequest,
  { jobs, beginning, onPart }: AheadOptions,
): Ahead {
  const source = transcript[Symbol.asyncIterator]();
  const allowance: Allowance = { each: HELD_EACH, all: HELD_ALL, held: 0, stored: 0 };
  const mostAhead = Math.max(jobs, Math.min(AHEAD * jobs, MOST_AHEAD));
  /** Begun and not delivered yet, in order. */
  const turns: Turn[] = [];
  let speaking = 0;
  let read: { readonly failure?: { readonly reason: unknown } } | undefined;
  let stopped: { readonly reason: unknown } | undefined;
  let isClosed = false;
  let pass = () => {};
  const isPassed = new Promise<void>(resolve => {
    pass = resolve;
  });
  let change = () => {};
  let changed = nextChange();

  function nextChange(): Promise<void> {
    return new Promise(resolve => {
      change = () => {
        changed = nextChange();
        resolve();
      };
    });
  }

  function hasRoom(): boolean {
    if (turns.length === 0) return true;
    const { held, stored } = allowance;
    return speaking < jobs && turns.length < mostAhead && held <= HELD_MOST && stored <= STORED_MOST;
  }

  async function readAll(): Promise<void> {
    let parts = 0;
    if (beginning === undefined) pass();
    for await (const part of partsOf(textOf(source), request.language)) {
      parts++;
      if (beginning !== undefined && parts <= beginning.parts) {
        onPart?.(part, false);
        if (parts === beginning.parts) pass();
        continue;
      }
      while (!isClosed && !hasRoom()) await changed;
      if (isClosed) return;
      const turn: Turn = { part, spool: createEventSpool(allowance), cancel: new AbortController() };
      turns.push(turn);
      // Mere signs behind the last words: there is nothing in them that a service would take.
      if (parts > 1 && !isSpeakable(part.text)) turn.spool.end();
      else void speak(turn);
      change();
    }
  }

  async function speak({ part, spool, cancel }: Turn): Promise<void> {
    speaking++;
    try {
      // Sentence by sentence: what is lost on the way is said again from there.
      const inputs = transcriptOfText(part.again + part.text, request.language);
      for await (const event of synthesizer.synthesize(inputs, request, cancel.signal)) {
        const full = spool.push(event);
        if (full !== undefined) await full;
      }
      spool.end();
    } catch (reason) {
      spool.end({ reason });
      giveUpBehind(spool, reason);
    } finally {
      speaking--;
      change();
    }
  }

  /** What comes behind a failure will not be delivered: it costs money, and room on a disk. */
  function giveUpBehind(spool: EventSpool, reason: unknown): void {
    const at = turns.findIndex(turn => turn.spool === spool);
    if (at === -1) return;
    close();
    for (const turn of turns.splice(at + 1)) void drop(turn, reason);
  }

  function drop(turn: Turn, reason: unknown): Promise<void> {
    turn.cancel.abort(reason);
    return turn.spool.release(reason);
  }

  /** No part is begun any more. */
  function close(): void {
    isClosed = true;
    change();
    pass();
    void source.return?.()?.catch(() => {});
  }

  readAll().then(
    () => {
      read = {};
      pass();
      change();
    },
    reason => {
      read = { failure: { reason } };
      pass();
      change();
    },
  );

  function check(): void {
    if (stopped !== undefined) throw stopped.reason;
  }

  async function next(): Promise<Turn | undefined> {
    for (;;) {
      check();
      const [turn] = turns;
      if (turn !== undefined) return turn;
      if (read?.failure !== undefined) throw read.failure.reason;
      if (read !== undefined) return undefined;
      await changed;
    }
  }

  return {
    next,
    check,
    async passed() {
      await isPassed;
      check();
      if (read !== undefined) await next();
    },
    async delivered(turn) {
      turns.shift();
      await turn.spool.release(undefined);
      change();
    },
    async stop(reason) {
      stopped ??= { reason };
      if (!isClosed) close();
      change();
      await Promise.all(turns.splice(0).map(turn => drop(turn, reason)));
    },
  };
}

/** The text that `source` gives; boundaries mean nothing to parts. */
async function* textOf(source: AsyncIterator<string | object>): AsyncGenerator<string> {
  for (;;) {
    const { done, value } = await source.next();
    if (done) return;
    if (typeof value === 'string') yield value;
  }
}
