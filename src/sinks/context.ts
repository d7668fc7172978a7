/** What a sink is told about the run besides its events. */
import type { Writable } from 'node:stream';
import type { Clock, SpeechRequest } from '../speech.ts';
import type { CueMode } from '../text/phrases.ts';

export interface SinkContext {
  /** Format, voice, model, language; `timestamps` says which times the sinks may expect. */
  readonly request: SpeechRequest;
  /** Who speaks, as the sidecars name it. */
  readonly provider: string;
  /** What one subtitle shows at once. */
  readonly cues: CueMode;
  /** Who wrote the file, such as `aloud 0.1.0`. */
  readonly createdBy: string;
  readonly clock: Clock;
  /** Where `-` leads. */
  readonly stdout: Writable;
  /** Told by a sidecar, once, that it is whole and yet has no word in it: the provider gave no times. */
  readonly onNoWords: (name: string) => void;
  /** Ends waiting for the reader of a named pipe. */
  readonly signal?: AbortSignal;
  /** Refuse to replace a file. */
  readonly noClobber?: boolean;
  /** Of a run that is cut short, keep what arrived as a valid file. */
  readonly keepPartial?: boolean;
  /** Told by a file of which what arrived has been kept. */
  readonly onKept?: (name: string) => void;
  /** Offered by a file of sound that is given up what it has, before that goes; `reason` is why. */
  readonly onLost?: (sound: LostSound, reason: unknown) => Promise<void>;
  /** The audio may pass 4 GiB: a WAV makes room for it in its header. Without it the same file costs one pass more. */
  readonly expectLarge?: boolean;
}

/** The sound in a file that is given up. */
export interface LostSound {
  /** Where in the file the samples begin, and how much of them there is, in bytes. */
  readonly start: number;
  readonly bytes: number;
  /** Saves the file under another name. */
  moveTo(path: string): Promise<void>;
}
