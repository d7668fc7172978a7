/** One request to a service over HTTP, and its answer as JSON. */

import type { IncomingMessage } from 'node:http';
import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { Failure } from '../errors.ts';
import type { Clock } from '../speech.ts';
import type { Redact } from './failures.ts';
import { concealed, connectFailure } from './failures.ts';
import { nameOf, type Tunnel, tunnelThrough } from './proxy.ts';
import { readRefusal } from './refused.ts';

export interface RestRequest {
  readonly url: URL;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: object;
  /** For everything up to the end of the answer. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly proxy?: URL;
  readonly redact?: Redact;
  /** Where the credential comes from, for hints: `CARTESIA_API_KEY`. */
  readonly keyName?: string;
}

/** No answer that is asked for here is longer, in bytes. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Asks once, and follows no redirect.
 *
 * @throws Failure by what answered, as `openSocket` does; the reason of `signal` when that is aborted.
 */
export async function callRest(asked: RestRequest, signal: AbortSignal): Promise<unknown> {
  signal.throwIfAborted();
  const { url, proxy, timeoutMs, clock, redact = (text: string) => text, keyName } = asked;
  const place = proxy === undefined ? url.host : `${url.host} through ${nameOf(proxy)}`;
  const giveUp = new AbortController();
  const stop = () => giveUp.abort(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const cancel = clock.after(timeoutMs, () => {
    const hint = 'check the network, or allow more with --connect-timeout';
    giveUp.abort(new Failure('network', `${place} did not answer within ${timeoutMs / 1000} seconds`, { hint }));
  });
  let tunnel: Tunnel | undefined;
  try {
    if (proxy !== undefined) tunnel = await tunnelThrough(proxy, giveUp.signal);
    const response = await exchange(asked, tunnel, giveUp.signal);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300) return await readJson(response, place, redact);
    throw await readRefusal(response, { place, clock, redact, ...(keyName === undefined ? {} : { keyName }) });
  } catch (error) {
    if (giveUp.signal.aborted) throw giveUp.signal.reason;
    throw tunnel?.refusal() ?? connectFailure(place, error);
  } finally {
    cancel();
    signal.removeEventListener('abort', stop);
    // What is left of the connection goes too.
    giveUp.abort();
  }
}

function exchange(asked: RestRequest, tunnel: Tunnel | undefined, signal: AbortSignal): Promise<IncomingMessage> {
  const { url, method, headers, body } = asked;
  const text = body === undefined ? undefined : JSON.stringify(body);
  const request = url.protocol === 'https:' ? requestSecure : requestPlain;
  return new Promise((resolve, reject) => {
    const made = request(url, {
      method,
      headers: {
        Accept: 'application/json',
        ...(text === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      agent: tunnel?.agent ?? false,
      signal,
    });
    made.on('error', reject).on('response', resolve);
    made.end(text);
  });
}

/** What it says may be shown or kept: secrets are taken out of it. */
async function readJson(response: IncomingMessage, place: string, redact: Redact): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw new Failure('service', `${place} answered with more than anybody would ask for`);
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'), (_name, value: unknown) =>
      typeof value === 'string' ? concealed(value, redact) : value,
    );
  } catch (cause) {
    throw new Failure('service', `${place} answered with something that is not JSON`, {
      cause,
      hint: 'is --base-url the address of the service?',
    });
  }
}
