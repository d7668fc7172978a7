/** An upgrade that was answered with plain HTTP instead: who said no, and why. */
import type { IncomingMessage } from 'node:http';
import type { FailureDetails } from '../errors.ts';
import { Failure } from '../errors.ts';
import { isObject, parseObject } from '../protocol/members.ts';
import { meaningOf } from '../protocol/status.ts';
import type { Clock } from '../speech.ts';
import type { Redact } from './failures.ts';
import { shown } from './failures.ts';

export interface RefusalContext {
  /** The host, as shown. */
  readonly place: string;
  readonly clock: Clock;
  readonly redact: Redact;
  /** Where the credential comes from, for the hint: `CARTESIA_API_KEY`. */
  readonly keyName?: string;
}

/** Of a body, no more than this is read, and for no longer. */
const BODY_BYTES = 8 * 1024;
const BODY_MS = 2000;

/** Reads the answer as far as it is worth, and says what it means. Never throws. */
export async function readRefusal(response: IncomingMessage, context: RefusalContext): Promise<Failure> {
  const status = response.statusCode ?? 0;
  const { place, redact } = context;
  const header = (name: string) => shown(String(response.headers[name] ?? ''), redact, 200);
  if (status >= 300 && status < 400) {
    const target = originOf(header('location'));
    return new Failure('network', `${place} redirects${target} (${status}), which is not followed`, {
      status,
      hint: 'give the final address with --base-url, if you trust it with your key',
    });
  }
  const page = header('content-type').includes('html');
  const said = readBody(await readText(response, context.clock), page, redact);
  if (status < 300) {
    const what = page ? `a web page${said.title ? ` titled “${said.title}”` : ''}` : 'plain HTTP';
    return new Failure('network', `${place} answered with ${what} (${status}) instead of a WebSocket`, {
      status,
      hint: 'is there a login page of the network, or a proxy, in between? Or is --base-url wrong?',
    });
  }
  const reason = [said.title, said.message].filter(part => part !== '').join(': ');
  const { kind, retryable } = meaningOf(status);
  const requestId = said.requestId || header('x-request-id');
  const retryAfterMs = retryAfterOf(response);
  return new Failure(kind, `${place} refused the connection (${status})${reason && `: ${reason}`}`, {
    status,
    retryable,
    ...(said.code === '' ? {} : { providerCode: said.code }),
    ...(requestId === '' ? {} : { requestId }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...hintFor(status, context.keyName),
  });
}

function hintFor(status: number, keyName = 'the API key'): FailureDetails {
  if (status === 401) return { hint: `check ${keyName}: it is missing, wrong or no longer valid` };
  if (status === 403) return { hint: `${keyName} is not allowed to do this` };
  if (status === 402) return { hint: 'the plan or its credit is used up; see your account with the provider' };
  if (status === 429)
    return { hint: 'too many at once, or too fast; have fewer running at a time, or try again later' };
  return {};
}

/** The start of a body, as text; what has not come by then is left. */
function readText(response: IncomingMessage, clock: Clock): Promise<string> {
  return new Promise(resolve => {
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = () => {
      cancel();
      response.destroy();
      resolve(Buffer.concat(chunks).toString('utf8', 0, BODY_BYTES));
    };
    const cancel = clock.after(BODY_MS, finish);
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk.subarray(0, BODY_BYTES));
      size += chunk.length;
      if (size >= BODY_BYTES) finish();
    });
    response.once('end', finish).once('close', finish).on('error', finish);
  });
}

interface Said {
  readonly title: string;
  readonly message: string;
  readonly code: string;
  readonly requestId: string;
}

/** JSON with a title and a message from 2026-03-01 on, text before (protocol §7.1); anybody else's page otherwise. */
function readBody(body: string, page: boolean, redact: Redact): Said {
  if (page) {
    const title = /<title[^>]*>([^<]*)/i.exec(body)?.[1] ?? '';
    return { title: shown(title, redact, 80), message: '', code: '', requestId: '' };
  }
  const members = parseObject(body);
  if (members === undefined) return { title: '', message: shown(body, redact, 300), code: '', requestId: '' };
  const text = (value: unknown, limit: number) => (typeof value === 'string' ? shown(value, redact, limit) : '');
  const inner = isObject(members.error) ? members.error : {};
  const message = text(members.message, 300) || text(members.error, 300) || text(inner.message, 300);
  return {
    title: text(members.title, 100),
    message: message || text(members.detail, 300),
    code: text(members.error_code, 100),
    requestId: text(members.request_id, 200),
  };
}

/** Only where to: the rest of the address may repeat what was in ours. */
function originOf(location: string): string {
  return URL.canParse(location) ? ` to ${new URL(location).origin}` : '';
}

/**
 * How long to wait, in milliseconds: given in milliseconds, in seconds, or as a date. A date is
 * compared with the server's own, so that a clock that is wrong here does not matter.
 */
function retryAfterOf({ headers }: IncomingMessage): number | undefined {
  const precise = headers['retry-after-ms'];
  if (typeof precise === 'string' && /^\d+(\.\d+)?$/.test(precise.trim())) return Number(precise);
  const value = headers['retry-after']?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  // `Date.parse` makes a date of nearly any number.
  const date = /^[a-z]/i.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(date)) return undefined;
  const theirs = Date.parse(headers.date ?? '');
  return Math.max(0, date - (Number.isNaN(theirs) ? Date.now() : theirs));
}
