/** The way out of one socket: what is written waits for a slow reader, and nobody keeps the others from their turn. */
import type { WebSocket } from 'ws';
import type { Frame } from './wording.ts';

/**
 * Sends a frame. What is returned resolves when the sender may go on; undefined means at once.
 * Frames for a socket that is no longer open are dropped. Never rejects.
 */
export type Send = (frame: Frame) => Promise<void> | undefined;

export interface Outbox {
  readonly send: Send;
  /** Resolves when the socket has closed. */
  readonly closed: Promise<void>;
}

export interface OutboxOptions {
  /** Above this many bytes not yet handed to the network each sender waits for its own frame. */
  readonly bufferedBytes: number;
}

/** How much goes out before timers, other sockets and incoming frames get their turn, in bytes. */
const TURN_BYTES = 128 * 1024;

export function createOutbox(socket: WebSocket, { bufferedBytes }: OutboxOptions): Outbox {
  const waiting = new Set<() => void>();
  let spent = 0;
  let turn: Promise<void> | undefined;

  const closed = new Promise<void>(resolve => {
    socket.once('close', () => {
      for (const goOn of waiting) goOn();
      waiting.clear();
      resolve();
    });
  });

  const nextTurn = () => {
    turn ??= new Promise(resolve => {
      setImmediate(() => {
        spent = 0;
        turn = undefined;
        resolve();
      });
    });
    return turn;
  };

  const send: Send = frame => {
    if (socket.readyState !== socket.OPEN) return undefined;
    if (socket.bufferedAmount + frame.length > bufferedBytes) {
      return new Promise(resolve => {
        const sent = () => {
          waiting.delete(sent);
          resolve();
        };
        waiting.add(sent);
        socket.send(frame, { binary: typeof frame !== 'string' }, sent);
      });
    }
    socket.send(frame, { binary: typeof frame !== 'string' });
    spent += frame.length;
    // From the first frame on, so that what is spent is forgotten with the turn it was spent in.
    const next = nextTurn();
    return spent > TURN_BYTES ? next : undefined;
  };
  return { send, closed };
}
