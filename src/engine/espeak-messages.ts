/** What the engine and its thread tell each other. */
import type { AudioFormat, Granularity } from '../speech.ts';
import type { Prosody } from './markup.ts';
import type { Stretches } from './timeline.ts';

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
  readonly format: AudioFormat;
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

/** Spans are in samples of the asked rate from the start of the sentence. */
export type Report =
  | { readonly type: 'audio'; readonly call: number; readonly chunk: Uint8Array; readonly spans: Stretches }
  /** A sentence is finished and has that many samples. */
  | { readonly type: 'spoken'; readonly call: number; readonly samples: number; readonly spans: Stretches }
  | { readonly type: 'flushed'; readonly call: number }
  /** espeak-ng broke on a sentence. */
  | { readonly type: 'broken'; readonly call: number; readonly message: string }
  /** espeak-ng could not be loaded: nothing will ever be spoken. */
  | { readonly type: 'failed'; readonly message: string; readonly code?: string };
