/** Keeps a socket from being closed for silence, where the message language has something to say for that. */
import type { Dialect } from '../protocol/dialect.ts';
import type { Clock } from '../speech.ts';
import type { Socket } from './socket.ts';

/** The same socket; it speaks up by itself when nothing has been sent for a while, as long as it is open. */
export function keptAlive(socket: Socket, { keepAlive }: Dialect, clock: Clock): Socket {
  if (keepAlive === undefined) return socket;
  const { everyMs, frame } = keepAlive;
  let last = clock.now();

  const look = () => {
    const left = last + everyMs - clock.now();
    if (left <= 0) {
      socket.send(frame);
      last = clock.now();
    }
    // One timer that looks when it fires: text goes out far more often than this.
    cancel = clock.after(left > 0 ? left : everyMs, look);
  };
  let cancel = clock.after(everyMs, look);

  return {
    get requestId() {
      return socket.requestId;
    },
    get isOpen() {
      return socket.isOpen;
    },
    get received() {
      return socket.received;
    },
    listen(listener) {
      socket.listen({
        frame: listener.frame,
        closed(facts) {
          cancel();
          listener.closed(facts);
        },
      });
    },
    send(text) {
      last = clock.now();
      return socket.send(text);
    },
    pause: socket.pause,
    resume: socket.resume,
    close() {
      cancel();
      return socket.close();
    },
  };
}
