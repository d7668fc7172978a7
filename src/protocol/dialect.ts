/** What a message language has to give to the wire: how to say things, and what was said. Types only. */
import type { Failure } from '../errors.ts';
import type { SpeechEvent, SpeechRequest } from '../speech.ts';

/** What happens inside a context; the wire itself makes the `context` event. */
export type ContextEvent = Exclude<SpeechEvent, { readonly type: 'context' }>;

/**
 * One frame from the service, understood. A language whose sockets carry one context at a time may
 * leave `contextId` undefined: the socket's only context is meant. Where it is there, it is the service's
 * own name for the context, by which frames that come late are told from those of the next one.
 */
export type Message =
  /** `last`: the service marked this as the end; an end of its own may or may not follow. */
  | {
      readonly type: 'event';
      readonly contextId: string | undefined;
      readonly event: ContextEvent;
      readonly last?: boolean;
      /** The service's number for what lies between two boundaries, where nothing else tells of them (protocol §4.4). */
      readonly segment?: number;
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
  /** How many contexts one socket carries at once. Where it is 1, a context that does not end well costs its socket. */
  readonly contextsPerSocket: number;
  /** Whether the service says `flushed` of each input that it does not hold back (protocol §4.3), not of boundaries alone. */
  readonly reportsInputs: boolean;
  /** How long the service may sit on text when the request does not say, in milliseconds. */
  readonly bufferDelayMs: number;
  /** Said while nothing else has been said for `everyMs`, lest the service closes the socket. */
  readonly keepAlive?: { readonly everyMs: number; readonly frame: string };
  /** Said before our side closes a socket. */
  readonly farewell?: string;
  /**
   * Said once per socket, before its first context. It holds for all contexts of the socket: a
   * request for which something else would have to be said needs another one.
   */
  open(request: SpeechRequest): readonly string[];
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
