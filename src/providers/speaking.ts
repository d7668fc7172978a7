/** A connection to a service over the network: sessions that try again, and say so. */
import type { Dialect } from '../protocol/dialect.ts';
import { resilient } from '../wire/resilient.ts';
import { createSession, type Session, type SessionOptions } from '../wire/session.ts';
import type { Socket } from '../wire/socket.ts';
import type { Access } from './index.ts';

/** Speaks `dialect` over the sockets that `open` gives; whoever asked for access is told of further attempts. */
export function speaking(dialect: Dialect, open: (signal: AbortSignal) => Promise<Socket>, access: Access): Session {
  const { clock, retries, warn, maxContexts } = access;
  return resilient(createSession(dialect, open, sessionOptions(access)), {
    clock,
    retries,
    reportsInputs: dialect.reportsInputs,
    ...(maxContexts === undefined ? {} : { maxContexts }),
    retrying: ({ message }, _pauseMs, heard) => warn(`${message}; ${heard ? 'going on from there' : 'trying again'}`),
  });
}

/** What of the access is a session's own. */
export function sessionOptions({ clock, timeoutMs, redact, maxContexts, joinsChunks = false }: Access): SessionOptions {
  return { clock, timeoutMs, redact, joinsChunks, ...(maxContexts === undefined ? {} : { maxContexts }) };
}
