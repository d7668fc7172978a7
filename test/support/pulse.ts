/** A private PulseAudio with a sink that nobody hears, for tests of time: it plays at the speed of sound. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Pulse {
  /** To be merged into the environment of what plays. */
  readonly env: Readonly<Record<string, string>>;
  /** Listens to the sink. */
  record(): Promise<PulseRecording>;
  stop(): Promise<void>;
}

/** What is heard, as it is heard: s16le mono at the sink's rate. */
export interface PulseRecording {
  /** When samples other than silence last arrived, in `performance.now()` time; undefined before the first. */
  readonly lastSoundAt: number | undefined;
  readonly firstSoundAt: number | undefined;
  /** Everything so far, from the first sample that is not silent. */
  sound(): Buffer;
  /** Resolves when something is heard, or silence when `audible` is false, that arrived after now. */
  next(audible: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the daemon inside `folder`; resolves when it takes connections. */
export async function startPulse(folder: string, rate = 24000): Promise<Pulse> {
  const socket = join(folder, 'pulse.sock');
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    XDG_RUNTIME_DIR: join(folder, 'run'),
    PULSE_RUNTIME_PATH: join(folder, 'run', 'pulse'),
    PULSE_SERVER: `unix:${socket}`,
  };
  await mkdir(env.PULSE_RUNTIME_PATH, { recursive: true, mode: 0o700 });
  const daemon = spawn(
    'pulseaudio',
    [
      ...[
        '-n',
        '--daemonize=no',
        '--use-pid-file=no',
        '--exit-idle-time=-1',
        '--log-level=info',
        '--log-target=stderr',
      ],
      // It aborts when a client that shares memory with it is killed.
      ...['--disable-shm=yes', '--realtime=no', '--high-priority=no'],
      ...['-L', `module-null-sink sink_name=out rate=${rate} channels=1 format=s16le`],
      ...['-L', `module-native-protocol-unix socket=${socket} auth-anonymous=1`],
    ],
    { env: { ...env, PULSE_SERVER: '' }, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  await line(daemon, /startup complete/);
  daemon.stderr?.resume();
  return {
    env,
    record: () => record(env, rate),
    async stop() {
      const gone = once(daemon, 'exit');
      if (daemon.exitCode === null && daemon.signalCode === null) {
        daemon.kill('SIGKILL');
        await gone;
      }
    },
  };
}

async function line(child: ChildProcess, wanted: RegExp): Promise<void> {
  if (child.stderr === null) throw new Error('no stderr');
  const said: string[] = [];
  for await (const text of createInterface({ input: child.stderr })) {
    if (wanted.test(text)) return;
    said.push(text);
  }
  throw new Error(`pulseaudio did not start: ${said.slice(-3).join(' ')}`);
}

async function record(env: Record<string, string>, rate: number): Promise<PulseRecording> {
  const args = [
    '--raw',
    '--format=s16le',
    `--rate=${rate}`,
    '--channels=1',
    '--latency-msec=10',
    '--device=out.monitor',
  ];
  const child = spawn('parec', args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const heard: Buffer[] = [];
  let firstSoundAt: number | undefined;
  let lastSoundAt: number | undefined;
  let listeners: ((audible: boolean) => void)[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    const audible = chunk.some(byte => byte !== 0);
    if (audible) {
      lastSoundAt = performance.now();
      firstSoundAt ??= lastSoundAt;
    }
    if (firstSoundAt !== undefined) heard.push(chunk);
    for (const listener of listeners.splice(0)) listener(audible);
  });
  const next = async (wanted: boolean | undefined) => {
    for (;;) {
      const audible = await new Promise<boolean>(resolve => {
        listeners = [...listeners, resolve];
      });
      if (wanted === undefined || audible === wanted) return;
    }
  };
  // The monitor sends nothing until it listens.
  await next(undefined);
  return {
    get firstSoundAt() {
      return firstSoundAt;
    },
    get lastSoundAt() {
      return lastSoundAt;
    },
    sound() {
      const all = Buffer.concat(heard);
      const start = all.findIndex(byte => byte !== 0);
      return all.subarray(start < 0 ? all.length : start - (start % 2));
    },
    next,
    async stop() {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
  };
}
