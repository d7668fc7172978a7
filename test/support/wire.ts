/** A client's end of the wire for tests: a session with a server of ours, and the request that it makes. */
import { systemClock } from '../../src/host.ts';
import { cartesia, introduce } from '../../src/protocol/cartesia.ts';
import { redactorOf } from '../../src/settings/secret.ts';
import type { Clock, SpeechEvent, SpeechRequest } from '../../src/speech.ts';
import { type RetryOptions, resilient } from '../../src/wire/resilient.ts';
import { createSession, type Session, type SessionOptions } from '../../src/wire/session.ts';
import { openSocket, type Socket, type SocketOptions } from '../../src/wire/socket.ts';

/** A secret that must never be seen anywhere. */
export const CANARY = 'sk_car_canary~Ef(01)23!456789';

export const REQUEST: SpeechRequest = {
  model: 'sonic-3',
  voice: 'a0e99841-438c-4a64-b679-ae501e7d6091',
  format: { encoding: 'pcm_s16le', sampleRate: 24000 },
  timestamps: [],
};

/** Milliseconds before anything is given up: five seconds of a test's own clock; a busy machine may take longer. */
export function patience(clock: Clock | undefined): number {
  return clock === undefined || clock === systemClock ? 60_000 : 5000;
}

/** A signal that nobody aborts. */
export function calm(): AbortSignal {
  return new AbortController().signal;
}

const redact = redactorOf({ reveal: () => CANARY });

/** Opens a socket as the provider would, with what `more` changes. */
export function open(url: URL, more: Partial<SocketOptions> = {}, signal: AbortSignal = calm()): Promise<Socket> {
  const credential = { kind: 'key', value: CANARY } as const;
  const handshake = introduce({ baseUrl: url, version: '2026-03-01', credential });
  const common = { connectTimeoutMs: patience(more.clock), clock: systemClock, redact, keyName: 'CARTESIA_API_KEY' };
  return openSocket({ ...handshake, ...common, ...more }, signal);
}

export interface SessionSetup extends Partial<SessionOptions> {
  /** The clock of the sockets, which is real unless told. */
  readonly socketClock?: Clock;
  readonly socket?: Partial<SocketOptions>;
}

export function sessionWith(url: URL, { socketClock = systemClock, socket, ...more }: SessionSetup = {}): Session {
  const dial = (signal: AbortSignal) => open(url, { clock: socketClock, ...socket }, signal);
  return createSession(cartesia, dial, { clock: systemClock, timeoutMs: patience(more.clock), redact, ...more });
}

/** A session that tries again. Its pauses are as long as `random` says, so 0 unless told. */
export function resilientWith(url: URL, retry: Partial<RetryOptions> = {}, setup: SessionSetup = {}): Session {
  return resilient(sessionWith(url, setup), {
    clock: systemClock,
    reportsInputs: true,
    retries: 2,
    random: () => 0,
    ...retry,
  });
}

/** All audio in a list of events, in one piece. */
export function audioOf(events: readonly SpeechEvent[]): Buffer {
  return Buffer.concat(events.flatMap(event => (event.type === 'audio' ? [event.chunk] : [])));
}

/** Everything that an iteration gave before it ended or threw. */
export async function outcome<T>(source: AsyncIterable<T>): Promise<{ items: T[]; error: unknown }> {
  const items: T[] = [];
  try {
    for await (const item of source) items.push(item);
  } catch (error) {
    return { items, error };
  }
  return { items, error: undefined };
}

/** An iteration that a test drives by hand, or hands over to a loop. */
export function iterate<T>(source: AsyncIterable<T>): AsyncIterableIterator<T> {
  const iterator = source[Symbol.asyncIterator]();
  const handle = { next: () => iterator.next(), [Symbol.asyncIterator]: () => handle };
  return handle;
}
