/** Players that take samples on stdin: other people's programs, and our own child around the package `speaker`. */
import { execFile, fork, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { Failure } from '../errors.ts';
import { plausibleMs, type WatchedChild, watch } from './child.ts';
import type { Player, PlayerSetup } from './player.ts';
import { deviceForm, type PlayerName, type PlayerSpec, playerEnvironment } from './players.ts';
import type { SpeakerReport } from './speaker-process.ts';

const OPEN_MS = 5000;
const ALIVE_MS = 60;
/** A pipe breaks just before the exit of its reader is known. */
const BROKEN_MS = 200;
/** What the addon's buffer holds back, and a little for the device. */
const ADDON_BUFFER_S = 0.55;
const HERE = fileURLToPath(new URL('.', import.meta.url));

/** Starts a program; rejects with an Error that has its reason when it is gone a moment later. */
export async function startStream(spec: PlayerSpec, program: string, setup: PlayerSetup): Promise<Player> {
  const env = playerEnvironment(setup.env);
  const help = spec.readsHelp ? await helpOf(program, env) : '';
  const child = spawn(program, spec.args(setup, { help }), {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { ...env, ...spec.env?.(setup) },
    cwd: HERE,
    windowsHide: true,
  });
  const watched = watch(child, setup.clock);
  const exit = await within(ALIVE_MS, watched.gone, setup);
  if (exit !== undefined) throw new Error(watched.reason(exit));
  return feed(spec.name, watched, setup, () => false);
}

/** Starts the child that owns the addon; rejects with an Error that has its reason when it does not get ready. */
export async function startAddon(setup: PlayerSetup): Promise<Player> {
  const fromSource = import.meta.url.endsWith('.ts');
  const entry = new URL(fromSource ? './speaker-process.ts' : './speaker-process.js', import.meta.url);
  const form = deviceForm(setup.platform, setup.sampleRate);
  const child = fork(
    fileURLToPath(entry),
    [
      ...[setup.sampleRate, form.sampleRate, form.channels].map(String),
      setup.speakerModule ?? 'speaker',
      setup.device ?? '',
    ],
    {
      stdio: ['pipe', 'ignore', 'pipe', 'ipc'],
      execArgv: fromSource ? ['--import', import.meta.resolve('tsx')] : [],
      env: playerEnvironment(setup.env),
      cwd: HERE,
    },
  );
  const watched = watch(child, setup.clock);
  let passed = 0;
  let drained = false;
  let reason: string | undefined;
  const ready = new Promise<'ready'>(resolve => {
    child.on('message', (message: SpeakerReport) => {
      if (message.type === 'ready') resolve('ready');
      else if (message.type === 'failed') reason = explain(message.reason);
      else {
        passed = message.bytes;
        drained = message.type === 'drained';
        setup.onHeard(drained ? passed : passed - ADDON_BUFFER_S * setup.sampleRate * 2, passed);
      }
    });
  });
  const first = await within(OPEN_MS, Promise.race([ready, watched.gone]), setup);
  if (first === 'ready') {
    // On macOS the addon may crash at its end, when all has been heard.
    const confirms = (sent: number, plausible: boolean) => drained || (plausible && passed >= sent);
    return feed('speaker', watched, setup, confirms, () => reason);
  }
  if (first === undefined) await watched.kill();
  throw new Error(reason ?? (first === undefined ? 'it does not answer' : watched.reason(first)));
}

function explain(reason: string): string {
  if (/Cannot find (package|module)/.test(reason)) return 'the optional package is not installed';
  if (/bindings file/.test(reason)) return 'its binary is missing (npm rebuild speaker)';
  return reason;
}

/**
 * A child fed on stdin as a player. `confirms` says whether the child itself has reported that
 * everything was heard; otherwise its exit status and the time it took have to be believed.
 */
function feed(
  name: PlayerName,
  watched: WatchedChild,
  { clock, sampleRate, realTime = true }: PlayerSetup,
  confirms: (sent: number, plausible: boolean) => boolean,
  reason: () => string | undefined = () => undefined,
): Player {
  const stdin = watched.process.stdin as Writable;
  let sent = 0;
  let startedAt = 0;
  let ended = false;
  let killed = false;

  const broken = new Promise<undefined>(resolve => {
    stdin.once('error', () => clock.after(BROKEN_MS, () => resolve(undefined)));
  });

  async function outcome(): Promise<Failure | undefined> {
    const exit = await Promise.race([watched.gone, broken]);
    if (killed) return undefined;
    if (exit === undefined) {
      await watched.kill();
      return failure('it stopped taking sound');
    }
    const lengthMs = (sent * 1000) / (sampleRate * 2);
    const tookMs = clock.now() - startedAt;
    const plausible = !realTime || sent === 0 || tookMs >= plausibleMs(lengthMs);
    if (ended && confirms(sent, plausible)) return undefined;
    if (exit.code !== 0) return failure(reason() ?? watched.reason(exit));
    if (!ended) return failure('it ended by itself');
    if (!plausible) {
      return failure(`it ended after ${(tookMs / 1000).toFixed(1)} s of ${(lengthMs / 1000).toFixed(1)} s`);
    }
    return undefined;
  }

  function failure(why: string): Failure {
    return new Failure('output', `${name} failed while playing: ${why}`, {
      hint: 'check the sound device, or choose another player with --player',
    });
  }

  const over = outcome();
  return {
    name,
    over,
    async write(samples) {
      if (sent === 0) startedAt = clock.now();
      sent += samples.length;
      if (stdin.destroyed || stdin.write(samples)) return;
      let go = () => {};
      const drained = new Promise<void>(resolve => {
        go = resolve;
        stdin.once('drain', go);
      });
      await Promise.race([drained, over]);
      stdin.off('drain', go);
    },
    end() {
      ended = true;
      stdin.end();
    },
    async kill() {
      killed = true;
      await watched.kill();
      stdin.destroy();
    },
  };
}

async function helpOf(program: string, env: Record<string, string>): Promise<string> {
  return new Promise(resolve => {
    execFile(program, ['--help'], { env, timeout: 1000, maxBuffer: 1 << 20, windowsHide: true }, (_, out, err) =>
      resolve(out + err),
    );
  });
}

/** What `promise` resolves with, or undefined after `ms` or as soon as the opening is aborted. */
async function within<T>(ms: number, promise: Promise<T>, { clock, signal }: PlayerSetup): Promise<T | undefined> {
  let stop = () => {};
  const enough = new Promise<undefined>(resolve => {
    const done = () => resolve(undefined);
    const clear = clock.after(ms, done);
    signal?.addEventListener('abort', done, { once: true });
    if (signal?.aborted) done();
    stop = () => {
      clear();
      signal?.removeEventListener('abort', done);
    };
  });
  try {
    return await Promise.race([promise, enough]);
  } finally {
    stop();
  }
}
