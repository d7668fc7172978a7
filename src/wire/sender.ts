/** The outgoing half of a context: its transcript, piece by piece, no further ahead of the speech than makes sense. */
import type { Dialect } from '../protocol/dialect.ts';
import type { Clock, Piece, SpeechRequest } from '../speech.ts';
import { createPacing } from './pacing.ts';
import type { Socket } from './socket.ts';
import { settlesPromptly } from './wait.ts';
import { createWatch } from './watch.ts';

export interface SenderSetup {
  readonly id: string;
  readonly request: SpeechRequest;
  readonly dialect: Dialect;
  readonly socket: Socket;
  readonly clock: Clock;
  /** Text is about to go out; `last` when nothing will follow it. */
  sending(text: string, last: boolean): void;
}

export interface Sender {
  /** Resolves when all text is out or `stop()` was called; throws what the transcript throws. */
  send(first: string, rest: AsyncIterator<Piece>): Promise<void>;
  /** Something has come for the context, with so many seconds of audio. */
  heard(seconds: number): void;
  /** The service says that everything before a boundary has been spoken. */
  flushed(): void;
  stop(): void;
}

/**
 * With nothing more to be heard for this long, beside what it may sit on text, the service seems to have spoken what
 * it has. A slow one is not quiet as long between two frames; a quick one is so far ahead of a listener that it
 * does not matter.
 */
const QUIET_MS = 3000;

export function createSender({ id, request, dialect, socket, clock, sending }: SenderSetup): Sender {
  const pacing = createPacing(dialect.reportsInputs && request.maxBufferDelayMs === 0);
  const quietMs = QUIET_MS + (request.maxBufferDelayMs ?? dialect.bufferDelayMs);
  let stopped = false;
  /** Whether anything has come since text went out last. */
  let answered = false;
  let waiting: { readonly text: string; readonly go: () => void } | undefined;

  const quiet = createWatch({
    clock,
    limitMs: () => (waiting !== undefined && answered ? quietMs : undefined),
    silent() {
      pacing.quiet();
      waiting?.go();
    },
  });

  async function send(first: string, rest: AsyncIterator<Piece>): Promise<void> {
    let hand: string | undefined = first;
    for (;;) {
      const next = rest.next();
      // The last text is to be marked as such: it waits a moment, in case the end is known already.
      if (hand !== undefined && !(await settlesPromptly(next))) {
        await say(hand, false);
        hand = undefined;
      }
      const { done, value } = await next;
      if (stopped) return;
      if (done) break;
      if (value === '') continue;
      if (hand !== undefined) await say(hand, false);
      hand = typeof value === 'string' ? value : undefined;
      if (hand === undefined) await mark();
    }
    await say(hand ?? '', true);
  }

  async function say(text: string, last: boolean): Promise<void> {
    await room(text);
    if (stopped) return;
    answered = false;
    pacing.sent(text);
    sending(text, last);
    await transmit(last ? dialect.finish(request, id, text) : dialect.push(request, id, text));
  }

  async function mark(): Promise<void> {
    pacing.sent('');
    await transmit(dialect.flush(request, id));
  }

  async function room(text: string): Promise<void> {
    while (!stopped && !pacing.hasRoom(text)) {
      await new Promise<void>(resolve => {
        waiting = { text, go: resolve };
        quiet.expect();
      });
      waiting = undefined;
      quiet.stop();
    }
  }

  async function transmit(frames: readonly string[]): Promise<void> {
    if (stopped) return;
    for (const frame of frames) {
      const full = socket.send(frame);
      if (full) await full;
    }
  }

  return {
    send,
    heard(seconds) {
      answered = true;
      pacing.heard(seconds * (request.speed ?? 1));
      if (waiting === undefined) return;
      if (pacing.hasRoom(waiting.text)) waiting.go();
      else quiet.expect();
    },
    flushed: () => pacing.flushed(),
    stop() {
      stopped = true;
      quiet.stop();
      waiting?.go();
    },
  };
}
