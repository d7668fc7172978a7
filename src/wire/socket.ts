/** One WebSocket to a service: connecting, frames both ways, closing. The only user of `ws` on the client side. */
import type { Agent, IncomingMessage } from 'node:http';
import { setDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import type { Duplex } from 'node:stream';
import type { RawData, WebSocket as Ws } from 'ws';
import { Failure } from '../errors.ts';
import type { Clock } from '../speech.ts';
import type { CloseFacts, Redact } from './failures.ts';
import { connectFailure, shown } from './failures.ts';
import { createLane, type Lane } from './lane.ts';
import type { Tunnel } from './proxy.ts';
import { nameOf, tunnelThrough } from './proxy.ts';
import { readRefusal } from './refused.ts';
import { beginConnecting, type Made, type Underway } from './underway.ts';
import { pass } from './wait.ts';

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

/** Above this many bytes waiting to be sent, senders wait until a quarter of it is left. */
const SEND_MARK = 256 * 1024;

/** How long the other side may take to answer our goodbye. */
const CLOSE_MS = 800;

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
  let tunnel: Tunnel | undefined;
  let underway: Underway | undefined;
  let ws: Ws | undefined;
  const lane = createLane(options.maxPayload ?? MAX_PAYLOAD);
  try {
    if (proxy === undefined && options.createConnection === undefined) {
      underway = begin(url, lane);
      // A turn for the name and one for the connection: then the other side has something to do while we load.
      await pass(2);
    }
    const { WebSocket } = await import('ws');
    if (proxy !== undefined) tunnel = await tunnelThrough(proxy, giveUp.signal);
    giveUp.signal.throwIfAborted();
    ws = dial(WebSocket, options, tunnel?.agent, underway);
    return await connected(ws, lane, options, place, giveUp.signal);
  } catch (error) {
    ws?.terminate();
    underway?.hangUp();
    throw tunnel?.refusal() ?? error;
  } finally {
    cancel();
    signal.removeEventListener('abort', stop);
  }
}

function begin(url: URL, lane: Lane): Underway {
  try {
    return beginConnecting(url, lane.onread);
  } catch (cause) {
    throw impossible(url, cause);
  }
}

function dial(
  WebSocket: typeof Ws,
  options: SocketOptions,
  agent: Agent | undefined,
  underway: Underway | undefined,
): Ws {
  const { url, headers, createConnection, maxPayload = MAX_PAYLOAD } = options;
  try {
    return new WebSocket(url, {
      headers: { ...headers },
      // Base64 of samples hardly shrinks, and inflating costs thirty times the rest of the work.
      perMessageDeflate: false,
      followRedirects: false,
      maxPayload,
      ...(agent === undefined ? {} : { agent }),
      ...(createConnection === undefined ? {} : { createConnection }),
      ...(underway === undefined ? {} : { createConnection: connectorOf(underway) }),
    });
  } catch (error) {
    throw impossible(url, error);
  }
}

/** Node's HTTP lets itself be told of the connection later; the types of `ws` know only what gives it at once. */
function connectorOf(underway: Underway): () => Duplex {
  const connect = (_options: unknown, done: Made) => underway.handOver(done);
  return connect as unknown as () => Duplex;
}

// Node refuses some characters in headers and quotes them in its message: neither is passed on.
function impossible({ host }: URL, cause: unknown): Failure {
  return new Failure('config', `cannot make a connection to ${host} out of these settings`, { cause });
}

/** Resolves once frames can be sent. Whatever happens on `ws` from now on is heard by somebody. */
function connected(ws: Ws, lane: Lane, options: SocketOptions, place: string, signal: AbortSignal): Promise<Socket> {
  const { clock, keyName, redact = (text: string) => text } = options;
  const facts: { error?: Error; upgrade?: IncomingMessage } = {};
  return new Promise<Socket>((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    ws.on('error', error => {
      facts.error = error;
      lane.end();
      reject(connectFailure(place, error));
    });
    ws.once('upgrade', response => {
      facts.upgrade = response;
    });
    ws.once('unexpected-response', (_request, response) => {
      const context = { place, clock, redact, ...(keyName === undefined ? {} : { keyName }) };
      void readRefusal(response, context).then(reject);
    });
    ws.once('open', () => resolve(wrap(ws, lane, facts, clock, redact)));
  });
}

function wrap(
  ws: Ws,
  lane: Lane,
  facts: { error?: Error; upgrade?: IncomingMessage },
  clock: Clock,
  redact: Redact,
): Socket {
  const said = facts.upgrade?.headers['x-request-id'];
  const requestId = typeof said === 'string' ? shown(said, redact, 200) || undefined : undefined;
  const date = Date.parse(facts.upgrade?.headers.date ?? '');
  let bytes = 0;
  let control = 0;
  let listener: SocketListener | undefined;
  let closing = false;
  let closed: CloseFacts | undefined;
  const waiting = new Set<() => void>();

  const release = () => {
    if (ws.bufferedAmount > SEND_MARK / 4 && closed === undefined) return;
    for (const resolve of waiting) resolve();
    waiting.clear();
  };
  const countControl = (data: Buffer) => {
    control += 2 + data.length;
  };

  const hear = (data: Buffer, isBinary = false) => {
    if (!closing) listener?.frame(data, isBinary);
  };

  ws.on('ping', countControl).on('pong', countControl);
  ws.on('message', (data: RawData, isBinary: boolean) => hear(data as Buffer, isBinary));
  const connection = facts.upgrade?.socket;
  const isTaken = connection !== undefined && lane.take(connection, hear);
  // Before `ws` makes messages of them.
  if (!isTaken) connection?.prependListener('data', (chunk: Buffer) => (bytes += chunk.length));
  ws.once('close', (code, reason) => {
    const { error } = facts;
    closed = { code, reason: reason.toString('utf8'), ...(error === undefined ? {} : { error }) };
    release();
    listener?.closed(closed);
  });
  ws.pause();

  return {
    requestId,
    ...(Number.isNaN(date) ? {} : { answeredAt: new Date(date) }),
    get isOpen() {
      return ws.readyState === ws.OPEN && !closing;
    },
    get received() {
      return (isTaken ? lane.received : bytes) - control;
    },
    listen(hears) {
      listener = hears;
      if (closed) hears.closed(closed);
      else ws.resume();
    },
    send(frame) {
      if (ws.readyState !== ws.OPEN) return undefined;
      // With a callback `ws` reports a failed write there; the close that follows tells everybody.
      ws.send(frame, release);
      if (ws.bufferedAmount < SEND_MARK) return undefined;
      return new Promise(resolve => {
        waiting.add(resolve);
      });
    },
    pause: () => ws.pause(),
    resume: () => ws.resume(),
    close() {
      closing = true;
      if (closed) return Promise.resolve();
      return new Promise(resolve => {
        const cancel = clock.after(CLOSE_MS, () => ws.terminate());
        ws.once('close', () => {
          cancel();
          resolve();
        });
        // While paused, the answer to our goodbye would never be read.
        ws.resume();
        ws.close(1000);
      });
    },
  };
}
