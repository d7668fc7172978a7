/** What an HTTP-style status means, at the upgrade and inside an error message alike (protocol §7.2). */
import type { FailureKind } from '../errors.ts';

export interface Meaning {
  readonly kind: FailureKind;
  readonly retryable: boolean;
}

/** Classifies a refusal by its status alone; unknown error codes are judged by it too. */
export function meaningOf(status: number): Meaning {
  if (status === 401 || status === 403) return { kind: 'auth', retryable: false };
  if (status === 402) return { kind: 'quota', retryable: false };
  if (status === 429) return { kind: 'quota', retryable: true };
  if (status === 408 || status === 409 || status === 425) return { kind: 'service', retryable: true };
  return { kind: 'service', retryable: status >= 500 };
}
