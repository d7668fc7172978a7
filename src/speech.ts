/** The vocabulary of the program: what a request, a transcript, an event, a synthesizer and a sink are. Types only. */

/** Sample encodings of Cartesia's `output_format` (API 2026-03-01). */
export type Encoding = 'pcm_s16le' | 'pcm_f32le' | 'pcm_mulaw' | 'pcm_alaw';

/** How samples are written down. Always mono; `sampleRate` in Hz. */
export interface AudioFormat {
  readonly encoding: Encoding;
  readonly sampleRate: number;
}

export type Granularity = 'word' | 'phoneme';

/** What is to be spoken and how. Frozen and validated before anything is opened. */
export interface SpeechRequest {
  /** Opaque to us: the provider knows its models. */
  readonly model: string;
  /** A voice id; names are resolved before a request is made. */
  readonly voice: string;
  /** A language code such as `en` or `pt-BR`; absent lets the provider decide. */
  readonly language?: string;
  readonly format: AudioFormat;
  /** 0.6–1.5, 1 is the voice's own speed. */
  readonly speed?: number;
  /** 0.5–2.0, 1 is the voice's own volume. */
  readonly volume?: number;
  readonly emotion?: string;
  /** The deprecated speed of models before sonic-3. */
  readonly legacySpeed?: 'slow' | 'normal' | 'fast';
  readonly pronunciationDict?: string;
  /** Which times are wanted beside the audio. */
  readonly timestamps: readonly Granularity[];
  /** True: words as spoken (after normalisation). False or absent: as written. */
  readonly normalizedTimestamps?: boolean;
  /** How long the service may wait for more text, 0–5000 ms; absent leaves it to the service. */
  readonly maxBufferDelayMs?: number;
}

/**
 * One input to a context: text, appended verbatim to what came before, or a boundary that
 * makes everything before it audible without waiting for more.
 */
export type Piece = string | { readonly flush: true };

/** The text of one context as it becomes known. Pieces joined give the text, nothing added or dropped. */
export type Transcript = AsyncIterable<Piece>;

/** A stretch of audio and what is said in it. `start` and `end` in seconds from the start of the audio. */
export interface Span {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** One decoded fact about speech, in the order in which it was generated. */
export type SpeechEvent =
  /** Samples in the request's format. A chunk may end inside a sample; the next one continues it. */
  | { readonly type: 'audio'; readonly chunk: Uint8Array }
  | { readonly type: 'timestamps'; readonly granularity: Granularity; readonly spans: readonly Span[] }
  /** All audio of the text before a boundary has been delivered. May come unasked. */
  | { readonly type: 'flushed' }
  /** The audio that follows was generated anew, after a loss: the voice may not go on quite as it was. */
  | { readonly type: 'seam' }
  /** A conversation state was opened at the service; `requestId` is what its support asks for. */
  | { readonly type: 'context'; readonly contextId: string; readonly requestId?: string };

/** Anything that turns text into speech: a cloud connection, the built-in engine, a script in a test. */
export interface Synthesizer {
  /**
   * Speaks `transcript`. The iteration ends normally only when the speech is complete; a
   * failure is thrown, and an aborted `signal` throws its reason. Returning early from the
   * iteration cancels the rest.
   */
  synthesize(transcript: Transcript, request: SpeechRequest, signal: AbortSignal): AsyncIterable<SpeechEvent>;
}

/** A synthesizer that holds something open. Many `synthesize()` calls may run at once. */
export interface Connection extends Synthesizer {
  close(): Promise<void>;
}

/** What a sink is told: the events of the speech, and the text as it was handed to the synthesizer. */
export type SinkEvent = SpeechEvent | { readonly type: 'text'; readonly text: string };

/** Anything that listens: a file, the loudspeaker, subtitles. */
export interface Sink {
  /** Resolves when ready for more. */
  write(event: SinkEvent): Promise<void>;
  /** Whether a chunk is not looked at any more once `write` has resolved, so that its memory can be used again. */
  readonly copies?: boolean;
  /** Finish: patch, flush, drain, rename into place. */
  close(): Promise<void>;
  /** Stop now and leave nothing half done; never throws for what is already gone. */
  abort(reason: unknown): Promise<void>;
}

/** A voice as it can be chosen. All but `id` and `name` may be unknown to the provider. */
export interface Voice {
  readonly id: string;
  readonly name: string;
  readonly language?: string;
  readonly gender?: string;
  readonly description?: string;
  /** Where its accent is from: a country code, and the accent in words. */
  readonly country?: string;
  readonly accent?: string;
  /** Whether it belongs to whoever asked. */
  readonly mine?: boolean;
  /** ISO 8601. */
  readonly createdAt?: string;
}

/** Time and timers as a value, so that tests own them. */
export interface Clock {
  /** Milliseconds, monotonic, from an arbitrary start. */
  now(): number;
  /** Calls `callback` once after `ms` milliseconds unless the returned function is called first. */
  after(ms: number, callback: () => void): () => void;
}
