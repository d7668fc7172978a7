/** SLNG's gateway to Cartesia's voices as a provider, by its native route. */
import { Failure } from '../errors.ts';
import { slng as dialect, introduceToSlng, routeOf } from '../protocol/slng.ts';
import { encodingName } from '../protocol/slng-requests.ts';
import type { SpeechRequest } from '../speech.ts';
import { greet } from '../wire/greet.ts';
import type { Session } from '../wire/session.ts';
import { openSocket } from '../wire/socket.ts';
import type { Access, Provider } from './index.ts';
import { speaking } from './speaking.ts';

const ADDRESS = new URL('wss://api.slng.ai');
const DEFAULT_MODEL = 'sonic-3';

export const slng: Provider = {
  name: 'slng',
  defaultModel: DEFAULT_MODEL,
  // No document has a place for them on this route.
  noUseFor: ['apiVersion', 'pronunciationDict', 'normalizedTimestamps', 'maxBufferDelay'],
  defaultVoice: () => ({ id: 'f786b574-daa5-4673-aa0c-cbe3e8534c02', name: "SLNG's default" }),
  check,
  listsOverNetwork: false,
  voices: async () => undefined,
  greet: (access, signal) => greet(socketOptions(access, access.model ?? DEFAULT_MODEL), signal),
  connect(access, signal) {
    /** The address says which model it is, so each has sockets of its own. */
    const sessions = new Map<string, Session>();

    const sessionFor = (model: string): Session => {
      const route = routeOf(model);
      const known = sessions.get(route);
      if (known !== undefined) return known;
      const open = (closed: AbortSignal) => openSocket(socketOptions(access, model), AbortSignal.any([closed, signal]));
      const session = speaking(dialect, open, access);
      sessions.set(route, session);
      return session;
    };

    sessionFor(access.model ?? DEFAULT_MODEL);
    return {
      synthesize: (transcript, request, stop) => sessionFor(request.model).synthesize(transcript, request, stop),
      async close() {
        await Promise.all([...sessions.values()].map(session => session.close()));
      },
    };
  },
};

function check({ format, timestamps, legacySpeed }: SpeechRequest): void {
  if (timestamps.length > 0) {
    throw new Failure('usage', `SLNG gives no times of ${timestamps[0]}s`, {
      hint: 'leave out subtitles and timestamps, or use --provider cartesia or --provider local',
    });
  }
  if (legacySpeed !== undefined) {
    throw new Failure('usage', `SLNG knows no speed called ${legacySpeed}`, { hint: 'give --speed a number' });
  }
  if (encodingName(format.encoding) === undefined) {
    throw new Failure('usage', `SLNG cannot send ${format.encoding}`, {
      hint: 'use --encoding pcm_s16le, pcm_mulaw or pcm_alaw',
    });
  }
}

function socketOptions(access: Access, model: string) {
  const { credential, baseUrl = ADDRESS, auth, region, worldPart, userAgent, connectTimeoutMs, clock, redact } = access;
  const { url, headers } = introduceToSlng({
    baseUrl,
    model,
    auth,
    userAgent,
    ...(credential === undefined ? {} : { key: credential.secret.reveal() }),
    ...(region === undefined ? {} : { region }),
    ...(worldPart === undefined ? {} : { worldPart }),
  });
  const proxy = access.proxyFor(url);
  return {
    url,
    headers,
    connectTimeoutMs,
    clock,
    redact,
    keyName: 'SLNG_API_KEY',
    ...(proxy === undefined ? {} : { proxy }),
  };
}
