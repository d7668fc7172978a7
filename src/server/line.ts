/** What a socket on the server needs in any message language: sending, faults, reading no faster than is spoken, going. */
import type { WebSocket } from 'ws';
import { Refusal } from '../protocol/refusal.ts';
import type { Synthesizer } from '../speech.ts';
import { createExpiry } from './expiry.ts';
import type { FaultPlan } from './fault-plan.ts';
import type { Outcome, Settings } from './options.ts';
import { createOutbox, type Send } from './outbox.ts';
import { badRequest } from './refusals.ts';
import type { Slots } from './slots.ts';
import type { Frame } from './wording.ts';

/** What the sockets of one server share. */
export interface Shared {
  readonly synthesizer: Synthesizer;
  readonly settings: Settings;
  readonly contextSlots: Slots;
  readonly faults: FaultPlan;
}

/** A socket that somebody else may have to close. */
export interface Connection {
  /** Ends all contexts without a word and closes with 1001. */
  shutDown(): void;
}

/** Who speaks the message language. */
export interface Speaker {
  /**
   * A text frame has come.
   *
   * @throws Refusal for what is to be refused.
   */
  receive(text: string): void;
  /** Says no. */
  refuse(refusal: Refusal): void;
  /** Says that we are at fault, of every context that there is. */
  apologize(): void;
  /** Ends every context without a word. */
  endAll(outcome: Outcome): void;
  /** Nothing has happened for too long; what is said now goes out before the socket closes. */
  onIdle?(): void;
}

export interface Line extends Connection {
  /** For what is spoken; may be waited for. */
  readonly send: Send;
  /** For what is said to the client about what it said: it is not read until it has taken that. */
  answer(frame: Frame): void;
  /** More text waits for the synthesizer, or less (negative), in UTF-16 code units. */
  weigh(change: number): void;
  /** Something happens: the socket is not idle. */
  touch(): void;
  /** The client has cancelled a context. */
  cancelled(contextId: string): void;
  close(code: number, reason: string): void;
}

/** Takes over a socket that has just been opened. `speaker` is asked from the next turn on. */
export function createLine(socket: WebSocket, { settings, faults }: Shared, speaker: Speaker): Line {
  const { limits } = settings;
  const outbox = createOutbox(socket, { bufferedBytes: limits.bufferedBytes });
  const { send, cancelled } = faults.strike(outbox.send, {
    closed: outbox.closed,
    // After what was sent before, which a ping follows.
    drop: () => socket.ping(undefined, undefined, () => socket.terminate()),
    close: code => socket.close(code),
    refuse: refusal => speaker.refuse(refusal),
  });
  const idle = createExpiry({
    afterMs: settings.idleMs,
    clock: settings.background,
    onQuiet() {
      speaker.onIdle?.();
      close(1000, 'connection idle timeout');
    },
  });
  /** Text that waits for the synthesizer, and answers that wait for the client: either may hold up our reading. */
  let waitingChars = 0;
  let unsentAnswers = 0;

  /**
   * A socket that is not read holds back cancel requests and pings too, but never for good: the
   * synthesizer goes on with what it has, and text taken lets the next frame in.
   */
  const paceReading = () => {
    const shouldPause = waitingChars > limits.waitingChars || unsentAnswers > 0;
    if (shouldPause === socket.isPaused) return;
    if (shouldPause) socket.pause();
    else socket.resume();
  };

  function endAll(outcome: Outcome): void {
    idle.stop();
    speaker.endAll(outcome);
  }

  function close(code: number, reason: string): void {
    endAll('disconnected');
    // The other's answer must be read, whatever held us up.
    socket.resume();
    socket.close(code, reason);
  }

  socket.on('message', (data, isBinary) => {
    if (socket.readyState !== socket.OPEN) return;
    try {
      if (isBinary) throw badRequest('messages are JSON in text frames, not binary');
      speaker.receive(String(data));
    } catch (error) {
      if (error instanceof Refusal) return speaker.refuse(error);
      // Nothing that a client says leads here; if something does, it is a bug of ours and ends this socket only.
      speaker.apologize();
      close(1011, 'internal error');
    }
  });
  // What is wrong with a frame, `ws` answers itself; 'close' follows.
  socket.on('error', () => {});
  socket.once('close', () => endAll('disconnected'));

  return {
    send,
    answer(frame) {
      const sent = send(frame);
      if (sent === undefined) return;
      unsentAnswers += 1;
      paceReading();
      void sent.then(() => {
        unsentAnswers -= 1;
        paceReading();
      });
    },
    weigh(change) {
      waitingChars += change;
      paceReading();
    },
    touch: idle.touch,
    cancelled,
    close,
    shutDown: () => close(1001, 'the server is shutting down'),
  };
}
