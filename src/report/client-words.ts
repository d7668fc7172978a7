/** The text of a clip, in which the word that is being spoken stands out. */
import { element } from './client-dom.ts';
import type { PageClip } from './page-data.ts';

export interface Words {
  readonly root: HTMLElement;
  /** Marks what is said at `position`; undefined marks nothing. */
  show(position: number | undefined): void;
  /** When the word that an element stands for begins, in seconds; undefined where it stands for none. */
  startOf(word: Element): number | undefined;
}

/** A word stays marked this long after its end, so that a short pause does not flicker. */
const LINGER = 0.08;

export function createWords(text: string, clip: PageClip): Words {
  const root = element('p', { class: 'words', dir: 'auto', lang: clip.language ?? undefined });
  const spans = fill(root, text, clip.words);
  let marked: HTMLElement | undefined;

  return {
    root,
    show(position) {
      const next = position === undefined ? undefined : spans[wordAt(clip.words, position)];
      if (next === marked) return;
      marked?.classList.remove('spoken');
      next?.classList.add('spoken');
      marked = next;
    },
    startOf(word) {
      const at = spans.indexOf(word as HTMLElement);
      return clip.words[at]?.[1];
    },
  };
}

/** Puts the text into `root`, each word that has a time in an element of its own; gives those elements. */
function fill(root: HTMLElement, text: string, words: PageClip['words']): (HTMLElement | undefined)[] {
  const folded = text.toLowerCase();
  let at = 0;
  const spans = words.map(([word]) => {
    const found = word === '' ? -1 : folded.indexOf(word.toLowerCase(), at);
    // What was normalised stands otherwise in the text; a word far ahead is another one.
    if (found < 0 || found - at > 80) return undefined;
    const span = element('span', { class: 'word' }, text.slice(found, found + word.length));
    root.append(text.slice(at, found), span);
    at = found + word.length;
    return span;
  });
  root.append(text.slice(at));
  return spans;
}

/** The place of the word that is spoken at `position`, or -1. */
function wordAt(words: PageClip['words'], position: number): number {
  let low = 0;
  let high = words.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((words[middle]?.[1] ?? 0) <= position) low = middle + 1;
    else high = middle;
  }
  const word = words[low - 1];
  return word !== undefined && position < word[2] + LINGER ? low - 1 : -1;
}
