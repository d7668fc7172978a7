/** Finds what is kept of the beginning of a text, and gives it as it was spoken. */
import { createHash } from 'node:crypto';
import { Failure } from '../errors.ts';
import type { Host } from '../host.ts';
import type { SpeechEvent } from '../speech.ts';
import { partsOf } from '../text/parts.ts';
import type { Beginning } from '../wire/ahead.ts';
import type { NoteLine } from './journal.ts';
import { listUnfinished, openUnfinished, readRange, type Unfinished, type UnfinishedFiles } from './unfinished.ts';
import type { UnfinishedRecord } from './unfinished-record.ts';

/** Where what is kept of a run is, and how it is known. */
export interface Place {
  readonly root: string;
  readonly key: string;
  readonly textFile: string;
  readonly language: string | undefined;
}

/** What is kept, opened. */
export interface Kept {
  readonly unfinished: Unfinished;
  readonly files: UnfinishedFiles;
}

/**
 * The longest that is kept of the beginning of `text`, and the text from its beginning. `isChanged` says that something
 * is kept of this file, but of another text or for other flags.
 */
export async function findBeginning(
  { root, key, textFile, language }: Place,
  text: AsyncIterable<string>,
  host: Host,
): Promise<{ text: AsyncIterable<string>; kept?: Kept; isChanged: boolean }> {
  const all = await listUnfinished(root);
  const candidates = all.filter(({ record }) => record.key === key);
  const known = createReread(text);
  for (const unfinished of candidates) {
    if (!(await isBeginning(unfinished.record, known.fromStart(), language))) continue;
    const files = await openUnfinished(unfinished);
    if (files !== undefined) return { text: known.whole(), kept: { unfinished, files }, isChanged: false };
    host.warn('what was kept of an earlier run is damaged, and not used');
  }
  return { text: known.whole(), isChanged: all.some(({ record }) => record.textFile === textFile) };
}

/** Whether `text` begins with what was spoken; also its parts, whose borders depend on a little of what follows. */
async function isBeginning(
  { parts, characters, digest }: UnfinishedRecord,
  text: AsyncIterable<string>,
  language: string | undefined,
): Promise<boolean> {
  const hash = createHash('sha256');
  let count = 0;
  let length = 0;
  for await (const part of partsOf(text, language)) {
    count++;
    length += part.text.length;
    hash.update(part.text);
    if (length >= characters) break;
  }
  return count === parts && length === characters && hash.digest('hex') === digest;
}

/** A text of which what has been read can be read again. */
function createReread(text: AsyncIterable<string>) {
  const source = text[Symbol.asyncIterator]();
  const seen: string[] = [];
  return {
    /** From the beginning, as far as anybody goes. */
    async *fromStart(): AsyncGenerator<string> {
      for (let at = 0; ; at++) {
        if (at === seen.length) {
          const { done, value } = await source.next();
          if (done) return;
          seen.push(value);
        }
        yield seen[at] ?? '';
      }
    },
    /** All of it, once. */
    async *whole(): AsyncGenerator<string> {
      for (const piece of seen.splice(0)) yield piece;
      yield* { [Symbol.asyncIterator]: () => source };
    },
  };
}

/** What is kept, as it was spoken. */
export function beginningOf({ unfinished: { record }, files }: Kept): Beginning {
  const { start, bytes } = record.audio;

  async function* sound(from: number, to: number): AsyncGenerator<SpeechEvent> {
    try {
      for await (const chunk of readRange(files.audio, start + from, to - from)) yield { type: 'audio', chunk };
    } catch (cause) {
      const hint = 'run it again without --resume';
      throw new Failure('output', 'what was kept of an earlier run cannot be read any more', { cause, hint });
    }
  }

  return {
    parts: record.parts,
    async *events() {
      let given = 0;
      for await (const { at, event } of linesOf(files, record.notes.bytes)) {
        yield* sound(given, Math.min(at, bytes));
        given = Math.max(given, Math.min(at, bytes));
        yield event;
      }
      yield* sound(given, bytes);
    },
  };
}

/** The notes as they were written: their digest has been looked at. */
async function* linesOf({ notes }: UnfinishedFiles, bytes: number): AsyncGenerator<NoteLine> {
  if (bytes === 0) return;
  for await (const line of notes.readLines({ start: 0, end: bytes - 1, autoClose: false })) {
    yield JSON.parse(line) as NoteLine;
  }
}
