/** What `aloud doctor` tries on the machine itself: engine, sound, folders. */
import { constants } from 'node:fs';
import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { seconds } from '../audio.ts';
import { openEngine } from '../engine/index.ts';
import { voiceForLanguage } from '../engine/voices.ts';
import { Failure, printable } from '../errors.ts';
import type { Host } from '../host.ts';
import { cacheFolder, tempFolder } from '../settings/folders.ts';
import type { Settings } from '../settings/resolve.ts';
import { openPlayer } from '../sinks/player.ts';
import { candidates, findProgram, type PlayerSpec } from '../sinks/players.ts';
import { noteTemporary } from '../temporaries.ts';
import { type Check, failing } from './doctor-check.ts';

/** What one word came to. */
export interface Spoken {
  readonly version: string;
  /** Seconds of sound. */
  readonly seconds: number;
  readonly tookMs: number;
}

const FORMAT = { encoding: 'pcm_s16le', sampleRate: 24_000 } as const;

/** Starts the engine and has it say a word. @throws Failure where it is not installed or does not work */
export async function sayOneWord(signal: AbortSignal): Promise<Spoken> {
  const started = performance.now();
  const engine = await openEngine();
  try {
    const request = { model: '', voice: voiceForLanguage('en').id, format: FORMAT, timestamps: [] } as const;
    let bytes = 0;
    for await (const event of engine.synthesize(one('hello'), request, signal))
      if (event.type === 'audio') bytes += event.chunk.length;
    if (bytes === 0) throw new Failure('service', 'the built-in voice said nothing');
    return { version: engine.version, seconds: seconds(bytes, FORMAT), tookMs: performance.now() - started };
  } finally {
    await engine.close();
  }
}

async function* one(text: string): AsyncGenerator<string> {
  yield text;
}

/** Whether the built-in voice speaks; that it cannot is a failure only when it is to. */
export async function checkEngine(
  settings: Settings | undefined,
  signal: AbortSignal,
  speak: typeof sayOneWord,
): Promise<Check> {
  const name = 'engine';
  try {
    const { version, seconds: long, tookMs } = await speak(signal);
    const took = `spoke ${long.toFixed(2)} s in ${Math.round(tookMs)} ms`;
    return { name, status: 'ok', detail: `espeak-ng ${printable(version, 40)} ${took}` };
  } catch (error) {
    signal.throwIfAborted();
    return failing(name, settings?.values.provider === 'local' ? 'fail' : 'warn', error);
  }
}

/** How long a device may take for a tenth of a second of silence. */
const PATIENCE_MS = 5000;

/** Opens a player with a little silence and waits until it has been played. @throws the player's own reason */
export async function playSilence(
  spec: PlayerSpec,
  device: string | undefined,
  host: Host,
  signal: AbortSignal,
): Promise<void> {
  const { env, platform, clock } = host;
  const giveUp = new AbortController();
  const stop = () => giveUp.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const slow = new Failure('output', `${spec.name} took longer than ${PATIENCE_MS / 1000} seconds`);
  const cancel = clock.after(PATIENCE_MS, () => giveUp.abort(slow));
  const stopped = new Promise<never>((_, reject) =>
    giveUp.signal.addEventListener('abort', () => reject(giveUp.signal.reason), { once: true }),
  );
  // Heard below, or of no interest any more.
  stopped.catch(() => {});
  const setup = { sampleRate: FORMAT.sampleRate, device, env, platform, clock, onHeard: () => {}, realTime: false };
  try {
    const { player } = await openPlayer([spec], { ...setup, signal: giveUp.signal });
    try {
      await Promise.race([player.write(new Uint8Array(FORMAT.sampleRate / 5)), stopped]);
      player.end();
      const failure = await Promise.race([player.over, stopped]);
      if (failure !== undefined) throw failure;
    } finally {
      await player.kill();
    }
  } finally {
    cancel();
    signal.removeEventListener('abort', stop);
  }
}

