/** Cartesia's socket, `/tts/websocket`: the upgrade, and the sockets that are open (protocol §1). */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { Refusal } from '../protocol/refusal.ts';
import type { Synthesizer } from '../speech.ts';
import { type Connection, createConnection } from './connection.ts';
import { checkVisitor, readTarget, readVersion, refuseUpgrade, versionForErrors } from './door.ts';
import { createFaultPlan } from './faults.ts';
import type { Settings } from './options.ts';
import { shuttingDown } from './refusals.ts';
import { createSlots, type Slots } from './slots.ts';

/** A message language that is spoken over sockets of one HTTP server. */
export interface SocketDialect {
  /** Answers a request to upgrade, one way or the other. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Closes every socket with 1001; resolves when all have gone, by force after `patienceMs`. */
  close(patienceMs: number): Promise<void>;
}

/** Sockets that are let in for each context that may be active (protocol §1.3). */
const SOCKETS_PER_CONTEXT = 10;

/** `contextSlots` are shared with whatever else speaks in the same server. */
export function createCartesia(synthesizer: Synthesizer, settings: Settings, contextSlots: Slots): SocketDialect {
  const shared = { synthesizer, settings, contextSlots, faults: createFaultPlan(settings.faults) };
  const socketSlots = createSlots(settings.concurrency * SOCKETS_PER_CONTEXT);
  const open = new Map<WebSocket, Connection>();
  const websockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Audio in base64 does not get smaller by it, only slower.
    perMessageDeflate: false,
    maxPayload: settings.limits.frameBytes,
  });
  const requestIds = new WeakMap<IncomingMessage, string>();
  websockets.on('headers', (headers, request) => headers.push(`X-Request-Id: ${requestIds.get(request)}`));

  let isClosing = false;

  function admit(request: IncomingMessage, query: URLSearchParams): string {
    if (isClosing) throw shuttingDown();
    const version = readVersion(request, query, settings);
    checkVisitor(request, query, settings);
    const status = shared.faults.refusal();
    if (status !== undefined) throw new Refusal({ status, title: 'Injected fault', message: 'this was asked for' });
    if (!socketSlots.take())
      throw new Refusal({ status: 429, title: 'Too many connections', message: 'close one first' });
    return version;
  }

  return {
    upgrade(request, socket, head) {
      const { query } = readTarget(request);
      const requestId = randomUUID();
      try {
        const version = admit(request, query);
        // From here on the slot is taken: it is the transport's end that frees it, also where the handshake fails.
        socket.once('close', socketSlots.release);
        requestIds.set(request, requestId);
        websockets.handleUpgrade(request, socket, head, websocket => {
          open.set(websocket, createConnection(websocket, { version, requestId }, shared));
          websocket.once('close', () => open.delete(websocket));
        });
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        refuseUpgrade(socket, error, versionForErrors(request, query, settings), requestId);
      }
    },
    async close(patienceMs) {
      isClosing = true;
      const closed = [...open].map(([websocket, connection]) => {
        const gone = new Promise<void>(resolve => websocket.once('close', () => resolve()));
        connection.shutDown();
        return gone;
      });
      const giveUp = settings.background.after(patienceMs, () => {
        for (const websocket of open.keys()) websocket.terminate();
      });
      await Promise.all(closed);
      giveUp();
    },
  };
}
