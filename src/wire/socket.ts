/** One WebSocket to a service: connecting, and what the service has to agree to before frames go both ways. */
import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import type { Duplex } from 'node:stream';
import { Failure } from '../errors.ts';
import type { Clock } from '../speech.ts';
import { connectTo } from './connect.ts';
import type { CloseFacts, Redact } from './failures.ts';
import { connectFailure, impossible, shown } from './failures.ts';
import { createLane, type Lane } from './lane.ts';
import type { Attempt, Joined } from './library.ts';
import { type Agreed, createSocket } from './open-socket.ts';
import { nameOf, tunnelThrough } from './proxy.ts';
import { createUpgrade, type Head, type Upgrade } from './upgrade.ts';

export interface SocketOptions {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** For everything up to the first frame that could be sent: name, TCP, proxy, TLS, upgrade. */
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
  /** `http:` or `https:`, with user and password where it wants them. */
  readonly proxy?: URL;
  /** Another way to get a connection, such as a pair inside this process. */
  readonly createConnection?: () => Duplex;
  /** The longest message that is taken, in bytes; 64 MiB unless told. */
  readonly maxPayload?: number;
  /** Takes secrets out of text from outside. */
  readonly redact?: Redact;
  /** Where the credential comes from, for hints: `CARTESIA_API_KEY`. */
  readonly keyName?: string;
}

/** Who hears what happens on a socket. */
export interface SocketListener {
  /** A whole message. The bytes of text are good until this returns. */
  frame(data: Buffer, isBinary: boolean): void;
  /** Once, after the last frame. */
  closed(facts: CloseFacts): void;
}

export interface Socket {
  /** What the service calls this connection, where it says. */
  readonly requestId: string | undefined;
  /** The time at the service when it answered, by its own clock, where it says. */
  readonly answeredAt?: Date;
  readonly isOpen: boolean;
  /** Bytes of messages that have arrived, whole or in part; pings and pongs do not count. */
  readonly received: number;
  /** Nothing is heard before this is called, and nothing is lost. */
  listen(listener: SocketListener): void;
  /** Gives a promise when too much waits to be sent: it resolves when there is room, or the socket has gone. */
  send(frame: string): Promise<void> | undefined;
  /** Stops reading; the service feels it. Pings go unanswered meanwhile. */
  pause(): void;
  resume(): void;
  /** Says goodbye with 1000. Resolves within a second whatever the other side does. Frames that still come are dropped. */
  close(): Promise<void>;
}

const MAX_PAYLOAD = 64 * 1024 * 1024;

/** How long Node waits for one address of a host before it tries the next; its own 250 ms give up on slow links. */
const ATTEMPT_MS = 2500;

/**
 * Connects.
 *
 * @throws Failure by what answered: `auth`, `quota` or `service` for a refusal with its reason, `network`
 * for everything else, `retryable` and `retryAfterMs` set; the reason of `signal` when that is aborted.
 */
export async function openSocket(options: SocketOptions, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  setDefaultAutoSelectFamilyAttemptTimeout(ATTEMPT_MS);
  const { url, proxy, connectTimeoutMs, clock } = options;
  const place = proxy === undefined ? url.host : `${url.host} through ${nameOf(proxy)}`;
  const giveUp = new AbortController();
  const stop = () => giveUp.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const cancel = clock.after(connectTimeoutMs, () => {
    const message = `${place} did not answer within ${connectTimeoutMs / 1000} seconds`;
    const hint = 'check the network, or allow more with --connect-timeout';
    giveUp.abort(new Failure('network', message, { hint }));
  });
  const attempt = attemptOf(options, place, giveUp.signal);
  try {
    return await (proxy === undefined ? openDirectly(attempt, options) : openThroughProxy(proxy, attempt));
  } finally {
    cancel();
    signal.removeEventListener('abort', stop);
  }
}

