/** What a message language has to give to the wire: how to say things, and what was said. Types only. */
import type { Failure } from '../errors.ts';
import type { SpeechEvent, SpeechRequest } from '../speech.ts';

/** What happens inside a context; the wire itself makes the `context` event. */
export type ContextEvent = Exclude<SpeechEvent, { readonly type: 'context' }>;

/**
 * One frame from the service, understood. A language whose sockets carry one context at a time may
 * leave `contextId` undefined in all of them: the socket's only context is meant.
 */
export type Message =
  /** `last`: the service marked this as the end; an end of its own may or may not follow. */
  | {
      readonly type: 'event';
      readonly contextId: string | undefined;
      readonly event: ContextEvent;
      readonly last?: boolean;
    }
  /** The context is over and complete. */
  | { readonly type: 'done'; readonly contextId: string | undefined }
  /** The service has ended the context. Without an id, every open context of the socket. */
  | { readonly type: 'error'; readonly contextId: string | undefined; readonly failure: Failure }
  /** The frame makes no sense, so the context cannot go on, but the service does not know that yet. */
  | { readonly type: 'broken'; readonly contextId: string | undefined; readonly failure: Failure };

/**
 * A message language, seen from the client. Pure: text in, frames out, and back. The methods that say
 * something return the text frames to send, in order.
 */
export interface Dialect {
  /** How many contexts one socket carries at once. Where it is 1, a cancelled context costs its socket. */
  readonly contextsPerSocket: number;
  /** How long the service may sit on text when the request does not say, in milliseconds. */
  readonly bufferDelayMs: number;
  /** Said once per context, before anything else. */
  open(request: SpeechRequest, contextId: string): readonly string[];
  /** Text, appended verbatim to what came before; more may follow. */
  push(request: SpeechRequest, contextId: string, text: string): readonly string[];
  /** A boundary: what was said so far is to become audible now. */
  flush(request: SpeechRequest, contextId: string): readonly string[];
  /** The last text of the context, empty when everything has been said already. */
  finish(request: SpeechRequest, contextId: string, text: string): readonly string[];
  cancel(contextId: string): readonly string[];
  /** Reads a frame from the service; `undefined` for what a client ignores. Never throws. */
  read(frame: Buffer, isBinary: boolean): Message | undefined;
}
