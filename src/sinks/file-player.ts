/** A player for systems whose own program plays files only: finished WAVs, one after the other, cut where it is quiet. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Failure } from '../errors.ts';
import { noteTemporary } from '../temporaries.ts';
import { type Exit, plausibleMs, type WatchedChild, watch } from './child.ts';
import type { Player, PlayerSetup } from './player.ts';
import { type PlayerSpec, playerEnvironment } from './players.ts';

/** The shortest file worth a gap after it, while more may come. */
const SHORT_S = 1;
/** Without a quiet place in so much the cut is made anywhere. */
const LONG_S = 10;
/** More than this waits outside. */
const HELD_S = 60;
/** Nothing for so long: what is there is played. */
const IDLE_MS = 400;
const TRIAL_S = 0.05;
/** What a start may take beyond the length of its file before the program counts as hanging. */
const HANG_MS = 10_000;
const QUIET_WINDOW_S = 0.02;
const QUIET_S = 0.1;
/** About -38 dB of full scale. */
const QUIET_PEAK = 400;

/**
 * Opens a player that runs `program` once for each file. The first file is silence, so that a
 * missing device is known before anything is sent.
 *
 * @throws Error with the program's own reason when it cannot play that.
 */
export async function openFilePlayer(spec: PlayerSpec, program: string, setup: PlayerSetup): Promise<Player> {
  const { clock, sampleRate, signal, realTime = true } = setup;
  const folder = await mkdtemp(join(tmpdir(), 'aloud-play-'));
  const forget = noteTemporary(folder);
  const remove = () => rm(folder, { recursive: true, force: true }).then(forget, () => {});
  let running: WatchedChild | undefined;
  let killed = false;
  let count = 0;

  async function playFile(samples: Uint8Array): Promise<string | undefined> {
    const file = join(folder, `${count++}.wav`);
    await writeFile(file, [header(samples.length, sampleRate), samples]);
    if (killed) return undefined;
    const child = spawn(program, spec.args(setup, { file }), {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...playerEnvironment(setup.env), ...spec.env?.(setup, file) },
      cwd: fileURLToPath(new URL('.', import.meta.url)),
      windowsHide: true,
    });
    const watched = watch(child, clock);
    running = watched;
    const startedAt = clock.now();
    const lengthMs = (samples.length * 1000) / (sampleRate * 2);
    const exit = await outlive(watched, lengthMs + HANG_MS, setup);
    if (exit === undefined) return 'it does not come to an end';
    await rm(file, { force: true });
    if (killed) return undefined;
    if (exit.code !== 0) return watched.reason(exit);
    return realTime && clock.now() - startedAt < plausibleMs(lengthMs) ? 'it ended before the sound could' : undefined;
  }

  async function kill(): Promise<void> {
    killed = true;
    await running?.kill();
  }

  const giveUp = () => void kill();
  signal?.addEventListener('abort', giveUp, { once: true });
  const refused = await playFile(new Uint8Array(2 * Math.round(TRIAL_S * sampleRate))).catch(String);
  signal?.removeEventListener('abort', giveUp);
  if (refused !== undefined || killed) {
    await remove();
    throw new Error(refused ?? 'aborted');
  }

  setup.onHeard(0, 0);
  const store = createStore(sampleRate);
  let wake = () => {};
  let room = () => {};
  let ended = false;

  async function run(): Promise<Failure | undefined> {
    let played = 0;
    while (!killed) {
      const samples = store.take(ended || !(await news()));
      room();
      if (samples === undefined && ended && store.bytes === 0) return undefined;
      if (samples === undefined) continue;
      setup.onHeard(played, played + samples.length);
      const why = await playFile(samples).catch(String);
      played += samples.length;
      if (killed) return undefined;
      if (why !== undefined) return failure(spec, why);
      setup.onHeard(played, played);
    }
    return undefined;
  }

  /** True when something came, false when nothing did for a while. */
  function news(): Promise<boolean> {
    if (store.ripe()) return Promise.resolve(true);
    return new Promise(resolve => {
      const stop = store.bytes === 0 ? () => {} : clock.after(IDLE_MS, () => resolve(false));
      wake = () => {
        stop();
        resolve(true);
      };
    });
  }

  const over = run().finally(async () => {
    room();
    await remove();
  });
  return {
    name: spec.name,
    over,
    async write(samples) {
      store.add(samples);
      wake();
      if (store.bytes < HELD_S * sampleRate * 2) return;
      const space = new Promise<void>(resolve => {
        room = resolve;
      });
      await Promise.race([space, over]);
    },
    end() {
      ended = true;
      wake();
    },
    async kill() {
      await kill();
      wake();
      await over;
    },
  };
}

function failure(spec: PlayerSpec, why: string): Failure {
  return new Failure('output', `${spec.name} failed while playing: ${why}`, {
    hint: 'check the sound device, or choose another player with --player',
  });
}

/** The exit of `child`, or undefined when it had to be killed after `ms`. */
async function outlive(child: WatchedChild, ms: number, { clock }: PlayerSetup): Promise<Exit | undefined> {
  let stop = () => {};
  const enough = new Promise<undefined>(resolve => {
    stop = clock.after(ms, () => resolve(undefined));
  });
  const exit = await Promise.race([child.gone, enough]);
  stop();
  if (exit === undefined) await child.kill();
  return exit;
}

/** Samples that wait to become files. */
interface Store {
  readonly bytes: number;
  add(samples: Uint8Array): void;
  /** Whether there is a good file's worth. */
  ripe(): boolean;
  /** Takes what the next file holds: up to a quiet place, or everything when `all`. */
  take(all: boolean): Uint8Array | undefined;
}

function createStore(sampleRate: number): Store {
  const perSecond = sampleRate * 2;
  const window = Math.max(1, Math.round(QUIET_WINDOW_S * sampleRate));
  let chunks: Uint8Array[] = [];
  let bytes = 0;
  let cut = 0;
  let quietFor = 0;
  let peak = 0;
  let inWindow = 0;

  /** Notes the last place, in bytes, in the middle of which it has been quiet for long enough. */
  function listen(samples: Uint8Array, before: number): void {
    const view = new DataView(samples.buffer, samples.byteOffset, samples.byteLength);
    for (let at = 0; at + 1 < samples.length; at += 2) {
      peak = Math.max(peak, Math.abs(view.getInt16(at, true)));
      inWindow += 1;
      if (inWindow < window) continue;
      quietFor = peak < QUIET_PEAK ? quietFor + inWindow : 0;
      peak = 0;
      inWindow = 0;
      if (quietFor >= QUIET_S * sampleRate) cut = before + at + 2;
    }
  }

  function ripe(): boolean {
    return cut >= SHORT_S * perSecond || bytes >= LONG_S * perSecond;
  }

  return {
    get bytes() {
      return bytes;
    },
    add(samples) {
      listen(samples, bytes);
      chunks.push(samples);
      bytes += samples.length;
    },
    ripe,
    take(all) {
      if (bytes === 0 || !(all || ripe())) return undefined;
      const everything = Buffer.concat(chunks);
      const end = !all && cut >= SHORT_S * perSecond ? cut : bytes;
      chunks = end < bytes ? [everything.subarray(end)] : [];
      bytes -= end;
      cut = Math.max(0, cut - end);
      return everything.subarray(0, end);
    },
  };
}

/** The 44 bytes before s16le mono samples. */
function header(bytes: number, sampleRate: number): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + bytes, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(sampleRate, 24);
  head.writeUInt32LE(sampleRate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(bytes, 40);
  return head;
}
