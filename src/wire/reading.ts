/** What comes over an open WebSocket: whole messages of text go by the short way, for all else `ws` is called in. */
import type { Duplex } from 'node:stream';
import { closeFrame } from './frames.ts';
import type { Lane } from './lane.ts';
import type { Attendant, Joined } from './library.ts';

export interface Opened {
  /** Paused; what comes from it are frames, and nobody hears of them yet. */
  readonly connection: Duplex;
  /** `ws`, where it is there already, or how it is called in: it is fed in `begin`. */
  readonly library: Joined | ((begin: (joined: Joined) => void) => Promise<void>);
}

export interface Reading {
  /** Bytes of messages, whole or in part. */
  readonly received: number;
  /** Neither side has said goodbye, and nothing is wrong. */
  readonly isOpen: boolean;
  /** Whether `ws` is there, or on its way: then it tells of the end. */
  readonly hasLibrary: boolean;
  /** Begins, if it has not, and goes on after a pause. */
  resume(): void;
  pause(): void;
  /** Says goodbye, once. What still comes is for nobody. */
  leave(): void;
}

/** RFC 6455 §7.4.1. */
export const NORMAL = 1000;
export const NO_GOODBYE = 1006;

/** Nothing is read before it is resumed. */
export function createReading({ connection, library }: Opened, lane: Lane, hears: Attendant): Reading {
  let joined = typeof library === 'function' ? undefined : library;
  /** The bytes for which `ws` was called in, while it is on its way. */
  let held: Buffer | undefined;
  let isBegun = false;
  let isPaused = false;
  let hasLeft = false;

  const attendant: Attendant = {
    ...hears,
    frame(data, isBinary) {
      if (!hasLeft) hears.frame(data, isBinary);
    },
  };

  const hangUp = () => {
    if (connection.writable) connection.end();
  };

  const begin = (late: Joined) => {
    joined = late;
    late.attend(attendant);
    if (held !== undefined) late.feed(held);
    held = undefined;
    lane.goOn();
    if (hasLeft) late.ws.close(NORMAL);
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
      const error = cause instanceof Error ? cause : new Error(String(cause));
      attendant.closed({ code: NO_GOODBYE, reason: '', error });
    }
  };

  /** Takes what is not a whole message of text. */
  const take = (bytes: Buffer) => {
    if (joined !== undefined) joined.feed(bytes);
    else if (hasLeft) {
      // We have said goodbye first: the same from the other side is the answer, and all else comes too late.
      if (lane.hasClosed) hangUp();
    } else {
      void callIn(bytes);
      return false;
    }
    return true;
  };

  const resume = () => {
    if (!isBegun) lane.take(connection, data => attendant.frame(data, false), take);
    isBegun = true;
    isPaused = false;
    joined?.ws.resume();
    if (held === undefined) connection.resume();
  };

  joined?.attend(attendant);
  // All that it had to say has been read by then.
  connection.once('end', () => {
    if (joined === undefined && held === undefined) hangUp();
  });

  return {
    get received() {
      return lane.received - (joined?.control ?? 0);
    },
    get isOpen() {
      const agrees = joined === undefined || joined.ws.readyState === joined.ws.OPEN;
      return agrees && connection.writable && !lane.hasClosed && !hasLeft;
    },
    get hasLibrary() {
      return joined !== undefined || held !== undefined;
    },
    resume,
    pause() {
      isPaused = true;
      joined?.ws.pause();
      connection.pause();
    },
    leave() {
      if (hasLeft) return;
      hasLeft = true;
      if (joined !== undefined) joined.ws.close(NORMAL);
      // Else `ws` does so as soon as it is there.
      else if (held === undefined) connection.write(closeFrame(NORMAL));
    },
  };
}
