/** Cartesia's socket, `/tts/websocket` (protocol §1). */
import { createConnection } from './connection.ts';
import { readVersion, refusalBody, versionForErrors } from './door.ts';
import type { Shared } from './line.ts';
import type { Route } from './sockets.ts';

export const CARTESIA_PATH = '/tts/websocket';

export function cartesiaRoute(shared: Shared): Route {
  const { settings } = shared;
  return {
    admit(request, query) {
      const version = readVersion(request, query, settings);
      return (socket, requestId) => createConnection(socket, { version, requestId }, shared);
    },
    refusalBody: (refusal, requestId, request, query) =>
      refusalBody(refusal, versionForErrors(request, query, settings), requestId),
  };
}
