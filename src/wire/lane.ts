/** A short way for nearly all that comes: whole text messages go from the bytes of a socket straight to whoever hears them. */
import { isUtf8 } from 'node:buffer';
import type { OnReadOpts } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Reads a socket in front of `ws`, which gets everything that is not a whole, unmasked text message in one frame:
 * fragments, binary, control frames, and whatever is wrong.
 */
export interface Lane {
  /** For a socket that is to read into the same memory every time, so that nothing is left to be tidied up. */
  onread(socket: () => Duplex): OnReadOpts;
  /**
   * Of what comes from now on, messages go to `frame`; their bytes are good until it returns. All else goes to `rest`, in
   * its order: while that gives false, nothing is dealt with until `goOn`.
   */
  take(socket: Duplex, frame: (data: Buffer) => void, rest: (bytes: Buffer) => boolean): void;
  goOn(): void;
  /** Bytes that have come since. */
  readonly received: number;
  /** Whether a close frame has come. */
  readonly hasClosed: boolean;
  /** What still comes is for nobody. */
  end(): void;
}

/** Eight times as much as Node reads at a time: the kernel has its price for every read, and for telling the other side of it. */
const READ_BYTES = 512 * 1024;

/** Longer messages are left to `ws`: what is kept until a message is whole is at most this. */
const LONGEST = 256 * 1024;

/** RFC 6455 §5.2: the last frame of a message, text, no extension. */
const WHOLE_TEXT = 0x81;
const LAST = 0x80;
const CLOSE = 0x8;
const CONTROL = 0x8;
const KIND = 0xf;
/** Continuation, text, binary, close, ping, pong. */
const KINDS = [0x0, 0x1, 0x2, 0x8, 0x9, 0xa];
const RESERVED = 0x70;
const MASKED = 0x80;

/** @param longest payloads of more bytes are left to `ws` */
export function createLane(longest: number): Lane {
  const most = Math.min(longest, LONGEST);
  let phase: 'answer' | 'frames' | 'over' = 'answer';
  let hear: (data: Buffer) => void = () => {};
  let leave: (bytes: Buffer) => boolean = () => true;
  /** What has come since `rest` wanted no more, while that is so. */
  let kept: Buffer[] | undefined;
  let received = 0;
  /** The beginning of a message for us whose rest has not come. */
  let carry = Buffer.alloc(0);
  let carried = 0;
  /** Bytes of a frame for `ws` that have not come. */
  let left = 0;
  let isFragmented = false;
  let isGoodbye = false;
  /** Nothing that comes behind the frame for `ws` counts. */
  let isLast = false;
  /** Of the frame that was looked at last: where its payload begins, and where it ends. */
  let start = 0;
  let end = 0;

  function arrive(bytes: Buffer, count: number): void {
    if (phase !== 'frames') return;
    received += count;
    pass(bytes, count);
  }

  const isHalted = () => kept !== undefined;

  function pass(bytes: Buffer, count: number): void {
    let at = 0;
    while (carried > 0 && at < count && !isHalted()) {
      const more = Math.min(lacking(carry, 0, carried), count - at);
      keep(bytes, at, at + more);
      at += more;
      if (lacking(carry, 0, carried) > 0) continue;
      const whole = carried;
      carried = 0;
      deal(carry, 0, whole);
    }
    while (at < count && phase === 'frames' && !isHalted()) {
      if (left > 0 || lacking(bytes, at, count) === 0) at = deal(bytes, at, count);
      else {
        keep(bytes, at, count);
        at = count;
      }
    }
    if (at < count) kept?.push(Buffer.from(bytes.subarray(at, count)));
  }

  function keep(bytes: Buffer, from: number, to: number): void {
    const size = carried + to - from;
    if (size > carry.length) {
      const longer = Buffer.allocUnsafeSlow(Math.max(2 * size, READ_BYTES));
      carry.copy(longer, 0, 0, carried);
      carry = longer;
    }
    bytes.copy(carry, carried, from, to);
    carried = size;
  }

  /** How many bytes more it takes to deal with the frame at `at`; notes where it is. */
  function lacking(bytes: Buffer, at: number, to: number): number {
    const has = to - at;
    if (has < 2) return 2 - has;
    const short = (bytes[at + 1] ?? 0) & ~MASKED;
    start = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
    if (to < start) return start - to;
    end = start + (short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : long(bytes, at + 2));
    return isForUs(bytes, at) && end > to ? end - to : 0;
  }

  function isForUs(bytes: Buffer, at: number): boolean {
    return !isFragmented && bytes[at] === WHOLE_TEXT && (bytes[at + 1] ?? 0) < MASKED && end - start <= most;
  }

  /** Deals with the frame at `at`, which `lacking` has looked at, or with as much of it as there is; gives where that ends. */
  function deal(bytes: Buffer, at: number, to: number): number {
    if (left === 0) {
      const next = end;
      const data = isForUs(bytes, at) ? bytes.subarray(start, next) : undefined;
      if (data !== undefined && isUtf8(data)) {
        hear(data);
        return next;
      }
      left = next - at;
      note(bytes[at] ?? 0, bytes[at + 1] ?? 0, data !== undefined);
    }
    const until = Math.min(to, at + left);
    left -= until - at;
    // A copy, because `ws` keeps what is not whole.
    if (!leave(Buffer.from(bytes.subarray(at, until)))) kept = [];
    if (left === 0 && isLast) phase = 'over';
    return until;
  }

  function note(first: number, second: number, isGarbled: boolean): void {
    const kind = first & KIND;
    if (kind < CONTROL) isFragmented = (first & LAST) === 0;
    if (kind === CLOSE) isGoodbye = true;
    // What `ws` will not forgive: it says so later, and until then more would be heard.
    isLast = isGoodbye || isGarbled || (first & RESERVED) !== 0 || second >= MASKED || !KINDS.includes(kind);
  }

  return {
    onread(reading) {
      const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
      const callback = (count: number) => {
        if (phase === 'answer') return reading().push(Buffer.from(buffer.subarray(0, count)));
        arrive(buffer, count);
        return true;
      };
      return { buffer, callback };
    },
    take(taken, frame, rest) {
      hear = frame;
      leave = rest;
      phase = 'frames';
      taken.on('data', (bytes: Buffer) => arrive(bytes, bytes.length));
    },
    goOn() {
      const waiting = kept ?? [];
      kept = undefined;
      for (const bytes of waiting) pass(bytes, bytes.length);
    },
    get received() {
      return received;
    },
    get hasClosed() {
      return isGoodbye;
    },
    end() {
      phase = 'over';
    },
  };
}

function long(bytes: Buffer, at: number): number {
  return bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}
