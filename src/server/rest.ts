/** The HTTP side of the service: which request is answered by whom, and how it is refused (protocol §8). */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readTokenRequest, readWhole } from '../protocol/cartesia-rest.ts';
import { Refusal } from '../protocol/refusal.ts';
import { DEFAULT_VERSION } from '../protocol/versions.ts';
import type { Synthesizer } from '../speech.ts';
import { checkVisitor, readTarget, readVersion, refusalBody, versionForErrors } from './door.ts';
import type { Settings } from './options.ts';
import { internalError, notFound, said } from './refusals.ts';
import { answerBytes, answerEvents } from './rest-speech.ts';
import { listVoices, showVoice } from './rest-voices.ts';
import type { Slots } from './slots.ts';
import type { Tokens } from './tokens.ts';

export interface RestOptions {
  readonly synthesizer: Synthesizer;
  readonly settings: Settings;
  readonly contextSlots: Slots;
  readonly tokens: Tokens;
  /** The settings for those who may make tokens: holders of a key, not of a token. */
  readonly keySettings: Settings;
}

/** One request with what is known about it. */
interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly requestId: string;
}

type Answer = (visit: Visit, version: string, id: string) => void | Promise<void>;

interface Route {
  readonly path: RegExp;
  readonly method: 'GET' | 'POST';
  readonly answer: Answer;
  /** Asks for neither version nor key. */
  readonly isPublic?: boolean;
  readonly forKeysOnly?: boolean;
}

/** A listener for `request` of an HTTP server. */
export function createRest(options: RestOptions): (request: IncomingMessage, response: ServerResponse) => void {
  const { settings } = options;
  const routes = routesWith(options);

  async function answer(visit: Visit, path: string): Promise<void> {
    const { request, response, query } = visit;
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const there = routes.filter(route => route.path.test(path));
    const route = there.find(candidate => candidate.method === method);
    if (there.length === 0) throw notFound();
    if (route === undefined) {
      response.setHeader('Allow', there.map(candidate => candidate.method).join(', '));
      throw new Refusal({ status: 405, title: 'Method not allowed', message: 'see the Allow header' });
    }
    if (!route.isPublic) checkVisitor(request, query, route.forKeysOnly ? options.keySettings : settings);
    const version = route.isPublic ? DEFAULT_VERSION : readVersion(request, query, settings);
    await route.answer(visit, version, route.path.exec(path)?.[1] ?? '');
  }

  return (request, response) => {
    const { path, query } = readTarget(request);
    const visit = { request, response, query, requestId: randomUUID() };
    response.setHeader('X-Request-Id', visit.requestId);
    // A reader who leaves is seen by 'close'.
    response.on('error', () => {});
    answer(visit, path).catch(error => {
      const refusal = error instanceof Refusal ? error : internalError();
      // Who left in the middle of a request hears no answer.
      if (response.destroyed) return;
      settings.onRefusal?.({ requestId: visit.requestId, where: `${request.method} ${path}`, ...said(refusal) });
      refuse(visit, refusal, versionForErrors(request, query, settings));
    });
  };
}

function routesWith({ synthesizer, settings, contextSlots, tokens }: RestOptions): readonly Route[] {
  const speak =
    (respond: typeof answerBytes, containers: readonly ('raw' | 'wav')[]): Answer =>
    async ({ request, response, requestId }, version) => {
      const whole = readWhole(await readBody(request, settings), version, randomUUID(), containers);
      await respond(whole, response, { synthesizer, settings, contextSlots, version, requestId });
    };
  return [
    {
      path: /^\/$/,
      method: 'GET',
      isPublic: true,
      answer: visit => json(visit, { ok: true, version: DEFAULT_VERSION }),
    },
    {
      path: /^\/voices\/?$/,
      method: 'GET',
      answer: (visit, version) => json(visit, listVoices(visit.query, version, settings)),
    },
    {
      path: /^\/voices\/([^/]+)$/,
      method: 'GET',
      answer: (visit, version, id) => json(visit, showVoice(decoded(id), version, settings)),
    },
    {
      path: /^\/access-token$/,
      method: 'POST',
      forKeysOnly: true,
      answer: async visit =>
        json(visit, { token: tokens.issue(readTokenRequest(await readBody(visit.request, settings))) }),
    },
    { path: /^\/tts\/bytes$/, method: 'POST', answer: speak(answerBytes, ['raw', 'wav']) },
    { path: /^\/tts\/sse$/, method: 'POST', answer: speak(answerEvents, ['raw']) },
    {
      path: /^\/tts\/websocket$/,
      method: 'GET',
      isPublic: true,
      answer({ response }) {
        response.setHeader('Upgrade', 'websocket');
        throw new Refusal({ status: 426, title: 'Upgrade required', message: 'this address speaks WebSocket' });
      },
    },
  ];
}

function json({ response }: Visit, value: object): void {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(value));
}

function refuse({ response, requestId }: Visit, refusal: Refusal, version: string): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const { status } = refusal.facts;
  const { type, body } = refusalBody(refusal, version, requestId);
  if (status === 429) response.setHeader('Retry-After', '1');
  // What is left of a body that was too long is not read.
  if (status === 413) response.setHeader('Connection', 'close');
  response.writeHead(status, { 'Content-Type': type });
  response.end(body);
}

async function readBody(request: IncomingMessage, { limits }: Settings): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop must not hang up: the refusal goes the same way.
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > limits.frameBytes) {
      throw new Refusal({ status: 413, title: 'Too large', message: `a body has at most ${limits.frameBytes} bytes` });
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
