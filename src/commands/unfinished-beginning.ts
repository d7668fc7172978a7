/** Finds what is kept of the beginning of a text, and gives it as it was spoken. */
import { createHash } from 'node:crypto';
import { Failure } from '../errors.ts';
import type { Host } from '../host.ts';
import type { SpeechEvent } from '../speech.ts';
import type { Beginning } from '../wire/ahead.ts';
import type { NoteLine } from './journal.ts';
import { listUnfinished, openUnfinished, readRange, type Unfinished, type UnfinishedFiles } from './unfinished.ts';

/** Where what is kept of a run is, and how it is known. */
export interface Place {
  readonly root: string;
  readonly key: string;
  readonly textFile: string;
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
  { root, key, textFile }: Place,
  text: AsyncIterable<string>,
  host: Host,
): Promise<{ text: AsyncIterable<string>; kept?: Kept; isChanged: boolean }> {
  const all = await listUnfinished(root);
  const candidates = all.filter(({ record }) => record.key === key);
  const head = await readHead(text, candidates[0]?.record.characters ?? 0);
  for (const unfinished of candidates) {
    const { characters, digest } = unfinished.record;
    const begun = head.start.slice(0, characters);
    if (begun.length < characters || createHash('sha256').update(begun).digest('hex') !== digest) continue;
    const files = await openUnfinished(unfinished);
    if (files !== undefined) return { text: head.text, kept: { unfinished, files }, isChanged: false };
    host.warn('what was kept of an earlier run is damaged, and not used');
  }
  return { text: head.text, isChanged: all.some(({ record }) => record.textFile === textFile) };
}

/** The first `characters` characters of a text, and all of it. */
async function readHead(text: AsyncIterable<string>, characters: number) {
  const rest = text[Symbol.asyncIterator]();
  const seen: string[] = [];
  for (let length = 0; length < characters; ) {
    const { done, value } = await rest.next();
    if (done) break;
    seen.push(value);
    length += value.length;
  }
  const start = seen.join('');
  async function* whole(): AsyncGenerator<string> {
    if (start !== '') yield start;
    yield* { [Symbol.asyncIterator]: () => rest };
  }
  return { start, text: whole() };
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
