/** The hot path of reading: a frame that is nearly all base64, taken apart without parsing its audio as JSON. */
import { decodeCanonical } from './base64.ts';
import { parseObject } from './members.ts';

const DATA = Buffer.from('"data":"');

/**
 * Cuts the audio out of a message that bears it as `data` and parses only the small rest, in which
 * `data` is left empty. Anything unusual (escapes, a second `data`, one that is nested, base64 that is
 * not canonical) gives `undefined` and is to be parsed whole, so the result is always that of `JSON.parse`.
 */
export function readAudioFrame(
  frame: Buffer,
): { readonly message: Record<string, unknown>; readonly audio: Uint8Array } | undefined {
  const key = frame.indexOf(DATA);
  if (key < 0) return undefined;
  const start = key + DATA.length;
  const end = frame.indexOf(0x22, start);
  if (end < 0) return undefined;
  const before = frame.toString('utf8', 0, start);
  const behind = frame.toString('utf8', end, frame.length);
  if (isUnusual(before, before.length - DATA.length) || isUnusual(behind, -1)) return undefined;
  const message = parseObject(before + behind);
  if (message === undefined || message.data !== '') return undefined;
  const audio = decodeCanonical(frame.toString('latin1', start, end));
  return audio === undefined ? undefined : { message, audio };
}

/** Whether `text` has escapes, which may spell anything, or names `data` anywhere but `at`. */
function isUnusual(text: string, at: number): boolean {
  return text.includes('\\') || text.indexOf('"data"') !== at;
}
