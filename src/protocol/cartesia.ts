/** Cartesia's message language as the wire speaks it, and how a connection introduces itself. */
import { readEvent } from './cartesia-events.ts';
import { DEFAULT_BUFFER_DELAY_MS, writeCancel, writeInput } from './cartesia-requests.ts';
import type { Dialect, Message } from './dialect.ts';
import { checkedCredential, type Handshake } from './handshake.ts';

/** Any number of contexts on one socket, each known by its id (protocol §4). */
export const cartesia: Dialect = {
  contextsPerSocket: Number.POSITIVE_INFINITY,
  reportsInputs: true,
  bufferDelayMs: DEFAULT_BUFFER_DELAY_MS,
  // The first input opens a context (protocol §4.2), and every input says everything.
  open: () => [],
  push: (request, contextId, transcript) => [writeInput(request, { contextId, transcript, continue: true })],
  flush: (request, contextId) => [writeInput(request, { contextId, transcript: '', continue: true, flush: true })],
  finish: (request, contextId, transcript) => [writeInput(request, { contextId, transcript, continue: false })],
  cancel: contextId => [writeCancel(contextId)],
  read,
};

/** Binary frames are not part of this language (protocol §1.5). */
function read(frame: Buffer, isBinary: boolean): Message | undefined {
  const message = isBinary ? undefined : readEvent(frame);
  if (message === undefined) return undefined;
  const { contextId } = message;
  switch (message.type) {
    case 'chunk': {
      const event = { type: 'audio', chunk: message.audio } as const;
      return message.last ? { type: 'event', contextId, event, last: true } : { type: 'event', contextId, event };
    }
    case 'timestamps': {
      const { granularity, spans } = message;
      return { type: 'event', contextId, event: { type: 'timestamps', granularity, spans } };
    }
    case 'flush_done':
      return { type: 'event', contextId, event: { type: 'flushed' } };
    default:
      return message;
  }
}

/** Who we are to the service. */
export interface Introduction {
  /** `wss:` or `https:`; `ws:` or `http:` where the caller has made sure that it is this machine. */
  readonly baseUrl: URL;
  readonly version: string;
  readonly credential?: { readonly kind: 'key' | 'token'; readonly value: string };
  /** Whether version and credential travel as headers (default) or in the address (protocol §1.2, §1.3). */
  readonly auth?: 'header' | 'query';
  readonly userAgent?: string;
}

const PATH = '/tts/websocket';

/**
 * The address and headers of the upgrade (protocol §1.1–§1.3).
 *
 * @throws Failure `config` for a credential that cannot be one: it would end up inside a header.
 */
export function introduce(introduction: Introduction): Handshake {
  const { version, auth = 'header', userAgent } = introduction;
  const url = addressOf(introduction.baseUrl);
  const headers: Record<string, string> = userAgent === undefined ? {} : { 'User-Agent': userAgent };
  const credential = introduction.credential && { ...introduction.credential };
  if (credential) credential.value = checkedCredential(credential.value, credential.kind);
  if (auth === 'query') {
    url.searchParams.set('cartesia_version', version);
    if (credential) url.searchParams.set(credential.kind === 'key' ? 'api_key' : 'access_token', credential.value);
    return { url, headers };
  }
  headers['Cartesia-Version'] = version;
  if (credential?.kind === 'key') headers['X-API-Key'] = credential.value;
  if (credential?.kind === 'token') headers.Authorization = `Bearer ${credential.value}`;
  return { url, headers };
}

/**
 * The address and headers of a request over HTTP (protocol §8), `path` being such as `/voices`.
 *
 * @throws Failure as `introduce` does.
 */
export function introduceOverHttp(introduction: Introduction, path: string): Handshake {
  const { url, headers } = introduce(introduction);
  const scheme = url.protocol === 'ws:' ? 'http:' : 'https:';
  const before = url.pathname.slice(0, -PATH.length);
  return { url: new URL(`${scheme}//${url.host}${before}${path}${url.search}`), headers };
}

function addressOf(baseUrl: URL): URL {
  const path = baseUrl.pathname.replace(/\/+$/, '');
  const scheme = baseUrl.protocol === 'http:' || baseUrl.protocol === 'ws:' ? 'ws:' : 'wss:';
  // A new URL, because `protocol` refuses to go from https: to wss:.
  const url = new URL(`${scheme}//${baseUrl.host}${path.endsWith(PATH) ? path : path + PATH}${baseUrl.search}`);
  // The query's version wins over the header's (protocol §1.2): one left in the base address would hide ours.
  if (url.search !== '') url.searchParams.delete('cartesia_version');
  return url;
}
