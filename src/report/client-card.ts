/** One clip on the audition page: player, waveform, words, figures, rating. Built in full only when it comes near. */
import { element, figureText } from './client-dom.ts';
import { createWave, type Wave } from './client-wave.ts';
import { createWords, type Words } from './client-words.ts';
import type { PageClip, PageData } from './page-data.ts';

export interface Card {
  readonly root: HTMLElement;
  readonly play: HTMLButtonElement;
  /** Builds what is only there to be looked at. */
  build(): void;
  /** Draws the waveform for a list of this width, in pixels; does nothing before `build`. */
  draw(width: number): void;
  /** Tells those who cannot see the list how far down this is: browsers leave out what is far away. */
  showPlace(place: number, count: number): void;
  /** Shows a name in place of the voice's own, with nothing that tells who it is; undefined shows who it is. */
  disguise(name: string | undefined): void;
  showPlaying(playing: boolean): void;
  /** Undefined: not the clip that is being heard. */
  showPosition(position: number | undefined): void;
  showRating(rating: number | undefined): void;
  /** Which figure the list is sorted by. */
  showSort(figure: number | undefined): void;
  /** When the word that an element stands for begins, in seconds; undefined where it stands for none. */
  startOf(word: Element): number | undefined;
}

export const RATINGS = [1, 2, 3, 4, 5] as const;

/** Makes the cards of a page. What all of them have in common is made once and copied, which is far quicker. */
export function createCardMaker(data: PageData): (index: number, clip: PageClip) => Card {
  const models: Models = { card: cardModel(), rating: ratingModel(), figures: figuresModel(data) };
  return (index, clip) => createCard(data, models, index, clip);
}

interface Models {
  readonly card: HTMLElement;
  readonly rating: HTMLElement;
  readonly figures: HTMLElement;
}

interface Full {
  readonly wave: Wave;
  readonly words: Words;
  readonly rates: readonly Element[];
  readonly figures: readonly Element[];
}

function createCard(data: PageData, models: Models, index: number, clip: PageClip): Card {
  const root = copy(models.card);
  // As `cardModel` has them.
  const [play, who, rating] = root.children as unknown as [HTMLButtonElement, HTMLElement, HTMLElement];
  const [title, facts] = who.children as unknown as [HTMLElement, HTMLElement];
  root.id = `clip-${index}`;
  let name = clip.name;
  let playing = false;
  let rated: number | undefined;
  let sorted: number | undefined;
  let placed: readonly [place: number, count: number] = [0, 0];
  let full: Full | undefined;

  function build(): void {
    if (full !== undefined) return;
    const wave = createWave(clip.outline, clip.duration);
    const words = createWords(data.texts[clip.text] ?? '', clip);
    const breaches = clip.breaches.map(breach => element('p', { class: 'breach' }, breach));
    const details = copy(models.figures);
    const figures = [...details.children];
    figures.forEach((figure, at) => {
      figure.lastElementChild?.append(valueText(data, clip, at));
    });
    rating.append(...copy(models.rating).children);
    root.append(wave.root, words.root, ...breaches, details);
    root.classList.remove('bare');
    full = { wave, words, rates: [...rating.children], figures };
    wave.rename(`Position in ${name}`);
    const figure = sorted;
    sorted = undefined;
    showRating(rated);
    showSort(figure);
  }

  function introduce(): void {
    title.textContent = name;
    rating.setAttribute('aria-label', `Rating of ${name}`);
    full?.wave.rename(`Position in ${name}`);
    labelPlay();
  }

  function labelPlay(): void {
    play.setAttribute('aria-label', `${playing ? 'Pause' : 'Play'} ${name}`);
  }

  function showRating(value: number | undefined): void {
    rated = value;
    full?.rates.forEach((each, at) => {
      const on = value !== undefined && (RATINGS[at] ?? 0) <= value;
      each.classList.toggle('on', on);
      each.setAttribute('aria-pressed', String(RATINGS[at] === value));
    });
  }

  function showSort(figure: number | undefined): void {
    if (figure === sorted) return;
    if (sorted !== undefined) full?.figures[sorted]?.classList.remove('sorted');
    if (figure !== undefined) full?.figures[figure]?.classList.add('sorted');
    sorted = figure;
  }

  introduce();
  facts.textContent = factsOf(clip);
  return {
    root,
    play,
    build,
    draw: width => full?.wave.draw(width),
    showPlace(place, count) {
      if (placed[0] === place && placed[1] === count) return;
      placed = [place, count];
      root.setAttribute('aria-posinset', String(place));
      root.setAttribute('aria-setsize', String(count));
    },
    disguise(disguise) {
      if (name === (disguise ?? clip.name)) return;
      name = disguise ?? clip.name;
      facts.textContent = disguise === undefined ? factsOf(clip) : '';
      introduce();
    },
    showPlaying(now) {
      if (now === playing) return;
      playing = now;
      root.classList.toggle('playing', now);
      labelPlay();
    },
    showPosition(position) {
      root.classList.toggle('current', position !== undefined);
      full?.wave.show(position ?? 0);
      full?.words.show(position);
    },
    showRating,
    showSort,
    startOf: word => full?.words.startOf(word),
  };
}

function copy(model: HTMLElement): HTMLElement {
  return model.cloneNode(true) as HTMLElement;
}

function cardModel(): HTMLElement {
  const sign = element('span', { class: 'sign', 'aria-hidden': 'true' });
  return element(
    'div',
    { class: 'card bare', role: 'listitem' },
    element('button', { type: 'button', class: 'play' }, sign),
    element('div', { class: 'who' }, element('h2'), element('p', { class: 'facts' })),
    element('div', { class: 'rating', role: 'group' }),
  );
}

function ratingModel(): HTMLElement {
  const buttons = RATINGS.map(value =>
    element('button', { type: 'button', class: 'rate', 'aria-label': `${value} of 5` }, String(value)),
  );
  return element('div', {}, ...buttons);
}

function figuresModel(data: PageData): HTMLElement {
  const figures = data.figures.map(({ label, about }) =>
    element('div', { title: about }, element('dt', {}, label), element('dd')),
  );
  return element('dl', { class: 'figures' }, ...figures);
}

function factsOf({ voice, name, language, gender, model, takes }: PageClip): string {
  const several = takes > 1 ? `first of ${takes} takes` : undefined;
  return [voice === name ? undefined : voice, language, gender, model, several].filter(Boolean).join(' · ');
}

function valueText(data: PageData, clip: PageClip, at: number): string {
  const { label = '', unit = '', digits = 0 } = data.figures[at] ?? {};
  const value = clip.values[at] ?? null;
  return unit === '' && label === 'Size' ? sizeText(value) : figureText(value, unit, digits);
}

function sizeText(bytes: number | null): string {
  return bytes === null ? '–' : figureText(bytes / 1000, 'kB', 0);
}
