/** A connection to the host of an address: TCP, and TLS where it says so. */
import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import { connect as connectTcp, isIP, type LookupFunction, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext } from 'node:tls';
import { compilingAtOnce } from '../lean.ts';

/**
 * Begins to connect to the host of a `ws:` or `wss:` address; it can be written to at once. `onread` says how it is read.
 */
export function connectTo(url: URL, onread?: (socket: () => Socket) => OnReadOpts): Socket {
  const connection: Socket = begin(url, onread === undefined ? {} : { onread: onread(() => connection) });
  // Whoever speaks little by little is not made to wait for the other side to have heard the last of it.
  return connection.setNoDelay();
}

function begin(url: URL, reading: { readonly onread?: OnReadOpts }): Socket {
  const isSecure = url.protocol === 'wss:';
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const place = { host, port: Number(url.port || (isSecure ? 443 : 80)), ...reading };
  // Node tells names from addresses by a long regular expression, here for the first of several times.
  const isName = compilingAtOnce(() => isIP(host)) === 0;
  if (!isSecure) return connectTcp(place);
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
