/** What the listener thinks of the clips: kept in the browser where that is possible, and given out as JSON. */
import type { PageClip, PageData } from './page-data.ts';

export interface Ratings {
  of(clip: number): number | undefined;
  /** Undefined takes a rating back. */
  set(clip: number, rating: number | undefined): void;
  readonly count: number;
  /** The document to keep: a rating per clip that has one. */
  document(blind: boolean): object;
}

export function createRatings(data: PageData): Ratings {
  const place = `aloud ratings ${data.id}`;
  const ratings = new Map<number, number>(recall(place, data.clips.length));
  return {
    of: clip => ratings.get(clip),
    set(clip, rating) {
      if (rating === undefined) ratings.delete(clip);
      else ratings.set(clip, rating);
      remember(place, [...ratings]);
    },
    get count() {
      return ratings.size;
    },
    document: blind => ({
      version: 1,
      made_from: data.id,
      exported_at: new Date().toISOString(),
      provider: data.provider,
      blind,
      ratings: [...ratings].flatMap(([clip, rating]) => describe(data.clips[clip], data, rating)),
    }),
  };
}

function describe(clip: PageClip | undefined, { texts }: PageData, rating: number): object[] {
  if (clip === undefined) return [];
  const { voice, name, model, text, file } = clip;
  return [{ voice, name, model, text: texts[text] ?? '', file, rating }];
}

// A page opened from a file may have no storage, or one that throws.
function recall(place: string, clips: number): [number, number][] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(place) ?? '[]');
    if (!Array.isArray(kept)) return [];
    return kept.filter(
      (entry): entry is [number, number] =>
        Array.isArray(entry) && Number.isInteger(entry[0]) && entry[0] < clips && [1, 2, 3, 4, 5].includes(entry[1]),
    );
  } catch {
    return [];
  }
}

function remember(place: string, ratings: readonly [number, number][]): void {
  try {
    localStorage.setItem(place, JSON.stringify(ratings));
  } catch {
    // They live as long as the page does.
  }
}
