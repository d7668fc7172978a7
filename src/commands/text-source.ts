/** Finds the text a person gave: words on the command line, a file, or what is piped in (INTERFACE §2). */
import { constants, createReadStream, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { Failure, printable } from '../errors.ts';
import type { Host } from '../host.ts';
import { once } from '../text/inputs.ts';
import { decodeText, hasContent } from '../text/transcript.ts';
import { abortable } from '../wire/wait.ts';
import { checkTextChoice, emptyText, type TextChoice } from './text-choice.ts';

/** A text that has at least one character that is neither white space nor punctuation. */
export interface TextSource {
  /** The text from its beginning, as it becomes known. */
  readonly text: AsyncIterable<string>;
  /** About how many characters there are, where that is known. */
  readonly length: number | undefined;
}

/**
 * Opens the text: the words of the command line, else the file, else standard input. Waits until there is something
 * to speak; `signal` ends that wait and every later one, and lets go of what is read. Whoever stops reading before the
 * end has to see to it that `signal` is aborted when the run is over, as the program does.
 *
 * @throws Failure of kind usage when it cannot be read or holds nothing to speak.
 */
export async function openText(choice: TextChoice, host: Host, signal: AbortSignal): Promise<TextSource> {
  checkTextChoice(choice, host);
  const { words, file } = choice;
  if (words.length > 0) {
    const text = sameLines(words.join(' '));
    if (words.length === 1) await warnOfFile(text, host);
    return { text: once(text), length: text.length };
  }
  if (file !== undefined && file !== '-') return fromFile(file, host, signal);
  return { text: await withContent(decode(host.stdin, STDIN, host, signal), STDIN), length: undefined };
}

/** Whoever names a file that is there probably wants to hear what is in it. */
async function warnOfFile(word: string, host: Host): Promise<void> {
  if (/\s/.test(word) || !(await isFile(word))) return;
  const name = printable(word, 200);
  host.warn(`${name} is spoken as it stands; to read the file: -f ${name}`);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

const STDIN = 'standard input';

/** The bytes of standard input as they come; `signal` ends every wait for them, and lets go of it. */
export function readInput(host: Host, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  return asBytes(host.stdin, signal);
}

/** The text of standard input, whose bytes may have passed through other hands. */
export function decodeInput(bytes: AsyncIterable<Uint8Array>, host: Host, signal: AbortSignal): AsyncGenerator<string> {
  return decode(bytes, STDIN, host, signal);
}

/**
 * The same text as it comes, but for floods of what nobody could hear.
 *
 * @throws Failure of kind usage when there is nothing to speak in it, at its end or after too much of that.
 */
export async function* demandContent(text: AsyncIterable<string>): AsyncGenerator<string> {
  let found = false;
  let silence = 0;
  let last = '';
  for await (const piece of text) {
    const isHeard = hasContent(piece);
    found ||= isHeard;
    silence = isHeard ? 0 : silence + piece.length;
    last = piece;
    if (silence <= MOST_SILENCE) yield piece;
    else if (!found) break;
  }
  if (!found) throw emptyText(STDIN, last, 'echo "Hello, world" | aloud stream');
}

/** Characters in a row that cannot be heard: more of them are no reason to fill the memory. */
const MOST_SILENCE = 1024 * 1024;

async function fromFile(file: string, host: Host, signal: AbortSignal): Promise<TextSource> {
  const name = printable(file, 200);
  const facts = await stat(file).catch(error => unreadable(name, error));
  if (facts.isDirectory()) throw new Failure('usage', `${name} is a folder, not a file with text`);
  const bytes = facts.isFIFO() ? openPipe(file, name) : createReadStream(file);
  const text = await withContent(decode(bytes, name, host, signal), name);
  return { text, length: facts.isFile() ? facts.size : undefined };
}

// Opened like a file, a pipe that nobody writes to would hold up a thread, and that the process could not end.
function openPipe(file: string, name: string): Socket {
  try {
    return new Socket({
      fd: openSync(file, constants.O_RDONLY | constants.O_NONBLOCK),
      readable: true,
      writable: false,
    });
  } catch (error) {
    unreadable(name, error);
  }
}

async function* decode(
  bytes: AsyncIterable<Uint8Array | string>,
  name: string,
  host: Host,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const warn = () => host.warn(`${name} is not valid UTF-8: what cannot be read becomes \ufffd`);
  try {
    let isText = true;
    for await (const piece of decodeText(asBytes(bytes, signal), warn)) {
      if (isText && piece.includes('\0')) {
        isText = false;
        host.warn(`${name} has NUL characters in it: is it text?`);
      }
      yield piece;
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    unreadable(name, error);
  }
}

/**
 * The chunks of `source` as bytes. When `signal` is aborted it stops waiting for the next one and lets go of the
 * source at once: one that is still open would keep the process from ending, whether somebody waits for it or not.
 */
async function* asBytes(source: AsyncIterable<Uint8Array | string>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]();
  const release = () => {
    if (source instanceof Readable) source.destroy();
  };
  signal.addEventListener('abort', release, { once: true });
  try {
    for (;;) {
      const { value, done } = await abortable(chunks.next(), signal);
      if (done) return;
      yield typeof value === 'string' ? Buffer.from(value) : value;
    }
  } finally {
    signal.removeEventListener('abort', release);
    // Of a source that somebody waits for, the end would be waited for too.
    const ended = chunks.return?.().catch(() => undefined);
    if (signal.aborted) release();
    else await ended;
  }
}

function unreadable(name: string, error: unknown): never {
  if (error instanceof Failure) throw error;
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = (code === undefined ? undefined : REASONS[code]) ?? printable(String(message), 200);
  throw new Failure('usage', `cannot read ${name}: ${reason}`, {
    cause: error,
    hint: 'check the name, or pipe the text in',
  });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission is denied',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links go round in a circle',
  ENAMETOOLONG: 'the name is too long',
};

/** The same text once something to speak has been seen in it: that there is none must be known before anything is opened. */
async function withContent(text: AsyncGenerator<string>, name: string): Promise<AsyncIterable<string>> {
  const seen: string[] = [];
  for (;;) {
    const { value, done } = await text.next();
    if (done) throw emptyText(name, seen.join(''));
    seen.push(value);
    if (hasContent(value)) return resume(seen, text);
    // White space without end is nothing to speak and no reason to fill the memory.
    if (seen.length > MOST_EMPTY_PIECES) throw emptyText(name, seen.join(''));
  }
}

const MOST_EMPTY_PIECES = 1000;

async function* resume(seen: readonly string[], rest: AsyncGenerator<string>): AsyncGenerator<string> {
  try {
    yield seen.join('');
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

/** As in a file: without a byte-order mark, and every line ended by LF. */
function sameLines(text: string): string {
  return text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n');
}
