/** A connection that is begun before what will speak over it is loaded, which takes as long as the way there and back. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';

/** As Node's HTTP is told of a connection that is made for it: something can be written to it, or why there is none. */
export type Made = (error: Error | null, connection?: Duplex) => void;

export interface Underway {
  /** Gives it away, now or as soon as it is there. */
  handOver(done: Made): void;
  /** Ends it, unless it has been given away. */
  hangUp(): void;
}

/** Begins to connect to the host of a `ws:` or `wss:` address. */
export function beginConnecting(url: URL): Underway {
  const isSecure = url.protocol === 'wss:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const tcp = connectTcp({ host, port: Number(url.port || (isSecure ? 443 : 80)) });
  let connection: Duplex | undefined;
  let failure: Error | undefined;
  let done: Made | undefined;

  function fail(error: Error): void {
    failure ??= error;
    settle();
  }

  function settle(): void {
    if (done === undefined || (connection ?? failure) === undefined) return;
    // Whoever has it hears of its errors.
    if (failure === undefined) done(null, connection?.off('error', fail));
    else done(failure);
    done = () => {};
  }

  tcp.on('error', fail);
  if (!isSecure) connection = tcp;
  else
    whenThere(tcp, host, secure => {
      connection = secure.on('error', fail);
      settle();
    });

  return {
    handOver(hear) {
      done = hear;
      settle();
    },
    hangUp() {
      if (done === undefined || connection === undefined) (connection ?? tcp).destroy();
    },
  };
}

/** Calls back with TLS on a connection, as soon as that is there. */
function whenThere(tcp: Socket, host: string, there: (secure: TLSSocket) => void): void {
  let secureContext: SecureContext;
  try {
    // Meanwhile: it takes time, and nothing has to be known for it.
    secureContext = createSecureContext();
  } catch (error) {
    tcp.destroy();
    throw error;
  }
  tcp.once('connect', () => {
    const secure = connectTls({ socket: tcp, host, servername: isIP(host) === 0 ? host : '', secureContext });
    tcp.on('error', error => secure.destroy(error));
    there(secure);
  });
}
