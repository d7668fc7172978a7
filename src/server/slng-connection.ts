/** One client's socket in SLNG's languages: a session, and in it one utterance after the other (protocol §6.3, §6.4). */
import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { DEFAULT_BUFFER_DELAY_MS, type Generation } from '../protocol/cartesia-requests.ts';
import { Refusal } from '../protocol/refusal.ts';
import { type Command, type Controls, type Init, readMessage, type Text } from '../protocol/slng-requests.ts';
import { DEFAULT_VERSION } from '../protocol/versions.ts';
import { admit, checkLengths } from './admission.ts';
import { type Context, createContext } from './context.ts';
import { type Connection, createLine, type Shared } from './line.ts';
import { checkModel } from './models.ts';
import type { Outcome } from './options.ts';
import { badRequest, emptyTranscript, internalError, noSlot, said, transcriptTooLong } from './refusals.ts';
import type { Input, Tongue } from './slng-tongue.ts';

/** What was settled at the upgrade. */
export interface SlngClient {
  readonly requestId: string;
  /** Where `init` names none. */
  readonly model: string;
  readonly tongue: Tongue;
}

interface Live {
  readonly id: string;
  readonly context: Context;
}

interface Entry {
  readonly input: Input;
  readonly controls: Controls;
}

/** Where `init` names none, as the bridge allows. */
const DEFAULT_VOICE = 'f786b574-daa5-4673-aa0c-cbe3e8534c02';

/** What an entry that waits counts for beside its text, so that many of them are not free. */
const ENTRY_WEIGHT = 64;

