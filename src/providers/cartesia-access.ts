/** What Cartesia has to be told to be reached, over WebSocket and over HTTP alike. */
import type { Introduction } from '../protocol/cartesia.ts';
import type { Handshake } from '../protocol/handshake.ts';
import type { Access } from './index.ts';

const ADDRESS = new URL('wss://api.cartesia.ai');

/** Who we are to the service, and where it is unless told. */
export function introductionOf({ credential, baseUrl = ADDRESS, apiVersion, auth, userAgent }: Access): Introduction {
  const known = credential && { kind: credential.kind, value: credential.secret.reveal() };
  return { baseUrl, version: apiVersion, auth, userAgent, ...(known === undefined ? {} : { credential: known }) };
}

/** A handshake with all that a call needs beside it. @throws Failure of kind config for an unusable proxy */
export function around({ credential, clock, redact, proxyFor }: Access, { url, headers }: Handshake) {
  const proxy = proxyFor(url);
  return {
    url,
    headers,
    clock,
    redact,
    keyName: credential?.kind === 'token' ? 'CARTESIA_ACCESS_TOKEN' : 'CARTESIA_API_KEY',
    ...(proxy === undefined ? {} : { proxy }),
  };
}
