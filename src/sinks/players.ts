/** The table of ways to make sound, in the order in which they are tried, and where their programs are. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import path from 'node:path';

/** What `--player` takes. `none` never plays and is settled before a sink is opened. */
export const PLAYER_CHOICES = ['auto', 'speaker', 'pw-play', 'pacat', 'aplay', 'play', 'none'] as const;
export type PlayerChoice = (typeof PLAYER_CHOICES)[number];

/** What a choice can come down to: `auto` on macOS and Windows knows one more each. */
export type PlayerName = Exclude<PlayerChoice, 'auto' | 'none'> | 'afplay' | 'powershell';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a player is started for. */
export interface Sound {
  /** Hz. Samples are always s16le mono: the one format that every player takes. */
  readonly sampleRate: number;
  readonly device?: string | undefined;
}

/** One way to make sound. */
export interface PlayerSpec {
  readonly name: PlayerName;
  /** `addon`: our own child around the package `speaker`. `stream`: takes samples on stdin. `files`: plays one WAV per start. */
  readonly kind: 'addon' | 'stream' | 'files';
  /** What to look for on PATH; empty for the addon. */
  readonly program: string;
  /** Arguments; `file` is the WAV for `files`, `help` the program's own help where `readsHelp` is set. */
  args(sound: Sound, about: { readonly file?: string; readonly help?: string }): readonly string[];
  /** Environment that carries what arguments cannot. */
  env?(sound: Sound, file?: string): Environment;
  readonly readsHelp?: boolean;
  readonly choosesDevice: boolean;
  /** From the first sample written to its sound, measured on Linux. */
  readonly latencyMs: number;
  /** Silence that pushes out the end of what was written when nothing follows: players play whole blocks. */
  readonly blockMs: number;
}

const ADDON: PlayerSpec = {
  name: 'speaker',
  kind: 'addon',
  program: '',
  args: () => [],
  choosesDevice: true,
  latencyMs: 5,
  blockMs: 0,
};

const STREAMS: readonly PlayerSpec[] = [
  {
    name: 'pw-play',
    kind: 'stream',
    program: 'pw-play',
    // Before PipeWire 1.0 `-` alone meant raw samples; later versions want to be told.
    args: ({ sampleRate, device }, { help = '' }) => [
      ...(help.includes('--raw') ? ['--raw'] : []),
      '--format=s16',
      `--rate=${sampleRate}`,
      '--channels=1',
      '--latency=100ms',
      ...(device === undefined ? [] : [`--target=${device}`]),
      '-',
    ],
    readsHelp: true,
    choosesDevice: true,
    latencyMs: 30,
    blockMs: 100,
  },
  {
    name: 'pacat',
    kind: 'stream',
    program: 'pacat',
    // Without a latency it starts only after two seconds of audio, and again after every gap.
    args: ({ sampleRate, device }) => [
      '--playback',
      '--raw',
      '--format=s16le',
      `--rate=${sampleRate}`,
      '--channels=1',
      '--latency-msec=100',
      '--client-name=aloud',
      '--stream-name=speech',
      ...(device === undefined ? [] : [`--device=${device}`]),
    ],
    choosesDevice: true,
    latencyMs: 20,
    blockMs: 100,
  },
  {
    name: 'aplay',
    kind: 'stream',
    program: 'aplay',
    // Its default is to fill half a second before the first sound.
    args: ({ sampleRate, device }) => [
      '--quiet',
      '--file-type=raw',
      '--format=S16_LE',
      `--rate=${sampleRate}`,
      '--channels=1',
      '--buffer-time=300000',
      '--start-delay=50000',
      ...(device === undefined ? [] : [`--device=${device}`]),
      '-',
    ],
    choosesDevice: true,
    latencyMs: 10,
    blockMs: 100,
  },
  {
    name: 'play',
    kind: 'stream',
    program: 'play',
    args: ({ sampleRate }) => [
      '-q',
      '--buffer',
      '1024',
      ...['-t', 'raw', '-r', `${sampleRate}`, '-e', 'signed-integer', '-b', '16', '-L', '-c', '1', '-'],
    ],
    env: ({ device }) => (device === undefined ? {} : { AUDIODEV: device }),
    choosesDevice: true,
    latencyMs: 10,
    blockMs: 70,
  },
];

