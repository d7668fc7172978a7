/** Plays recordings one after the other; keys go on, back, or say it again. */
import { join } from 'node:path';
import { Failure, printable } from '../errors.ts';
import type { Host, InputStream } from '../host.ts';
import type { RunFacts } from '../report/results.ts';
import type { RecordedTake } from '../report/takes.ts';
import type { Settings } from '../settings/resolve.ts';
import { speak } from '../speak.ts';
import { openOutlets, sinkContext } from './outputs.ts';
import { recordingOf } from './wav-source.ts';

export interface Listening {
  /** The folder of the recordings. */
  readonly folder: string;
  readonly facts: RunFacts;
  readonly settings: Settings;
  readonly host: Host;
  readonly signal: AbortSignal;
}

/** How far to go in the list after a key; undefined ends the playing. */
const STEPS: Readonly<Record<string, number | undefined>> = { n: 1, p: -1, r: 0, q: undefined };

/** Plays `takes` in turn. On a terminal n, p, r and q work while it plays; elsewhere everything is played through. */
export async function playTakes(takes: readonly RecordedTake[], listening: Listening): Promise<void> {
  const { host, signal } = listening;
  const keys = listenToKeys(host.stdin);
  if (keys !== undefined) host.note('n next, p previous, r repeat, q quit');
  try {
    for (let at = 0; at >= 0 && at < takes.length; ) {
      const take = takes[at];
      if (take === undefined) break;
      host.note(`${at + 1}/${takes.length} ${nameOf(take)}`);
      const key = await playOne(take, listening, keys);
      signal.throwIfAborted();
      if (key === 'q') break;
      at = Math.max(0, at + (STEPS[key ?? 'n'] ?? 1));
    }
  } finally {
    keys?.stop();
  }
}

/** Plays one recording; resolves to the key that ended it early, if one did. */
async function playOne(take: RecordedTake, listening: Listening, keys: Keys | undefined): Promise<string | undefined> {
  const { folder, facts, settings, host, signal } = listening;
  const path = join(folder, take.outcome.file);
  const request = { model: take.model, voice: take.voice.id, format: facts.format, timestamps: [] };
  const enough = new AbortController();
  let pressed: string | undefined;
  keys?.onKey(key => {
    pressed = key;
    // Raw input has no signals: Ctrl-C arrives as a character.
    const reason =
      key === CTRL_C ? new Failure('interrupted', 'interrupted', { exitCode: 130 }) : new Failure('gone', key);
    enough.abort(reason);
  });
  const stop = AbortSignal.any([signal, enough.signal]);
  const nothing = { outputs: [], clobber: true, keepPartial: false, json: false };
  try {
    const context = sinkContext(request, nothing, settings, host, { signal: stop, expectLarge: false, onNoWords() {} });
    const outlets = await openOutlets({ files: [], plays: true, timestamps: [] }, context, settings.values, host);
    await speak({
      synthesizer: recordingOf(path),
      transcript: nobody(),
      request,
      outlets,
      clock: host.clock,
      signal: stop,
    });
    return undefined;
  } catch (error) {
    if (signal.aborted || pressed === undefined || pressed === CTRL_C) throw error;
    return pressed;
  } finally {
    keys?.onKey(undefined);
  }
}

async function* nobody(): AsyncGenerator<string> {}

function nameOf({ voice, model, text }: RecordedTake): string {
  const facts = [voice.id === voice.name ? undefined : printable(voice.id, 60), printable(model, 40)];
  return `${printable(voice.name, 60)} (${facts.filter(Boolean).join(', ')}): ${printable(text, 60)}`;
}

interface Keys {
  /** Who is told of the next key; undefined: nobody. A key that came while nobody was there waits for the next. */
  onKey(listener: ((key: string) => void) | undefined): void;
  /** Gives the terminal back as it was. */
  stop(): void;
}

const CTRL_C = '\u0003';

/** The keys that mean something, one by one; undefined where input is no terminal. */
function listenToKeys(stdin: InputStream): Keys | undefined {
  if (stdin.isTTY !== true || !('setRawMode' in stdin) || typeof stdin.setRawMode !== 'function') return undefined;
  let listener: ((key: string) => void) | undefined;
  let waiting: string | undefined;
  const hear = (chunk: Buffer | string) => {
    for (const key of String(chunk).toLowerCase()) {
      if (!(key in STEPS) && key !== CTRL_C) continue;
      if (listener === undefined) waiting = key;
      else listener(key);
    }
  };
  const raw = (on: boolean) => (stdin as InputStream & { setRawMode(on: boolean): unknown }).setRawMode(on);
  raw(true);
  stdin.on('data', hear).resume();
  return {
    onKey(next) {
      listener = next;
      const key = waiting;
      waiting = undefined;
      if (key !== undefined) listener?.(key);
    },
    stop() {
      stdin.off('data', hear).pause();
      raw(false);
    },
  };
}
