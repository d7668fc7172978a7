/** One port for TLS and plain: everybody gets in, or is shown out in time (V6, FAULTS V1, V2). */
import assert from 'node:assert/strict';
import { once, on as onEvent } from 'node:events';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it, type TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { WebSocket } from 'ws';
import { systemClock } from '../../src/host.ts';
import { localCertificate } from '../../src/server/certificate.ts';
import { type Listening, listen } from '../../src/server/listen.ts';
import { createSpeechServer, type SpeechServer } from '../../src/server/local-server.ts';
import type { ServerOptions } from '../../src/server/options.ts';
import { manualClock } from '../support/clock.ts';
import { failsWith, ownFolder } from '../support/folder.ts';
import { audioOf, dial, generation } from '../support/plain-client.ts';
import { echo } from '../support/scripted-synthesizer.ts';

let tls: { cert: string; key: string };

before(async () => {
  const folder = await ownFolder({ after } as unknown as TestContext);
  tls = await localCertificate(folder.path, new Date());
});

interface Place {
  readonly server: SpeechServer;
  readonly listening: Listening;
  readonly port: number;
}

async function open(t: TestContext, options: ServerOptions = {}, clock = systemClock, secure = true): Promise<Place> {
  const server = createSpeechServer(echo(), options);
  const where = { host: '127.0.0.1', port: 0, clock, ...(secure ? { tls } : {}) };
  const listening = await listen(server.httpServer, where);
  t.after(async () => {
    listening.close();
    await server.close();
  });
  return { server, listening, port: listening.port };
}

function status(port: number, secure: boolean, path = '/', more: object = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { host: 'localhost', port, path, agent: false as const, ...more };
    const made = secure ? httpsRequest({ ...options, ca: tls.cert }) : httpRequest(options);
    made.on('error', reject).on('response', response => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    });
    made.end();
  });
}

/** Everything that comes until the other side hangs up. */
async function answerTo(port: number, bytes: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  let text = '';
  socket
    // A reset behind the answer is the server's way to hang up on who goes on talking.
    .on('error', () => {})
    .on('data', data => {
      text += data;
    });
  await new Promise(resolve => socket.once('close', resolve));
  return text;
}

async function gone(socket: Socket): Promise<void> {
  socket.on('error', () => {}).resume();
  if (!socket.closed) await new Promise(resolve => socket.once('close', resolve));
}

describe('one port', () => {
  it('V6: speaks TLS and plain HTTP', async t => {
    const { port } = await open(t);
    assert.deepEqual(await Promise.all([status(port, true), status(port, false)]), [200, 200]);
  });

  it('V6: speaks TLS and plain WebSocket, a byte at a time too', async t => {
    const { server, port } = await open(t);
    const plain = await dial(server, { port });
    plain.send(generation('c', 'Hello'));
    const audio = audioOf(await plain.end('c'), 'c');

    const secure = new WebSocket(`wss://localhost:${port}/tts/websocket?cartesia_version=2026-03-01`, { ca: tls.cert });
    await once(secure, 'open');
    secure.send(JSON.stringify(generation('c', 'Hello')));
    const frames = [];
    for await (const [data] of on(secure)) {
      frames.push(JSON.parse(String(data)));
      if (frames.at(-1).done) break;
    }
    assert.deepEqual(audioOf(frames, 'c'), audio);
    secure.close();

    const slow = connect(port, '127.0.0.1').setNoDelay();
    let text = '';
    slow.on('data', data => {
      text += data;
    });
    for (const byte of 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n') {
      slow.write(byte);
      await new Promise(resolve => setImmediate(resolve));
    }
    await once(slow, 'close');
    assert.match(text, /^HTTP\/1\.1 200/);
  });

  it('V6: without a certificate hangs up on TLS and stays up', async t => {
    const { port } = await open(t, {}, systemClock, false);
    await assert.rejects(status(port, true));
    assert.equal(await status(port, false), 200);
  });

  it('tells the port that it took, and says why it cannot have one', async t => {
    const { port } = await open(t);
    assert.ok(port > 0);
    const other = createSpeechServer(echo());
    const where = { host: '127.0.0.1', port, clock: systemClock };
    await assert.rejects(
      listen(other.httpServer, where),
      failsWith('config', /something else listens there/, /--port/),
    );
    const nowhere = createSpeechServer(echo());
    const host = { host: '192.0.2.1', port: 0, clock: systemClock };
    await assert.rejects(listen(nowhere.httpServer, host), failsWith('config', /no such address/, /--host/));
  });
});

