/** Finds what somebody probably meant to type. */

const LONGEST = 60;

const SHORT = 3;

/**
 * The candidate that takes the fewest edits from `word`, if that is few enough to be a slip; the first of equals.
 * For a word of one or two letters it begins with them, or is the same two the other way round: what else is near, is
 * near by chance.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > LONGEST) return undefined;
  let best: { readonly name: string; readonly edits: number } | undefined;
  for (const name of candidates) {
    if (word.length < SHORT && !isShortFor(word.toLowerCase(), name.toLowerCase())) continue;
    const edits = distance(word.toLowerCase(), name.toLowerCase());
    const allowed = Math.max(1, Math.floor(Math.max(word.length, name.length) * 0.4));
    if (edits <= allowed && (best === undefined || edits < best.edits)) best = { name, edits };
  }
  return best?.name;
}

function isShortFor(word: string, name: string): boolean {
  return name.startsWith(word) || (word.length === 2 && name === `${word[1]}${word[0]}`);
}

/** How many letters must be added, dropped, changed or swapped with a neighbour (optimal string alignment). */
export function distance(from: string, to: string): number {
  let before: number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const change = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      let least = Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (swapped) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return row[to.length] ?? 0;
}
