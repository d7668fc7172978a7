/** Opens a player: the first of a list that is there, starts, and is still alive a moment later. */
import { Failure, printable } from '../errors.ts';
import type { Clock } from '../speech.ts';
import { openFilePlayer } from './file-player.ts';
import { startAddon, startStream } from './piped-player.ts';
import { type Environment, findProgram, type PlayerName, type PlayerSpec, type Sound } from './players.ts';

/** A player that is open. Samples are s16le mono. */
export interface Player {
  readonly name: PlayerName;
  /** Takes whole samples; resolves when ready for more, and also when the player is gone. */
  write(samples: Uint8Array): Promise<void>;
  /** Nothing more will come. `over` tells when all of it has been heard. */
  end(): void;
  /** Resolves when the player is gone: undefined if it played everything it was given, else why not. */
  readonly over: Promise<Failure | undefined>;
  /** Silence now. Resolves when the player is gone. */
  kill(): Promise<void>;
}

/** The world a player lives in. */
export interface PlayerSetup extends Sound {
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes have been heard at least and at most, by players that know. */
  readonly onHeard: (low: number, high: number) => void;
  /** False for a device that swallows sound at once, as ALSA's null does: an end that comes early is believed. */
  readonly realTime?: boolean | undefined;
  /** What the addon's child loads, `speaker` by default. */
  readonly speakerModule?: string | undefined;
}

/** Which player was opened, and what became of those before it. */
export interface Opening {
  readonly player: Player;
  readonly spec: PlayerSpec;
  /** Specs that have not been tried. */
  readonly rest: readonly PlayerSpec[];
  /** A line for each that failed. */
  readonly reasons: readonly string[];
}

/**
 * Opens the first of `specs` that works. `reasons` are those of earlier tries, for the message.
 *
 * @throws Failure of kind `output` that gives every player's own reason; the signal's reason when aborted.
 */
export async function openPlayer(
  specs: readonly PlayerSpec[],
  setup: PlayerSetup,
  reasons: readonly string[] = [],
): Promise<Opening> {
  const tried = [...reasons];
  let isThere = reasons.length > 0;
  const found = () => {
    isThere = true;
  };
  for (const [index, spec] of specs.entries()) {
    setup.signal?.throwIfAborted();
    try {
      const player = await start(spec, setup, found);
      if (setup.signal?.aborted) await player.kill();
      setup.signal?.throwIfAborted();
      return { player, spec, rest: specs.slice(index + 1), reasons: tried };
    } catch (error) {
      setup.signal?.throwIfAborted();
      tried.push(`${spec.name}: ${printable(error instanceof Error ? error.message : String(error), 240)}`);
    }
  }
  throw new Failure('output', `cannot play sound: ${tried.join('; ')}`, {
    reasons: tried,
    hint: nextStep(isThere, setup),
  });
}

function nextStep(isThere: boolean, { device, platform }: PlayerSetup): string {
  if (device !== undefined) return 'check the name of the audio device, or write to a file with -o FILE';
  if (isThere) return 'no sound device: write to a file with -o FILE';
  const debian = platform === 'linux' ? ' (Debian: alsa-utils or pulseaudio-utils)' : '';
  return `write to a file with -o FILE, or install a player${debian}`;
}

/** Calls `found` when the program is there, whether it can play or not. */
async function start(spec: PlayerSpec, setup: PlayerSetup, found: () => void): Promise<Player> {
  if (setup.device !== undefined && !spec.choosesDevice) throw new Error('it cannot choose a device');
  if (spec.kind === 'addon') return startAddon(setup);
  const program = await findProgram(spec.program, setup.env, setup.platform);
  if (program === undefined) throw new Error('not found on PATH');
  found();
  if (spec.kind === 'files') return openFilePlayer(spec, program, setup);
  return startStream(spec, program, setup);
}
