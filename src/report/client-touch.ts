/** What is done to the cards with a pointer, the keys of their own and the focus; heard once, for all of them. */
import { RATINGS } from './client-card.ts';
import type { PageClip } from './page-data.ts';

export interface TouchEvents {
  readonly toggle: (clip: number) => void;
  /** `position` in seconds. */
  readonly seek: (clip: number, position: number) => void;
  readonly seekWord: (clip: number, word: Element) => void;
  readonly rate: (clip: number, rating: number) => void;
  readonly focus: (clip: number) => void;
}

/** What End leaves of a clip to be heard, in seconds. */
const LAST = 0.5;

export function listenTo(list: HTMLElement, clips: readonly PageClip[], events: TouchEvents): void {
  list.addEventListener('focusin', event => {
    const touched = find(event, '.card');
    if (touched !== undefined) events.focus(touched.clip);
  });
  list.addEventListener('click', event => {
    const touched = find(event, '.play, .rate, .word');
    if (touched === undefined) return;
    const { clip, element } = touched;
    if (element.matches('.play')) events.toggle(clip);
    // A convenience of the mouse: with the keys one moves along the waveform.
    else if (element.matches('.word')) events.seekWord(clip, element);
    else {
      const rating = RATINGS.find(value => String(value) === element.textContent);
      if (rating !== undefined) events.rate(clip, rating);
    }
  });

  const durationOf = (clip: number) => clips[clip]?.duration ?? 0;
  const seekTo = ({ clip, element }: Touched, { clientX }: PointerEvent) => {
    const { left, width } = element.getBoundingClientRect();
    events.seek(clip, Math.max(0, Math.min(1, (clientX - left) / width)) * durationOf(clip));
  };
  list.addEventListener('pointerdown', event => {
    const wave = find(event, '.wave');
    if (wave === undefined || event.button !== 0) return;
    wave.element.setPointerCapture(event.pointerId);
    seekTo(wave, event);
  });
  list.addEventListener('pointermove', event => {
    const wave = find(event, '.wave');
    if (wave?.element.hasPointerCapture(event.pointerId)) seekTo(wave, event);
  });
  list.addEventListener('keydown', event => {
    const wave = find(event, '.wave');
    if (wave === undefined || (event.key !== 'Home' && event.key !== 'End')) return;
    event.preventDefault();
    events.seek(wave.clip, event.key === 'Home' ? 0 : Math.max(0, durationOf(wave.clip) - LAST));
  });
}

interface Touched {
  readonly clip: number;
  readonly element: Element;
}

/** What `selector` finds at or around the target of an event, and the clip it belongs to. */
function find({ target }: Event, selector: string): Touched | undefined {
  if (!(target instanceof Element)) return undefined;
  const element = target.closest(selector);
  const card = element?.closest('.card');
  if (!element || !card) return undefined;
  return { clip: Number(card.id.replace('clip-', '')), element };
}
