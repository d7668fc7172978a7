/** A line with a round trip: passes bytes on, each direction half of it late. */
import { connect, createServer, type Server, type Socket } from 'node:net';

/** Timers come up to this much late: the end of a wait is waited for busily. */
const EARLY_MS = 1.5;

export function createProxy(port: number, roundTripMs: number): Server {
  return createServer({ noDelay: true }, client => {
    const server = connect({ port, host: '127.0.0.1', noDelay: true });
    pass(client, server, roundTripMs / 2);
    pass(server, client, roundTripMs / 2);
  });
}

function pass(from: Socket, to: Socket, delayMs: number): void {
  const late = (act: () => void) => {
    const due = performance.now() + delayMs;
    const wait = () => (performance.now() >= due ? act() : setImmediate(wait));
    setTimeout(wait, Math.max(0, delayMs - EARLY_MS));
  };
  from.on('data', bytes => late(() => to.writable && to.write(bytes)));
  from.on('end', () => late(() => to.end()));
  from.on('error', () => to.destroy());
}
