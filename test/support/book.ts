/** A book of several parts, and a service that speaks it until it is told to fail. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { Failure } from '../../src/errors.ts';
import { aloud } from './cli.ts';
import { ownFolder } from './folder.ts';
import { echo, recorded } from './scripted-synthesizer.ts';
import { speechService } from './speech-service.ts';

const CANARY = 'canary~Ab(01)23!*456789';
const VOICE = '694f9389-aac1-45b6-b726-9d9369183238';
/** How many parts the book has, and what each says. */
export const PARTS = 6;
export const paragraph = (index: number) => `${`Words of part ${index} go on here. `.repeat(40).trimEnd()}\n\n`;
export const BOOK = Array.from({ length: PARTS }, (_, index) => paragraph(index)).join('');
export const SOUND = ['--encoding', 'pcm_s16le', '--sample-rate', '8000', '-v', VOICE, '--retries', '0'];

/** Speaks like the echo, but of texts that `fails` names fails after their first sound. */
function troubled(fails: (text: string) => boolean) {
  return recorded(async function* (transcript, request, signal) {
    async function* text() {
      for await (const piece of transcript) {
        if (typeof piece === 'string' && fails(piece)) {
          yield piece.slice(0, 200);
          throw new Failure('service', 'the engine is on fire', { retryable: true });
        }
        yield piece;
      }
    }
    yield* echo().synthesize(text(), request, signal);
  });
}

/** A folder with a book in it, and how to have it spoken by a service that fails when it is told to. */
export async function stageBook(test: TestContext) {
  const folder = await ownFolder(test);
  const at = (name: string) => join(folder.path, name);
  await writeFile(at('book.txt'), BOOK);
  let failing = -1;
  const synthesizer = troubled(text => text.includes(`part ${failing} `));
  const service = await speechService(synthesizer);
  test.after(() => service[Symbol.asyncDispose]());
  const env = { CARTESIA_API_KEY: CANARY, XDG_STATE_HOME: at('state') };
  const argv = (name: string, ...more: readonly string[]) => [
    'say',
    ...service.flags,
    ...SOUND,
    ...['-f', at('book.txt'), '-o', at(`${name}.wav`), '-o', at(`${name}.raw`), '--srt', '--vtt', '--timestamps'],
    ...['-o', at(`${name}.TextGrid`), '--phonemes', ...more],
  ];
  return {
    at,
    argv,
    env,
    flags: service.flags,
    synthesizer,
    /** The texts of the contexts since this was asked last. */
    spoken: () => synthesizer.calls.splice(0).map(call => call.text),
    failAt(part: number) {
      failing = part;
    },
    say: (name: string, ...more: readonly string[]) => aloud(argv(name, ...more), { cwd: folder.path, env }),
    kept: (): Promise<string[]> => readdir(at('state/aloud/unfinished')).catch(() => []),
    /** All files of a run, apart from what differs between any two. */
    files: (name: string) =>
      Object.fromEntries(
        ['wav', 'raw', 'srt', 'vtt', 'json', 'TextGrid'].map(kind => {
          const bytes = readFileSync(at(`${name}.${kind}`));
          return [kind, kind === 'json' ? withoutIds(bytes.toString()) : bytes.toString('latin1')];
        }),
      ),
    /** Nothing is left beside the text but these. */
    holds: (...names: readonly string[]) =>
      assert.deepEqual(
        readdirSync(folder.path)
          .filter(name => name !== 'state')
          .sort(),
        ['book.txt', ...names].sort(),
      ),
  };
}

/** The document with the number of contexts in place of their names. */
function withoutIds(json: string) {
  const document = JSON.parse(json);
  return { ...document, context_ids: document.context_ids.length, request_ids: 0 };
}
