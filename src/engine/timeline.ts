/** Makes spans of words and phonemes out of the events of espeak-ng, for one sentence. */

/** A stretch of the sentence's audio, in samples of espeak-ng from its start. */
export interface Stretch {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Spans that are settled, words one for each token. */
export interface Stretches {
  readonly words: readonly Stretch[];
  readonly phonemes: readonly Stretch[];
}

/** Events go in in the order of their time; what is settled comes out. Nothing overlaps, starts never decrease. */
export interface Timeline {
  /** A word starts; `position` counts the code points of the SSML from 1. */
  word(position: number, sample: number): void;
  /** A sound starts; '' is silence. */
  phoneme(ipa: string, sample: number): void;
  /** What has been settled since the last call. */
  take(): Stretches;
  /** The sentence has ended after `samples` samples: settles all that is left. */
  finish(samples: number): void;
}

/**
 * `owners` says which of `tokens` a code point belongs to. Several events for one token (numbers) are
 * one word; a token without an event has no length, unless `unspaced`: there espeak-ng reports groups
 * of characters, or all of them at once, and each character gets an equal share of the sounds.
 */
export function createTimeline(tokens: readonly string[], owners: readonly number[], unspaced: boolean): Timeline {
  let words: Stretch[] = [];
  let phonemes: Stretch[] = [];
  let current = -1;
  let start = 0;
  let settled = 0;
  /** Since when nothing has sounded; undefined while something does. */
  let quietSince: number | undefined;
  let sounds: number[] = [];
  let open: { readonly ipa: string; readonly start: number } | undefined;

  function settle(text: string, from: number, to: number): void {
    const begin = Math.max(settled, from);
    settled = Math.max(begin, to);
    words.push({ text, start: begin, end: settled });
  }

  /** The current word and those up to `next` that nothing was heard of. */
  function close(next: number, at: number): void {
    const end = Math.min(quietSince ?? at, at);
    const group = tokens.slice(Math.max(0, current), next);
    if (current < 0) for (const text of group) settle(text, settled, settled);
    else if (unspaced && group.length > 1) share(group, end);
    else for (const [i, text] of group.entries()) settle(text, i === 0 ? start : end, end);
  }

  function share(group: readonly string[], end: number): void {
    const starts = sounds.filter(sample => sample > start && sample < end);
    starts.unshift(start);
    const from = (i: number) => {
      if (i >= group.length) return end;
      if (starts.length >= group.length) return starts[Math.floor((i * starts.length) / group.length)] ?? end;
      return start + Math.floor(((end - start) * i) / group.length);
    };
    for (const [i, text] of group.entries()) settle(text, from(i), from(i + 1));
  }

  function closePhoneme(at: number): void {
    if (open !== undefined) phonemes.push({ text: open.ipa, start: open.start, end: Math.max(open.start, at) });
    open = undefined;
  }

  return {
    word(position, sample) {
      const token = owners[Math.min(position, owners.length) - 1] ?? tokens.length - 1;
      if (token <= current) return;
      close(token, sample);
      current = token;
      start = sample;
      quietSince = undefined;
      sounds = [];
    },
    phoneme(ipa, sample) {
      closePhoneme(sample);
      if (ipa === '') {
        quietSince ??= sample;
        return;
      }
      quietSince = undefined;
      sounds.push(sample);
      // "(en)" says that the voice changes its language, and is no sound.
      if (!/^\(.*\)?$/.test(ipa)) open = { ipa, start: sample };
    },
    take() {
      const taken = { words, phonemes };
      words = [];
      phonemes = [];
      return taken;
    },
    finish(samples) {
      closePhoneme(samples);
      close(tokens.length, samples);
      current = tokens.length;
    },
  };
}
