/** SLNG's native route as the wire speaks it, and how a connection to it introduces itself (protocol §6). */
import type { Dialect } from './dialect.ts';
import { checkedCredential, type Handshake } from './handshake.ts';
import { readSlngEvent } from './slng-events.ts';
import { CANCEL, CLOSE, FLUSH, KEEPALIVE, writeInit, writeText } from './slng-requests.ts';

/** Silence that the gateway is not left in: it closes sockets that say nothing (protocol §6.4). */
const KEEP_ALIVE_MS = 20_000;

/** One context at a time on a socket, named by the service (protocol §6.3, §10, 34). */
export const slng: Dialect = {
  contextsPerSocket: 1,
  reportsInputs: false,
  // That of the service behind the gateway (protocol §4.3).
  bufferDelayMs: 3000,
  keepAlive: { everyMs: KEEP_ALIVE_MS, frame: KEEPALIVE },
  farewell: CLOSE,
  open: request => [writeInit(request)],
  push: (_request, _contextId, text) => [writeText(text, true)],
  flush: () => [FLUSH],
  // Without `continue` a text is the last of its context, an empty one too (protocol §10, 30).
  finish: (_request, _contextId, text) => [writeText(text, false)],
  cancel: () => [CANCEL],
  read: readSlngEvent,
};

/** Who we are to the gateway, and what is wanted of it. */
export interface SlngIntroduction {
  /** `wss:` or `https:`; `ws:` or `http:` where the caller has made sure that it is this machine. */
  readonly baseUrl: URL;
  readonly model: string;
  readonly key?: string;
  /** Whether the key travels as a header (default) or in the address, as browsers must (protocol §6.2). */
  readonly auth?: 'header' | 'query';
  /** Regions, the most wanted first; they go before `worldPart`. */
  readonly region?: readonly string[];
  readonly worldPart?: string;
  readonly userAgent?: string;
}

const ROUTE = '/v1/tts/cartesia/';

/**
 * The address and headers of the upgrade (protocol §6.1, §6.2).
 *
 * @throws Failure `config` for a key that cannot be one.
 */
export function introduceToSlng(introduction: SlngIntroduction): Handshake {
  const { key, auth = 'header', region = [], worldPart, userAgent } = introduction;
  const url = addressOf(introduction.baseUrl, introduction.model);
  const headers: Record<string, string> = userAgent === undefined ? {} : { 'User-Agent': userAgent };
  if (region.length > 0) headers['X-Region-Override'] = region.join(',');
  if (worldPart !== undefined) headers['X-World-Part-Override'] = worldPart;
  if (key === undefined) return { url, headers };
  const secret = checkedCredential(key, 'key');
  if (auth === 'query') url.searchParams.set('token', secret);
  else headers.Authorization = `Bearer ${secret}`;
  return { url, headers };
}

/** The end of the address for a model: `sonic-3` and its dated editions are `sonic:3`, `sonic-3.5` is `sonic:3.5`. */
export function routeOf(model: string): string {
  const [, family, version] = /^([a-z]+)[-:](\d+(?:\.\d+)?)(?:-|$)/.exec(model) ?? [];
  // What a model may be called is not ours to know: it only must not lead elsewhere.
  const name = family === undefined ? model.replace('-', ':') : `${family}:${version}`;
  return encodeURIComponent(name).replaceAll('%3A', ':');
}

function addressOf(baseUrl: URL, model: string): URL {
  const path = baseUrl.pathname.replace(/\/+$/, '');
  const scheme = baseUrl.protocol === 'http:' || baseUrl.protocol === 'ws:' ? 'ws:' : 'wss:';
  // An address that leads to a model already is taken as it is.
  const whole = path.includes(ROUTE) ? path : path + ROUTE + routeOf(model);
  return new URL(`${scheme}//${baseUrl.host}${whole}${baseUrl.search}`);
}
