/** The loudspeaker as a sink: done when the last sample has been heard, silent at once when told. */
import { toS16 } from '../audio.ts';
import { Failure } from '../errors.ts';
import type { AudioFormat, Clock, Sink } from '../speech.ts';
import { createPlayback } from './playback.ts';
import { candidates, type Environment, type PlayerChoice, type PlayerName } from './players.ts';

export interface SpeakerOptions {
  readonly player: Exclude<PlayerChoice, 'none'>;
  /** What the player calls its device; absent is the system's default. */
  readonly device?: string | undefined;
  /** The format of the audio events. */
  readonly format: AudioFormat;
  /** Silence before the first sound and after the last, for devices that swallow it; 0 by default. */
  readonly leadInMs?: number | undefined;
  readonly tailMs?: number | undefined;
  /** How much speech is gathered before the first sound and after running dry; 150 by default. */
  readonly bufferMs?: number | undefined;
  /** Speech not yet with the player, in bytes of s16le, above which `write` waits; 64 MiB by default. */
  readonly guardBytes?: number | undefined;
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
  /** Told in one line when another player had to take over. */
  readonly warn: (message: string) => void;
  /** Aborts the opening; later on, `abort` does. */
  readonly signal?: AbortSignal | undefined;
  /** False for a device that swallows sound at once, as ALSA's null does: an end that comes early is believed. */
  readonly realTime?: boolean | undefined;
  /** What the addon's child loads instead of `speaker`. */
  readonly speakerModule?: string | undefined;
}

/** A sink that is heard. Text and timestamps pass it by. */
export interface SpeakerSink extends Sink {
  /** The player in use. */
  readonly player: PlayerName;
  /** How often the sound stopped in the middle because the next samples came too late. */
  readonly underruns: number;
  /** Seconds of speech heard since the opening or the last `cut`. */
  position(): number;
  /**
   * Silence now: drops what has not been heard, and is ready for other speech, even before the
   * promise resolves. Rejects when the player cannot be opened again.
   */
  cut(): Promise<void>;
}

const BUFFER_MS = 150;
// 23 minutes at 24 kHz. Below it the speaker never holds up the synthesizer: a socket that is
// not read answers no pings, and the service would hang up on a listener who is only slow.
const GUARD_BYTES = 64 * 1024 * 1024;

/**
 * Opens the loudspeaker: the first player of the choice that is there, starts and stays alive.
 *
 * @throws Failure of kind `output` with each player's reason when there is none.
 */
export async function openSpeaker(options: SpeakerOptions): Promise<SpeakerSink> {
  const { format, leadInMs = 0, tailMs = 0, bufferMs = BUFFER_MS, guardBytes = GUARD_BYTES, signal } = options;
  const specs = candidates(options.player, options.platform);
  const begin = () => createPlayback({ ...options, sampleRate: format.sampleRate, leadInMs, tailMs, bufferMs });
  let convert = toS16(format.encoding);
  let playback = begin();
  let player: PlayerName = 'speaker';
  let underruns = 0;

  const giveUp = () => void playback.stop(signal?.reason);
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    signal?.throwIfAborted();
    await playback.open(specs);
  } finally {
    signal?.removeEventListener('abort', giveUp);
  }

  return {
    get player() {
      player = playback.player ?? player;
      return player;
    },
    get underruns() {
      return underruns + playback.underruns;
    },
    position: () => playback.position(),
    async write(event) {
      playback.check();
      if (event.type === 'flushed') playback.boundary();
      if (event.type !== 'audio') return;
      playback.add(convert(event.chunk));
      await playback.room(guardBytes);
      playback.check();
    },
    close: () => playback.finish(),
    abort: reason => playback.stop(reason ?? new Failure('interrupted', 'the sound was stopped')),
    async cut() {
      playback.check();
      const old = playback;
      underruns += old.underruns;
      convert = toS16(format.encoding);
      playback = begin();
      player = old.player ?? player;
      const next = playback;
      await old.stop(new Failure('interrupted', 'the sound was cut'));
      await next.open(
        specs.slice(
          Math.max(
            0,
            specs.findIndex(spec => spec.name === player),
          ),
        ),
      );
    },
  };
}
