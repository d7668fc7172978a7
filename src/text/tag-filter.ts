/** Drops tags from words: services report them as words, even in parts (`<break`, `time="1s"/>`). */
import { isTagBegun, plain } from './tags.ts';

/**
 * Gives back each word without the tags in it, '' if it is nothing else. What looks like a tag and is cut off
 * by the end of `words` counts as one until more words come.
 */
export function createTagFilter(): (words: readonly string[]) => string[] {
  /** What may be the start of a tag that the next words end. */
  let open = '';

  function filter(word: string, following: readonly string[]): string {
    const text = plain(open === '' ? word : `${open} ${word}`);
    const at = text.lastIndexOf('<');
    const begun = at < 0 ? '' : text.slice(at);
    if (begun !== '' && isTagBegun(begun) && becomesTag(begun, following)) {
      open = begun;
      return text.slice(0, at);
    }
    // What turns out to be no tag comes back with the word that shows it.
    open = '';
    return text;
  }

  return words => words.map((word, i) => filter(word, words.slice(i + 1, i + 1 + TAG_WORDS)));
}

/** A tag is rarely more than two words: its name and one attribute, which may have blanks in it. */
const TAG_WORDS = 8;

/** Whether the words that follow complete the tag; true too where there are not enough of them to tell. */
function becomesTag(begun: string, following: readonly string[]): boolean {
  let text = begun;
  for (const word of following) {
    text += ` ${word}`;
    if (!plain(text).startsWith(begun)) return true;
    if (!isTagBegun(text)) return false;
  }
  return true;
}
