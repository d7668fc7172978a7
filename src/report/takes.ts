/** What a test of voices is made of: takes, and what is known about each.. */
import type { Voice } from '../speech.ts';
import type { SoundFigures } from './measure.ts';

/** How long it took. */
export interface Timing {
  /** Milliseconds from the service having the text to the first audio; undefined when there was none. */
  readonly firstAudioMs: number | undefined;
  /** Milliseconds from there to the end. */
  readonly totalMs: number;
}

/** One recording that is complete. */
export interface Recording extends SoundFigures, Timing {
  readonly words: number;
  /** The audio file and the times of its words, below the folder of the run, with `/` between. */
  readonly file: string;
  readonly timestamps: string | undefined;
  /** Levels from 0 to 1 of equal parts of the sound. */
  readonly outline: readonly number[];
  readonly requestIds: readonly string[];
}

/** Why there is no recording. */
export interface TakeError {
  /** The kind of failure, as in an error document. */
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
  readonly requestId: string | undefined;
}

/** One text spoken once by one voice with one model. */
export interface Take {
  readonly voice: Voice;
  readonly model: string;
  /** What was said, and its place among the texts of the run. */
  readonly text: string;
  readonly textIndex: number;
  /** Counts repetitions from 1. */
  readonly take: number;
  readonly language: string | undefined;
  readonly outcome: Recording | { readonly error: TakeError };
}

/** A take that has a recording. */
export type RecordedTake = Take & { readonly outcome: Recording };

export function isRecorded(take: Take): take is RecordedTake {
  return !('error' in take.outcome);
}
