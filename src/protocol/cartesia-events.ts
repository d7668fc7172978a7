/** What a server says on Cartesia's socket: written by our server, read by our client (protocol §3, §7.1). */
import { Failure } from '../errors.ts';
import type { Granularity, Span } from '../speech.ts';
import { readAudioFrame } from './audio-frame.ts';
import { decodeBase64 } from './base64.ts';
import { isObject } from './members.ts';
import type { RefusalFacts } from './refusal.ts';
import { carried, notJson } from './said.ts';
import { meaningOf } from './status.ts';
import { hasStructuredErrors } from './versions.ts';

/** A chunk of audio. `stepTimeMs` is how long the service took to make it; decoration for most clients. */
export function writeChunk(contextId: string, audio: Uint8Array, flushId: number, stepTimeMs: number): string {
  const data = Buffer.from(audio.buffer, audio.byteOffset, audio.byteLength).toString('base64');
  const id = JSON.stringify(contextId);
  return `{"type":"chunk","data":"${data}","done":false,"status_code":206,"step_time":${stepTimeMs},"context_id":${id},"flush_id":${flushId}}`;
}

export function writeTimestamps(
  contextId: string,
  granularity: Granularity,
  spans: readonly Span[],
  flushId: number,
): string {
  const texts = spans.map(span => span.text);
  const times = { start: spans.map(span => span.start), end: spans.map(span => span.end) };
  const common = { done: false, status_code: 206, context_id: contextId, flush_id: flushId };
  return JSON.stringify(
    granularity === 'word'
      ? { type: 'timestamps', ...common, word_timestamps: { words: texts, ...times } }
      : { type: 'phoneme_timestamps', ...common, phoneme_timestamps: { phonemes: texts, ...times } },
  );
}

export function writeFlushDone(contextId: string, flushId: number): string {
  return JSON.stringify({
    type: 'flush_done',
    done: false,
    flush_done: true,
    flush_id: flushId,
    status_code: 206,
    context_id: contextId,
  });
}

export function writeDone(contextId: string): string {
  return JSON.stringify({ type: 'done', done: true, status_code: 206, context_id: contextId });
}

/** How an error is written: the client's version decides, `strict` drops what its shape does not have. */
export interface ErrorStyle {
  readonly version: string;
  readonly requestId: string;
  readonly strict?: boolean;
}

/** An error message. Before 2026-03-01 both shapes go in one frame, so that every client can read it (protocol §5). */
export function writeError(facts: RefusalFacts, style: ErrorStyle): string {
  return JSON.stringify({
    type: 'error',
    done: true,
    status_code: facts.status,
    context_id: facts.contextId,
    ...errorBody(facts, style),
  });
}

/** The members that say what happened: the same on the socket, in SSE and in HTTP bodies. */
export function errorBody(facts: RefusalFacts, style: ErrorStyle): object {
  const structured = {
    error_code: facts.code ?? null,
    title: facts.title,
    message: facts.message,
    request_id: style.requestId,
  };
  if (hasStructuredErrors(style.version)) return structured;
  const legacy = { error: `${facts.title}: ${facts.message}` };
  return style.strict ? legacy : { ...legacy, ...structured };
}

/** A server's message as a client understands it. Every kind belongs to a context except some errors. */
export type ServerMessage =
  /** `last`: marked `done`, as older services may mark the last chunk instead of saying `done` on its own. */
  | {
      readonly type: 'chunk';
      readonly contextId: string;
      readonly audio: Uint8Array;
      readonly flushId: number;
      readonly last: boolean;
    }
  | {
      readonly type: 'timestamps';
      readonly contextId: string;
      readonly granularity: Granularity;
      readonly spans: readonly Span[];
    }
  | { readonly type: 'flush_done'; readonly contextId: string; readonly flushId: number }
  | { readonly type: 'done'; readonly contextId: string }
  | { readonly type: 'error'; readonly contextId: string | undefined; readonly failure: Failure }
  /** Not what a service may say; it does not know that the context cannot go on. */
  | { readonly type: 'broken'; readonly contextId: string | undefined; readonly failure: Failure };

