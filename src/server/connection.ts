/** One client's socket on the server: reads its messages, keeps its contexts, says no where no is due (protocol §4, §7.3). */
import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { writeError } from '../protocol/cartesia-events.ts';
import { type Control, type Generation, readRequest } from '../protocol/cartesia-requests.ts';
import { Refusal } from '../protocol/refusal.ts';
import type { Synthesizer } from '../speech.ts';
import { admit, checkLengths, checkSame } from './admission.ts';
import { cartesiaWording } from './cartesia-wording.ts';
import { type Context, createContext } from './context.ts';
import { createExpiry } from './expiry.ts';
import type { FaultPlan } from './faults.ts';
import type { Outcome, Settings } from './options.ts';
import { createOutbox } from './outbox.ts';
import { badRequest, concurrencyLimited, contextClosed, emptyTranscript, internalError } from './refusals.ts';
import type { Slots } from './slots.ts';
import { createTombstones } from './tombstones.ts';

/** What the sockets of one server share. */
export interface Shared {
  readonly synthesizer: Synthesizer;
  readonly settings: Settings;
  readonly contextSlots: Slots;
  readonly faults: FaultPlan;
}

/** What was settled at the upgrade. */
export interface Client {
  readonly version: string;
  readonly requestId: string;
}

export interface Connection {
  /** Ends all contexts without a word and closes with 1001. */
  shutDown(): void;
}

interface Live {
  readonly opening: Generation;
  readonly context: Context;
}

/** Takes over a socket that has just been opened. */
export function createConnection(socket: WebSocket, client: Client, shared: Shared): Connection {
  const { settings } = shared;
  const { limits } = settings;
  const contexts = new Map<string, Live>();
  const tombstones = createTombstones(settings.clock, settings.tombstoneMs, limits.tombstones);
  const outbox = createOutbox(socket, { bufferedBytes: limits.bufferedBytes });
  const send = shared.faults.strike(outbox.send, {
    closed: outbox.closed,
    // After what was sent before, which a ping follows.
    drop: () => socket.ping(undefined, undefined, () => socket.terminate()),
    close: code => socket.close(code),
    fail: (contextId, status) => {
      const refusal = new Refusal({ status, title: 'Injected fault', message: 'this error was asked for' });
      refuse(contextId === undefined ? refusal : refusal.on(contextId));
    },
  });
  const style = { version: client.version, requestId: client.requestId, strict: settings.strict };
  const reading = { version: client.version, ...(settings.strict ? {} : { makeContextId: randomUUID }) };

  /** Text that waits for the synthesizer, and answers that wait for the client: either may hold up our reading. */
  let waitingChars = 0;
  let unsentAnswers = 0;
  const idle = createExpiry({
    afterMs: settings.idleMs,
    clock: settings.background,
    onQuiet: () => close(1000, 'connection idle timeout'),
  });

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

  function refuse(refusal: Refusal): void {
    const { contextId } = refusal.facts;
    if (contextId !== undefined) {
      end(contextId, 'error', refusal);
      // A longer one is refused for its length as often as it comes.
      if (contextId.length <= limits.contextIdChars) tombstones.add(contextId);
    }
    const sent = send(writeError(refusal.facts, style));
    if (sent === undefined) return;
    unsentAnswers += 1;
    paceReading();
    void sent.then(() => {
      unsentAnswers -= 1;
      paceReading();
    });
  }

  /** Takes a context off the list, stops it and writes it down. Once: later calls find nothing. */
  function end(id: string, outcome: Outcome, refusal?: Refusal): void {
    const live = contexts.get(id);
    if (live === undefined) return;
    contexts.delete(id);
    tombstones.add(id);
    shared.contextSlots.release();
    live.context.stop();
    settings.onLog?.({
      contextId: id,
      requestId: client.requestId,
      ...live.context.figures(),
      outcome,
      ...(refusal === undefined ? {} : { error: `${refusal.facts.title}: ${refusal.message}` }),
    });
  }

  function endAll(outcome: Outcome): void {
    idle.stop();
    for (const id of [...contexts.keys()]) end(id, outcome);
  }

  function close(code: number, reason: string): void {
    endAll('disconnected');
    // The other's answer must be read, whatever held us up.
    socket.resume();
    socket.close(code, reason);
  }

  function generate(input: Generation | Control): void {
    const { contextId: id } = input;
    checkLengths(input, settings);
    const live = contexts.get(id);
    const isEnd = input.transcript.trim() === '' && !input.continue;
    if (live === undefined && tombstones.has(id)) {
      // Who ends what has ended wants nothing.
      if (isEnd) return;
      throw contextClosed();
    }
    if (live?.context.closing) {
      if (isEnd) return;
      throw contextClosed('its last input has been received already');
    }
    if (live === undefined) {
      if (input.kind === 'control') throw emptyTranscript();
      open(input);
    } else {
      checkSame(live.opening, input, settings);
      live.context.input(input);
    }
  }

  function open(opening: Generation): void {
    const { contextId: id } = opening;
    const request = admit(opening, client.version, settings);
    if (!shared.contextSlots.take()) throw concurrencyLimited(settings.concurrency);
    const context = createContext(opening, request, {
      synthesizer: shared.synthesizer,
      settings,
      send,
      wording: cartesiaWording(id),
      onWeight(change) {
        waitingChars += change;
        paceReading();
      },
      onAudio: idle.touch,
      onEnd(outcome, refusal) {
        if (refusal === undefined) end(id, outcome);
        else refuse(refusal.on(id));
      },
    });
    contexts.set(id, { opening, context });
    context.input(opening);
  }

  function receive(text: string): void {
    const request = readRequest(text, reading);
    if (request.kind === 'cancel') {
      end(request.contextId, 'cancelled');
      return;
    }
    idle.touch();
    try {
      generate(request);
    } catch (error) {
      if (error instanceof Refusal) throw error.on(request.contextId);
      refuse(internalError().on(request.contextId));
      throw error;
    }
  }

  /** Nothing that a client says leads here; if something does, it is a bug of ours and ends this socket only. */
  function fault(): void {
    for (const id of [...contexts.keys()]) refuse(internalError().on(id));
    close(1011, 'internal error');
  }

  socket.on('message', (data, isBinary) => {
    if (socket.readyState !== socket.OPEN) return;
    try {
      if (isBinary) throw badRequest('messages are JSON in text frames, not binary');
      receive(String(data));
    } catch (error) {
      if (error instanceof Refusal) refuse(error);
      else fault();
    }
  });
  // What is wrong with a frame, `ws` answers itself; 'close' follows.
  socket.on('error', () => {});
  socket.once('close', () => endAll('disconnected'));

  return { shutDown: () => close(1001, 'the server is shutting down') };
}
