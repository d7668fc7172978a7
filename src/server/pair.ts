/** Two ends of a connection inside this process: what one end writes, the other reads, as over a socket. */
import { Duplex } from 'node:stream';

/** How much one end may write ahead of the other's reading, in bytes. */
const HIGH_WATER_MARK = 256 * 1024;

/**
 * Makes a connected pair. Chunks are handed over as they are, never copied, and always in a later
 * turn of the event loop, so that neither end is entered from within its own call.
 *
 * Ending one end ends the other's reading; destroying it, for whatever reason, ends the other's
 * reading after what has arrived and fails the other's writing with `EPIPE`.
 *
 * Both ends serve where `node:http` and `ws` expect a `net.Socket` (`server.emit('connection', end)`,
 * `createConnection`). They have no timeouts: `setTimeout` and its like are accepted and do nothing.
 */
export function createPair(): [Duplex, Duplex] {
  const here = createEnd(() => there);
  const there: End = createEnd(() => here);
  return [here.stream, there.stream];
}

interface End {
  readonly stream: Duplex;
  /** Takes what the other end wrote; `taken` is called when there is room for more. */
  receive(chunks: readonly Uint8Array[], taken: Taken): void;
  receiveEnd(): void;
}

type Taken = (error?: Error) => void;

function createEnd(peer: () => End): End {
  /** Tells the other end, which has filled our buffer, that there is room again. */
  let resumePeer: Taken | undefined;
  /** Completes our own write, which the other end has not taken yet. */
  let written: Taken | undefined;
  let ended = false;

  const completeWrite = (error?: Error) => {
    const callback = written;
    written = undefined;
    callback?.(error);
  };
  const letPeerWrite = (error?: Error) => {
    const taken = resumePeer;
    resumePeer = undefined;
    // Later, so that nobody is entered from within a call to the other end.
    if (taken !== undefined) queueMicrotask(() => taken(error));
  };
  const send = (chunks: readonly Uint8Array[], callback: Taken) => {
    written = callback;
    setImmediate(() => peer().receive(chunks, completeWrite));
  };

  const stream = new Duplex({
    highWaterMark: HIGH_WATER_MARK,
    read: () => letPeerWrite(),
    write: (chunk, _encoding, callback) => send([chunk], callback),
    writev: (writes, callback) =>
      send(
        writes.map(write => write.chunk),
        callback,
      ),
    final(callback) {
      setImmediate(() => {
        peer().receiveEnd();
        callback();
      });
    },
    destroy(error, callback) {
      callback(error);
      // Later, like every delivery: what was written before arrives before.
      setImmediate(() => {
        completeWrite(brokenPipe());
        letPeerWrite(brokenPipe());
        peer().receiveEnd();
      });
    },
  });

  return {
    stream: withSocketManners(stream),
    receive(chunks, taken) {
      if (stream.destroyed || ended) return taken(brokenPipe());
      let room = true;
      for (const chunk of chunks) room = stream.push(chunk);
      if (room) taken();
      else resumePeer = taken;
    },
    receiveEnd() {
      if (ended || stream.destroyed) return;
      ended = true;
      stream.push(null);
    },
  };
}

/** The methods and facts of a `net.Socket` that `node:http` and `ws` use without asking whether they exist. */
function withSocketManners(stream: Duplex): Duplex {
  const itself = () => stream;
  return Object.assign(stream, {
    setTimeout: itself,
    setNoDelay: itself,
    setKeepAlive: itself,
    ref: itself,
    unref: itself,
    connecting: false,
    remoteAddress: '127.0.0.1',
    remoteFamily: 'IPv4',
    remotePort: 0,
  });
}

function brokenPipe(): Error {
  return Object.assign(new Error('the other end has gone'), { code: 'EPIPE' });
}
