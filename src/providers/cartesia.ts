/** Cartesia's text-to-speech WebSocket as a provider. */
import { Failure } from '../errors.ts';
import { cartesia as dialect, type Introduction, introduce, introduceOverHttp } from '../protocol/cartesia.ts';
import type { Handshake } from '../protocol/handshake.ts';
import { resilient } from '../wire/resilient.ts';
import { callRest } from '../wire/rest.ts';
import { createSession } from '../wire/session.ts';
import { openSocket } from '../wire/socket.ts';
import type { Access, Provider } from './index.ts';

const ADDRESS = new URL('wss://api.cartesia.ai');
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const cartesia: Provider = {
  name: 'cartesia',
  defaultModel: 'sonic-3',
  noUseFor: ['region', 'worldPart'],
  defaultVoice: () => ({ id: 'a0e99841-438c-4a64-b679-ae501e7d6091', name: "Cartesia's default" }),
  // Whatever a request can say, this service can be asked; what a model cannot do is for the service to judge.
  check() {},
  listsOverNetwork: true,
  // An id needs no list: who has one does not wait for all the others.
  knownVoice: id => (UUID.test(id) ? { id, name: id } : undefined),
  voices: async (access, signal, mine) => (await rest()).listVoices(access, ADDRESS, signal, mine),
  voice: async (id, access, signal) => (await rest()).showVoice(id, access, ADDRESS, signal),
  issueToken,
  connect(access, signal) {
    const { clock, timeoutMs, retries, redact } = access;
    const open = (closed: AbortSignal) => openSocket(socketOptions(access), AbortSignal.any([closed, signal]));
    return resilient(createSession(dialect, open, { clock, timeoutMs, redact }), { clock, retries });
  },
};

/** `POST /access-token` for speech alone (protocol §8.1). */
async function issueToken(access: Access, seconds: number, signal: AbortSignal): Promise<string> {
  const handshake = introduceOverHttp(introductionOf(access), '/access-token');
  const body = { grants: { tts: true }, expires_in: seconds };
  const { connectTimeoutMs: timeoutMs } = access;
  const answer = await callRest({ ...around(access, handshake), timeoutMs, method: 'POST', body }, signal);
  const token = typeof answer === 'object' && answer !== null && 'token' in answer ? answer.token : undefined;
  // It is printed as it is, and sent in a header by whoever gets it.
  if (typeof token === 'string' && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new Failure('service', `${handshake.url.host} answered without a token`, {
    hint: 'is --base-url the address of the service?',
  });
}

// Speech needs none of it.
const rest = () => import('./cartesia-voices.ts');

function socketOptions(access: Access) {
  return {
    ...around(access, introduce(introductionOf(access))),
    connectTimeoutMs: access.connectTimeoutMs,
  };
}

function introductionOf({ credential, baseUrl = ADDRESS, apiVersion, auth, userAgent }: Access): Introduction {
  const known = credential && { kind: credential.kind, value: credential.secret.reveal() };
  return { baseUrl, version: apiVersion, auth, userAgent, ...(known === undefined ? {} : { credential: known }) };
}

function around({ credential, clock, redact, proxyFor }: Access, { url, headers }: Handshake) {
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
