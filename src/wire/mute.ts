/** A socket to nobody, in this process: for going through all that a real one takes before it matters how long that is. */
import type { Socket, SocketListener } from './socket.ts';

/** Each frame is answered with what `answer` makes of it, in later turns of the event loop. */
export function createMute(answer: (frame: string) => readonly string[]): Socket {
  let listener: SocketListener | undefined;
  return {
    requestId: undefined,
    isOpen: true,
    received: 0,
    listen(hears) {
      listener = hears;
    },
    send(frame) {
      for (const said of answer(frame)) setImmediate(() => listener?.frame(Buffer.from(said), false));
      return undefined;
    },
    pause() {},
    resume() {},
    async close() {},
  };
}
