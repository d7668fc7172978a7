/** What a speech server can be told: every limit, time and habit, and what they are when nobody says. */
import type { Clock, Voice } from '../speech.ts';
import { backgroundClock, realClock } from './clock.ts';
import type { Fault } from './faults.ts';
import type { FlushNumbering } from './segments.ts';

/** The voices of the synthesizer behind the server. */
export interface Voices {
  /** The synthesizer's own id for a voice id; undefined where there is no such voice. */
  resolve(id: string, language: string | undefined): string | undefined;
  /** What speaks in place of a voice that there is not, unless `strict`. */
  substitute?(id: string, language: string | undefined): string;
  /** What `GET /voices` lists. */
  list?(): readonly Voice[];
}

/** How a context ended. `disconnected` covers every way in which a socket can go. */
export type Outcome = 'done' | 'cancelled' | 'expired' | 'error' | 'disconnected';

/** The life of one context in figures. */
export interface ContextRecord {
  readonly contextId: string;
  /** The upgrade's `X-Request-Id`. */
  readonly requestId: string;
  /** UTF-16 code units of transcript received. */
  readonly chars: number;
  readonly audioSeconds: number;
  /** From the first input to the first audio handed to the socket; undefined if there was none. */
  readonly firstAudioMs: number | undefined;
  readonly outcome: Outcome;
  /** What was said to the client where the outcome is `error`. */
  readonly error?: string;
}

/** A request that was refused before it became a context, or an input that belongs to none. */
export interface RefusalRecord {
  readonly requestId: string;
  /** `upgrade`, `message`, or method and path of a request. */
  readonly where: string;
  readonly status: number;
  /** What was said to the client. */
  readonly error: string;
}

export interface Limits {
  /** UTF-16 code units of one input's transcript (protocol §10, 16). */
  readonly transcriptChars: number;
  /** UTF-16 code units of a context id; every frame repeats it. */
  readonly contextIdChars: number;
  /** Text on one socket that the synthesizer has not taken yet, in UTF-16 code units; above it the socket is not read. */
  readonly waitingChars: number;
  /** Bytes of one frame from a client; a longer one closes the socket with 1009. */
  readonly frameBytes: number;
  /** Bytes waiting to be sent on one socket; above it no more audio is asked of the synthesizer. */
  readonly bufferedBytes: number;
  /** Bytes of audio in one frame; the service sends 16 384. */
  readonly chunkBytes: number;
  /** Ended contexts that one socket remembers. */
  readonly tombstones: number;
}

export interface ServerOptions {
  /** Says whether a key or token opens the door; absent lets everybody in. See `acceptSecrets`. */
  readonly authorize?: (credential: string) => boolean;
  /** Where nothing is asked for at the door: which web pages may connect; absent means those of this machine. */
  readonly allowOrigin?: (origin: string) => boolean;
  readonly voices?: Voices;
  /** Model ids accepted beside Cartesia's own; `any` leaves it to the synthesizer to know its models. */
  readonly models?: readonly string[] | 'any';
  /**
   * Text is handed on as it comes, with the client's `max_buffer_delay_ms`: the synthesizer is a service, which waits
   * for the rest of a sentence and acknowledges inputs by itself.
   */
  readonly passesText?: boolean;
  /**
   * As exact as the documents: a context id is required, an unknown voice is refused, all
   * parameters must be repeated unchanged, errors before 2026-03-01 are only a string.
   */
  readonly strict?: boolean;
  /** The version of clients that name none; absent refuses them. */
  readonly defaultVersion?: string;
  /** Contexts that may be active at once, over all sockets; absent: no limit. Ten times as many sockets are let in. */
  readonly concurrency?: number;
  /** How long after its last audio an open context lives, 1000; 0 for ever. */
  readonly expiryMs?: number;
  /** How long a socket lives without a generation, 300 000; 0 for ever. */
  readonly idleMs?: number;
  /** How long an ended context's id stays taken, 60 000. */
  readonly tombstoneMs?: number;
  /** How segments are counted (protocol §4.4), A. */
  readonly flushNumbering?: FlushNumbering;
  readonly limits?: Partial<Limits>;
  /** For every time above and for the buffering of text. */
  readonly clock?: Clock;
  /** Called once for each context that has been opened. */
  readonly onLog?: (record: ContextRecord) => void;
  /** Called for whatever is refused beside contexts. */
  readonly onRefusal?: (record: RefusalRecord) => void;
  /** What is to go wrong on purpose. */
  readonly faults?: readonly Fault[];
}

/** The options with nothing left open. */
export interface Settings extends ServerOptions {
  readonly strict: boolean;
  readonly concurrency: number;
  readonly expiryMs: number;
  readonly idleMs: number;
  readonly tombstoneMs: number;
  readonly flushNumbering: FlushNumbering;
  readonly limits: Limits;
  readonly clock: Clock;
  /** For timers that must not keep the process alive. */
  readonly background: Clock;
  readonly faults: readonly Fault[];
}

const LIMITS: Limits = {
  transcriptChars: 20_000,
  contextIdChars: 1000,
  waitingChars: 256 * 1024,
  frameBytes: 1024 * 1024,
  bufferedBytes: 256 * 1024,
  chunkBytes: 16 * 1024,
  tombstones: 10_000,
};

export function withDefaults(options: ServerOptions): Settings {
  return {
    ...options,
    strict: options.strict ?? false,
    concurrency: options.concurrency ?? Number.POSITIVE_INFINITY,
    expiryMs: options.expiryMs ?? 1000,
    idleMs: options.idleMs ?? 5 * 60_000,
    tombstoneMs: options.tombstoneMs ?? 60_000,
    flushNumbering: options.flushNumbering ?? 'A',
    limits: { ...LIMITS, ...options.limits },
    clock: options.clock ?? realClock,
    background: options.clock ?? backgroundClock,
    faults: options.faults ?? [],
  };
}
