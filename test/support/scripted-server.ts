/** Servers on this machine that do what a test tells them to: one that speaks WebSocket, one that speaks anything. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket as TcpSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';

/** A message as a client sent it. */
export type Said = Record<string, unknown>;

/** One client of the server. */
export interface Peer {
  readonly ws: WebSocket;
  readonly request: IncomingMessage;
  /** All messages so far. */
  readonly said: Said[];
  /** The next message nobody has asked for yet; rejects when the client goes before it has said one. */
  next(): Promise<Said>;
  /** The next message that fits; those before it are skipped. */
  until(fits: (message: Said) => boolean): Promise<Said>;
  /** Objects go as JSON. */
  send(frame: string | Buffer | object): void;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

export interface ScriptedServer extends AsyncDisposable {
  readonly url: URL;
  /** All clients so far. */
  readonly peers: Peer[];
  /** All upgrade requests so far, the refused ones too. */
  readonly upgrades: IncomingMessage[];
  /** The next client nobody has asked for yet. */
  accept(): Promise<Peer>;
}

export interface Script {
  /** Runs for every client; what it throws after the client has gone is of no interest. */
  readonly serve?: (peer: Peer, index: number) => unknown;
  /** May answer an upgrade in its own way: then it returns true. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, index: number) => boolean;
  readonly requestId?: string;
  /** Another server to listen with, such as one for TLS. */
  readonly server?: Server;
}

export async function scriptedServer(script: Script = {}): Promise<ScriptedServer> {
  const { server = createServer() } = script;
  const sockets = new WebSocketServer({ noServer: true });
  const peers = mailbox<Peer>();
  const upgrades: IncomingMessage[] = [];
  const raw: Duplex[] = [];
  if (script.requestId !== undefined) {
    sockets.on('headers', headers => headers.push(`X-Request-Id: ${script.requestId}`));
  }
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => {});
    upgrades.push(request);
    raw.push(socket);
    if (script.upgrade?.(request, socket, upgrades.length - 1)) return;
    sockets.handleUpgrade(request, socket, head, ws => {
      const peer = createPeer(ws, request);
      peers.put(peer);
      void (async () => script.serve?.(peer, peers.all.length - 1))().catch(() => ws.terminate());
    });
  });
  const port = await listening(server);
  return {
    url: new URL(`ws://127.0.0.1:${port}/tts/websocket`),
    peers: peers.all,
    upgrades,
    accept: peers.take,
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate();
      // The server itself has let go of those.
      for (const socket of raw) socket.destroy();
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

function createPeer(ws: WebSocket, request: IncomingMessage): Peer {
  const inbox = mailbox<Said>();
  ws.on('error', () => {});
  ws.on('message', data => inbox.put(JSON.parse(String(data)) as Said));
  const closed = once(ws, 'close').then(([code, reason]) => ({ code: Number(code), reason: String(reason) }));
  closed.then(() => inbox.fail(new Error('the client has gone')));
  return {
    ws,
    request,
    said: inbox.all,
    next: inbox.take,
    async until(fits) {
      for (;;) {
        const message = await inbox.take();
        if (fits(message)) return message;
      }
    },
    send: frame => ws.send(typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame)),
    closed,
  };
}

export interface RawServer extends AsyncDisposable {
  readonly url: URL;
  /** Connections so far. */
  readonly connections: TcpSocket[];
}

/** A server that gets every connection as bytes. */
export async function rawServer(serve: (socket: TcpSocket, index: number) => unknown): Promise<RawServer> {
  const connections: TcpSocket[] = [];
  const server = createTcpServer(socket => {
    socket.on('error', () => {});
    connections.push(socket);
    serve(socket, connections.length - 1);
  });
  const port = await listening(server);
  return {
    url: new URL(`ws://127.0.0.1:${port}/tts/websocket`),
    connections,
    async [Symbol.asyncDispose]() {
      for (const socket of connections) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

async function listening(server: { listen(port: number, host: string): unknown; address(): unknown }): Promise<number> {
  await new Promise<void>(resolve => {
    (server.listen(0, '127.0.0.1') as Server).once('listening', resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** An answer over plain HTTP on a socket that asked for an upgrade. */
export function answer(
  socket: Duplex,
  status: number,
  body: string | Buffer = '',
  headers: Record<string, string | number> = {},
): true {
  const all = { 'Content-Length': Buffer.byteLength(body), Connection: 'close', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`HTTP/1.1 ${status} Whatever\r\n${lines.join('')}\r\n`);
  socket.end(body);
  return true;
}

/** The answer that accepts an upgrade request, with what `more` adds to or changes in it. */
export function acceptance(request: Buffer, more: Record<string, string> = {}): string {
  const key = /Sec-WebSocket-Key: (.*)\r\n/i.exec(String(request))?.[1] ?? '';
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  const headers = { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Accept': accept, ...more };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 101 Switching Protocols\r\n${lines.join('')}\r\n`;
}

/** Things that are put in as they come and taken out in order, by whoever waits. */
function mailbox<T>() {
  const all: T[] = [];
  let taken = 0;
  let failure: Error | undefined;
  const waiting: { resolve: (item: T) => void; reject: (error: Error) => void }[] = [];
  return {
    all,
    put(item: T) {
      all.push(item);
      const first = waiting.shift();
      if (first === undefined) return;
      taken++;
      first.resolve(item);
    },
    fail(error: Error) {
      failure = error;
      for (const { reject } of waiting.splice(0)) reject(error);
    },
    take: () =>
      new Promise<T>((resolve, reject) => {
        const item = all[taken];
        if (item !== undefined) {
          taken++;
          resolve(item);
        } else if (failure) reject(failure);
        else waiting.push({ resolve, reject });
      }),
  };
}

/** Frames of Cartesia's service, as it sends them (2026-03-01). */
export const frames = {
  chunk: (contextId: string, audio: Uint8Array, more: object = {}) => ({
    type: 'chunk',
    data: Buffer.from(audio).toString('base64'),
    done: false,
    status_code: 206,
    step_time: 12.5,
    context_id: contextId,
    ...more,
  }),
  words: (contextId: string, words: string[], start: number[], end: number[]) => ({
    type: 'timestamps',
    done: false,
    status_code: 206,
    context_id: contextId,
    word_timestamps: { words, start, end },
  }),
  flushDone: (contextId: string, flushId = 1) => ({
    type: 'flush_done',
    done: false,
    flush_done: true,
    flush_id: flushId,
    status_code: 206,
    context_id: contextId,
  }),
  done: (contextId: string) => ({ type: 'done', done: true, status_code: 206, context_id: contextId }),
  error: (contextId: string | undefined, status: number, more: object = {}) => ({
    type: 'error',
    done: true,
    status_code: status,
    error_code: null,
    title: 'Trouble',
    message: 'it did not work',
    request_id: 'req-1',
    ...(contextId === undefined ? {} : { context_id: contextId }),
    ...more,
  }),
};

/** Serves every context of a client: calls `speak` with its id and whole text when its last input has come. */
export function whole(speak: (contextId: string, text: string, peer: Peer) => unknown) {
  return async (peer: Peer) => {
    const texts = new Map<string, string>();
    for (;;) {
      const message = await peer.next();
      const id = String(message.context_id);
      if (message.cancel === true) continue;
      texts.set(id, (texts.get(id) ?? '') + String(message.transcript));
      if (message.continue === true) continue;
      await speak(id, texts.get(id) ?? '', peer);
    }
  };
}

/** Samples that say which text they belong to: two bytes per character. */
export function voiceOf(text: string): Buffer {
  return Buffer.from(text, 'utf16le');
}
