/** Counts the words of a text in any language. */

/** How many words there are in `text`; scripts without blanks are cut as their language's dictionary has it. */
export function countWords(text: string, language?: string): number {
  let count = 0;
  for (const { isWordLike } of segmenter(language).segment(text)) if (isWordLike) count++;
  return count;
}

function segmenter(language: string | undefined): Intl.Segmenter {
  try {
    return new Intl.Segmenter(language, { granularity: 'word' });
  } catch {
    // No tag of BCP 47: what a person typed, or a provider made up.
    return new Intl.Segmenter('en', { granularity: 'word' });
  }
}
