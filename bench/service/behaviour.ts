/** How the scripted service is to behave in a benchmark. */
export interface Behaviour {
  /** Seconds of audio in each context, or seconds for each character of its text. */
  readonly seconds?: number;
  readonly secondsPerCharacter?: number;
  /** Times real time; 0 is as fast as the socket takes it. */
  readonly pace?: number;
  /** Contexts at once; one more is refused with 429. 0: any number. */
  readonly limit?: number;
  /** The first nine bytes of every chunk say when it was sent. */
  readonly isStamped?: boolean;
}

/** What has happened at the service since it was last told how to behave. */
export interface Happened {
  readonly contexts: number;
  readonly refused: number;
  readonly seconds: number;
}

/** Samples in one chunk, as Cartesia's service sends them. */
export const CHUNK_SAMPLES = 4096;

export type Question = { readonly behave: Behaviour } | 'what happened';

export interface Opened {
  readonly plain: number;
  readonly tls: number;
  /** Ports of the delaying proxies in front of `tls`, by milliseconds of round trip. */
  readonly delayed: Readonly<Record<number, number>>;
}
