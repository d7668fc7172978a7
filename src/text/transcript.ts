/** Text in: bytes to text, what can be spoken, and a first input that holds something to speak. */

import { TextDecoder } from 'node:util';
import { Failure } from '../errors.ts';
import type { Piece } from '../speech.ts';
import { plain } from './tags.ts';

/**
 * Reads bytes as UTF-8, or as UTF-16 if they start with its byte order mark. The mark is dropped,
 * CRLF and a lone CR become LF, an invalid byte becomes U+FFFD and `onInvalid` is called once.
 * Pieces are not empty and do not end inside a character; nothing is held back that is complete.
 */
export async function* decodeText(bytes: AsyncIterable<Uint8Array>, onInvalid: () => void): AsyncGenerator<string> {
  const decode = createDecoder(onInvalid);
  let afterCr = false;
  const lines = (text: string) => {
    // The line feed went out with the carriage return, so that a finished line does not wait for more.
    const rest = afterCr && text.startsWith('\n') ? text.slice(1) : text;
    if (text !== '') afterCr = text.endsWith('\r');
    return rest.includes('\r') ? rest.replace(/\r\n?/g, '\n') : rest;
  };
  for await (const chunk of bytes) {
    const text = lines(decode(chunk));
    if (text !== '') yield text;
  }
  const tail = lines(decode(undefined));
  if (tail !== '') yield tail;
}

/** Whether there is a letter or digit of any script outside the tags of protocol §2.5. */
export function isSpeakable(text: string): boolean {
  const said = plain(text);
  return PLAIN.test(said) || /[\p{L}\p{N}]/u.test(said);
}

/**
 * Whether a voice may make something of the text: not only punctuation, white space and controls, which
 * services refuse as a first input (protocol §4.2), nor signs that are silent alone. An emoji, `€` or `%` is read out.
 */
export function hasContent(text: string): boolean {
  return PLAIN.test(text) || /[%&@#*/\\§]|[^\p{P}\p{Z}\p{C}\p{M}<>^`|]/u.test(text);
}

/** Whether there is nothing but white space. */
export function isBlank(text: string): boolean {
  return !/\S/.test(text);
}

/** Throws a usage failure for text that no encoding can carry: half of a surrogate pair. */
export function checkText(text: string): void {
  if (!/[\ud800-\udfff]/u.test(text)) return;
  throw new Failure('usage', 'the text contains half a character (a lone surrogate)', {
    hint: 'give the text in a UTF-8 file with --file, or remove the broken character',
  });
}

/**
 * Makes the first piece one that holds something to speak, by joining what leads up to it: a
 * service refuses a first input of punctuation alone (protocol §4.2). Boundaries before it mark
 * nothing audible and are dropped. If nothing speakable comes, the text goes out at the end, and
 * so does an absurd amount of leading punctuation.
 */
export async function* speakable(pieces: AsyncIterable<Piece>): AsyncGenerator<Piece> {
  let held: string[] | undefined = [];
  let length = 0;
  let last = '';
  for await (const piece of pieces) {
    if (held === undefined) {
      yield piece;
    } else if (typeof piece === 'string') {
      held.push(piece);
      length += piece.length;
      if (isSpeakable(last + piece) || length > HELD_LIMIT) {
        yield held.join('');
        held = undefined;
      }
      last = piece.slice(-1) || last;
    }
  }
  if (held !== undefined && length > 0) yield held.join('');
}

// Known at a glance: V8 takes the best part of a millisecond to read the classes of Unicode.
const PLAIN = /[A-Za-z\d]/;
const HELD_LIMIT = 1 << 20;

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** A streaming decoder that finds out the encoding; `undefined` ends the stream. */
function createDecoder(onInvalid: () => void): (chunk: Uint8Array | undefined) => string {
  let start: Uint8Array = new Uint8Array(0);
  let decoder: TextDecoder | undefined;
  let strict: TextDecoder | undefined;

  return chunk => {
    let bytes = chunk ?? new Uint8Array(0);
    if (decoder === undefined) {
      if (start.length > 0) bytes = Buffer.concat([start, bytes]);
      const encoding = encodingOf(bytes, chunk === undefined);
      if (encoding === undefined) {
        start = bytes;
        return '';
      }
      decoder = new TextDecoder(encoding);
      // U+FFFD may stand in the text itself: only a second, strict reader tells it from a replaced byte.
      strict = new TextDecoder(encoding, { fatal: true });
    }
    const stream = chunk !== undefined;
    try {
      strict?.decode(bytes, { stream });
    } catch {
      strict = undefined;
      onInvalid();
    }
    return decoder.decode(bytes, { stream });
  };
}

function encodingOf(bytes: Uint8Array, whole: boolean): Encoding | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  if (whole || second !== undefined) return 'utf-8';
  return first === undefined || first === 0xff || first === 0xfe ? undefined : 'utf-8';
}
