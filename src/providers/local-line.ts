/** The line to a synthesizer of our own: a server for ourselves, spoken to over Cartesia's protocol, with no port open. */
import { findVoice } from '../engine/voices.ts';
import { cartesia as dialect, introduce } from '../protocol/cartesia.ts';
import { DEFAULT_VERSION } from '../protocol/versions.ts';
import { createSpeechServer } from '../server/local-server.ts';
import type { Synthesizer } from '../speech.ts';
import { createSession } from '../wire/session.ts';
import { openSocket } from '../wire/socket.ts';
import type { Access } from './index.ts';
import { sessionOptions } from './speaking.ts';

export interface LocalLine extends Synthesizer {
  /** Ends what is still spoken. */
  hangUp(): Promise<void>;
  /** Resolves when the server has gone. To be called after `hangUp`. */
  close(): Promise<void>;
}

/** Puts `synthesizer`, which speaks `model`, behind a server and connects to it. */
export function lineTo(
  synthesizer: Synthesizer,
  { model, access, signal }: { readonly model: string; readonly access: Access; readonly signal: AbortSignal },
): LocalLine {
  const server = createSpeechServer(synthesizer, {
    models: [model],
    voices: { resolve: id => findVoice(id)?.id },
    strict: true,
    // We are the only client: however long the text or the reader pauses, nobody hangs up.
    expiryMs: 0,
    idleMs: 0,
  });
  const { url, headers } = introduce({ baseUrl: new URL('ws://localhost'), version: DEFAULT_VERSION });
  const inside = {
    url,
    headers,
    connectTimeoutMs: access.connectTimeoutMs,
    clock: access.clock,
    createConnection: server.connect,
  };
  const open = (closed: AbortSignal) => openSocket(inside, AbortSignal.any([closed, signal]));
  const session = createSession(dialect, open, sessionOptions(access));
  return { synthesize: session.synthesize, hangUp: session.close, close: server.close };
}
