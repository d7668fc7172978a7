/** The built-in engine: espeak-ng in a thread of its own, as a synthesizer. */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Failure, printable } from '../errors.ts';
import type { Piece, SpeechRequest } from '../speech.ts';
import { sentences } from '../text/sentences.ts';
import { createCall, type EspeakCall } from './espeak-call.ts';
import type { Manner } from './espeak-messages.ts';
import { startThread, type Thread } from './espeak-thread.ts';
import type { Engine, EngineOptions } from './index.ts';
import { PLAIN, prosodyAfter } from './markup.ts';
import { builtInVoices, findVoice } from './voices.ts';

const PACKAGE = '@echogarden/espeak-ng-emscripten';

/** Counts up whenever the same request gives other bytes or times than before with the same espeak-ng. */
const REVISION = 3;

/** Longer sentences are cut: one is in memory at a time, and cannot be interrupted by another call. */
const MAX_SENTENCE = 400;

const LEGACY_SPEED = { slow: 0.8, normal: 1, fast: 1.25 } as const;

/**
 * Starts the engine; it gets ready while the caller goes on. The audio of a sentence depends on its text
 * and on the request, and on the tags in force, never on what was spoken before or how the text was cut.
 * A sentence ends in the pause that belongs to it, so that audio of several calls can be joined.
 * Emotions, dictionaries and models have no effect; `normalizedTimestamps` neither: words are as written.
 * @throws Failure `config` if espeak-ng is not installed
 */
export async function openEspeak(options: EngineOptions = {}): Promise<Engine> {
  const installed = find(options.locate ?? createRequire(import.meta.url).resolve);
  const start = () => startThread(installed.module, options.thread);
  let thread: Thread | undefined = start();
  let isClosed = false;

  return {
    name: 'espeak',
    version: versionOf(installed),
    voices: async () => builtInVoices(),

    async *synthesize(transcript, request, signal) {
      signal.throwIfAborted();
      if (isClosed) throw new Failure('bug', 'the built-in engine has been closed');
      const manner = mannerOf(request);
      const source = transcript[Symbol.asyncIterator]();
      if (thread === undefined || thread.isBroken) thread = start();
      const call = createCall(thread, manner, request.format);
      const stop = () => call.fail(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      try {
        void feed(call, source, request.language ?? findVoice(request.voice)?.language);
        yield* call.events();
      } finally {
        signal.removeEventListener('abort', stop);
        call.close();
        // Not awaited: a source that waits for a person to type would hold us up.
        Promise.resolve(source.return?.()).catch(() => {});
      }
    },

    async close() {
      isClosed = true;
      await thread?.close();
    },
  };
}

/** The version of the engine that would be opened, without starting it. @throws Failure `config` if it is not installed */
export function espeakVersion(options: EngineOptions = {}): string {
  return versionOf(find(options.locate ?? createRequire(import.meta.url).resolve));
}

function versionOf({ version }: Installed): string {
  return `${version}-${REVISION}`;
}

interface Installed {
  /** URL of its main module. */
  readonly module: string;
  readonly version: string;
}

function find(locate: (specifier: string) => string): Installed {
  try {
    const { version } = JSON.parse(readFileSync(locate(`${PACKAGE}/package.json`), 'utf8')) as { version: unknown };
    return { module: pathToFileURL(locate(PACKAGE)).href, version: String(version) };
  } catch (cause) {
    // With too many files open Node finds no package at all: then this throws, and says so.
    closeSync(openSync(fileURLToPath(import.meta.url), 'r'));
    throw new Failure('config', 'the built-in voice is not installed', {
      hint: `run npm install ${PACKAGE}, or set CARTESIA_API_KEY or SLNG_API_KEY to use a service`,
      cause,
    });
  }
}

function mannerOf(request: SpeechRequest): Manner {
  const voice = findVoice(request.voice);
  if (voice === undefined) {
    throw new Failure('usage', `the built-in engine has no voice ${JSON.stringify(printable(request.voice, 60))}`, {
      hint: 'list them with: aloud voices --provider local',
    });
  }
  return {
    voice: voice.espeak,
    unspaced: UNSPACED.test(voice.language),
    speed: request.speed ?? LEGACY_SPEED[request.legacySpeed ?? 'normal'],
    volume: request.volume ?? 1,
    timestamps: request.timestamps,
  };
}

/** Chinese in all its kinds, and Japanese. */
const UNSPACED = /^(?:zh|cmn|yue|hak|ja)\b/i;

/** Reads the transcript, at the pace at which the call is listened to. */
async function feed(call: EspeakCall, source: AsyncIterator<Piece>, language: string | undefined): Promise<void> {
  try {
    let prosody = PLAIN;
    for (let isOver = false; !isOver; ) {
      const segment = { isLast: false };
      for await (const text of sentences(untilFlush(source, segment), { language, maxLength: MAX_SENTENCE })) {
        if (text.trim() === '') continue;
        if (!(await call.ready())) return;
        call.speak(text, prosody);
        prosody = prosodyAfter(text, prosody);
      }
      isOver = segment.isLast;
      if (isOver || !(await call.ready())) break;
      call.flush();
    }
    call.finish();
  } catch (error) {
    call.fail(error);
  }
}

async function* untilFlush(source: AsyncIterator<Piece>, segment: { isLast: boolean }): AsyncGenerator<string> {
  for (;;) {
    const next = await source.next();
    segment.isLast = next.done === true;
    if (next.done === true || typeof next.value !== 'string') return;
    yield next.value;
  }
}
