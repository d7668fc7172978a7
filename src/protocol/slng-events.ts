/** What a server says on SLNG's native route: written by our server, read by our client (protocol §6.3, §6.5). */
import type { FailureKind } from '../errors.ts';
import { Failure } from '../errors.ts';
import { readAudioFrame } from './audio-frame.ts';
import { decodeBase64 } from './base64.ts';
import type { Message } from './dialect.ts';
import { isObject } from './members.ts';
import type { RefusalFacts } from './refusal.ts';
import { carried, notJson } from './said.ts';
import { type Meaning, meaningOf } from './status.ts';

/** A chunk of audio. `flushId` is how many flushes came before it; `stepTimeMs` how long it took to make. */
export function writeAudioChunk(contextId: string, audio: Uint8Array, flushId: number, stepTimeMs: number): string {
  const data = Buffer.from(audio.buffer, audio.byteOffset, audio.byteLength).toString('base64');
  const id = JSON.stringify(contextId);
  return `{"type":"audio_chunk","context_id":${id},"status_code":206,"done":false,"data":"${data}","step_time":${stepTimeMs},"flush_id":${flushId}}`;
}

/** The end of a context; its status is 200 where Cartesia's is 206. */
export function writeAudioEnd(contextId: string): string {
  return JSON.stringify({ type: 'audio_end', context_id: contextId, status_code: 200, done: true });
}

/** An error, which has no title on this route. */
export function writeSlngError(facts: RefusalFacts, requestId: string): string {
  return JSON.stringify({
    type: 'error',
    message: `${facts.title}: ${facts.message}`,
    status_code: facts.status,
    error_code: errorCodeOf(facts),
    done: true,
    request_id: requestId,
    context_id: facts.contextId,
  });
}

/** The code of this wire for a refusal: its own if it is one of those, else the one that its status stands for. */
export function errorCodeOf({ code, status }: RefusalFacts): string {
  if (code !== undefined && Object.hasOwn(CODES, code)) return code;
  return CODES_BY_STATUS[status] ?? (status >= 500 ? 'provider_error' : 'invalid_request');
}

const CODES_BY_STATUS: Readonly<Record<number, string>> = {
  401: 'auth_error',
  403: 'auth_error',
  408: 'idle_timeout_exceeded',
  413: 'payload_too_large',
  429: 'rate_limit',
  503: 'backpressure',
};

/** The codes that are known, each with its status and what it means for us (protocol §6.5). */
const CODES: Readonly<Record<string, CodeFacts>> = {
  auth_error: code(401, 'auth', false),
  config_error: code(400, 'service', false),
  invalid_request: code(400, 'service', false),
  payload_too_large: code(413, 'service', false),
  rate_limit: code(429, 'quota', true),
  rate_limit_exceeded: code(429, 'quota', true),
  idle_timeout_exceeded: code(408, 'service', true),
  max_connection_duration_exceeded: code(408, 'service', true),
  not_ready: code(503, 'service', true),
  backpressure: code(503, 'service', true),
  translation_error: { ...code(500, 'service', true), mostRetries: 1 },
  provider_error: code(502, 'service', true),
  backend_error: code(502, 'service', true),
  backend_connection_failed: code(502, 'service', true),
};

interface CodeFacts extends Meaning {
  readonly status: number;
  readonly mostRetries?: number;
}

function code(status: number, kind: FailureKind, retryable: boolean): CodeFacts {
  return { status, kind, retryable };
}

/** Kinds that hold audio, and kinds that end it: this route's, the bridge's and Cartesia's, in any case (protocol §6.4). */
const AUDIO: readonly unknown[] = ['audio_chunk', 'audio', 'chunk'];
const END: readonly unknown[] = ['audio_end', 'end', 'done'];

/**
 * Reads a server's frame; `undefined` for what a client ignores: `ready`, `flushed`, whatever is unknown,
 * JSON that is no object. A binary frame is audio as it is. Context ids are the service's own. Never throws.
 */
export function readSlngEvent(frame: Buffer, isBinary: boolean): Message | undefined {
  // Bare audio says nothing of segments.
  if (isBinary) return { type: 'event', contextId: undefined, event: { type: 'audio', chunk: frame } };
  const found = readAudioFrame(frame);
  if (found !== undefined && AUDIO.includes(found.message.type)) return audio(found.message, found.audio);
  return readWhole(frame);
}

function readWhole(frame: Buffer): Message | undefined {
  let message: unknown;
  try {
    message = JSON.parse(frame.toString('utf8'));
  } catch {
    return { type: 'broken', contextId: undefined, failure: notJson(frame) };
  }
  if (!isObject(message) || typeof message.type !== 'string') return undefined;
  const type = message.type.toLowerCase();
  if (type === 'error') return { type: 'error', contextId: contextIdOf(message), failure: readError(message) };
  if (END.includes(type)) return { type: 'done', contextId: contextIdOf(message) };
  if (!AUDIO.includes(type)) return undefined;
  const chunk = typeof message.data === 'string' ? decodeBase64(message.data) : undefined;
  if (chunk === undefined) return broken(contextIdOf(message), 'the service sent audio that is not valid base64');
  return audio(message, chunk);
}

function audio(message: Record<string, unknown>, chunk: Uint8Array): Message {
  const segment = typeof message.flush_id === 'number' ? message.flush_id : 0;
  const common = { type: 'event', contextId: contextIdOf(message), event: { type: 'audio', chunk }, segment } as const;
  return message.done === true ? { ...common, last: true } : common;
}

/** An error with its members at the top, or nested in `data` or `error` (protocol §6.4). */
function readError(message: Record<string, unknown>): Failure {
  const places = [message, message.data, message.error].filter(isObject);
  const text = (...names: readonly string[]) => {
    const found = places.flatMap(place => names.map(name => place[name])).find(isSaid);
    return found === undefined ? '' : carried(found);
  };
  // Some give the status as `code` (LiveKit's plug-in reads it so).
  const stated = places.flatMap(place => [place.status_code, place.status, place.code]).find(Number.isInteger);
  const providerCode = text('error_code', 'code');
  const known = codeOf(providerCode);
  const status = typeof stated === 'number' ? stated : (known?.status ?? 500);
  // A key that the provider behind the gateway rejects is rejected again: there the status says more.
  const { kind, retryable } = known === undefined || isRejection(status) ? meaningOf(status) : known;
  const said = text('message', 'title') || (typeof message.error === 'string' ? carried(message.error) : '');
  const requestId = text('request_id', 'slng_request_id');
  return new Failure(kind, said || `the service reported an error (${status}) and said nothing about it`, {
    retryable,
    status,
    ...(known?.mostRetries === undefined ? {} : { mostRetries: known.mostRetries }),
    ...(providerCode === '' ? {} : { providerCode }),
    ...(requestId === '' ? {} : { requestId }),
  });
}

function codeOf(name: string): CodeFacts | undefined {
  const key = name.toLowerCase();
  return Object.hasOwn(CODES, key) ? CODES[key] : undefined;
}

function isRejection(status: number): boolean {
  return status === 401 || status === 402 || status === 403;
}

function isSaid(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function contextIdOf(message: Record<string, unknown>): string | undefined {
  return typeof message.context_id === 'string' ? message.context_id : undefined;
}

function broken(contextId: string | undefined, message: string): Message {
  return { type: 'broken', contextId, failure: new Failure('service', message, { retryable: true }) };
}
