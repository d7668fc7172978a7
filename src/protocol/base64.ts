/** Strict decoding of base64 that came over the wire: all of it, or nothing. */

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
  const bytes = expected > SLAB_BYTES / 4 ? Buffer.allocUnsafeSlow(expected) : cutFromSlab(expected);
  return bytes.write(text, 'base64') === expected ? bytes : undefined;
}

/** Memory for many chunks at once: for each one by itself, most of the time would go into getting and freeing it. */
const SLAB_BYTES = 128 * 1024;
let slab = Buffer.alloc(0);
let taken = 0;

function cutFromSlab(size: number): Buffer {
  if (taken + size > slab.length) {
    slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    taken = 0;
  }
  const start = taken;
  // Whoever looks at samples as numbers needs them at a multiple of eight.
  taken = (start + size + 7) & ~7;
  return slab.subarray(start, start + size);
}

/** Padding may be missing, but what is there has to fit. */
function decodeLenient(text: string): Uint8Array | undefined {
  const bare = text.replace(/\s+/g, '');
  const [all, digits = ''] = /^([A-Za-z0-9+/_-]+)={0,2}$/.exec(bare) ?? [];
  if (all === undefined || digits.length % 4 === 1) return undefined;
  if (all.length > digits.length && all.length % 4 !== 0) return undefined;
  return Buffer.from(digits, 'base64');
}
