import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo, Socket as TcpSocket } from 'node:net';
import { Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { systemClock } from '../../src/host.ts';
import { localCertificate } from '../../src/server/certificate.ts';
import { createPair } from '../../src/server/pair.ts';
import type { CloseFacts } from '../../src/wire/failures.ts';
import { createLane } from '../../src/wire/lane.ts';
import type { Joined } from '../../src/wire/library.ts';
import { createSocket } from '../../src/wire/open-socket.ts';
import type { Socket } from '../../src/wire/socket.ts';
import { manualClock } from '../support/clock.ts';
import { ownFolder } from '../support/folder.ts';
import { acceptance, rawServer, scriptedServer } from '../support/scripted-server.ts';
import { open } from '../support/wire.ts';

const text = (words: string) => Buffer.concat([Buffer.of(0x81, words.length), Buffer.from(words)]);
const PING = Buffer.of(0x89, 2, 0x68, 0x69);
const GOODBYE = Buffer.of(0x88, 2, 0x03, 0xe8);

function hear(socket: Socket) {
  const heard: string[] = [];
  const closed = new Promise<CloseFacts>(resolve =>
    socket.listen({ frame: data => void heard.push(String(data)), closed: resolve }),
  );
  return { heard, closed };
}

/** A promise, and what settles it. */
function settled() {
  let resolve: () => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<void>((yes, no) => {
    [resolve, reject] = [yes, no];
  });
  return { promise, resolve, reject };
}

/** A server that accepts and then says `bytes`; it keeps what it hears. */
function saying(...bytes: readonly Buffer[]) {
  const heard: Buffer[] = [];
  const ended = settled();
  const server = rawServer((socket: TcpSocket) => {
    socket.once('data', request => {
      socket.on('data', more => heard.push(more)).on('end', ended.resolve);
      socket.write(Buffer.concat([Buffer.from(acceptance(request)), ...bytes]));
    });
  });
  return { server, heard, ended: ended.promise };
}

/** What a frame from a client says that is shorter than 126 bytes, and the last. */
function unmasked(frame: Buffer): string {
  const payload = frame.subarray(6).map((byte, i) => byte ^ (frame[2 + (i & 3)] ?? 0));
  return Buffer.from(payload).toString('latin1');
}

/** The opcodes of frames from a client, each shorter than 126 bytes. */
function opcodes(bytes: Buffer): number[] {
  const found: number[] = [];
  for (let at = 0; at < bytes.length; at += 6 + ((bytes[at + 1] ?? 0) & 0x7f)) found.push((bytes[at] ?? 0) & 0xf);
  return found;
}

describe('what is not a whole message of text', () => {
  it('has a ping answered, and neither loses nor overtakes what came behind it', async () => {
    await using server = await scriptedServer();
    const socket = await open(server.url);
    const { heard } = hear(socket);
    const peer = await server.accept();
    peer.send('one');
    peer.ws.ping('hi');
    peer.send('two');
    const [answer] = await once(peer.ws, 'pong');
    assert.equal(String(answer), 'hi');
    peer.send('three');
    peer.ws.ping('again');
    await once(peer.ws, 'pong');
    assert.deepEqual(heard, ['one', 'two', 'three']);
    socket.send('{"fine":true}');
    assert.deepEqual(await peer.next(), { fine: true });
    assert.equal(socket.received, 2 + 3 + 2 + 3 + 2 + 5);
    await socket.close();
    assert.equal((await peer.closed).code, 1000);
  });

  it('says why the service closes, though it hangs up before anybody could look', async () => {
    await using server = await rawServer(socket =>
      socket.once('data', request => {
        const why = Buffer.from('too late');
        const goodbye = Buffer.concat([Buffer.of(0x88, 2 + why.length, 0x0f, 0xa0), why]);
        socket.end(Buffer.concat([Buffer.from(acceptance(request)), text('last'), goodbye]));
      }),
    );
    const socket = await open(server.url);
    const { heard, closed } = hear(socket);
    assert.deepEqual(await closed, { code: 4000, reason: 'too late' });
    assert.deepEqual(heard, ['last']);
    assert.equal(socket.isOpen, false);
    await socket.close();
  });

  it('is no open socket any more from the goodbye on: nothing is sent behind ours', async () => {
    for (const early of [[], [PING]]) {
      const { server, heard } = saying(...early);
      await using there = await server;
      const socket = await open(there.url);
      let hasSaid = false;
      const closed = new Promise<CloseFacts>(resolve => {
        socket.listen({ frame: () => (hasSaid = true), closed: resolve });
      });
      const [connection] = there.connections;
      if (early.length > 0) await once(connection as TcpSocket, 'data');
      connection?.write(Buffer.concat([text('now'), GOODBYE]));
      // It is heard in the turn in which it comes; `ws` comes later.
      while (!hasSaid) await new Promise(resolve => setImmediate(resolve));
      assert.equal(socket.isOpen, false);
      assert.equal(socket.send('too late'), undefined);
      connection?.on('data', bytes => opcodes(bytes).includes(8) && connection.end());
      assert.equal((await closed).code, 1000);
      assert.equal(unmasked(Buffer.concat(heard).subarray(early.length * 8)), '\u0003\u00e8');
    }
  });

  it('is answered in one piece where writing takes turns, as over TLS', async test => {
    const { path: folder } = await ownFolder(test);
    const made = await localCertificate(folder, new Date());
    const [cert, key] = await Promise.all([readFile(made.path), readFile(`${folder}/localhost-key.pem`)]);
    const heard: Buffer[] = [];
    const over = settled();
    const server = createTlsServer({ cert, key }, there => {
      there.on('error', () => {});
      there.once('data', request => {
        there.on('data', bytes => {
          heard.push(bytes);
          const all = Buffer.concat(heard);
          if (opcodes(all).includes(8) && all.length >= 8 + 8) over.resolve();
          else if (all.length === 8) there.write(Buffer.concat([text('now'), GOODBYE]));
        });
        there.write(Buffer.concat([Buffer.from(acceptance(request)), PING]));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    test.after(() => server.close());
    const createConnection = () =>
      connectTls({ port: (server.address() as AddressInfo).port, ca: cert, servername: 'localhost' });
    const socket = await open(new URL('ws://localhost/'), { createConnection });
    socket.listen({ frame: () => void setImmediate(() => socket.send('x')), closed: () => {} });
    await over.promise;
    const all = Buffer.concat(heard);
    assert.deepEqual(opcodes(all), [10, 8]);
    assert.equal(unmasked(all.subarray(8)), '\u0003\u00e8');
    await socket.close();
  });
});

describe('closing', () => {
  it('ends our side when the answer has come, whatever else came before it', async () => {
    const { server, heard, ended } = saying();
    await using there = await server;
    // No time passes: nothing is let go by force.
    const clock = manualClock();
    const socket = await open(there.url, { clock });
    const { heard: messages, closed } = hear(socket);
    const closing = socket.close();
    await once(there.connections[0] as TcpSocket, 'data');
    there.connections[0]?.write(Buffer.concat([text('late'), PING, GOODBYE]));
    await ended;
    there.connections[0]?.end();
    await closing;
    assert.deepEqual(await closed, { code: 1000, reason: '' });
    assert.deepEqual(opcodes(Buffer.concat(heard)), [8]);
    assert.deepEqual(messages, []);
    assert.equal(clock.pending, 0);
  });

  it('says goodbye once, also while `ws` is on its way', async () => {
    for (const said of [PING, GOODBYE]) {
      const { server, heard, ended } = saying();
      await using there = await server;
      const socket = await open(there.url);
      let closing: Promise<void> | undefined;
      const over = new Promise<void>(resolve => {
        socket.listen({
          frame: () => setImmediate(() => (closing = socket.close())),
          closed: () => resolve(),
        });
      });
      const [connection] = there.connections;
      connection?.write(Buffer.concat([text('now'), said]));
      connection?.on('data', bytes => opcodes(bytes).includes(8) && connection.end(said === PING ? GOODBYE : ''));
      await over;
      await closing;
      await ended;
      assert.equal(opcodes(Buffer.concat(heard)).filter(kind => kind === 8).length, 1);
    }
  });

  it('is done with when the service is lost without a word', async () => {
    await using server = await rawServer(socket =>
      socket.once('data', request => {
        socket.write(Buffer.concat([Buffer.from(acceptance(request)), text('one'), Buffer.of(0x81, 5, 0x68)]));
        socket.end();
      }),
    );
    const socket = await open(server.url);
    const { heard, closed } = hear(socket);
    assert.deepEqual(await closed, { code: 1006, reason: '' });
    assert.deepEqual(heard, ['one']);
    assert.equal(socket.send('{}'), undefined);
    await socket.close();
  });
});

describe('while `ws` is on its way', () => {
  /** A socket whose `ws` never comes, or does not before it is told to fail. */
  function waiting() {
    const [here, there] = createPair();
    const called = settled();
    const coming = settled();
    const library = async (_begin: (joined: Joined) => void) => {
      called.resolve();
      await coming.promise;
    };
    const socket = createSocket(
      { connection: here.pause(), library },
      { requestId: undefined },
      createLane(1000),
      systemClock,
    );
    return { socket, here, there, called: called.promise, coming };
  }

  it('nothing more is read, whoever wants to go on', async () => {
    const { socket, here, there, called } = waiting();
    const { heard } = hear(socket);
    there.write(Buffer.concat([text('one'), PING, text('two')]));
    await called;
    assert.deepEqual(heard, ['one']);
    assert.ok(here.isPaused());
    socket.pause();
    socket.resume();
    assert.ok(here.isPaused());
    here.destroy();
  });

  it('who pauses is not made to go on when it is there', async () => {
    await using server = await scriptedServer();
    const socket = await open(server.url);
    const heard: string[] = [];
    socket.listen({
      frame(data) {
        heard.push(String(data));
        socket.pause();
      },
      closed: () => {},
    });
    const peer = await server.accept();
    const answered = once(peer.ws, 'pong');
    peer.send('one');
    peer.ws.ping('hi');
    await answered;
    peer.send('two');
    // Of which all would have been heard by the time that it has gone to and fro.
    for (let turns = 0; turns < 100; turns++) await new Promise(resolve => setImmediate(resolve));
    assert.deepEqual(heard, ['one']);
    socket.resume();
    while (heard.length < 2) await new Promise(resolve => setImmediate(resolve));
    await socket.close();
  });

  it('closing does not wait for ever, whatever becomes of the connection', async () => {
    const clock = manualClock();
    const connection = new Duplex({ read() {}, write() {}, destroy() {} });
    const library = () => new Promise<void>(() => {});
    const socket = createSocket({ connection, library }, { requestId: undefined }, createLane(1000), clock);
    const { closed } = hear(socket);
    const closing = socket.close();
    await clock.advance(999);
    await closing;
    assert.equal((await closed).code, 1006);
  });

  it('what keeps it from coming ends the socket, and is told', async () => {
    const { socket, here, there, called, coming } = waiting();
    const { closed } = hear(socket);
    there.write(PING);
    await called;
    coming.reject(new Error('too many open files'));
    assert.match(String((await closed).error), /too many open files/);
    assert.ok(here.destroyed);
    await socket.close();
  });
});
