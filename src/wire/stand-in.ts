/** A connection on which the opening of a WebSocket is over, for `ws`, which would begin with that. */
import { Duplex } from 'node:stream';

const END = '\r\n\r\n';

/**
 * What is written to it first, which is a request, goes nowhere: `answerFor` gives the bytes that come back, by the key in
 * it, and `answered` is called then. All else goes to `connection`, of which nothing is read here.
 */
export function createStandIn(
  connection: Duplex,
  answerFor: (key: string) => string | Buffer,
  answered: () => void = () => {},
): Duplex {
  let request = '';
  let isAnswered = false;

  const standIn: Duplex = new Duplex({
    read() {},
    // Together what comes together: a frame in two parts must not be torn apart by another.
    writev(writes, done) {
      const bytes = Buffer.concat(writes.map(({ chunk }) => chunk as Buffer));
      if (isAnswered) return void connection.write(bytes, done);
      request += bytes.toString('latin1');
      if (request.endsWith(END)) {
        isAnswered = true;
        standIn.push(answerFor(/^sec-websocket-key: *(\S*)/im.exec(request)?.[1] ?? ''));
        answered();
      }
      done();
    },
    final(done) {
      if (connection.destroyed) done();
      else connection.end(() => done());
    },
    destroy(error, done) {
      connection.destroy();
      done(error);
    },
  });
  return standIn;
}

/** From now on the end of `connection` is the end of `standIn`. */
export function endTogether(connection: Duplex, standIn: Duplex): void {
  const end = () => standIn.push(null);
  const lose = () => {
    if (!connection.readableEnded) standIn.destroy();
  };
  if (connection.readableEnded) end();
  else if (connection.closed) lose();
  else connection.once('end', end).once('close', lose);
}
