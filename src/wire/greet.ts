/** A socket that is opened only to see whether it opens. */
import { openSocket, type SocketOptions } from './socket.ts';

/** Connects, closes, and tells how long it took and what the service said. @throws Failure as `openSocket` does */
export async function greet(options: SocketOptions, signal: AbortSignal) {
  const started = options.clock.now();
  const socket = await openSocket(options, signal);
  const tookMs = options.clock.now() - started;
  const { requestId, answeredAt } = socket;
  await socket.close();
  return {
    tookMs,
    ...(requestId === undefined ? {} : { requestId }),
    ...(answeredAt === undefined ? {} : { answeredAt }),
  };
}
