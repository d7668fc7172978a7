/** What the engine and its thread tell each other. */
import type { Granularity } from '../speech.ts';
import type { Prosody } from './markup.ts';
import type { Stretches } from './timeline.ts';

/** The rate at which espeak-ng makes samples, in Hz. */
export const NATIVE_RATE = 22050;

/** What the thread is started with. */
export interface ThreadData {
  /** URL of the main module of espeak-ng. */
  readonly module: string;
}

/** How all sentences of a call are to be spoken. */
export interface Manner {
  /** espeak-ng's name of the voice. */
  readonly voice: string;
  /** Whether the voice's script writes without blanks. */
  readonly unspaced: boolean;
  readonly speed: number;
  readonly volume: number;
  readonly timestamps: readonly Granularity[];
}

/** `flush` comes back as `flushed` after everything that was sent before it. */
export type Job =
  | { readonly type: 'flush'; readonly call: number }
  | {
      readonly type: 'sentence';
      readonly call: number;
      readonly text: string;
      readonly manner: Manner;
      readonly prosody: Prosody;
      /** Shared: not zero when nobody waits for the call any more. */
      readonly gone: Int32Array;
    };

/** All is in samples of espeak-ng from the start of the sentence; `settled` are spans that will not change any more. */
export type Report =
  | { readonly type: 'sound'; readonly call: number; readonly samples: Int16Array; readonly settled: Stretches }
  /** A sentence is finished, but for so many samples of silence. */
  | { readonly type: 'spoken'; readonly call: number; readonly silence: number; readonly settled: Stretches }
  | { readonly type: 'flushed'; readonly call: number }
  /** espeak-ng broke on a sentence. */
  | { readonly type: 'broken'; readonly call: number; readonly message: string }
  /** espeak-ng could not be loaded: nothing will ever be spoken. */
  | { readonly type: 'failed'; readonly message: string; readonly code?: string };
