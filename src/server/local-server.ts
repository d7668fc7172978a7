/** Any synthesizer as a speech service: reached inside this process through a pair of streams, or from outside over HTTP. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Synthesizer } from '../speech.ts';
import { CARTESIA_PATH, cartesiaRoute } from './cartesia.ts';
import { hangUp, readTarget, refusalBody, versionForErrors } from './door.ts';
import { createFaultPlan } from './faults.ts';
import { type ServerOptions, withDefaults } from './options.ts';
import { createPair } from './pair.ts';
import { notFound } from './refusals.ts';
import { createRest } from './rest.ts';
import { slngRoute } from './slng.ts';
import { createSlots } from './slots.ts';
import { createSockets } from './sockets.ts';
import { createTokens, type Tokens } from './tokens.ts';

export interface SpeechServer {
  /**
   * The client's end of a new connection inside this process, to be given to `ws` or `node:http` as
   * `createConnection`. Nothing listens on a port for it.
   */
  connect(): Duplex;
  /** For `listen()`; it also takes any stream by `emit('connection', stream)`. */
  readonly httpServer: Server;
  /** Closes every socket with 1001 and stops listening; resolves when all is gone, within about a second. */
  close(): Promise<void>;
}

/** How long a client has to answer our close before it is cut off. */
const PATIENCE_MS = 1000;

/** Puts `synthesizer` behind the wire. */
export function createSpeechServer(synthesizer: Synthesizer, options: ServerOptions = {}): SpeechServer {
  const keySettings = withDefaults(options);
  const tokens = createTokens(keySettings.clock);
  const settings = { ...keySettings, ...withTokens(keySettings, tokens) };
  const contextSlots = createSlots(settings.concurrency);
  const faults = createFaultPlan(settings.faults);
  const shared = { synthesizer, settings, contextSlots, faults };
  const sockets = createSockets(settings, faults);
  const cartesia = cartesiaRoute(shared);
  const httpServer = createServer(createRest({ synthesizer, settings, contextSlots, tokens, keySettings }));
  const inside = new Set<Duplex>();

  httpServer.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const { path, query } = readTarget(request);
    const route = path === CARTESIA_PATH ? cartesia : slngRoute(path, shared);
    if (route !== undefined) return sockets.upgrade(route, request, socket, head);
    const requestId = randomUUID();
    hangUp(socket, 404, refusalBody(notFound(), versionForErrors(request, query, settings), requestId), requestId);
  });

  return {
    httpServer,
    connect() {
      const [client, server] = createPair();
      inside.add(server);
      server.once('close', () => inside.delete(server));
      httpServer.emit('connection', server);
      return client;
    },
    async close() {
      const closed = new Promise<void>(resolve => {
        if (httpServer.listening) httpServer.close(() => resolve());
        else resolve();
      });
      await sockets.close(PATIENCE_MS);
      httpServer.closeAllConnections();
      for (const stream of inside) stream.destroy();
      await closed;
    },
  };
}

/** Who asks for keys takes tokens as well. */
function withTokens({ authorize }: ServerOptions, tokens: Tokens): Pick<ServerOptions, 'authorize'> {
  if (authorize === undefined) return {};
  return { authorize: credential => tokens.accepts(credential) || authorize(credential) };
}
