/** Asks Cartesia for its voices, page by page. */
import { Failure } from '../errors.ts';
import { introduceOverHttp } from '../protocol/cartesia.ts';
import { readVoice, readVoicesPage, VOICES_A_PAGE } from '../protocol/cartesia-voices.ts';
import type { Handshake } from '../protocol/handshake.ts';
import type { Voice } from '../speech.ts';
import { callRest } from '../wire/rest.ts';
import { delay } from '../wire/wait.ts';
import { around, introductionOf } from './cartesia-access.ts';
import type { Access } from './index.ts';

/** More pages than this are no list but a fault. */
const MOST_PAGES = 1000;
const FIRST_PAUSE_MS = 500;
/** Who asks for a longer wait gets none. */
const LONGEST_PAUSE_MS = 30_000;

/** All voices, or with `mine` those of whoever asks. @throws Failure as `callRest` does */
export async function listVoices(access: Access, signal: AbortSignal, mine = false): Promise<readonly Voice[]> {
  const voices = new Map<string, Voice>();
  let after: string | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = new URLSearchParams({ limit: String(VOICES_A_PAGE) });
    if (mine) query.set('is_owner', 'true');
    if (after !== undefined) query.set('starting_after', after);
    const read = readVoicesPage(await ask(access, `/voices?${query}`, signal));
    if (read === undefined) throw notVoices();
    const before = voices.size;
    for (const voice of read.voices) voices.set(voice.id, voice);
    // A page that brings nothing new would bring it for ever.
    if (read.next === undefined || voices.size === before) break;
    after = read.next;
  }
  return [...voices.values()];
}

/** One voice. @throws Failure of kind usage when there is none of that id, else as `callRest` does */
export async function showVoice(id: string, access: Access, signal: AbortSignal): Promise<Voice> {
  const answer = await ask(access, `/voices/${encodeURIComponent(id)}`, signal).catch(error => {
    if (!(error instanceof Failure) || error.details.status !== 404) throw error;
    throw new Failure('usage', 'there is no voice of that id', { cause: error, hint: 'list them with: aloud voices' });
  });
  const voice = readVoice(answer);
  if (voice === undefined) throw notVoices();
  return voice;
}

/** Asks, and again where that may help, as the service's own SDKs do (protocol §7.2). */
async function ask(access: Access, path: string, signal: AbortSignal): Promise<unknown> {
  const { clock, retries, connectTimeoutMs: timeoutMs, warn } = access;
  const call = { ...around(access, handshakeFor(access, path)), method: 'GET', timeoutMs } as const;
  for (let attempt = 0; ; attempt++) {
    try {
      return await callRest(call, signal);
    } catch (error) {
      const pauseMs = error instanceof Failure ? (error.details.retryAfterMs ?? FIRST_PAUSE_MS * 2 ** attempt) : 0;
      const isHopeless = !(error instanceof Failure) || !error.retryable || pauseMs > LONGEST_PAUSE_MS;
      if (isHopeless || attempt >= retries) throw error;
      warn(`${error.message}; trying again`);
      await delay(clock, pauseMs, signal);
    }
  }
}

function handshakeFor(access: Access, path: string): Handshake {
  const [place = '', query] = path.split('?');
  const { url, headers } = introduceOverHttp(introductionOf(access), place);
  for (const [name, value] of new URLSearchParams(query)) url.searchParams.set(name, value);
  return { url, headers };
}

function notVoices(): Failure {
  return new Failure('service', 'the answer is not a list of voices', {
    hint: 'is --base-url the address of the service?',
  });
}
