/** A connection that is begun before what will speak over it is loaded, which takes as long as the way there and back. */
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { connect as connectTcp, isIP, type LookupFunction, type OnReadOpts, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls, createSecureContext } from 'node:tls';

/** As Node's HTTP is told of a connection that is made for it: something can be written to it, or why there is none. */
export type Made = (error: Error | null, connection?: Duplex) => void;

export interface Underway {
  /** Gives it away. */
  handOver(done: Made): void;
  /** Ends it, unless it has been given away. */
  hangUp(): void;
}

/** Begins to connect to the host of a `ws:` or `wss:` address. `onread` says how it is read. */
export function beginConnecting(url: URL, onread?: (socket: () => Socket) => OnReadOpts): Underway {
  const connection: Socket = connect(url, onread === undefined ? {} : { onread: onread(() => connection) });
  let failure: Error | undefined;
  let isGiven = false;

  const fail = (error: Error) => {
    failure ??= error;
  };
  connection.on('error', fail);

  return {
    handOver(done) {
      isGiven = true;
      // Whoever has it hears of its errors.
      if (failure === undefined) done(null, connection.off('error', fail));
      else done(failure);
    },
    hangUp() {
      if (!isGiven) connection.destroy();
    },
  };
}

function connect(url: URL, reading: { readonly onread?: OnReadOpts }): Socket {
  const isSecure = url.protocol === 'wss:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const place = { host, port: Number(url.port || (isSecure ? 443 : 80)), ...reading };
  if (!isSecure) return connectTcp(place);
  const isName = isIP(host) === 0;
  const lookedUp = isName ? { lookup: lookUp(host) } : {};
  // Meanwhile: it takes time, and nothing has to be known for it.
  const secureContext = createSecureContext();
  // Only what makes its own TCP connection lets itself be told how to read.
  return connectTls({ ...place, ...lookedUp, servername: isName ? host : '', secureContext });
}

/** Asks for the addresses of `host` now, for who wants to know them a little later. */
function lookUp(host: string): LookupFunction {
  const found = new Promise<LookupAddress[]>((resolve, reject) => {
    lookup(host, { all: true }, (error, addresses) => (error === null ? resolve(addresses) : reject(error)));
  });
  found.catch(() => {});
  return (_host: string, { all }: LookupOptions, done) => {
    const tell = (addresses: LookupAddress[]) => {
      const [first] = addresses;
      if (all === true) done(null, addresses);
      else done(null, first?.address ?? '', first?.family);
    };
    found.then(tell, (error: NodeJS.ErrnoException) => done(error, ''));
  };
}