/**
 * Reads a server's text frame; `undefined` for what a client ignores: kinds unknown to it, messages
 * without a usable context id, JSON that is no object. What is broken comes back as such, tied to
 * a context where one is named. Never throws.
 */
export function readEvent(frame: Buffer): ServerMessage | undefined {
  return readChunkFast(frame) ?? readAny(frame);
}

/** Chunks are nearly all there is: read without parsing their audio as JSON. */
function readChunkFast(frame: Buffer): ServerMessage | undefined {
  const found = readAudioFrame(frame);
  if (found === undefined || found.message.type !== 'chunk') return undefined;
  const { message, audio } = found;
  const contextId = message.context_id;
  if (typeof contextId !== 'string') return undefined;
  return { type: 'chunk', contextId, audio, flushId: flushIdOf(message), last: message.done === true };
}

function readAny(frame: Buffer): ServerMessage | undefined {
  let message: unknown;
  try {
    message = JSON.parse(frame.toString('utf8', 0, frame.length));
  } catch {
    return { type: 'broken', contextId: undefined, failure: notJson(frame) };
  }
  if (!isObject(message)) return undefined;
  const contextId = typeof message.context_id === 'string' ? message.context_id : undefined;
  if (message.type === 'error') return { type: 'error', contextId, failure: readError(message) };
  return contextId === undefined ? undefined : readOfContext(message, contextId);
}

function readOfContext(message: Record<string, unknown>, contextId: string): ServerMessage | undefined {
  switch (message.type) {
    case 'chunk': {
      const audio = typeof message.data === 'string' ? decodeBase64(message.data) : undefined;
      if (audio === undefined) return broken(contextId, 'the service sent audio that is not valid base64');
      return { type: 'chunk', contextId, audio, flushId: flushIdOf(message), last: message.done === true };
    }
    // The oldest page has the singular, which nothing is known to send (protocol §10, 6).
    case 'timestamp':
    case 'timestamps':
      return {
        type: 'timestamps',
        contextId,
        granularity: 'word',
        spans: readSpans(message.word_timestamps, 'words'),
      };
    case 'phoneme_timestamps': {
      const spans = readSpans(message.phoneme_timestamps, 'phonemes');
      return { type: 'timestamps', contextId, granularity: 'phoneme', spans };
    }
    case 'flush_done':
      return { type: 'flush_done', contextId, flushId: flushIdOf(message) };
    case 'done':
      return { type: 'done', contextId };
    default:
      return undefined;
  }
}

/** Parallel arrays to spans: as many as all three have, those with anything but text and finite times left out. */
function readSpans(lists: unknown, texts: string): Span[] {
  if (typeof lists !== 'object' || lists === null) return [];
  const { [texts]: words, start, end } = lists as Record<string, unknown>;
  if (!Array.isArray(words) || !Array.isArray(start) || !Array.isArray(end)) return [];
  const spans: Span[] = [];
  const count = Math.min(words.length, start.length, end.length);
  for (let i = 0; i < count; i++) {
    const span = { text: words[i], start: start[i], end: end[i] };
    if (typeof span.text === 'string' && Number.isFinite(span.start) && Number.isFinite(span.end)) spans.push(span);
  }
  return spans;
}

/** Both shapes of error (protocol §7.1): title and message, or one string. */
function readError(message: Record<string, unknown>): Failure {
  const text = (name: string) => (typeof message[name] === 'string' ? carried(message[name]) : '');
  const said = [text('title'), text('message')].filter(part => part !== '').join(': ') || text('error');
  const status = typeof message.status_code === 'number' ? message.status_code : 500;
  const code = text('error_code');
  const requestId = text('request_id');
  const { kind, retryable } = meaningOf(status);
  return new Failure(kind, said || `the service reported an error (${status}) and said nothing about it`, {
    retryable,
    status,
    ...(code === '' ? {} : { providerCode: code }),
    ...(requestId === '' ? {} : { requestId }),
  });
}

function broken(contextId: string | undefined, message: string): ServerMessage {
  return { type: 'broken', contextId, failure: new Failure('service', message, { retryable: true }) };
}

function flushIdOf(message: Record<string, unknown>): number {
  const id = message.flush_id;
  return typeof id === 'number' && Number.isFinite(id) ? id : 0;
}