async function openDirectly(attempt: Attempt, options: SocketOptions): Promise<Socket> {
  const { url, headers, clock } = attempt;
  const lane = createLane(attempt.maxPayload);
  const connection = connect(options, lane);
  try {
    // Meanwhile, for what it takes has to be loaded.
    const upgrade = createUpgrade(url, headers);
    if (upgrade === undefined) throw impossible(url);
    const { said, head } = await ask(connection, upgrade, attempt);
    if (head === undefined) {
      const { findFault } = await loaded(attempt);
      return await findFault(connection, { said, readdress: upgrade.readdress }, attempt);
    }
    if (said.length > head.end) connection.unshift(said.subarray(head.end));
    const library = async (begin: (joined: Joined) => void) => {
      const { joinLate } = await loaded(attempt);
      await joinLate(connection, attempt, begin);
    };
    return createSocket(
      { connection, library },
      agreedBy(name => head.headers.get(name), attempt),
      lane,
      clock,
    );
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

async function openThroughProxy(proxy: URL, attempt: Attempt): Promise<Socket> {
  const tunnel = await tunnelThrough(proxy, attempt.signal);
  try {
    const { openThrough } = await loaded(attempt);
    const joined = await openThrough(tunnel.agent, attempt);
    const agreed = agreedBy(joined.header, attempt);
    return createSocket(
      { connection: joined.connection, library: joined },
      agreed,
      createLane(attempt.maxPayload),
      attempt.clock,
    );
  } catch (error) {
    throw tunnel.refusal() ?? error;
  }
}

function attemptOf(options: SocketOptions, place: string, signal: AbortSignal): Attempt {
  const { url, headers, clock, keyName, maxPayload = MAX_PAYLOAD, redact = (text: string) => text } = options;
  return { url, headers, maxPayload, signal, place, clock, redact, ...(keyName === undefined ? {} : { keyName }) };
}

function connect({ url, createConnection }: SocketOptions, lane: Lane): Duplex {
  try {
    // Its errors are for whoever waits for it; later ones are told of by the close that follows.
    return (createConnection?.() ?? connectTo(url, lane.onread)).on('error', () => {});
  } catch (cause) {
    throw impossible(url, cause);
  }
}

/** What came back first, and its head if it was a plain yes. */
interface Answer {
  readonly said: Buffer;
  readonly head?: Head;
}

/** Resolves when it is clear what the answer is, or that there is none. The connection is paused by then. */
function ask(connection: Duplex, upgrade: Upgrade, { place, signal }: Attempt): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let said: Buffer = Buffer.alloc(0);
    const turnAway = () => {
      connection.off('data', hear).off('end', settleSilent).off('close', settleSilent).off('error', fail).pause();
      signal.removeEventListener('abort', stop);
    };
    const settle = (head?: Head) => {
      turnAway();
      resolve(head === undefined ? { said } : { said, head });
    };
    const give = (reason: unknown) => {
      turnAway();
      reject(reason);
    };
    const hear = (bytes: Buffer) => {
      said = said.length === 0 ? bytes : Buffer.concat([said, bytes]);
      const head = upgrade.read(said);
      if (head !== undefined) settle(head === 'other' ? undefined : head);
    };
    const settleSilent = () => settle();
    const fail = (error: Error) => give(connectFailure(place, error));
    const stop = () => give(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    connection.on('data', hear).on('end', settleSilent).on('close', settleSilent).on('error', fail);
    connection.write(upgrade.request, 'latin1');
  });
}

/** What is needed when the answer is no, or comes through a proxy. */
function loaded({ place }: Attempt) {
  return import('./library.ts').catch((error: unknown) => {
    throw connectFailure(place, error);
  });
}

/** What the service said of itself when it agreed. */
function agreedBy(header: (name: string) => string | undefined, { redact }: Attempt): Agreed {
  const requestId = shown(header('x-request-id') ?? '', redact, 200) || undefined;
  const date = Date.parse(header('date') ?? '');
  return { requestId, ...(Number.isNaN(date) ? {} : { answeredAt: new Date(date) }) };
}
