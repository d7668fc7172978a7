/** Who may come in: the places where a credential may stand, comparison that tells nothing, and web pages of strangers. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Settings } from './options.ts';

/** Every credential that a request bears, `Authorization: Bearer` first (protocol §1.3, §6.2, §10, 25 and 26). */
export function credentialsOf(request: IncomingMessage, query: URLSearchParams): string[] {
  const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1];
  const asked = ['api_key', 'access_token', 'token'].map(name => query.get(name));
  const given = [bearer, request.headers['x-api-key'], ...asked];
  return given.filter(credential => typeof credential === 'string').filter(credential => credential !== '');
}

/** Whether `authorize` knows one of them; true where nobody asks. */
export function isAuthorized(credentials: readonly string[], { authorize }: Pick<Settings, 'authorize'>): boolean {
  return authorize === undefined || credentials.some(credential => authorize(credential));
}

/**
 * An `authorize` for known secrets. Takes the same time for every credential, so that it cannot
 * be found out a character at a time.
 */
export function acceptSecrets(secrets: readonly string[]): (credential: string) => boolean {
  const digests = secrets.map(digest);
  return credential => {
    const given = digest(credential);
    let found = false;
    for (const known of digests) found = timingSafeEqual(known, given) || found;
    return found;
  };
}

/**
 * Whether the page that makes the request, if it is one, may. A key is proof enough; without
 * one any page that a person opens could use the server behind their back, so only pages of this
 * machine may.
 */
export function isOriginAllowed(request: IncomingMessage, settings: Settings): boolean {
  const { origin } = request.headers;
  if (origin === undefined || settings.authorize !== undefined) return true;
  return (settings.allowOrigin ?? isLocalOrigin)(origin);
}

function isLocalOrigin(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { hostname } = new URL(origin);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
