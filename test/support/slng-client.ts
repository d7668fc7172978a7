/** A client of SLNG's routes that knows nothing but `ws`: sends what it is told and keeps every frame. */
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { SpeechServer } from '../../src/server/local-server.ts';
import { assertValid } from './schemas.ts';

export const NATIVE = '/v1/tts/cartesia/sonic:3';
export const BRIDGE = '/v1/bridges/unmute/tts/cartesia/sonic:3';

export type SlngFrame = Record<string, unknown> & { readonly type: string };

export interface SlngDial {
  readonly path?: string;
  readonly headers?: Record<string, string>;
}

export interface SlngClient {
  readonly socket: WebSocket;
  /** All JSON frames so far, each held against the schema of its route. */
  readonly frames: SlngFrame[];
  /** All binary frames so far. */
  readonly binary: Buffer[];
  /** Messages are held against the schema of the route first; text goes as it is. */
  say(...messages: (object | string)[]): void;
  /** Waits for the `count`-th frame of a kind and gives it. */
  until(type: string, count?: number): Promise<SlngFrame>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

export const INIT = { type: 'init', model_id: 'sonic-3', voice: 'v', encoding: 'linear16', sample_rate: 8000 };

/** Opens a socket inside this process. */
export async function dialSlng(
  server: SpeechServer,
  { path = NATIVE, headers = {} }: SlngDial = {},
): Promise<SlngClient> {
  const socket = new WebSocket(`ws://inside${path}`, { headers, createConnection: () => server.connect() as never });
  const route = path.includes('bridges') ? 'slng-bridge' : 'slng';
  const frames: SlngFrame[] = [];
  const binary: Buffer[] = [];
  const watchers = new Set<() => void>();
  socket.on('message', (data, isBinary) => {
    if (isBinary) {
      binary.push(data as Buffer);
      return;
    }
    const frame = JSON.parse(String(data)) as SlngFrame;
    assertValid(`${route}.server.message.json`, frame);
    frames.push(frame);
    for (const watch of watchers) watch();
  });
  const closed = once(socket, 'close').then(([code, reason]) => ({ code: Number(code), reason: String(reason) }));
  await once(socket, 'open');
  socket.on('error', () => {});
  return {
    socket,
    frames,
    binary,
    closed,
    say(...messages) {
      for (const message of messages) {
        if (typeof message === 'object') assertValid(`${route}.client.message.json`, message);
        socket.send(typeof message === 'string' ? message : JSON.stringify(message));
      }
    },
    until: (type, count = 1) =>
      new Promise((resolve, reject) => {
        const watch = () => {
          const found = frames.filter(frame => frame.type === type)[count - 1];
          if (found === undefined) return;
          watchers.delete(watch);
          resolve(found);
        };
        watchers.add(watch);
        closed.then(({ code }) => reject(new Error(`closed with ${code} before ${type} came`)));
        watch();
      }),
  };
}

/** All audio in a list of frames, of one context where one is named. */
export function audioIn(frames: readonly SlngFrame[], contextId?: unknown): Buffer {
  const chunks = frames.filter(
    frame => frame.type === 'audio_chunk' && (contextId === undefined || frame.context_id === contextId),
  );
  return Buffer.concat(chunks.map(chunk => Buffer.from(String(chunk.data), 'base64')));
}
