/** A WebSocket that is open: sends messages of text, and ends in one way or another. */
import type { Clock } from '../speech.ts';
import type { CloseFacts } from './failures.ts';
import { textFrame } from './frames.ts';
import type { Lane } from './lane.ts';
import { createReading, NO_GOODBYE, NORMAL, type Opened } from './reading.ts';
import type { Socket, SocketListener } from './socket.ts';

/** What the service said when it agreed. */
export interface Agreed {
  readonly requestId: string | undefined;
  readonly answeredAt?: Date;
}

/** Above this many bytes waiting to be sent, senders wait until a quarter of it is left. */
const SEND_MARK = 256 * 1024;

/** How long the other side may take to answer our goodbye. */
const CLOSE_MS = 800;

export function createSocket(opened: Opened, agreed: Agreed, lane: Lane, clock: Clock): Socket {
  const { connection } = opened;
  let listener: SocketListener | undefined;
  let closed: CloseFacts | undefined;
  const senders = new Set<() => void>();
  const closers = new Set<() => void>();

  const release = () => {
    if (connection.writableLength > SEND_MARK / 4 && closed === undefined) return;
    for (const resolve of senders) resolve();
    senders.clear();
  };
  const end = (facts: CloseFacts) => {
    if (closed !== undefined) return;
    closed = facts;
    release();
    listener?.closed(facts);
    for (const resolve of closers) resolve();
  };

  const reading = createReading(opened, lane, {
    frame: (data, isBinary) => listener?.frame(data, isBinary),
    failed: lane.end,
    closed: end,
  });

  const isOpen = () => reading.isOpen && closed === undefined;

  connection.on('error', () => {});
  connection.once('close', () => {
    if (!reading.hasLibrary) end({ code: lane.hasClosed ? NORMAL : NO_GOODBYE, reason: '' });
  });

  return {
    ...agreed,
    get isOpen() {
      return isOpen();
    },
    get received() {
      return reading.received;
    },
    listen(hears) {
      listener = hears;
      if (closed) hears.closed(closed);
      else reading.resume();
    },
    send(frame) {
      if (!isOpen()) return undefined;
      // A write that fails is told of by the close that follows.
      connection.write(textFrame(frame), release);
      if (connection.writableLength < SEND_MARK) return undefined;
      return new Promise(resolve => {
        senders.add(resolve);
      });
    },
    pause: reading.pause,
    resume: reading.resume,
    close() {
      if (closed) return Promise.resolve();
      return new Promise(resolve => {
        const cancel = clock.after(CLOSE_MS, () => {
          connection.destroy();
          end({ code: NO_GOODBYE, reason: '' });
        });
        closers.add(() => {
          cancel();
          resolve();
        });
        reading.leave();
        // While paused, the answer would never be read.
        reading.resume();
      });
    },
  };
}
