/** Our own line as the commands use it, for what no command shows: any number of contexts on one connection. */
import { systemClock } from '../../src/host.ts';
import { cartesia } from '../../src/providers/cartesia.ts';
import type { Access } from '../../src/providers/index.ts';
import { speak } from '../../src/speak.ts';
import type { Encoding, Sink, SpeechRequest } from '../../src/speech.ts';

export function requestOf(encoding: Encoding = 'pcm_s16le', sampleRate = 24_000): SpeechRequest {
  return {
    model: cartesia.defaultModel,
    voice: cartesia.defaultVoice(undefined).id,
    format: { encoding, sampleRate },
    timestamps: [],
    maxBufferDelayMs: 0,
  };
}

/** Speaks one text in `contexts` contexts at once, each into a sink of its own. */
export async function speakAll(
  url: string,
  contexts: number,
  request: SpeechRequest,
  open: (i: number) => Promise<Sink> | Sink,
): Promise<void> {
  const { signal } = new AbortController();
  const connection = cartesia.connect(accessTo(url), signal);
  const speakOne = async (_: unknown, i: number) => {
    const outlets = [{ name: String(i), sink: await open(i) }];
    const transcript = (async function* () {
      yield 'Hello, world.';
    })();
    await speak({ synthesizer: connection, transcript, request, outlets, clock: systemClock, signal });
  };
  await Promise.all(Array.from({ length: contexts }, speakOne));
  await connection.close();
}

function accessTo(url: string): Access {
  return {
    credential: { kind: 'key', secret: { reveal: () => 'sk_car_benchmark' } },
    baseUrl: new URL(url),
    apiVersion: '2026-03-01',
    auth: 'header',
    connectTimeoutMs: 10_000,
    timeoutMs: 20_000,
    joinsChunks: true,
    retries: 0,
    proxyFor: () => undefined,
    clock: systemClock,
    redact: text => text,
    userAgent: 'aloud/bench',
    warn: () => {},
  };
}
