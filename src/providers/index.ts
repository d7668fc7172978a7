/** Who we connect to: what every provider has to offer, and the registry of those there are. */
import type { SettingName } from '../settings/index.ts';
import type { Clock, Connection, SpeechRequest, Voice } from '../speech.ts';

/** A key or a short-lived token. `reveal()` is called where the socket is opened and nowhere else. */
export interface Credential {
  readonly kind: 'key' | 'token';
  readonly secret: { reveal(): string };
}

/** What a provider needs to know to be reached, beside the request. */
export interface Access {
  readonly credential?: Credential;
  /** Where the provider is, when not at its own address. */
  readonly baseUrl?: URL;
  /** The model that is likely to be asked for, where the address of a service depends on it. */
  readonly model?: string;
  readonly apiVersion: string;
  /** How version and credential travel: in headers, or in the query as browsers must. */
  readonly auth: 'header' | 'query';
  /** Where in the world the service should run, the most wanted first; goes before `worldPart`. */
  readonly region?: readonly string[];
  readonly worldPart?: string;
  readonly connectTimeoutMs: number;
  /** How long an unfinished context may be silent. */
  readonly timeoutMs: number;
  /** Contexts at once, where whoever asks has set a limit; more of them wait for their turn. */
  readonly maxContexts?: number;
  /** Whether chunks that nobody has taken yet may come as one, which costs less; else they come as they were sent. */
  readonly joinsChunks?: boolean;
  /** How often something that may be tried again is tried again. */
  readonly retries: number;
  /** The proxy for an address, if one is to be used. */
  readonly proxyFor: (url: URL) => URL | undefined;
  readonly clock: Clock;
  /** Takes the credential out of text from outside. */
  readonly redact: (text: string) => string;
  /** Who we say we are. */
  readonly userAgent: string;
  /** Told in one line what a person may want to know, such as that something is tried again. */
  readonly warn: (message: string) => void;
}

/** What is known of a service that let us in. */
export interface Greeting {
  /** From the first step to the answer, in milliseconds. */
  readonly tookMs: number;
  readonly requestId?: string;
  /** The time at the service by its own clock, where it says. */
  readonly answeredAt?: Date;
}

export interface Provider {
  readonly name: ProviderName;
  readonly defaultModel: string;
  /** Settings that mean nothing here: as flags they are refused. */
  readonly noUseFor: readonly SettingName[];
  /**
   * The voice that speaks when none is asked for.
   *
   * @throws Failure of kind usage for a language that no voice speaks.
   */
  defaultVoice(language: string | undefined): Voice;
  /**
   * Refuses what this provider cannot give, before anything is opened.
   *
   * @throws Failure of kind usage, with the reason.
   */
  check(request: SpeechRequest): void;
  /**
   * Version of what makes the sound, where that is done on this machine: another one may make other sound.
   *
   * @throws Failure of kind config when it is not installed
   */
  version?(): string;
  /** A voice that can be asked for although no list has it; undefined where there is none. */
  knownVoice?(id: string): Voice | undefined;
  /** Whether a list of the voices takes requests, so that it is worth keeping. */
  readonly listsOverNetwork: boolean;
  /**
   * The voices there are, with `mine` those of whoever asks; undefined where the provider gives no such list.
   * Without a list a voice is known by its id alone.
   */
  voices(access: Access, signal: AbortSignal, mine?: boolean): Promise<readonly Voice[] | undefined>;
  /** All that the provider tells about one voice; absent where the list tells it. */
  voice?(id: string, access: Access, signal: AbortSignal): Promise<Voice>;
  /**
   * Makes a token with which a client that must not have the key can speak for a while; absent where there is
   * no such thing. `seconds` is how long it is good for.
   *
   * @throws Failure
   */
  issueToken?(access: Access, seconds: number, signal: AbortSignal): Promise<string>;
  /**
   * Connects and says goodbye, which costs nothing; absent where there is nobody to connect to.
   *
   * @throws Failure for what connecting fails with, a refused key too.
   */
  greet?(access: Access, signal: AbortSignal): Promise<Greeting>;
  /** Opens the connection in the background at once; what goes wrong with it comes out of `synthesize()`. */
  connect(access: Access, signal: AbortSignal): Connection;
  /**
   * A connection to nobody, in this process, that answers every text with a moment of silence: it takes the way that
   * `connect` gives, and touches nothing outside. Absent where that would save no time.
   */
  rehearse?(access: Access): Connection;
}

interface Entry {
  /** One line for help and README. */
  readonly summary: string;
  /** Environment variables that hold its credential; the first is the one to recommend. */
  readonly credentials: readonly string[];
  readonly load: () => Promise<Provider>;
}

/** The providers by name. A new one is one file and one line here. */
export const PROVIDERS = {
  local: {
    summary: 'the built-in engine, no key and no network',
    credentials: [],
    load: async () => (await import('./local.ts')).local,
  },
  cartesia: {
    summary: "Cartesia's text-to-speech WebSocket",
    credentials: ['CARTESIA_API_KEY', 'CARTESIA_ACCESS_TOKEN'],
    load: async () => (await import('./cartesia.ts')).cartesia,
  },
  slng: {
    summary: "SLNG's gateway to Cartesia's voices",
    credentials: ['SLNG_API_KEY'],
    load: async () => (await import('./slng.ts')).slng,
  },
} as const satisfies Record<string, Entry>;

export type ProviderName = keyof typeof PROVIDERS;

export const PROVIDER_NAMES = Object.keys(PROVIDERS) as readonly ProviderName[];
