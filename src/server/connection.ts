/** One client's socket on the server: keeps its contexts, says no where no is due (protocol §4, §7.3). */
import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { writeError } from '../protocol/cartesia-events.ts';
import { type Control, type Generation, readRequest } from '../protocol/cartesia-requests.ts';
import { Refusal } from '../protocol/refusal.ts';
import { admit, checkLengths, checkSame } from './admission.ts';
import { cartesiaWording } from './cartesia-wording.ts';
import { type Context, createContext } from './context.ts';
import { type Connection, createLine, type Shared } from './line.ts';
import type { Outcome } from './options.ts';
import { contextClosed, emptyTranscript, internalError, noSlot, said } from './refusals.ts';
import { createTombstones } from './tombstones.ts';

/** What was settled at the upgrade. */
export interface Client {
  readonly version: string;
  readonly requestId: string;
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
  const style = { version: client.version, requestId: client.requestId, strict: settings.strict };
  const reading = { version: client.version, ...(settings.strict ? {} : { makeContextId: randomUUID }) };
  const line = createLine(socket, shared, { receive, refuse, apologize, endAll });

  function refuse(refusal: Refusal): void {
    const { contextId } = refusal.facts;
    if (contextId === undefined || !contexts.has(contextId)) {
      settings.onRefusal?.({ requestId: client.requestId, where: 'message', ...said(refusal) });
    }
    if (contextId !== undefined) {
      end(contextId, 'error', refusal);
      // A longer one is refused for its length as often as it comes.
      if (contextId.length <= limits.contextIdChars) tombstones.add(contextId);
    }
    line.answer(writeError(refusal.facts, style));
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
    for (const id of [...contexts.keys()]) end(id, outcome);
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
    if (!shared.contextSlots.take()) throw noSlot(shared.contextSlots, settings.concurrency);
    const context = createContext(opening, request, {
      synthesizer: shared.synthesizer,
      settings,
      send: line.send,
      wording: cartesiaWording(id),
      onWeight: line.weigh,
      onAudio: line.touch,
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
      line.cancelled(request.contextId);
      return;
    }
    line.touch();
    try {
      generate(request);
    } catch (error) {
      if (error instanceof Refusal) throw error.on(request.contextId);
      refuse(internalError().on(request.contextId));
      throw error;
    }
  }

  function apologize(): void {
    for (const id of [...contexts.keys()]) refuse(internalError().on(id));
  }

  return line;
}
