/** A WebSocket that is open: whole messages of text go by the short way, for all else `ws` is called in when it comes. */
import type { Duplex } from 'node:stream';
import type { Clock } from '../speech.ts';
import type { CloseFacts } from './failures.ts';
import { closeFrame, textFrame } from './frames.ts';
import type { Lane } from './lane.ts';
import type { Joined } from './library.ts';
import type { Socket, SocketListener } from './socket.ts';

export interface Opened {
  /** Paused; what comes from it are frames, and nobody hears of them yet. */
  readonly connection: Duplex;
  /** `ws`, where it is there already, or how it is called in: it is fed in `begin`. */
  readonly library: Joined | ((begin: (joined: Joined) => void) => Promise<void>);
}

/** What the service said when it agreed. */
export interface Agreed {
  readonly requestId: string | undefined;
  readonly answeredAt?: Date;
}

/** Above this many bytes waiting to be sent, senders wait until a quarter of it is left. */
const SEND_MARK = 256 * 1024;

/** How long the other side may take to answer our goodbye. */
const CLOSE_MS = 800;

/** RFC 6455 §7.4.1. */
const NORMAL = 1000;
const NO_GOODBYE = 1006;

export function createSocket({ connection, library }: Opened, agreed: Agreed, lane: Lane, clock: Clock): Socket {
  let joined = typeof library === 'function' ? undefined : library;
  /** The bytes for which `ws` was called in, while it is on its way. */
  let held: Buffer | undefined;
  let listener: SocketListener | undefined;
  let isReading = false;
  let isPaused = false;
  let closing = false;
  let closed: CloseFacts | undefined;
  const waiting = new Set<() => void>();
  const afterClose = new Set<() => void>();

  const release = () => {
    if (connection.writableLength > SEND_MARK / 4 && closed === undefined) return;
    for (const resolve of waiting) resolve();
    waiting.clear();
  };
  const hear = (data: Buffer, isBinary = false) => {
    if (!closing) listener?.frame(data, isBinary);
  };
  const end = (facts: CloseFacts) => {
    if (closed !== undefined) return;
    closed = facts;
    release();
    listener?.closed(facts);
    for (const tell of afterClose) tell();
  };

  const attend = (by: Joined) => by.attend({ frame: hear, failed: lane.end, closed: end });

  const begin = (late: Joined) => {
    joined = late;
    attend(late);
    if (held !== undefined) late.feed(held);
    held = undefined;
    lane.goOn();
    if (closing) late.ws.close(NORMAL);
    if (!isPaused) resume();
  };

  const callIn = async (bytes: Buffer) => {
    if (typeof library !== 'function') return;
    held = bytes;
    connection.pause();
    try {
      await library(begin);
    } catch (cause) {
      // Too many files are open for it to be loaded, or memory is short: as if the connection had broken.
      connection.destroy();
      end({ code: NO_GOODBYE, reason: '', error: cause instanceof Error ? cause : new Error(String(cause)) });
    }
  };

  /** Takes what is not a whole message of text. */
  const rest = (bytes: Buffer) => {
    if (joined !== undefined) joined.feed(bytes);
    else if (closing) {
      // We have said goodbye first: the same from the other side is the answer, and all else comes too late.
      if (lane.hasClosed) hangUp();
    } else {
      void callIn(bytes);
      return false;
    }
    return true;
  };

  const read = () => {
    if (!isReading) lane.take(connection, hear, rest);
    isReading = true;
    resume();
  };
  const pause = () => {
    isPaused = true;
    joined?.ws.pause();
    connection.pause();
  };
  const resume = () => {
    isPaused = false;
    joined?.ws.resume();
    if (held === undefined) connection.resume();
  };

  const hangUp = () => {
    if (connection.writable) connection.end();
  };
  const sayGoodbye = () => {
    if (joined !== undefined) joined.ws.close(NORMAL);
    // Else `ws` does so as soon as it is there.
    else if (held === undefined) connection.write(closeFrame(NORMAL));
  };

  connection.on('error', () => {});
  if (joined !== undefined) attend(joined);
  // As much as it has to say is gone by then: the other side hears nothing any more.
  else connection.once('end', hangUp);
  connection.once('close', () => {
    if (joined === undefined && held === undefined) end({ code: lane.hasClosed ? NORMAL : NO_GOODBYE, reason: '' });
  });

  return {
    ...agreed,
    get isOpen() {
      const agrees = joined === undefined || joined.ws.readyState === joined.ws.OPEN;
      return agrees && connection.writable && !closing && !lane.hasClosed && closed === undefined;
    },
    get received() {
      return lane.received - (joined?.control ?? 0);
    },
    listen(hears) {
      listener = hears;
      if (closed) hears.closed(closed);
      else read();
    },
    send(frame) {
      if (!connection.writable || closing || closed !== undefined) return undefined;
      // A write that fails is told of by the close that follows.
      connection.write(textFrame(frame), release);
      if (connection.writableLength < SEND_MARK) return undefined;
      return new Promise(resolve => {
        waiting.add(resolve);
      });
    },
    pause,
    resume,
    close() {
      if (closed) return Promise.resolve();
      return new Promise(resolve => {
        const cancel = clock.after(CLOSE_MS, () => connection.destroy());
        afterClose.add(() => {
          cancel();
          resolve();
        });
        if (closing) return;
        closing = true;
        // While paused, the answer to our goodbye would never be read.
        read();
        sayGoodbye();
      });
    },
  };
}
