/** What a context has to say to its client, whatever the message language. Types only. */
import type { Granularity, Span } from '../speech.ts';

/** One message to a client: text, or bytes as they are. */
export type Frame = string | Uint8Array;

/** The messages of one context. A language without words for something gives none. */
export interface Wording {
  /** Before the first audio. */
  begin(): readonly Frame[];
  /** `stepTimeMs` is how long the audio took to make. */
  chunk(audio: Uint8Array, flushId: number, stepTimeMs: number): Frame;
  timestamps(granularity: Granularity, spans: readonly Span[], flushId: number): readonly Frame[];
  /** The audio of everything before a boundary is out. */
  flushed(flushId: number): readonly Frame[];
  /** `seconds` of audio went out in all. */
  done(seconds: number): readonly Frame[];
}