/** Each way to make sound that is installed. None that works is a failure only when one is asked for by name. */
export async function* checkSound(
  settings: Settings | undefined,
  host: Host,
  signal: AbortSignal,
  play: typeof playSilence,
): AsyncGenerator<Check> {
  const wanted = settings?.values.player ?? 'auto';
  if (wanted === 'none') {
    yield { name: 'sound', status: 'skip', detail: 'player is none: nothing is played' };
    return;
  }
  const device = settings?.values.audioDevice;
  let [found, working] = [0, 0];
  for (const spec of candidates(wanted, host.platform)) {
    const path = spec.kind === 'addon' ? await findAddon() : await findProgram(spec.program, host.env, host.platform);
    if (path === undefined) continue;
    found += 1;
    const name = `sound: ${spec.name}`;
    try {
      await play(spec, device, host, signal);
      working += 1;
      yield { name, status: 'ok', detail: `played silence (${printable(path)})` };
    } catch (error) {
      signal.throwIfAborted();
      const reason =
        error instanceof Error ? error.message.replace(`cannot play sound: ${spec.name}: `, '') : String(error);
      yield { name, status: wanted === 'auto' ? 'skip' : 'fail', detail: printable(reason), kind: 'output' };
    }
  }
  if (working > 0) return;
  const status = wanted === 'auto' ? 'warn' : 'fail';
  const what = wanted === 'auto' ? 'no player is there' : `player ${wanted} is not there`;
  const detail = found === 0 ? what : 'nothing can be heard on this machine';
  const next =
    found === 0
      ? 'install one of pipewire, pulseaudio-utils, alsa-utils or sox, or write to a file with -o'
      : 'check the sound device, or write to a file with -o';
  yield { name: 'sound', status, detail, next, kind: 'output' };
}

async function findAddon(): Promise<string | undefined> {
  const found = await findPackage('speaker');
  // Without a compiler the package is installed and its binary half is not.
  const binary = found && join(found.folder, 'build', 'Release', 'binding.node');
  return binary !== undefined && (await may(binary, constants.R_OK)) ? binary : undefined;
}

/** Whether passing files can be written, by writing one. */
export async function checkTemp(host: Host): Promise<Check> {
  const folder = tempFolder(host);
  const shown = printable(folder);
  try {
    const own = await mkdtemp(join(folder, 'aloud-'));
    const forget = noteTemporary(own);
    try {
      await writeFile(join(own, 'probe'), 'aloud');
    } finally {
      await rm(own, { recursive: true, force: true });
      forget();
    }
    return { name: 'temp folder', status: 'ok', detail: `${shown} can be written` };
  } catch (error) {
    const reason = `${shown} cannot be written (${String((error as NodeJS.ErrnoException).code)})`;
    return { name: 'temp folder', status: 'warn', detail: reason, next: 'set TMPDIR to a folder that can be written' };
  }
}

/** Whether the cache can be written or made. */
export async function checkCache(host: Host): Promise<Check> {
  const name = 'cache folder';
  const folder = cacheFolder(host);
  if (folder === undefined)
    return { name, status: 'warn', detail: 'there is no home folder', next: 'set XDG_CACHE_HOME' };
  let nearest = folder;
  while (nearest !== dirname(nearest) && !(await may(nearest, constants.F_OK))) nearest = dirname(nearest);
  const state = nearest === folder ? 'may be written' : 'may be made';
  if (await may(nearest, constants.W_OK)) return { name, status: 'ok', detail: `${printable(folder)} ${state}` };
  const next = 'set XDG_CACHE_HOME to a folder that can be written';
  return { name, status: 'warn', detail: `${printable(folder)} cannot be written`, next };
}

/** A package beside or above this file, found without loading it; never one of the working folder. */
async function findPackage(name: string): Promise<{ readonly folder: string; readonly version: string } | undefined> {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    try {
      const { version }: { version?: unknown } = JSON.parse(await readFile(join(candidate, 'package.json'), 'utf8'));
      return { folder: candidate, version: printable(String(version), 40) };
    } catch {
      if (folder === dirname(folder)) return undefined;
    }
  }
}

async function may(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
