/** Puts a hand over the loudspeaker: silence now, and nothing more of what was being said. */
import { seconds } from '../audio.ts';
import type { SpeakerSink } from '../sinks/speaker.ts';
import type { Outlet } from '../speak.ts';
import type { AudioFormat } from '../speech.ts';

export interface Muffle {
  /** In place of the loudspeaker's own outlet. */
  readonly outlet: Outlet;
  /** Whether there is sound that has not been heard. */
  sounding(): boolean;
  /** Silence, up to the next context: what is still on its way belongs to what was cut. */
  cut(): void;
}

/** Within what nobody hears, and no player tells. */
const CLOSE_SECONDS = 0.02;

/** `fail` is told when the loudspeaker cannot be opened again. */
export function createMuffle(
  { name, sink }: Outlet,
  speaker: SpeakerSink,
  format: AudioFormat,
  fail: (reason: unknown) => void,
): Muffle {
  let isMuted = false;
  let bytes = 0;
  const done = Promise.resolve();

  return {
    outlet: {
      name,
      sink: {
        write(event) {
          if (event.type === 'context') isMuted = false;
          if (isMuted) return done;
          if (event.type === 'audio') bytes += event.chunk.length;
          return sink.write(event);
        },
        close: () => sink.close(),
        abort: reason => sink.abort(reason),
      },
    },
    sounding: () => speaker.position() + CLOSE_SECONDS < seconds(bytes, format),
    cut() {
      isMuted = true;
      bytes = 0;
      speaker.cut().catch(fail);
    },
  };
}
