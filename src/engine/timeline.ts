/** Makes spans of words and phonemes out of the events of espeak-ng, for one sentence. */
import { divide, type Sound } from './shares.ts';

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

/**
 * Events go in in the order of their time; what is settled comes out. Nothing overlaps, starts never
 * decrease, and a word starts and ends with its phonemes.
 */
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

/** What a sentence is made of, as `toSsml` gives it. */
export interface Source {
  readonly tokens: readonly string[];
  /** For each code point: the token it belongs to. */
  readonly owners: readonly number[];
  /** For each token: how much of it there is to say. */
  readonly weights: readonly number[];
}

/** Several events for one token (numbers) are one word; words with one event ("of the", Chinese) share its sounds. */
export function createTimeline({ tokens, owners, weights }: Source): Timeline {
  let words: Stretch[] = [];
  let phonemes: Stretch[] = [];
  /** The token of the last event that went forward. */
  let current = -1;
  let start = 0;
  let settled = 0;
  let now = 0;
  /** Since when nothing has sounded; undefined while something does. */
  let quietSince: number | undefined;
  /** Where the word began whose first sound is still to come. */
  let wordAt: number | undefined;
  let isBorder = true;
  let sounds: Sound[] = [];
  let open: { readonly ipa: string; readonly start: number } | undefined;

  /** The current word and those up to `next`, which had no event of their own. */
  function close(next: number): void {
    const first = Math.max(0, current);
    const end = current < 0 ? settled : (quietSince ?? now);
    const shares = divide(sounds, weights.slice(first, next), Math.min(start, end), end);
    for (const [i, text] of tokens.slice(first, next).entries()) {
      const { start: from, end: to } = shares[i] ?? { start: settled, end: settled };
      const begin = Math.max(settled, from);
      settled = Math.max(begin, to);
      words.push({ text, start: begin, end: settled });
    }
    sounds = [];
  }

  function closePhoneme(): void {
    if (open === undefined) return;
    phonemes.push({ text: open.ipa, start: open.start, end: now });
    sounds.push({ start: open.start, end: now, isBorder });
    open = undefined;
    isBorder = false;
  }

  return {
    word(position, sample) {
      now = Math.max(now, sample);
      closePhoneme();
      const token = owners[Math.min(position, owners.length) - 1] ?? tokens.length - 1;
      if (token > current) {
        close(token);
        current = token;
        start = now;
        quietSince = undefined;
      }
      isBorder = true;
      wordAt = now;
    },
    phoneme(ipa, sample) {
      now = Math.max(now, sample);
      closePhoneme();
      if (ipa === '') {
        quietSince ??= now;
        isBorder = true;
        wordAt = undefined;
        return;
      }
      // "(en)" says that the voice changes its language, and is no sound.
      if (/^\(.*\)?$/.test(ipa)) return;
      // A word begins with the closure or the breath before its first sound, where espeak-ng has the phoneme begin late.
      open = { ipa, start: wordAt ?? now };
      wordAt = undefined;
      quietSince = undefined;
    },
    take() {
      const taken = { words, phonemes };
      words = [];
      phonemes = [];
      return taken;
    },
    finish(samples) {
      now = Math.max(now, samples);
      closePhoneme();
      close(tokens.length);
      current = tokens.length;
    },
  };
}
