/** What every request has to show before it is listened to, whatever it is for: version, credentials, origin (protocol §1.2, §1.3). */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorBody } from '../protocol/cartesia-events.ts';
import { Refusal } from '../protocol/refusal.ts';
import { DEFAULT_VERSION, hasStructuredErrors, isVersion } from '../protocol/versions.ts';
import { credentialsOf, isAuthorized, isOriginAllowed } from './credentials.ts';
import type { Settings } from './options.ts';

/** Where a request goes. Never throws: what cannot be read leads nowhere. */
export function readTarget(request: IncomingMessage): { readonly path: string; readonly query: URLSearchParams } {
  const [path = '', ...query] = (request.url ?? '').split('?');
  return { path, query: new URLSearchParams(query.join('?')) };
}

/** @throws Refusal with 401 or 403. */
export function checkVisitor(request: IncomingMessage, query: URLSearchParams, settings: Settings): void {
  if (!isOriginAllowed(request, settings)) {
    const message = 'web pages of other origins need a server that asks for a key';
    throw new Refusal({ status: 403, title: 'Forbidden', message });
  }
  const credentials = credentialsOf(request, query);
  if (isAuthorized(credentials, settings)) return;
  const message = credentials.length === 0 ? 'an API key or access token is required' : 'the key or token is not valid';
  throw new Refusal({ status: 401, title: 'Unauthorized', message });
}

/**
 * The version that a request asks for; the query's wins over the header's.
 *
 * @throws Refusal with 400 where there is none or it is no date.
 */
export function readVersion(request: IncomingMessage, query: URLSearchParams, settings: Settings): string {
  const header = request.headers['cartesia-version'];
  const version = query.get('cartesia_version') ?? (typeof header === 'string' ? header : undefined);
  if (version === undefined && settings.defaultVersion !== undefined) return settings.defaultVersion;
  if (version !== undefined && isVersion(version)) return version;
  throw new Refusal({
    status: 400,
    title: version === undefined ? 'Missing Cartesia-Version header' : 'Invalid Cartesia-Version header',
    message: 'a Cartesia-Version header or cartesia_version parameter is required in the form YYYY-MM-DD',
  });
}

/** The version to write a refusal for, when it may be the version that is wrong. */
export function versionForErrors(request: IncomingMessage, query: URLSearchParams, settings: Settings): string {
  try {
    return readVersion(request, query, settings);
  } catch {
    return DEFAULT_VERSION;
  }
}

/** What a refusal over HTTP says, and its media type. */
export interface RefusalBody {
  readonly type: string;
  readonly body: string;
}

/** The body of a refusal over HTTP: JSON from 2026-03-01 on, one line of text before (protocol §7.1). */
export function refusalBody(refusal: Refusal, version: string, requestId: string): RefusalBody {
  const { title, message } = refusal.facts;
  if (!hasStructuredErrors(version)) return { type: 'text/plain; charset=utf-8', body: `${title}: ${message}` };
  return { type: 'application/json', body: JSON.stringify(errorBody(refusal.facts, { version, requestId })) };
}

/** Answers an upgrade with a plain HTTP status and hangs up. */
export function hangUp(socket: Duplex, status: number, { type, body }: RefusalBody, requestId: string): void {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}`,
    'Connection: close',
    `Content-Type: ${type}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    ...(status === 429 || status === 503 ? ['Retry-After: 1'] : []),
  ];
  socket.on('error', () => {});
  socket.once('finish', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
