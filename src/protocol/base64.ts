/** Strict decoding of base64 that came over the wire: all of it, or nothing. */
import { cutMemory, giveBack } from '../slabs.ts';

/**
 * Decodes `text`. Base64url, missing padding and line breaks are decoded right; anything else
 * that is not base64 gives `undefined`, never a part of the data.
 */
export function decodeBase64(text: string): Uint8Array | undefined {
  // Node looks at the low byte of a wide character only: U+0141 would be read as A.
  if (/[^\p{ASCII}]/u.test(text)) return undefined;
  return decodeCanonical(text) ?? decodeLenient(text);
}

/**
 * The hot path: canonical base64 only, and only text without wide characters. Node skips characters outside the alphabet, so comparing
 * the decoded length with the one expected finds every defect without looking at the text.
 */
export function decodeCanonical(text: string): Uint8Array | undefined {
  const length = text.length;
  if (length % 4 !== 0) return undefined;
  const padding = length === 0 || text.charCodeAt(length - 1) !== 61 ? 0 : text.charCodeAt(length - 2) === 61 ? 2 : 1;
  const expected = (length / 4) * 3 - padding;
  const bytes = cutMemory(expected);
  if (bytes.write(text, 'base64') === expected) return bytes;
  giveBack(bytes);
  return undefined;
}

/** Padding may be missing, but what is there has to fit. */
function decodeLenient(text: string): Uint8Array | undefined {
  const bare = text.replace(/\s+/g, '');
  const [all, digits = ''] = /^([A-Za-z0-9+/_-]+)={0,2}$/.exec(bare) ?? [];
  if (all === undefined || digits.length % 4 === 1) return undefined;
  if (all.length > digits.length && all.length % 4 !== 0) return undefined;
  return Buffer.from(digits, 'base64');
}
