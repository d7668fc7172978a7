/** Frames from a client (RFC 6455 §5.2): whole, and masked. */
import { randomFillSync } from 'node:crypto';

const LAST = 0x80;
const TEXT = 0x1;
const CLOSE = 0x8;
const MASKED = 0x80;
const MASK_BYTES = 4;

/** A whole message of text. */
export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const start = headBytes(length);
  const frame = Buffer.allocUnsafe(start + length);
  frame.write(text, start);
  return masked(frame, TEXT, start);
}

/** A goodbye. */
export function closeFrame(code: number): Buffer {
  const start = headBytes(2);
  const frame = Buffer.allocUnsafe(start + 2);
  frame.writeUInt16BE(code, start);
  return masked(frame, CLOSE, start);
}

function headBytes(length: number): number {
  return 2 + (length < 126 ? 0 : length < 65_536 ? 2 : 8) + MASK_BYTES;
}

/** Writes the head of `frame`, whose payload begins at `start`, and masks that. */
function masked(frame: Buffer, opcode: number, start: number): Buffer {
  const length = frame.length - start;
  frame[0] = LAST | opcode;
  if (length < 126) frame[1] = MASKED | length;
  else if (length < 65_536) {
    frame[1] = MASKED | 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = MASKED | 127;
    frame.writeUInt32BE(Math.floor(length / 2 ** 32), 2);
    frame.writeUInt32BE(length >>> 0, 6);
  }
  const mask = frame.subarray(start - MASK_BYTES, start);
  randomFillSync(mask);
  for (let i = 0; i < length; i++) frame[start + i] = (frame[start + i] ?? 0) ^ (mask[i & 3] ?? 0);
  return frame;
}