const AFPLAY: PlayerSpec = {
  name: 'afplay',
  kind: 'files',
  program: 'afplay',
  args: (_, { file = '' }) => [file],
  choosesDevice: false,
  latencyMs: 100,
  blockMs: 0,
};

const POWERSHELL: PlayerSpec = {
  name: 'powershell',
  kind: 'files',
  program: 'powershell',
  // The path travels in the environment, where no quoting can go wrong.
  args: () => [
    '-NoProfile',
    '-NonInteractive',
    '-Command',
    "$ErrorActionPreference = 'Stop'; (New-Object System.Media.SoundPlayer $env:ALOUD_WAV).PlaySync()",
  ],
  env: (_, file = '') => ({ ALOUD_WAV: file }),
  choosesDevice: false,
  latencyMs: 300,
  blockMs: 0,
};

/** What the addon's device is opened with. */
export interface DeviceForm {
  readonly sampleRate: number;
  readonly channels: number;
}

/**
 * The form of the samples at the addon's device. Its Windows half plays blocks of 64 KiB only, which
 * at 24 kHz mono is more than a second to the first sound: the densest form makes it a third.
 */
export function deviceForm(platform: NodeJS.Platform, sampleRate: number): DeviceForm {
  return platform === 'win32' ? { sampleRate: 48000, channels: 2 } : { sampleRate, channels: 1 };
}

/** The players to try for a choice, best first. A named player is tried alone. */
export function candidates(choice: Exclude<PlayerChoice, 'none'>, platform: NodeJS.Platform): readonly PlayerSpec[] {
  const addon = platform === 'win32' ? { ...ADDON, latencyMs: 350, blockMs: 350 } : ADDON;
  if (choice !== 'auto') return [addon, ...STREAMS].filter(spec => spec.name === choice);
  if (platform === 'darwin') return [addon, ...STREAMS.filter(spec => spec.name === 'play'), AFPLAY];
  if (platform === 'win32') return [addon, ...STREAMS.filter(spec => spec.name === 'play'), POWERSHELL];
  return [addon, ...STREAMS];
}

/**
 * The absolute path of `program`, looked for in the absolute entries of PATH only: a program that
 * lies in the working folder, or in a folder named relative to it, is never run.
 */
export async function findProgram(
  program: string,
  env: Environment,
  platform: NodeJS.Platform,
  isExecutable: (file: string) => Promise<boolean> = isExecutableFile,
): Promise<string | undefined> {
  const windows = platform === 'win32';
  const names = windows ? suffixes(env).map(suffix => program + suffix) : [program];
  for (const entry of (variable(env, 'PATH', windows) ?? '').split(windows ? ';' : ':')) {
    const folder = windows ? entry.replace(/^"(.*)"$/, '$1') : entry;
    // `\tools` on Windows depends on the current drive.
    if (!(windows ? /^([a-z]:[\\/]|\\\\)/i : /^\//).test(folder)) continue;
    for (const name of names) {
      const file = (windows ? path.win32 : path.posix).join(folder, name);
      if (await isExecutable(file)) return file;
    }
  }
  return undefined;
}

// Scripts (.cmd, .bat) cannot be started without a shell, and a shell is not wanted.
function suffixes(env: Environment): string[] {
  const wanted = (variable(env, 'PATHEXT', true) ?? '.COM;.EXE').toLowerCase().split(';');
  return ['.com', '.exe'].filter(suffix => wanted.includes(suffix));
}

function variable(env: Environment, name: string, ignoreCase: boolean): string | undefined {
  if (!ignoreCase || env[name] !== undefined) return env[name];
  const key = Object.keys(env).find(candidate => candidate.toUpperCase() === name);
  return key === undefined ? undefined : env[key];
}

async function isExecutableFile(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

// What sound servers, locales and loaders need. API keys are not among it.
const NEEDED =
  /^(PATH|PATHEXT|HOME|USER|LOGNAME|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|XDG_\w+|DBUS_\w+|DISPLAY|WAYLAND_DISPLAY|PULSE_\w+|ALSA_\w+|PIPEWIRE_\w+|SPA_\w+|JACK_\w+|AUDIO\w+|LD_\w+|DYLD_\w+|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMDATA|PSMODULEPATH)$/i;

/** The part of the environment that a player is given. */
export function playerEnvironment(env: Environment): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined && NEEDED.test(name)) kept[name] = value;
  return kept;
}
