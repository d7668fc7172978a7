/** Which clips the audition page shows, and in which order. */
import type { PageClip, PageData } from './page-data.ts';

export interface View {
  /** Place of a figure, or the name of the voice. */
  readonly sort: number | 'name';
  readonly worstFirst: boolean;
  /** Undefined: every text. */
  readonly text: number | undefined;
  readonly search: string;
  /** The order of a blind listening, by clip; undefined where names are shown. */
  readonly blind: readonly number[] | undefined;
}

/** The clips to show, in order. */
export function arrange(data: PageData, view: View): number[] {
  const all = data.clips.map((_, clip) => clip);
  const ofText = (clip: number) => view.text === undefined || data.clips[clip]?.text === view.text;
  if (view.blind !== undefined) return view.blind.filter(ofText);
  const words = fold(view.search)
    .split(/\s+/)
    .filter(word => word !== '');
  const shown = all.filter(ofText).filter(clip => {
    const said = describe(data.clips[clip]);
    return words.every(word => said.includes(word));
  });
  const sorted = sort(shown, data, view.sort);
  return view.worstFirst ? sorted.reverse() : sorted;
}

/** Every clip once, in an order that nobody can guess. */
export function shuffle(count: number): number[] {
  const order = Array.from({ length: count }, (_, clip) => clip);
  for (let last = count - 1; last > 0; last--) {
    const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
    const other = random % (last + 1);
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  return order;
}

function sort(clips: number[], data: PageData, by: View['sort']): number[] {
  if (by === 'name') {
    const { compare } = new Intl.Collator('en', { numeric: true });
    return clips.sort((a, b) => compare(data.clips[a]?.name ?? '', data.clips[b]?.name ?? ''));
  }
  const direction = data.figures[by]?.best === 'high' ? -1 : 1;
  // What has no figure comes last, whichever way it goes.
  const rank = (clip: number) => {
    const value = data.clips[clip]?.values[by] ?? null;
    return value === null ? Number.MAX_VALUE : value * direction;
  };
  return clips.sort((a, b) => rank(a) - rank(b));
}

// Kept: to fold them all takes longer than to look through them.
const descriptions = new WeakMap<PageClip, string>();

function describe(clip: PageClip | undefined): string {
  if (clip === undefined) return '';
  const { voice, name, language, gender, model } = clip;
  const said = descriptions.get(clip) ?? fold([voice, name, language, gender, model].filter(Boolean).join(' '));
  descriptions.set(clip, said);
  return said;
}

function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase();
}