/** Takes over a socket that has just been opened. */
export function createSlngConnection(socket: WebSocket, client: SlngClient, shared: Shared): Connection {
  const { tongue, requestId } = client;
  // Its contexts wait for more for as long as the session does, and are numbered as its example is.
  const settings = { ...shared.settings, expiryMs: 0, flushNumbering: 'A' } as const;
  const line = createLine(socket, shared, { receive, refuse, apologize, endAll, onIdle });
  let session: Init | undefined;
  let nextId: string | undefined;
  let current: Live | undefined;
  let lastOutcome: Outcome | undefined;
  /** What was said while the utterance before it is still being spoken. */
  let queue: Entry[] = [];

  function receive(text: string): void {
    const message = readMessage(text);
    line.touch();
    switch (message.kind) {
      case 'init':
        begin(message);
        break;
      case 'text':
      case 'flush':
        hear(message);
        break;
      case 'clear':
      case 'cancel':
        cancel();
        if (message.kind === 'clear') for (const frame of tongue.cleared()) line.answer(frame);
        break;
      case 'close':
        line.close(1000, 'closed as asked');
        break;
      case 'keepalive':
        break;
    }
  }

  function begin(init: Init): void {
    if (current !== undefined || queue.length > 0) throw badRequest('init cannot be said while something is spoken');
    checkModel(init.model ?? client.model, settings.models);
    session = init;
    nextId = init.contextId;
    for (const frame of tongue.ready(requestId)) line.answer(frame);
  }

  function hear(message: Text | Command): void {
    if (session === undefined) throw badRequest('init has to come first');
    const input = tongue.read(message);
    if (message.kind === 'flush' && !isUnfinished()) {
      // On the native route the last text of an utterance flushes itself.
      if (tongue.isBridge) throw badRequest('there is no text to flush');
      return;
    }
    if (input.transcript.length > settings.limits.transcriptChars) {
      throw new Refusal({ ...transcriptTooLong(settings.limits.transcriptChars).facts, status: 413 });
    }
    const entry = { input, controls: message.kind === 'text' ? message : {} };
    if (queue.length === 0 && current?.context.closing !== true) {
      enter(entry);
    } else {
      queue.push(entry);
      line.weigh(weightOf(entry));
    }
  }

  /** Whether more may be added to the utterance that was spoken of last. */
  function isUnfinished(): boolean {
    const last = queue.at(-1);
    return last === undefined ? current !== undefined && !current.context.closing : last.input.continue;
  }

  function enter({ input, controls }: Entry): void {
    // Who flushes or ends what has ended wants nothing.
    const isLate = input.flush || (!input.continue && (lastOutcome === 'error' || lastOutcome === 'cancelled'));
    if (current !== undefined) current.context.input({ ...input, contextId: current.id });
    else if (input.transcript !== '') open(input, controls);
    else if (!isLate) throw emptyTranscript();
  }

  function open(input: Input, controls: Controls): void {
    const id = nextId ?? randomUUID();
    nextId = undefined;
    const opening = openingOf(id, input, controls);
    try {
      checkLengths(opening, settings);
      const request = admit(opening, DEFAULT_VERSION, settings);
      if (!shared.contextSlots.take()) throw noSlot(shared.contextSlots, settings.concurrency);
      const context = createContext(opening, request, {
        synthesizer: shared.synthesizer,
        settings,
        send: line.send,
        wording: tongue.wording(id),
        onWeight: line.weigh,
        onAudio: line.touch,
        onEnd(outcome, refusal) {
          if (refusal === undefined) end(outcome);
          else refuse(refusal.on(id));
        },
      });
      current = { id, context };
      context.input(opening);
    } catch (error) {
      lastOutcome = 'error';
      throw error instanceof Refusal ? error.on(id) : error;
    }
  }

  function openingOf(contextId: string, input: Input, controls: Controls): Generation {
    const { model = client.model, voice = DEFAULT_VOICE, format, ...lasting } = session as Init;
    const { language, speed, volume, emotion }: Controls = { ...lasting, ...controls };
    return {
      kind: 'generation',
      contextId,
      ...input,
      model,
      voice,
      format,
      words: false,
      phonemes: false,
      normalizedTimestamps: false,
      maxBufferDelayMs: DEFAULT_BUFFER_DELAY_MS,
      ...(language === undefined ? {} : { language }),
      ...(speed === undefined ? {} : { speed }),
      ...(volume === undefined ? {} : { volume }),
      ...(emotion === undefined ? {} : { emotion }),
    };
  }

  /** Stops what is spoken and writes it down. What was said after it is next. */
  function end(outcome: Outcome, refusal?: Refusal): void {
    if (current === undefined) return;
    const { id, context } = current;
    current = undefined;
    lastOutcome = outcome;
    shared.contextSlots.release();
    context.stop();
    settings.onLog?.({
      contextId: id,
      requestId,
      ...context.figures(),
      outcome,
      ...(refusal === undefined ? {} : { error: `${refusal.facts.title}: ${refusal.message}` }),
    });
    // In a later turn, for the last frames of the one before are sent after this.
    if (queue.length > 0) queueMicrotask(goOn);
  }

  function goOn(): void {
    while (current?.context.closing !== true) {
      const entry = queue.shift();
      if (entry === undefined) return;
      line.weigh(-weightOf(entry));
      try {
        enter(entry);
      } catch (error) {
        if (error instanceof Refusal) {
          refuse(error);
        } else {
          apologize();
          line.close(1011, 'internal error');
        }
      }
    }
  }

  function refuse(refusal: Refusal): void {
    const { contextId } = refusal.facts;
    if (contextId !== undefined && contextId === current?.id) end('error', refusal);
    else settings.onRefusal?.({ requestId, where: 'message', ...said(refusal) });
    line.answer(tongue.error(refusal.facts, requestId));
  }

  function apologize(): void {
    refuse(current === undefined ? internalError() : internalError().on(current.id));
  }

  function cancel(): void {
    const id = current?.id;
    dropQueue();
    end('cancelled');
    if (id !== undefined) line.cancelled(id);
  }

  function endAll(outcome: Outcome): void {
    dropQueue();
    end(outcome);
  }

  function dropQueue(): void {
    const entries = queue;
    queue = [];
    line.weigh(-entries.reduce((sum, entry) => sum + weightOf(entry), 0));
  }

  function onIdle(): void {
    const message = 'nothing was said for too long';
    refuse(new Refusal({ status: 408, code: 'idle_timeout_exceeded', title: 'Idle timeout', message }));
  }

  return line;
}

function weightOf({ input }: Entry): number {
  return input.transcript.length + ENTRY_WEIGHT;
}
