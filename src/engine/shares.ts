/** Divides the sounds that espeak-ng reports for several words at once among these words. */

/** A sound, in samples. */
export interface Sound {
  readonly start: number;
  readonly end: number;
  /** Whether espeak-ng began a word with it, or was silent before it. */
  readonly isBorder: boolean;
}

/** From when to when a word is heard, in samples. */
export interface Share {
  readonly start: number;
  readonly end: number;
}

/**
 * The share of each word, in order; undefined for one that nothing is heard of. A word's share of the
 * sounds is about that of its weight, with its ends where espeak-ng saw a border if there is one near.
 * Sounds stay whole: where there are fewer than words, the lightest words get none. Where no sounds are
 * known, the words share the time `from`-`to`. The first word is the one that was reported: it is heard
 * even if it is only a symbol (weight below 1), the others are not.
 */
export function divide(
  sounds: readonly Sound[],
  weights: readonly number[],
  from: number,
  to: number,
): (Share | undefined)[] {
  const shares: (Share | undefined)[] = weights.map(() => undefined);
  const speakers = weights.flatMap((weight, i) => (weight >= 1 || (i === 0 && weight > 0) ? [i] : []));
  if (speakers.length === 0 && weights.length > 0) speakers.push(0);
  const weigh = (word: number) => ((weights[word] ?? 0) < 1 ? SYMBOL : (weights[word] ?? 0));
  if (sounds.length === 0) {
    const edges = edgesOf(speakers.map(weigh), to - from).map(edge => from + Math.round(edge));
    for (const [i, word] of speakers.entries()) shares[word] = { start: edges[i] ?? to, end: edges[i + 1] ?? to };
    return shares;
  }
  const units = audible(sounds);
  const heard = heaviest(speakers, weigh, units.length);
  const edges = placeEdges(units, heard.map(weigh));
  for (const [i, word] of heard.entries()) {
    const [first, last] = [units[edges[i] ?? 0], units[(edges[i + 1] ?? units.length) - 1]];
    if (first !== undefined && last !== undefined) shares[word] = { start: first.start, end: last.end };
  }
  return shares;
}

/** At most `count` of the words, in their order. */
function heaviest(words: readonly number[], weigh: (word: number) => number, count: number): readonly number[] {
  if (words.length <= count) return words;
  const kept = [...words].sort((a, b) => weigh(b) - weigh(a) || a - b).slice(0, count);
  return kept.sort((a, b) => a - b);
}

/** What a symbol weighs in letters: it is read as a word. */
const SYMBOL = 4;
/** A sound shorter than this, in samples, is no word by itself: 1 ms. */
const SHORTEST = 22;
/** How far from its proportional place an edge may be, in sounds. */
const REACH = 6;
/** How many sounds, squared, a border that espeak-ng saw is worth. */
const BORDER = 4;

/** The sounds, with those that have hardly any length made one with what follows. */
function audible(sounds: readonly Sound[]): Sound[] {
  const units: Sound[] = [];
  for (const sound of sounds) {
    const last = units.at(-1);
    if (last !== undefined && last.end - last.start < SHORTEST) {
      units[units.length - 1] = { ...last, end: sound.end };
    } else units.push(sound);
  }
  return units;
}

/** `total` cut in proportion to `weights`: one more edge than there are weights. */
function edgesOf(weights: readonly number[], total: number): number[] {
  const sum = weights.reduce((all, weight) => all + weight, 0);
  let before = 0;
  const edges = [0];
  for (const weight of weights) {
    before += weight;
    edges.push((total * before) / sum);
  }
  return edges;
}

/** Where an edge may be, what the best way to it costs, and where the edge before it is on that way. */
interface Place {
  readonly at: number;
  readonly cost: number;
  readonly from: Place | undefined;
}

/** The index of the sound with which each word begins; the cheapest way through all words, near the proportional one. */
function placeEdges(units: readonly Sound[], weights: readonly number[]): number[] {
  const ideal = edgesOf(weights, units.length);
  let places: Place[] = [{ at: 0, cost: 0, from: undefined }];
  let centre = 0;
  for (let word = 1; word <= weights.length; word++) {
    const most = units.length - weights.length + word;
    centre = Math.min(most, Math.max(centre + 1, Math.round(ideal[word] ?? 0)));
    const isLast = word === weights.length;
    const low = isLast ? most : Math.max(word, centre - REACH);
    const high = isLast ? most : Math.min(most, centre + REACH);
    const wanted = (ideal[word] ?? 0) - (ideal[word - 1] ?? 0);
    const reached: Place[] = [];
    for (let at = low; at <= high; at++) {
      const best = cheapest(places, at, wanted);
      const gain = units[at]?.isBorder === true ? BORDER : 0;
      if (best !== undefined) reached.push({ at, cost: best.cost - gain, from: best.from });
    }
    places = reached;
  }
  const edges: number[] = [];
  for (let place = places[0]; place !== undefined; place = place.from) edges.unshift(place.at);
  return edges;
}

function cheapest(places: readonly Place[], at: number, wanted: number): Place | undefined {
  let best: Place | undefined;
  for (const from of places) {
    if (from.at >= at) break;
    const cost = from.cost + (at - from.at - wanted) ** 2;
    if (best === undefined || cost < best.cost) best = { at, cost, from };
  }
  return best;
}
