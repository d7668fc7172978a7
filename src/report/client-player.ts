/** The one player of the audition page: sound out of the page itself, decoded when it is asked for. */
import { audioElementId } from './page-data.ts';

export interface Player {
  /** The clip that was played last. */
  readonly clip: number | undefined;
  readonly isPlaying: boolean;
  /** Seconds into the clip. */
  readonly position: number;
  /** Plays a clip from `from` seconds on, or from where it stood. */
  play(clip: number, from?: number): void;
  pause(): void;
  /** Moves within the clip that was played last. */
  seek(position: number): void;
}

export interface PlayerEvents {
  /** The clip, whether it plays or where it is has changed. */
  readonly changed: () => void;
  readonly ended: (clip: number) => void;
  readonly failed: (clip: number) => void;
}

/** Clips whose sound is kept ready. */
const KEPT = 8;

export function createPlayer(events: PlayerEvents): Player {
  const audio = new Audio();
  audio.preload = 'auto';
  const ready = new Map<number, string>();
  let clip: number | undefined;
  let frame = 0;

  const follow = () => {
    events.changed();
    frame = audio.paused ? 0 : requestAnimationFrame(follow);
  };
  const start = () => {
    cancelAnimationFrame(frame);
    follow();
  };
  for (const name of ['play', 'pause', 'seeked', 'loadedmetadata']) audio.addEventListener(name, start);
  audio.addEventListener('ended', () => {
    start();
    if (clip !== undefined) events.ended(clip);
  });
  audio.addEventListener('error', () => {
    if (clip !== undefined && audio.hasAttribute('src')) events.failed(clip);
  });

  function load(wanted: number): boolean {
    const address = ready.get(wanted) ?? addressOf(wanted);
    if (address === undefined) return false;
    ready.delete(wanted);
    ready.set(wanted, address);
    audio.src = address;
    clip = wanted;
    for (const [old, unused] of ready) {
      if (ready.size <= KEPT) break;
      ready.delete(old);
      URL.revokeObjectURL(unused);
    }
    return true;
  }

  return {
    get clip() {
      return clip;
    },
    get isPlaying() {
      return !audio.paused && !audio.ended;
    },
    get position() {
      return audio.currentTime;
    },
    play(wanted, from) {
      if (wanted !== clip && !load(wanted)) return events.failed(wanted);
      if (from !== undefined) audio.currentTime = from;
      // Refused where nobody has touched the page yet, or overtaken by another clip: nothing to be said.
      audio.play().catch(() => start());
    },
    pause: () => audio.pause(),
    seek(position) {
      const end = Number.isFinite(audio.duration) ? audio.duration : Number.POSITIVE_INFINITY;
      audio.currentTime = Math.max(0, Math.min(position, end));
    },
  };
}

/** The sound of a clip as an address; undefined while the page is still being read. */
function addressOf(clip: number): string | undefined {
  const holder = document.getElementById(audioElementId(clip));
  const text = holder instanceof HTMLTemplateElement ? holder.content.textContent : undefined;
  if (!text) return undefined;
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return URL.createObjectURL(new Blob([bytes], { type: 'audio/wav' }));
}
