/** Cartesia's text-to-speech WebSocket as a provider. */
import { Failure } from '../errors.ts';
import { cartesia as dialect, introduce, introduceOverHttp } from '../protocol/cartesia.ts';
import { writeChunk, writeDone } from '../protocol/cartesia-events.ts';
import { greet } from '../wire/greet.ts';
import { createMute } from '../wire/mute.ts';
import { callRest } from '../wire/rest.ts';
import { openSocket } from '../wire/socket.ts';
import { around, introductionOf } from './cartesia-access.ts';
import type { Access, Provider } from './index.ts';
import { speaking } from './speaking.ts';

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
  voices: async (access, signal, mine) => (await rest()).listVoices(access, signal, mine),
  voice: async (id, access, signal) => (await rest()).showVoice(id, access, signal),
  issueToken,
  greet: (access, signal) => greet(socketOptions(access), signal),
  connect(access, signal) {
    const open = (closed: AbortSignal) => openSocket(socketOptions(access), AbortSignal.any([closed, signal]));
    return speaking(dialect, open, access);
  },
  rehearse: access => speaking(dialect, async () => createMute(answer), { ...access, retries: 0 }),
};

/** What the service says to our inputs where it has nothing to say. */
function answer(frame: string): readonly string[] {
  const input = JSON.parse(frame) as { readonly context_id: string; readonly continue?: boolean };
  return input.continue ? [] : [writeChunk(input.context_id, SILENCE, 0, 0), writeDone(input.context_id)];
}

const SILENCE = new Uint8Array(4096);

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
