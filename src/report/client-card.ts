/** One clip on the audition page: player, waveform, words, figures, rating. Built in full only when it comes into view. */
import { button, element, figureText } from './client-dom.ts';
import { createWave, type Wave } from './client-wave.ts';
import { createWords, type Words } from './client-words.ts';
import type { PageClip, PageData } from './page-data.ts';

export interface Card {
  readonly root: HTMLLIElement;
  readonly play: HTMLButtonElement;
  /** Builds what is only there to be looked at. */
  build(): void;
  /** Redraws the waveform; does nothing before `build`. */
  draw(): void;
  /** Shows a name in place of the voice's own, with nothing that tells who it is; undefined shows who it is. */
  disguise(name: string | undefined): void;
  showPlaying(playing: boolean): void;
  /** Undefined: not the clip that is being heard. */
  showPosition(position: number | undefined): void;
  showRating(rating: number | undefined): void;
  /** Which figure the list is sorted by. */
  showSort(figure: number | undefined): void;
}

export interface CardEvents {
  readonly toggle: () => void;
  readonly seek: (position: number) => void;
  readonly rate: (rating: number) => void;
}

export const RATINGS = [1, 2, 3, 4, 5] as const;

export function createCard(data: PageData, index: number, clip: PageClip, events: CardEvents): Card {
  const title = element('h2', {}, clip.name);
  const facts = element('p', { class: 'facts' }, factsOf(clip));
  const play = button('', { class: 'play' }, events.toggle);
  play.append(element('span', { class: 'sign', 'aria-hidden': 'true' }));
  const who = element('div', { class: 'who' }, title, facts);
  const rating = element('div', { class: 'rating', role: 'group' });
  const root = element('li', { class: 'card', id: `clip-${index}` }, play, who, rating);
  let name = clip.name;
  let playing = false;
  let rated: number | undefined;
  let sorted: number | undefined;
  let full: { readonly wave: Wave; readonly words: Words; readonly figures: readonly HTMLElement[] } | undefined;

  function build(): void {
    if (full !== undefined) return;
    const wave = createWave(clip.outline, clip.duration, events.seek);
    const words = createWords(data.texts[clip.text] ?? '', clip, events.seek);
    const figures = data.figures.map(({ label, unit, digits, about }, at) => {
      const value = clip.values[at] ?? null;
      const shown = unit === '' && label === 'Size' ? sizeText(value) : figureText(value, unit, digits);
      return element('div', { title: about }, element('dt', {}, label), element('dd', {}, shown));
    });
    const breaches = clip.breaches.map(breach => element('p', { class: 'breach' }, breach));
    const details = element('dl', { class: 'figures' }, ...figures);
    rating.append(...RATINGS.map(value => button(String(value), { class: 'rate' }, () => events.rate(value))));
    root.append(wave.root, words.root, ...breaches, details);
    full = { wave, words, figures };
    label();
    showRating(rated);
    showSort(sorted);
    wave.draw();
  }

  function label(): void {
    play.setAttribute('aria-label', `${playing ? 'Pause' : 'Play'} ${name}`);
    rating.setAttribute('aria-label', `Rating of ${name}`);
    full?.wave.rename(`Position in ${name}`);
    [...rating.children].forEach((each, at) => {
      each.setAttribute('aria-label', `${RATINGS[at]} of 5`);
    });
  }

  function showRating(value: number | undefined): void {
    rated = value;
    [...rating.children].forEach((each, at) => {
      const on = value !== undefined && (RATINGS[at] ?? 0) <= value;
      each.classList.toggle('on', on);
      each.setAttribute('aria-pressed', String(RATINGS[at] === value));
    });
  }

  function showSort(figure: number | undefined): void {
    sorted = figure;
    full?.figures.forEach((each, at) => {
      each.classList.toggle('sorted', at === figure);
    });
  }

  label();
  return {
    root,
    play,
    build,
    draw: () => full?.wave.draw(),
    disguise(disguise) {
      name = disguise ?? clip.name;
      title.textContent = name;
      facts.textContent = disguise === undefined ? factsOf(clip) : '';
      root.classList.toggle('blind', disguise !== undefined);
      label();
    },
    showPlaying(now) {
      if (now === playing) return;
      playing = now;
      root.classList.toggle('playing', now);
      label();
    },
    showPosition(position) {
      root.classList.toggle('current', position !== undefined);
      full?.wave.show(position ?? 0);
      full?.words.show(position);
    },
    showRating,
    showSort,
  };
}

function factsOf({ voice, name, language, gender, model, takes }: PageClip): string {
  const several = takes > 1 ? `first of ${takes} takes` : undefined;
  return [voice === name ? undefined : voice, language, gender, model, several].filter(Boolean).join(' · ');
}

function sizeText(bytes: number | null): string {
  return bytes === null ? '–' : figureText(bytes / 1000, 'kB', 0);
}
