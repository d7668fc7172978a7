/** The numbers that tie chunks of audio to the flushes between them (protocol §4.4). */

/**
 * Sources disagree on the numbers.
 * A: chunks bear the count of flushes before them (0, 1, …), acknowledgements their ordinal (1, 2, …).
 * B: both bear the zero-based number of the segment.
 * C: both bear the one-based number of the segment.
 */
export type FlushNumbering = 'A' | 'B' | 'C';

export interface Segments {
  /** The `flush_id` of audio and times now. */
  readonly current: number;
  /** Ends the segment; gives the `flush_id` of its acknowledgement. */
  end(): number;
}

export function createSegments(numbering: FlushNumbering): Segments {
  let ended = 0;
  return {
    get current() {
      return numbering === 'C' ? ended + 1 : ended;
    },
    end() {
      ended += 1;
      return numbering === 'B' ? ended - 1 : ended;
    },
  };
}
