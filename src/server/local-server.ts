/** Any synthesizer as a speech service: reached inside this process through a pair of streams, or from outside over HTTP. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { Refusal } from '../protocol/refusal.ts';
import type { Synthesizer } from '../speech.ts';
import { CARTESIA_PATH, cartesiaRoute } from './cartesia.ts';
import { hangUp, readTarget, refusalBody, versionForErrors } from './door.ts';
import { createFaultPlan, type FaultPlan, joinPlans } from './fault-plan.ts';
import { parseFault } from './faults.ts';
import { type ServerOptions, withDefaults } from './options.ts';
import { createPair } from './pair.ts';
import { badRequest, notFound, said } from './refusals.ts';
import { createRest } from './rest.ts';
import { slngRoute } from './slng.ts';
import { createSlots } from './slots.ts';
import { createSockets, type Route } from './sockets.ts';
import { createTokens, type Tokens } from './tokens.ts';

export interface SpeechServer {
  /**
   * The client's end of a new connection inside this process, to be given to `ws` or `node:http` as
   * `createConnection`. Nothing listens on a port for it.
   */
  connect(): Duplex;
  /** For `listen()`; it also takes any stream by `emit('connection', stream)`. */
  readonly httpServer: Server;
  /** Takes no new connection and no new context; resolves when nothing is spoken any more, or the limit is up. */
  drain(limitMs: number): Promise<void>;
  /** Closes every socket with 1001 and stops listening; resolves when all is gone, within about a second. */
  close(): Promise<void>;
}

/** How long a client has to answer our close before it is cut off. */
const PATIENCE_MS = 1000;

/** How long a client may take over its headers, and over all of its request; a body may come slowly, but not for ever. */
const TIMES = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 2_000 };

/** Puts `synthesizer` behind the wire. */
export function createSpeechServer(synthesizer: Synthesizer, options: ServerOptions = {}): SpeechServer {
  const keySettings = withDefaults(options);
  const tokens = createTokens(keySettings.clock);
  const settings = { ...keySettings, ...withTokens(keySettings, tokens) };
  const contextSlots = createSlots(settings.concurrency);
  const faults = createFaultPlan(settings.faults);
  const shared = { synthesizer, settings, contextSlots, faults };
  const sockets = createSockets(settings);
  const httpServer = createServer(TIMES, createRest({ synthesizer, settings, contextSlots, tokens, keySettings }));
  const inside = new Set<Duplex>();

  /** Finds who speaks at an address. @throws Refusal */
  function find(path: string, query: URLSearchParams): { readonly route: Route; readonly plan: FaultPlan } {
    const plan = withAsked(faults, query);
    const around = { ...shared, faults: plan };
    const route = path === CARTESIA_PATH ? cartesiaRoute(around) : slngRoute(path, around);
    if (route === undefined) throw notFound();
    return { route, plan };
  }

  httpServer.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const { path, query } = readTarget(request);
    try {
      const { route, plan } = find(path, query);
      sockets.upgrade(route, plan, request, socket, head);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const requestId = randomUUID();
      settings.onRefusal?.({ requestId, where: 'upgrade', ...said(error) });
      const body = refusalBody(error, versionForErrors(request, query, settings), requestId);
      hangUp(socket, error.facts.status, body, requestId);
    }
  });

  let stopped: Promise<void> | undefined;

  /** Takes no more connections; resolves when those there were have gone. */
  function stopListening(): Promise<void> {
    stopped ??= new Promise(resolve => {
      if (httpServer.listening) httpServer.close(() => resolve());
      else resolve();
    });
    return stopped;
  }

  return {
    httpServer,
    connect() {
      const [client, server] = createPair();
      inside.add(server);
      server.once('close', () => inside.delete(server));
      httpServer.emit('connection', server);
      return client;
    },
    async drain(limitMs) {
      void stopListening();
      await new Promise<void>(resolve => {
        const cancel = settings.clock.after(limitMs, resolve);
        void contextSlots.drain().then(() => {
          cancel();
          resolve();
        });
      });
    },
    async close() {
      const closed = stopListening();
      await sockets.close(PATIENCE_MS);
      httpServer.closeAllConnections();
      for (const stream of inside) stream.destroy();
      await closed;
    },
  };
}

/** The server's faults, and those that a client asks for in its address: `?fault=drop@3`. @throws Refusal */
function withAsked(faults: FaultPlan, query: URLSearchParams): FaultPlan {
  const asked = query.getAll('fault');
  if (asked.length === 0) return faults;
  try {
    return joinPlans(faults, createFaultPlan(asked.map(parseFault)));
  } catch (error) {
    throw badRequest(error instanceof Error ? error.message : 'no such fault');
  }
}

/** Who asks for keys takes tokens as well. */
function withTokens({ authorize }: ServerOptions, tokens: Tokens): Pick<ServerOptions, 'authorize'> {
  if (authorize === undefined) return {};
  return { authorize: credential => tokens.accepts(credential) || authorize(credential) };
}
