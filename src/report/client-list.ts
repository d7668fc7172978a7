/** The list of cards. It is in sheets of a few: the browser lays out, and this builds, only those near the view. */
import type { Card } from './client-card.ts';
import { element } from './client-dom.ts';

export interface CardList {
  readonly root: HTMLElement;
  /** Shows these cards, in this order. */
  show(cards: readonly Card[]): void;
}

/** Cards on a sheet: about as many as are seen at once. */
const CARDS = 4;

/** Sheets are built when they come this near, in heights of the view; browsers lay out from there on, or later. */
const MARGIN = 1.5;

/** What style puts around a waveform, in pixels: padding and border of its card. */
const INSET = 34;

interface Sheet {
  readonly root: HTMLElement;
  readonly cards: readonly Card[];
  /** The place of its first card among all cards, from 1. */
  readonly place: number;
}

export function createCardList(): CardList {
  const root = element('div', { class: 'cards', role: 'list', 'aria-label': 'Recordings' });
  let sheets: readonly Sheet[] = [];
  let count = 0;
  let width = 0;
  let isAsked = false;
  let estimate = 0;

  function show(cards: readonly Card[]): void {
    const old = sheets;
    count = cards.length;
    sheets = Array.from({ length: Math.ceil(count / CARDS) }, (_, at) => ({
      root: old[at]?.root ?? element('div', { class: 'sheet' }),
      cards: cards.slice(at * CARDS, (at + 1) * CARDS),
      place: at * CARDS + 1,
    }));
    sheets.forEach((sheet, at) => {
      if (!isSame(sheet.cards, old[at]?.cards)) sheet.root.replaceChildren(...sheet.cards.map(card => card.root));
    });
    for (const gone of old.slice(sheets.length)) gone.root.remove();
    root.append(...sheets.slice(old.length).map(sheet => sheet.root));
    measure();
    prepare();
  }

  /** Lets what is not built yet be as high as the first sheet, so that nothing moves when it is. */
  function measure(): void {
    width = root.clientWidth - INSET;
    const [first] = sheets;
    if (first === undefined) return;
    build(first);
    const height = first.cards.length === CARDS ? first.root.offsetHeight : estimate;
    if (height === estimate) return;
    estimate = height;
    root.style.setProperty('--sheet', `${height}px`);
    root.style.setProperty('--row', `${height / CARDS}px`);
  }

  /** Builds what is near. It asks for the places of sheets only: to ask for those of cards would lay them out. */
  function prepare(): void {
    const [top, bottom] = [-MARGIN * innerHeight, (1 + MARGIN) * innerHeight];
    for (let at = firstBelow(sheets, top); at < sheets.length; at++) {
      const sheet = sheets[at];
      if (sheet === undefined || sheet.root.getBoundingClientRect().top > bottom) break;
      build(sheet);
    }
  }

  function build({ cards, place }: Sheet): void {
    cards.forEach((card, at) => {
      card.build();
      card.draw(width);
      card.showPlace(place + at, count);
    });
  }

  new ResizeObserver(() => {
    // In a frame of its own: what is built may change the size again.
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      measure();
      prepare();
    });
  }).observe(root);
  addEventListener('scroll', prepare, { passive: true });
  // On paper all of them are seen.
  addEventListener('beforeprint', () => sheets.forEach(build));
  return { root, show };
}

function isSame(cards: readonly Card[], old: readonly Card[] | undefined): boolean {
  return cards.length === old?.length && cards.every((card, at) => card === old[at]);
}

/** The first sheet that ends below `top`. */
function firstBelow(sheets: readonly Sheet[], top: number): number {
  let low = 0;
  let high = sheets.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sheets[middle]?.root.getBoundingClientRect().bottom ?? 0) < top) low = middle + 1;
    else high = middle;
  }
  return low;
}