describe('FAULTS V1: what is no request', () => {
  it('is answered or hung up on, others are unharmed', async t => {
    const { server, port } = await open(t, { limits: { frameBytes: 1000 } });
    const client = await dial(server, { port });
    assert.match(await answerTo(port, 'what?\r\n\r\n'), /^HTTP\/1\.1 400/);
    assert.match(await answerTo(port, Buffer.from([0, 1, 2, 3])), /^HTTP\/1\.1 400/);
    await answerTo(port, Buffer.from([0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5, 6, 7, 8]));
    assert.match(await answerTo(port, `GET / HTTP/1.1\r\nA: ${'x'.repeat(40_000)}\r\n\r\n`), /^HTTP\/1\.1 431/);
    const flood = `GET / HTTP/1.1\r\n${'A: b\r\n'.repeat(20_000)}`;
    assert.match(await answerTo(port, flood), /^HTTP\/1\.1 431/);
    assert.equal(await answerTo(port, 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n'), '');
    const upgrade = 'GET /tts/websocket?cartesia_version=2026-03-01 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n';
    assert.match(await answerTo(port, `${upgrade}Upgrade: websocket\r\n\r\n`), /^HTTP\/1\.1 4/);
    const body = 'POST /tts/bytes HTTP/1.1\r\nHost: a\r\nCartesia-Version: 2026-03-01\r\nContent-Length: 5000\r\n\r\n';
    assert.match(await answerTo(port, body + 'x'.repeat(5000)), /^HTTP\/1\.1 413/);
    for (const method of ['DELETE', 'PUT', 'PATCH', 'OPTIONS', 'TRACE']) {
      assert.equal(await status(port, false, '/voices', { method }), 405, method);
      assert.equal(await status(port, false, '/nowhere', { method }), 404, method);
    }
    client.send(generation('c', 'Hello'));
    assert.equal((await client.end('c')).at(-1)?.type, 'done');
  });

  it('who says nothing is hung up on after ten seconds', async t => {
    const clock = manualClock();
    const { port } = await open(t, {}, clock);
    const silent = connect(port, '127.0.0.1');
    await once(silent, 'connect');
    while (clock.pending === 0) await new Promise(resolve => setImmediate(resolve));
    await clock.advance(9_999);
    assert.equal(silent.destroyed, false);
    await clock.advance(1);
    await gone(silent);
  });

  it('who drips headers or a body is given ten seconds for the ones and thirty for all', async t => {
    const { server } = await open(t);
    assert.deepEqual([server.httpServer.headersTimeout, server.httpServer.requestTimeout], [10_000, 30_000]);
  });

  it('who is in the middle of something when the server goes is let go', async t => {
    const { server, listening, port } = await open(t);
    const silent = connect(port, '127.0.0.1');
    const handshaking = connect(port, '127.0.0.1');
    await Promise.all([once(silent, 'connect'), once(handshaking, 'connect')]);
    handshaking.write(Buffer.from([0x16, 3, 1]));
    const halfway = connect(port, '127.0.0.1');
    halfway.write('GET / HTTP/1.1\r\nHost:');
    // What comes after it has been seen.
    assert.equal(await status(port, true), 200);
    listening.close();
    const closed = server.close();
    await Promise.all([gone(silent), gone(handshaking), gone(halfway), closed]);
  });

  it('a client that vanishes in the handshake is forgotten', async t => {
    const { port, server } = await open(t);
    const secure = connectTls({ port, host: '127.0.0.1', ca: tls.cert });
    secure.on('error', () => {});
    secure.destroy();
    const plain = connect(port, '127.0.0.1');
    await once(plain, 'connect');
    plain.resetAndDestroy();
    assert.equal(await status(port, true), 200);
    await server.close();
  });
});

describe('FAULTS V2: many clients', () => {
  it('a thousand idle ones leave room for one that speaks', async t => {
    const { server, port } = await open(t, { concurrency: 200 });
    const idle = await Promise.all(Array.from({ length: 1000 }, () => idleClient(port)));
    const before = process.memoryUsage().rss;
    const client = await dial(server, { port });
    client.send(generation('c', 'Hello'));
    assert.equal((await client.end('c')).at(-1)?.type, 'done');
    assert.ok(process.memoryUsage().rss - before < 50e6);
    for (const socket of idle) socket.destroy();
    await Promise.all(idle.map(gone));
  });
});

async function idleClient(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(
    'GET /tts/websocket?cartesia_version=2026-03-01 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n' +
      'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n',
  );
  const [head] = await once(socket, 'data');
  assert.match(String(head), /^HTTP\/1\.1 101/);
  return socket;
}

/** The messages of a socket, as `events.on` gives them. */
function on(socket: WebSocket): AsyncIterable<[Buffer]> {
  return onEvent(socket, 'message') as AsyncIterable<[Buffer]>;
}
