/** A client that knows nothing but `ws`: sends what it is told and keeps every frame. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import type { SpeechServer } from '../../src/server/local-server.ts';
import { assertValid } from './schemas.ts';

export type Frame = Record<string, unknown> & { readonly type: string };

export interface DialOptions {
  readonly path?: string;
  readonly query?: string;
  readonly headers?: Record<string, string>;
  /** Sent as header unless null. */
  readonly version?: string | null;
  /** A port of this machine; absent: inside the process. */
  readonly port?: number;
}

export interface PlainClient {
  readonly socket: WebSocket;
  readonly requestId: string;
  /** All frames so far; each was held against the schema of what a server may send. */
  readonly frames: Frame[];
  send(message: unknown): void;
  /** Waits until a frame fits, and gives all frames up to it. */
  until(fits: (frame: Frame) => boolean): Promise<Frame[]>;
  /** Waits for the last frame of a context. */
  end(contextId: string): Promise<Frame[]>;
  /** Waits for what the server says to everything sent so far: later frames are not answers to it. */
  settle(): Promise<void>;
  closed: Promise<{ code: number; reason: string }>;
}

export async function dial(server: SpeechServer, options: DialOptions = {}): Promise<PlainClient> {
  const socket = openWith(server, options);
  const frames: Frame[] = [];
  const watchers = new Set<() => void>();
  let requestId = '';
  socket.on('upgrade', response => {
    requestId = String(response.headers['x-request-id']);
  });
  socket.on('message', data => {
    const frame = JSON.parse(String(data)) as Frame;
    assertValid('cartesia.server.message.emit.json', frame);
    frames.push(frame);
    for (const watch of watchers) watch();
  });
  const closed = once(socket, 'close').then(([code, reason]) => ({ code, reason: String(reason) }));
  await once(socket, 'open');
  socket.on('error', () => {});

  const until = (fits: (frame: Frame) => boolean, from = 0) =>
    new Promise<Frame[]>((resolve, reject) => {
      const watch = () => {
        const found = frames.findIndex((frame, i) => i >= from && fits(frame));
        if (found < 0) return;
        watchers.delete(watch);
        resolve(frames.slice(0, found + 1));
      };
      watchers.add(watch);
      closed.then(({ code }) => reject(new Error(`closed with ${code} before the frame came`)));
      watch();
    });

  return {
    socket,
    requestId,
    frames,
    closed,
    send: message => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    until,
    end: id => until(frame => frame.context_id === id && frame.done === true),
    async settle() {
      const from = frames.length;
      socket.send('settle');
      await until(frame => frame.type === 'error' && frame.context_id === undefined, from);
      // Only the question itself is taken out, and only if nothing of it is wanted.
      const asked = frames.findIndex((frame, i) => i >= from && frame.context_id === undefined);
      frames.splice(asked, 1);
    },
  };
}

/** What a refused upgrade was answered with. */
export async function refused(
  server: SpeechServer,
  options: DialOptions = {},
): Promise<{ status: number; body: string; headers: IncomingMessage['headers'] }> {
  const socket = openWith(server, options);
  socket.on('error', () => {});
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  let body = '';
  for await (const part of response.setEncoding('utf8')) body += part;
  socket.terminate();
  return { status: response.statusCode ?? 0, body, headers: response.headers };
}

/** Lets a server listen on any free port of this machine. */
export async function listen(server: SpeechServer): Promise<number> {
  server.httpServer.listen(0, '127.0.0.1');
  await once(server.httpServer, 'listening');
  return (server.httpServer.address() as AddressInfo).port;
}

/** A generation request with everything in it that has to be. */
export function generation(contextId: string, transcript: string, more: object = {}): object {
  return {
    model_id: 'sonic-3',
    transcript,
    voice: { mode: 'id', id: 'a0e99841-438c-4a64-b679-ae501e7d6091' },
    output_format: { container: 'raw', encoding: 'pcm_s16le', sample_rate: 8000 },
    context_id: contextId,
    ...more,
  };
}

/** The audio of a context in a list of frames. */
export function audioOf(frames: readonly Frame[], contextId: string): Buffer {
  const chunks = frames.filter(frame => frame.type === 'chunk' && frame.context_id === contextId);
  return Buffer.concat(chunks.map(chunk => Buffer.from(String(chunk.data), 'base64')));
}

/** The kinds of a context's frames in order, runs of one kind as one. */
export function kindsOf(frames: readonly Frame[], contextId: string): string[] {
  const kinds = frames.filter(frame => frame.context_id === contextId).map(frame => frame.type);
  return kinds.filter((kind, i) => kind !== kinds[i - 1]);
}

function openWith(server: SpeechServer, { path, query, headers, version, port }: DialOptions): WebSocket {
  const url = `ws://127.0.0.1:${port ?? 80}${path ?? '/tts/websocket'}${query === undefined ? '' : `?${query}`}`;
  const stated = version === null ? {} : { 'Cartesia-Version': version ?? '2026-03-01' };
  const inside = port === undefined ? { createConnection: () => server.connect() as never } : {};
  const socket = new WebSocket(url, { headers: { ...stated, ...headers }, perMessageDeflate: false, ...inside });
  assert.equal(socket.readyState, WebSocket.CONNECTING);
  return socket;
}
