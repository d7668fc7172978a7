/** The closed family of failures: what went wrong, what it means for the exit code, and what to do next. */

/** Exit codes by kind of failure (INTERFACE §5). */
export const EXIT_CODES = {
  /** The reader of stdout went away: a reason to stop, not a fault. */
  gone: 0,
  bug: 1,
  usage: 2,
  config: 3,
  auth: 3,
  network: 4,
  service: 4,
  quota: 5,
  output: 6,
  incomplete: 7,
  check: 8,
  interrupted: 130,
} as const;

export type FailureKind = keyof typeof EXIT_CODES;

/** What is known about a failure beyond its message. */
export interface FailureDetails {
  /** One next step for the person, a whole sentence or a command. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** Reasons, joined at the end of the message behind `: `, of which each is a line of its own where there are lines. */
  readonly reasons?: readonly string[];
  /** Whether the same attempt may succeed if made again (protocol §7.2, §6.5). */
  readonly retryable?: boolean;
  /** How often it is worth that at most, where the service says so; absent: as often as anything. */
  readonly mostRetries?: number;
  /** Name of the setting whose value is at fault, where it is one's. */
  readonly setting?: string;
  /** How long the service asked us to wait before that, in milliseconds. */
  readonly retryAfterMs?: number;
  readonly provider?: string;
  readonly requestId?: string;
  /** HTTP-style status, where there is one. */
  readonly status?: number;
  /** The provider's own code for the error, where there is one. Data: never branched on alone. */
  readonly providerCode?: string;
  /** Overrides the exit code of the kind: 129 and 143 for signals other than SIGINT. */
  readonly exitCode?: number;
}

/** The only error that is thrown on purpose. Anything else that reaches the top is a bug of ours. */
export class Failure extends Error {
  readonly kind: FailureKind;
  readonly details: FailureDetails;

  constructor(kind: FailureKind, message: string, details: FailureDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'Failure';
    this.kind = kind;
    this.details = details;
  }

  get exitCode(): number {
    return this.details.exitCode ?? EXIT_CODES[this.kind];
  }

  get hint(): string | undefined {
    return this.details.hint;
  }

  get retryable(): boolean {
    return this.details.retryable ?? false;
  }

  /** The same failure, from the same place, with more known about it, or told in other words. */
  with(details: FailureDetails, message = this.message): Failure {
    const failure = new Failure(this.kind, message, { ...this.details, ...details });
    failure.stack = `${this.name}: ${message}${this.#frames()}`;
    return failure;
  }

  /** Where it was made, without the message, in which there may be what is not to be shown. */
  #frames(): string {
    const stack = this.stack ?? '';
    const end = this.message === '' ? -1 : stack.indexOf(this.message);
    return end === -1 ? stack.slice(stack.indexOf('\n')) : stack.slice(end + this.message.length);
  }
}

/** What to do next where nobody knew anything better, by kind; a bug and an interruption speak for themselves. */
const NEXT_STEPS: Partial<Readonly<Record<FailureKind, string>>> = {
  config: 'see where each setting comes from: aloud config --origin',
  auth: 'check the key: aloud doctor',
  network: 'try again, or check the connection: aloud doctor',
  service: 'try again later; the status page of the provider may know more',
  quota: 'try again later, or see your account with the provider',
  output: 'write to another place',
  incomplete: 'run it again; --keep-partial keeps what arrived until then',
};

/** The failure's own hint, or one that fits its kind. */
export function nextStepOf({ kind, hint, details: { status = 500 } }: Failure): string | undefined {
  if (hint !== undefined) return hint;
  // A request that was refused will be refused again as it is.
  if (kind === 'service' && status >= 400 && status < 500) return 'check the voice, the model and the other settings';
  return NEXT_STEPS[kind];
}

/** Passes a `Failure` on as it is; wraps anything else as `kind`, keeping the original as cause. */
export function asFailure(kind: FailureKind, error: unknown, message?: string, details: FailureDetails = {}): Failure {
  if (error instanceof Failure) return error;
  const said = error instanceof Error ? error.message : String(error);
  return new Failure(kind, message === undefined ? said : `${message}: ${said}`, { ...details, cause: error });
}

// C0 and C1 controls, escape sequences' introducers, bidirectional overrides and line separators.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

// The same without C0, which JSON escapes by itself and needs to be readable.
const UNPRINTABLE_IN_JSON = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** `value` as JSON that a terminal shows and does not obey: what `printable` takes out is written as an escape. */
export function printableJson(value: unknown, indent?: number): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value, undefined, indent).replace(UNPRINTABLE_IN_JSON, escaped);
}

/**
 * Makes text from outside safe to show on a terminal: control characters go, white space is
 * folded to single blanks, and what is longer than `limit` characters is cut with an ellipsis.
 */
export function printable(text: string, limit = 500): string {
  const bounded = text.length > limit * 4 ? text.slice(0, limit * 4) : text;
  const clean = bounded.replace(UNPRINTABLE, '').replace(/\s+/g, ' ').trim();
  return clean.length > limit ? `${clean.slice(0, limit - 1)}…` : clean;
}
