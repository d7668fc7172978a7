/** What the server says no to, and in which words. The codes that no document has are ours (protocol §10, 21). */
import { Failure, printable } from '../errors.ts';
import { Refusal } from '../protocol/refusal.ts';
import { hasStructuredErrors } from '../protocol/versions.ts';
import type { Slots } from './slots.ts';

/** Text on a context that has ended, or that differs from what the context was opened with (protocol §4.2, §10, 15). */
export function contextClosed(why = 'it has ended, use a new context_id'): Refusal {
  return new Refusal({ status: 400, code: 'context_closed', title: 'Context has closed', message: why });
}

/** The production wording, which clients are known to look for (protocol §4.2). */
export function emptyTranscript(): Refusal {
  return new Refusal({
    status: 400,
    title: 'Invalid transcript',
    message:
      'transcript empty or contains only punctuation: first transcript for WS is empty or contains only punctuation',
  });
}

export function transcriptTooLong(limit: number): Refusal {
  const message = `a transcript has at most ${limit} characters, send longer text in several inputs`;
  return new Refusal({ status: 400, title: 'Transcript too long', message });
}

/** Why there was no free slot for a context. */
export function noSlot(slots: Slots, limit: number): Refusal {
  if (slots.isDraining) return shuttingDown();
  const message = `no more than ${limit} contexts may be active at once`;
  return new Refusal({ status: 429, code: 'concurrency_limited', title: 'Too many contexts', message });
}

/** 404 from 2026-03-01 on, 400 before (protocol §5). */
export function voiceNotFound(version: string): Refusal {
  const status = hasStructuredErrors(version) ? 404 : 400;
  return new Refusal({
    status,
    code: 'voice_not_found',
    title: 'Invalid voice',
    message: 'there is no voice of that id',
  });
}

/** What is wrong with a message as such. */
export function badRequest(message: string): Refusal {
  return new Refusal({ status: 400, title: 'Invalid request', message });
}

export function notFound(): Refusal {
  return new Refusal({ status: 404, title: 'Not found', message: 'there is nothing at this address' });
}

/** A refusal as the log has it. */
export function said({ facts }: Refusal): { readonly status: number; readonly error: string } {
  return { status: facts.status, error: `${facts.title}: ${facts.message}` };
}

export function shuttingDown(): Refusal {
  return new Refusal({ status: 503, title: 'Shutting down', message: 'the server takes no more requests' });
}

export function internalError(): Refusal {
  return new Refusal({
    status: 500,
    title: 'Internal error',
    message: 'the server failed, nothing is wrong with the request',
  });
}

/**
 * What a client is told when the synthesizer failed: the failure's own words and status where it
 * is one of ours, nothing of its inside where it is a bug.
 */
export function synthesisFailed(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (!(error instanceof Failure)) return internalError();
  const { status, providerCode } = error.details;
  const isError = status !== undefined && Number.isInteger(status) && status >= 400 && status <= 599;
  return new Refusal({
    status: isError ? status : (STATUSES[error.kind] ?? 500),
    title: 'Synthesis failed',
    message: printable(error.message) || 'for no stated reason',
    ...(providerCode === undefined ? {} : { code: printable(providerCode, 100) }),
  });
}

const STATUSES: Partial<Record<Failure['kind'], number>> = { usage: 400, network: 502, service: 502, quota: 429 };
