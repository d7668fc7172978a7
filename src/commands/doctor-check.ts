/** What `aloud doctor` says about each thing that it looked at. */
import { asFailure, type FailureKind, printable } from '../errors.ts';

/** What was looked at and found. `skip` is what was not looked at, or is not set up and not needed. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail' | 'skip';
  readonly detail: string;
  /** One next step. */
  readonly next?: string;
  /** What a failed check exits with. */
  readonly kind?: FailureKind;
}

/** A check that did not pass, with what is known of the reason. */
export function failing(name: string, status: 'warn' | 'fail', error: unknown): Check {
  const failure = asFailure('bug', error);
  const next = failure.hint === undefined ? {} : { next: failure.hint };
  return { name, status, detail: printable(failure.message), kind: failure.kind, ...next };
}
