/** The sockets of one server: letting them in, counting them, closing them, whatever is spoken over them (protocol §1.3). */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { Refusal } from '../protocol/refusal.ts';
import { checkVisitor, hangUp, type RefusalBody, readTarget } from './door.ts';
import type { FaultPlan } from './fault-plan.ts';
import type { Connection } from './line.ts';
import type { Settings } from './options.ts';
import { said, shuttingDown } from './refusals.ts';
import { createSlots } from './slots.ts';

/** Takes over a socket that has just been opened; the upgrade bore `requestId`. */
export type Welcome = (socket: WebSocket, requestId: string) => Connection;

/** A message language that is spoken at an address of the server. */
export interface Route {
  /**
   * Looks at what the language itself wants of an upgrade.
   *
   * @throws Refusal
   */
  admit(request: IncomingMessage, query: URLSearchParams): Welcome;
  /** How a refused upgrade is answered. */
  refusalBody(refusal: Refusal, requestId: string, request: IncomingMessage, query: URLSearchParams): RefusalBody;
}

export interface Sockets {
  /** Answers a request to upgrade, one way or the other; `faults` may be in its way. */
  upgrade(route: Route, faults: FaultPlan, request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Closes every socket with 1001; resolves when all have gone, by force after `patienceMs`. */
  close(patienceMs: number): Promise<void>;
}

/** Sockets that are let in for each context that may be active (protocol §1.3). */
const SOCKETS_PER_CONTEXT = 10;

export function createSockets(settings: Settings): Sockets {
  const socketSlots = createSlots(settings.concurrency * SOCKETS_PER_CONTEXT);
  const open = new Map<WebSocket, Connection>();
  /** Upgrades that are answered late, and how to give them up. */
  const waiting = new Set<() => void>();
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

  function admit(route: Route, faults: FaultPlan, request: IncomingMessage, query: URLSearchParams): Welcome {
    if (isClosing) throw shuttingDown();
    const welcome = route.admit(request, query);
    checkVisitor(request, query, settings);
    const status = faults.refusal();
    if (status !== undefined) throw new Refusal({ status, title: 'Injected fault', message: 'this was asked for' });
    if (!socketSlots.take())
      throw new Refusal({ status: 429, title: 'Too many connections', message: 'close one first' });
    return welcome;
  }

  function answer(route: Route, faults: FaultPlan, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { query } = readTarget(request);
    const requestId = randomUUID();
    try {
      const welcome = admit(route, faults, request, query);
      // From here on the slot is taken: it is the transport's end that frees it, also where the handshake fails.
      socket.once('close', socketSlots.release);
      requestIds.set(request, requestId);
      websockets.handleUpgrade(request, socket, head, websocket => {
        open.set(websocket, welcome(websocket, requestId));
        websocket.once('close', () => open.delete(websocket));
      });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      settings.onRefusal?.({ requestId, where: 'upgrade', ...said(error) });
      hangUp(socket, error.facts.status, route.refusalBody(error, requestId, request, query), requestId);
    }
  }

  /** Calls `go` after a while, unless the client has left by then. Nothing of it is read meanwhile. */
  function answerLate(ms: number, socket: Duplex, go: () => void): void {
    const ignore = () => {};
    const giveUp = () => {
      cancel();
      waiting.delete(giveUp);
      socket.destroy();
    };
    const cancel = settings.background.after(ms, () => {
      waiting.delete(giveUp);
      socket.off('error', ignore).off('close', giveUp);
      go();
    });
    waiting.add(giveUp);
    socket.on('error', ignore).once('close', giveUp);
  }

  return {
    upgrade(route, faults, request, socket, head) {
      const go = () => answer(route, faults, request, socket, head);
      const ms = faults.delay();
      if (ms === 0) go();
      else answerLate(ms, socket, go);
    },
    async close(patienceMs) {
      isClosing = true;
      for (const giveUp of waiting) giveUp();
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
