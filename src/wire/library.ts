/** `ws`, for answers that are not a plain yes, for proxies, and for frames that are not whole messages of text. */
import type { Agent, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RawData, WebSocket as Ws } from 'ws';
import { Failure } from '../errors.ts';
import type { CloseFacts } from './failures.ts';
import { connectFailure, impossible } from './failures.ts';
import { type RefusalContext, readRefusal } from './refused.ts';
import { createStandIn, endTogether } from './stand-in.ts';
import { yesTo } from './upgrade.ts';

/** What is to be opened, and how it is spoken of. */
export interface Attempt extends RefusalContext {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** The longest message that is taken, in bytes. */
  readonly maxPayload: number;
  /** Gives up. */
  readonly signal: AbortSignal;
}

/** `ws`, with a connection that is open. */
export interface Joined {
  readonly ws: Ws;
  readonly connection: Duplex;
  /** A header of the answer. */
  header(name: string): string | undefined;
  /** What it shall read, byte for byte; it gets nothing otherwise. */
  feed(bytes: Buffer): void;
  /** Bytes of pings and pongs that it has read, heads included. */
  readonly control: number;
  attend(attendant: Attendant): void;
}

export interface Attendant {
  /** A whole message. */
  frame(data: Buffer, isBinary: boolean): void;
  /** What comes is not what should: nothing more will be heard. */
  failed(): void;
  /** Once, after the last message. */
  closed(facts: CloseFacts): void;
}

/** Opens a WebSocket over a connection that `agent` makes. @throws Failure as `openSocket` does */
export async function openThrough(agent: Agent, attempt: Attempt): Promise<Joined> {
  return open(await dial(attempt, { agent }), attempt, attempt.signal);
}

/** An answer that was not a plain yes. */
export interface Answered {
  /** Its beginning. */
  readonly said: Buffer;
  /** Makes it one to who asked with `key`. */
  readdress(said: Buffer, key: string): Buffer;
}

/** Finds out why what came back over `connection` is not a yes. @throws Failure always, as `openSocket` does */
export async function findFault(connection: Duplex, { said, readdress }: Answered, attempt: Attempt): Promise<never> {
  const goOn = () => {
    connection.on('data', (bytes: Buffer) => standIn.push(bytes));
    endTogether(connection, standIn);
    connection.resume();
  };
  const standIn = createStandIn(connection, key => readdress(said, key), goOn);
  const { ws } = await open(await dial(attempt, { createConnection: () => standIn }), attempt, attempt.signal);
  ws.terminate();
  throw new Failure('network', `${attempt.place} answered in a way that cannot be understood`);
}

/**
 * Calls `ws` in where frames go both ways already. `begin` feeds it what has come; when `connection` ends, `ws` hears of
 * that, too.
 */
export async function joinLate(connection: Duplex, attempt: Attempt, begin: (joined: Joined) => void): Promise<void> {
  const standIn = createStandIn(connection, yesTo);
  begin(await open(await dial(attempt, { createConnection: () => standIn }), attempt));
  endTogether(connection, standIn);
  standIn.resume();
}

async function dial(
  { url, headers, maxPayload }: Attempt,
  way: { readonly agent: Agent } | { readonly createConnection: () => Duplex },
): Promise<Ws> {
  const { WebSocket } = await import('ws');
  try {
    return new WebSocket(url, {
      headers: { ...headers },
      // Base64 of samples hardly shrinks, and inflating costs thirty times the rest of the work.
      perMessageDeflate: false,
      followRedirects: false,
      maxPayload,
      ...way,
    });
  } catch (cause) {
    throw impossible(url, cause);
  }
}

/** What has become known of a connection by then. */
interface Facts {
  response?: IncomingMessage;
  error?: Error;
  closed?: CloseFacts;
}

/** Resolves once frames can be sent, paused. Whatever happens on `ws` from now on is heard by somebody. */
function open(ws: Ws, { place, ...context }: Attempt, signal?: AbortSignal): Promise<Joined> {
  const facts: Facts = {};
  return new Promise<Joined>((resolve, reject) => {
    const fail = (reason: unknown) => {
      reject(reason);
      ws.terminate();
    };
    const stop = () => fail(signal?.reason);
    signal?.addEventListener('abort', stop, { once: true });
    ws.on('error', error => {
      facts.error = error;
      reject(connectFailure(place, error));
    });
    ws.once('upgrade', response => {
      facts.response = response;
    });
    ws.once(
      'unexpected-response',
      (_request, response) => void readRefusal(response, { place, ...context }).then(fail),
    );
    ws.once('open', () => {
      signal?.removeEventListener('abort', stop);
      if (facts.response !== undefined) resolve(join(ws, facts.response, facts));
    });
    ws.once('close', (code, reason) => {
      const { error } = facts;
      facts.closed = { code, reason: reason.toString('utf8'), ...(error === undefined ? {} : { error }) };
    });
    if (signal?.aborted) stop();
  });
}

function join(ws: Ws, response: IncomingMessage, facts: Facts): Joined {
  ws.pause();
  const connection: Duplex = response.socket;
  const theirs = connection.listeners('data') as ((bytes: Buffer) => void)[];
  connection.removeAllListeners('data');
  let control = 0;
  const count = (data: Buffer) => {
    control += 2 + data.length;
  };
  ws.on('ping', count).on('pong', count);

  return {
    ws,
    connection,
    header(name) {
      const value = response.headers[name];
      return typeof value === 'string' ? value : undefined;
    },
    feed(bytes) {
      for (const read of theirs) read.call(connection, bytes);
    },
    get control() {
      return control;
    },
    attend({ frame, failed, closed }) {
      ws.on('message', (data: RawData, isBinary: boolean) => frame(data as Buffer, isBinary));
      ws.on('error', failed);
      // It may have gone before anybody could be told.
      const tell = () => facts.closed && closed(facts.closed);
      if (facts.closed === undefined) ws.once('close', tell);
      else queueMicrotask(tell);
    },
  };
}
