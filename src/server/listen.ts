/** A port for a speech server: TLS and plain on one, told apart by the first byte of each connection (protocol §1.4). */
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Failure, printable } from '../errors.ts';
import type { Clock } from '../speech.ts';

export interface ListenOptions {
  /** A name or address of this machine. */
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  /** As PEM; absent: plain connections only. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** For timers that only tidy up. */
  readonly clock: Clock;
}

export interface Listening {
  /** The address that was taken. */
  readonly address: string;
  readonly port: number;
  /** Hangs up on everybody who has not said anything yet. The rest is the server's to close. */
  close(): void;
}

/** The first byte of every TLS connection: a handshake record. */
const HANDSHAKE = 0x16;

/** How long a client may take over its first byte, and over its TLS handshake. */
const PATIENCE_MS = 10_000;

/** Connections at once, whatever they are for; more are closed as they come. */
const MOST_CONNECTIONS = 5000;

/**
 * Lets `server` be reached.
 *
 * @throws Failure of kind `config` where the port or the address cannot be had.
 */
export async function listen(server: Server, options: ListenOptions): Promise<Listening> {
  const doorstep = createDoorstep(server, options);
  server.maxConnections = MOST_CONNECTIONS;
  try {
    server.listen({ port: options.port, host: options.host });
    await once(server, 'listening');
  } catch (error) {
    throw cannotListen(error, options);
  }
  // A failure to accept one connection, such as too many open files, is no reason to end.
  server.on('error', () => {});
  const { address, port } = server.address() as AddressInfo;
  return { address, port, close: doorstep.close };
}

/** Where connections wait for their first byte, and those with TLS for the end of their handshake. */
function createDoorstep(server: Server, { tls, clock }: ListenOptions): { close(): void } {
  const waiting = new Set<Socket>();
  /** Those in the middle of it, by the client's end. */
  const handshaking = new Map<string, Socket>();
  const welcome = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  server.removeAllListeners('connection');
  const letIn = (socket: Socket) => {
    for (const listener of welcome) listener.call(server, socket);
  };

  const secure =
    tls &&
    createTlsServer({ ...tls, ALPNProtocols: ['http/1.1'], handshakeTimeout: PATIENCE_MS })
      .on('secureConnection', socket => {
        handshaking.delete(endOf(socket));
        letIn(socket);
      })
      .on('tlsClientError', (_error, socket) => socket.destroy());

  const leave = (socket: Socket) => waiting.delete(socket);
  const hangUp = (socket: Socket) => {
    leave(socket);
    socket.destroy();
  };

  server.on('connection', (socket: Socket) => {
    const ignore = () => {};
    const cancel = clock.after(PATIENCE_MS, () => hangUp(socket));
    const end = () => {
      cancel();
      hangUp(socket);
    };
    waiting.add(socket);
    socket.on('error', ignore).once('end', end).once('close', end);
    socket.once('data', (first: Buffer) => {
      cancel();
      leave(socket);
      socket.off('end', end).off('close', end);
      socket.pause();
      socket.unshift(first);
      if (first[0] !== HANDSHAKE) {
        socket.off('error', ignore);
        letIn(socket);
        socket.resume();
      } else if (secure === undefined) socket.destroy();
      else {
        const end = endOf(socket);
        handshaking.set(end, socket);
        socket.once('close', () => handshaking.delete(end));
        secure.emit('connection', socket);
      }
    });
  });

  return {
    close() {
      for (const socket of [...waiting, ...handshaking.values()]) hangUp(socket);
    },
  };
}

function endOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'something else listens there',
  EACCES: 'that needs more rights than you have',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no such address',
  EAI_AGAIN: 'the name could not be looked up',
};

function cannotListen(error: unknown, { host, port }: ListenOptions): Failure {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const reason = REASONS[code] ?? printable(message, 200);
  return new Failure('config', `cannot listen on ${printable(host, 100)}, port ${port}: ${reason}`, {
    hint:
      code === 'EADDRINUSE' || code === 'EACCES' ? 'choose another with --port, or any with --port 0' : 'check --host',
    cause: error,
  });
}
