/** Cartesia's text-to-speech WebSocket as a provider. */
import { cartesia as dialect, introduce } from '../protocol/cartesia.ts';
import { resilient } from '../wire/resilient.ts';
import { createSession } from '../wire/session.ts';
import { openSocket } from '../wire/socket.ts';
import type { Access, Provider } from './index.ts';

const ADDRESS = new URL('wss://api.cartesia.ai');

export const cartesia: Provider = {
  name: 'cartesia',
  defaultModel: 'sonic-3',
  noUseFor: ['region', 'worldPart'],
  defaultVoice: () => ({ id: 'a0e99841-438c-4a64-b679-ae501e7d6091', name: "Cartesia's default" }),
  // Whatever a request can say, this service can be asked; what a model cannot do is for the service to judge.
  check() {},
  voices: async () => undefined,
  connect(access, signal) {
    const { clock, timeoutMs, retries, redact } = access;
    const open = (closed: AbortSignal) => openSocket(socketOptions(access), AbortSignal.any([closed, signal]));
    return resilient(createSession(dialect, open, { clock, timeoutMs, redact }), { clock, retries });
  },
};

function socketOptions(access: Access) {
  const { credential, baseUrl = ADDRESS, apiVersion, auth, connectTimeoutMs, clock, redact } = access;
  const known = credential && { kind: credential.kind, value: credential.secret.reveal() };
  const { url, headers } = introduce({
    baseUrl,
    version: apiVersion,
    auth,
    userAgent: access.userAgent,
    ...(known === undefined ? {} : { credential: known }),
  });
  const proxy = access.proxyFor(url);
  return {
    url,
    headers,
    connectTimeoutMs,
    clock,
    redact,
    keyName: credential?.kind === 'token' ? 'CARTESIA_ACCESS_TOKEN' : 'CARTESIA_API_KEY',
    ...(proxy === undefined ? {} : { proxy }),
  };
}
