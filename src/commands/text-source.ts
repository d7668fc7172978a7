/** Finds the text a person gave: words on the command line, a file, or what is piped in (INTERFACE §2). */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Failure, printable } from '../errors.ts';
import type { Host } from '../host.ts';
import { checkText, decodeText, isBlank } from '../text/transcript.ts';

/** A text that has at least one character that is not white space. */
export interface TextSource {
  /** The text from its beginning, as it becomes known. */
  readonly text: AsyncIterable<string>;
  /** About how many characters there are, where that is known. */
  readonly length: number | undefined;
}

/**
 * Opens the text: the words of the command line, else `file` (`-` is standard input), else standard
 * input when that is not a terminal.
 *
 * @throws Failure of kind usage when there is none, or nothing but white space in it.
 */
export async function openText(words: readonly string[], file: string | undefined, host: Host): Promise<TextSource> {
  if (words.length > 0) {
    if (file !== undefined)
      throw new Failure('usage', 'text is given both as words and with --file', { hint: 'give one of them' });
    return wordsGiven(words.join(' '));
  }
  if (file !== undefined && file !== '-') return fromFile(file, host);
  if (file === undefined && host.stdin.isTTY) {
    throw new Failure('usage', 'there is no text to speak', {
      hint: 'usage: aloud say [options] <text…>   or: aloud say -f FILE   or: … | aloud say   (aloud say --help for more)',
    });
  }
  return { text: await notBlank(decode(host.stdin, 'standard input', host), 'standard input'), length: undefined };
}

async function wordsGiven(text: string): Promise<TextSource> {
  checkText(text);
  if (isBlank(text)) throw empty('the text');
  return { text: once(text), length: text.length };
}

async function fromFile(file: string, host: Host): Promise<TextSource> {
  const facts = await stat(file).catch(error => unreadable(file, error));
  if (facts.isDirectory()) throw new Failure('usage', `${printable(file)} is a folder, not a file with text`);
  const text = await notBlank(decode(createReadStream(file), printable(file), host, file), printable(file));
  return { text, length: facts.isFile() ? facts.size : undefined };
}

async function* decode(
  bytes: AsyncIterable<Uint8Array | string>,
  name: string,
  host: Host,
  file?: string,
): AsyncGenerator<string> {
  const warn = () => host.warn(`${name} is not valid UTF-8: what cannot be read becomes \ufffd`);
  try {
    yield* decodeText(asBytes(bytes), warn);
  } catch (error) {
    if (error instanceof Failure) throw error;
    unreadable(file ?? name, error);
  }
}

async function* asBytes(source: AsyncIterable<Uint8Array | string>): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

function unreadable(name: string, error: unknown): never {
  const { code } = error as NodeJS.ErrnoException;
  const reason = code === 'ENOENT' ? 'there is no such file' : printable(String((error as Error).message));
  throw new Failure('usage', `cannot read ${printable(name)}: ${reason}`, { cause: error });
}

/** The same text once something has been seen in it: an empty one must be known before anything is opened. */
async function notBlank(text: AsyncGenerator<string>, name: string): Promise<AsyncIterable<string>> {
  const seen: string[] = [];
  for (;;) {
    const { value, done } = await text.next();
    if (done) throw empty(name);
    seen.push(value);
    if (!isBlank(value)) return resume(seen, text);
    // White space without end is nothing to speak and no reason to fill the memory.
    if (seen.length > MOST_BLANK_PIECES) throw empty(name);
  }
}

const MOST_BLANK_PIECES = 1000;

async function* resume(seen: readonly string[], rest: AsyncGenerator<string>): AsyncGenerator<string> {
  try {
    yield seen.join('');
    yield* rest;
  } finally {
    await rest.return(undefined);
  }
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

function empty(name: string): Failure {
  return new Failure('usage', `there is nothing to speak in ${name}`, { hint: 'give some text: aloud say "Hello"' });
}
