import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect, getDefaultAutoSelectFamilyAttemptTimeout } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { inspect } from 'node:util';
import { Failure } from '../../src/errors.ts';
import { createPair } from '../../src/server/pair.ts';
import type { CloseFacts } from '../../src/wire/failures.ts';
import type { Socket, SocketOptions } from '../../src/wire/socket.ts';
import { manualClock } from '../support/clock.ts';
import { acceptance, answer, rawServer, scriptedServer } from '../support/scripted-server.ts';
import { CANARY, open } from '../support/wire.ts';

/** What comes of trying to connect: a failure, which shows the key nowhere. */
async function failure(url: URL, more: Partial<SocketOptions> = {}): Promise<Failure> {
  const error = await open(url, more).then(
    socket => socket.close().then(() => assert.fail('it connected')),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Failure, inspect(error));
  const said = [error.message, error.hint, JSON.stringify(error.details)].join('\n');
  assert.ok(!said.includes(CANARY), said);
  assert.ok(!said.includes('\u001b') && error.message.length < 600, said);
  return error;
}

/** Everything that is heard of a socket. */
function listenTo(socket: Socket) {
  const messages: string[] = [];
  const closed = new Promise<CloseFacts>(resolve =>
    socket.listen({ frame: data => void messages.push(data.toString()), closed: resolve }),
  );
  return { messages, closed };
}

const refusing = (status: number, body: string | Buffer = '', headers: Record<string, string | number> = {}) =>
  scriptedServer({ upgrade: (_request, socket) => answer(socket, status, body, headers) });

/** A proxy that opens tunnels, or answers CONNECT as told. */
async function proxyServer(reply?: string) {
  const targets: string[] = [];
  const credentials: (string | undefined)[] = [];
  const server = createHttpServer();
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', socket => sockets.add(socket));
  server.on('connect', (request, socket, head) => {
    targets.push(request.url ?? '');
    credentials.push(request.headers['proxy-authorization']);
    socket.on('error', () => {});
    if (reply === 'silence') return;
    if (reply !== undefined) return void socket.end(reply);
    const { hostname, port } = new URL(`http://${request.url}`);
    const through = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      through.write(head);
      through.pipe(socket).pipe(through);
    });
    through.on('error', () => socket.destroy());
    sockets.add(through);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://me:s%40cret@127.0.0.1:${port}`),
    targets,
    credentials,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

describe('the upgrade', () => {
  it('C2 L12: version and key travel as headers, the key is in no address, and nothing is offered', async () => {
    await using server = await scriptedServer();
    const socket = await open(server.url);
    const { headers, url } = server.upgrades[0] ?? assert.fail();
    assert.equal(headers['cartesia-version'], '2026-03-01');
    assert.equal(headers['x-api-key'], CANARY);
    assert.equal(url, '/tts/websocket');
    assert.equal(headers['sec-websocket-extensions'], undefined);
    assert.equal(headers['sec-websocket-protocol'], undefined);
    await socket.close();
  });

  const kinds = {
    400: 'service',
    401: 'auth',
    402: 'quota',
    403: 'auth',
    404: 'service',
    500: 'service',
    502: 'service',
  };
  for (const [code, kind] of Object.entries(kinds)) {
    const status = Number(code);
    it(`C5 U1: a ${code} is shown with its reason, whatever the form of the body`, async () => {
      const json = JSON.stringify({ title: 'No way', message: 'for a reason', error_code: 'why', request_id: 'r-1' });
      for (const [body, said] of [
        [json, /No way: for a reason$/],
        ['Title: plain text', /Title: plain text$/],
        ['{"error":{"message":"nested"}}', /nested$/],
        ['[1]', /\[1\]$/],
        ['', new RegExp(`\\(${code}\\)$`)],
      ] as const) {
        await using server = await refusing(status, body, { 'X-Request-Id': 'r-2' });
        const error = await failure(server.url);
        assert.equal(error.kind, kind);
        assert.equal(error.retryable, status >= 500);
        assert.match(error.message, said);
        assert.equal(error.details.status, status);
        assert.equal(error.details.requestId, body === json ? 'r-1' : 'r-2');
        assert.equal(error.details.providerCode, body === json ? 'why' : undefined);
      }
    });
  }

  it('C4: a 401 names the variable of the key', async () => {
    await using server = await refusing(401, 'Unauthorized');
    assert.match((await failure(server.url)).hint ?? '', /CARTESIA_API_KEY/);
  });

  it('U2: how long to wait is read as seconds, milliseconds and a date of the server', async () => {
    const date = 'Wed, 21 Oct 2015 07:28:00 GMT';
    for (const [headers, wait] of [
      [{ 'Retry-After': 3 }, 3000],
      [{ 'Retry-After': 3, 'Retry-After-Ms': 2500 }, 2500],
      [{ 'Retry-After': 'Wed, 21 Oct 2015 07:28:30 GMT', Date: date }, 30_000],
      [{ 'Retry-After': date }, 0],
      [{ 'Retry-After': 'soon' }, undefined],
      [{ 'Retry-After': -1 }, undefined],
      [{}, undefined],
    ] as const) {
      await using server = await refusing(429, '', headers as Record<string, string>);
      const error = await failure(server.url);
      assert.equal(error.kind, 'quota');
      assert.equal(error.retryable, true);
      assert.equal(error.details.retryAfterMs, wait);
    }
  });

  it('U2: too many at once is answered with what anybody can do, whatever the command', async () => {
    await using server = await refusing(429);
    const { hint } = await failure(server.url);
    assert.match(hint ?? '', /fewer running at a time, or try again later/);
    assert.doesNotMatch(hint ?? '', /--/);
  });

  it('U4: a web page is said to be one', async () => {
    const page = '<html><head><title>Welcome to Hotel WiFi\u0007</title></head></html>';
    await using server = await refusing(200, page, { 'Content-Type': 'text/html; charset=utf-8' });
    const error = await failure(server.url);
    assert.equal(error.kind, 'network');
    assert.equal(error.retryable, false);
    assert.match(error.message, /web page titled “Welcome to Hotel WiFi” \(200\)/);
    await using plain = await refusing(200, 'hello');
    assert.match((await failure(plain.url)).message, /plain HTTP \(200\)/);
  });

  it('U5: a redirect is not followed, and only its origin is shown', async () => {
    await using target = await scriptedServer();
    const location = `http://127.0.0.1:${target.url.port}/x?api_key=${CANARY}`;
    await using server = await refusing(302, '', { Location: location });
    const error = await failure(server.url);
    assert.equal(error.retryable, false);
    assert.match(error.message, new RegExp(`to http://127.0.0.1:${target.url.port} \\(302\\)`));
    assert.equal(target.upgrades.length, 0);
  });

  it('U6: a body is shown bounded, stripped and without the key', async () => {
    const [head, tail] = [CANARY.slice(0, 8), CANARY.slice(8)];
    for (const body of [
      `your key ${CANARY} is wrong`,
      `${head}\u0007${tail} and \u001b[2J`,
      JSON.stringify({
        title: CANARY,
        message: `x${encodeURIComponent(CANARY)}`,
        error_code: CANARY,
        request_id: CANARY,
      }),
      `${'x'.repeat(290)}${CANARY}`,
      Buffer.alloc(10_000_000, 'y'),
    ]) {
      await using server = await refusing(403, body, { 'X-Request-Id': CANARY });
      const error = await failure(server.url);
      assert.equal(error.kind, 'auth');
      assert.doesNotMatch(error.message, new RegExp(head));
    }
  });

  it('U6: of a body without end only the start is read', async () => {
    await using server = await scriptedServer({
      upgrade(_request, socket) {
        socket.write('HTTP/1.1 500 No\r\n\r\n');
        const flood = () => {
          while (!socket.destroyed && socket.write('y'.repeat(65_536)));
        };
        socket.on('drain', flood);
        flood();
        return true;
      },
    });
    assert.match((await failure(server.url, { clock: manualClock() })).message, /: y+…$/);
  });

  it('U6: a body that never ends is left after two seconds', async () => {
    const clock = manualClock();
    await using server = await scriptedServer({
      upgrade(_request, socket) {
        socket.write('HTTP/1.1 500 No\r\nContent-Length: 1000000\r\n\r\nbecause');
        return true;
      },
    });
    const run = failure(server.url, { clock });
    // The timer of the connection, and then that of the body.
    while (clock.pending < 2) await new Promise(resolve => setImmediate(resolve));
    for (let i = 0; i < 10; i++) await new Promise(resolve => setImmediate(resolve));
    await clock.advance(2000);
    assert.match((await run).message, /because$/);
    assert.equal(clock.pending, 0);
  });

  const nonsense: Record<string, (request: Buffer) => string> = {
    'not HTTP at all': () => 'SSH-2.0-OpenSSH_9.6\r\n',
    'a wrong Sec-WebSocket-Accept': request => acceptance(request, { 'Sec-WebSocket-Accept': 'bm9wZQ==' }),
    'a subprotocol nobody asked for': request => acceptance(request, { 'Sec-WebSocket-Protocol': 'chat' }),
    'an extension nobody asked for': request =>
      acceptance(request, { 'Sec-WebSocket-Extensions': 'permessage-deflate' }),
    'no Upgrade header': request => acceptance(request, { Upgrade: 'h2c' }),
    'a header of 1 MiB': request => acceptance(request, { 'X-Long': 'x'.repeat(1 << 20) }),
  };
  for (const [what, reply] of Object.entries(nonsense)) {
    it(`U7: ${what} is refused`, async () => {
      await using server = await rawServer(socket => socket.once('data', request => socket.write(reply(request))));
      const error = await failure(server.url);
      assert.equal(error.kind, 'network');
      assert.equal(error.retryable, false, error.message);
    });
  }

  it('U8: no answer, or one a byte at a time, ends at the limit', async () => {
    for (const drip of [false, true]) {
      const clock = manualClock();
      await using server = await rawServer(socket => socket.once('data', () => drip && socket.write('HTTP/1.1 101')));
      const run = failure(server.url, { clock, connectTimeoutMs: 3000 });
      while (server.connections.length === 0) await new Promise(resolve => setImmediate(resolve));
      await clock.advance(2999);
      if (drip) server.connections[0]?.write(' S');
      await clock.advance(1);
      const error = await run;
      assert.equal(error.kind, 'network');
      assert.equal(error.retryable, false);
      assert.match(error.message, /within 3 seconds/);
      assert.equal(clock.pending, 0);
    }
  });

  it('U9: broken connections and refused ones may be tried again', async () => {
    await using reset = await rawServer(socket => socket.once('data', () => socket.resetAndDestroy()));
    await using fin = await rawServer(socket => socket.once('data', () => socket.end()));
    const gone = await rawServer(() => {});
    await gone[Symbol.asyncDispose]();
    for (const [url, said] of [
      [reset.url, /broken off/],
      [fin.url, /broken off/],
      [gone.url, /nothing listens there/],
      [new URL('ws://does-not-exist.invalid/'), /no host of that name|looked up/],
    ] as const) {
      const error = await failure(url);
      assert.equal(error.kind, 'network');
      assert.equal(error.retryable, true, error.message);
      assert.match(error.message, said);
      assert.match(error.hint ?? '', url === gone.url ? /aloud serve/ : /check the network/);
    }
  });

  it('U9 U12: the failures of several addresses are told as one, and each gets its time', async () => {
    const gone = await rawServer(() => {});
    await gone[Symbol.asyncDispose]();
    const error = await failure(new URL(`ws://localhost:${gone.url.port}/`));
    assert.match(error.message, /nothing listens there/);
    assert.ok(getDefaultAutoSelectFamilyAttemptTimeout() >= 2000);
  });

  it('U13: a header that Node would not send is refused without quoting it', async () => {
    await using server = await scriptedServer();
    const error = await failure(server.url, { headers: { 'X-API-Key': `${CANARY}\nX-Evil: 1` } });
    assert.equal(error.kind, 'config');
    assert.equal(server.upgrades.length, 0);
  });

  it('an abort gives up at once, and its reason is what is thrown', async () => {
    const clock = manualClock();
    await using server = await rawServer(() => {});
    const stop = new AbortController();
    const run = open(server.url, { clock }, stop.signal);
    while (server.connections.length === 0) await new Promise(resolve => setImmediate(resolve));
    // The end is only seen by who reads.
    const closed = new Promise(resolve => server.connections[0]?.once('close', resolve).resume());
    const reason = new Error('enough');
    stop.abort(reason);
    await assert.rejects(run, error => error === reason);
    await closed;
    assert.equal(clock.pending, 0);
    await assert.rejects(open(server.url, {}, stop.signal), error => error === reason);
  });
});

describe('TLS', () => {
  let folder = '';
  let openssl = true;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'aloud-tls-'));
    const names = 'subjectAltName=IP:127.0.0.1';
    const make = (name: string, more: string[]) =>
      execFileSync(
        'openssl',
        ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=t']
          .concat(['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.crt`)])
          .concat(more),
        { stdio: 'pipe' },
      );
    try {
      make('self', ['-days', '1', '-addext', names]);
    } catch (error) {
      if (process.env.CI) throw error;
      openssl = false;
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  const secure = (address: URL) => new URL(String(address).replace('ws:', 'wss:'));

  it('U10: a self-signed certificate is named, and how to trust it', async t => {
    if (!openssl) return t.skip('openssl is not there to make a certificate');
    const [key, cert] = ['self.key', 'self.crt'].map(name => readFileSync(join(folder, name)));
    const tls = createTlsServer({ key, cert } as object) as unknown as ReturnType<typeof createHttpServer>;
    await using server = await scriptedServer({ server: tls });
    const error = await failure(secure(server.url));
    assert.equal(error.kind, 'network');
    assert.equal(error.retryable, false);
    assert.match(error.message, /self-signed/);
    assert.match(error.hint ?? '', /NODE_EXTRA_CA_CERTS/);
    assert.equal(server.upgrades.length, 0);
  });

  it('U10 U11: TLS goes through a proxy to the service itself', async t => {
    if (!openssl) return t.skip('openssl is not there to make a certificate');
    const [key, cert] = ['self.key', 'self.crt'].map(name => readFileSync(join(folder, name)));
    const tls = createTlsServer({ key, cert } as object) as unknown as ReturnType<typeof createHttpServer>;
    await using server = await scriptedServer({ server: tls });
    await using proxy = await proxyServer();
    const error = await failure(secure(server.url), { proxy: proxy.url });
    assert.match(error.message, /self-signed/);
    assert.deepEqual(proxy.targets, [server.url.host]);
  });

  it('U10: a plain server on wss is named', async () => {
    await using server = await scriptedServer();
    const error = await failure(secure(server.url));
    assert.equal(error.retryable, false);
    assert.match(error.message, /does not speak TLS/);
    assert.match(error.hint ?? '', /NODE_EXTRA_CA_CERTS/);
  });
});

describe('a proxy', () => {
  it('the socket goes through it, with its user and password', async () => {
    await using proxy = await proxyServer();
    await using server = await scriptedServer();
    const socket = await open(server.url, { proxy: proxy.url });
    assert.deepEqual(proxy.targets, [server.url.host]);
    assert.deepEqual(proxy.credentials, [`Basic ${Buffer.from('me:s@cret').toString('base64')}`]);
    const { messages, closed } = listenTo(socket);
    const peer = await server.accept();
    peer.send('hello');
    peer.ws.close(1000);
    await closed;
    assert.deepEqual(messages, ['hello']);
  });

  for (const [what, reply, retryable, said] of [
    ['wants credentials', 'HTTP/1.1 407 Auth\r\nContent-Length: 2\r\n\r\nno', false, /refused the connection \(407\)/],
    ['refuses', 'HTTP/1.1 403 No\r\n\r\n', false, /refused the connection \(403\)/],
    ['cannot reach it', 'HTTP/1.1 502 Bad\r\n\r\n', true, /refused the connection \(502\)/],
    ['closes', '', false, /ended before/],
  ] as const) {
    it(`U11: a proxy that ${what} fails cleanly and is named without its password`, async () => {
      await using proxy = await proxyServer(reply);
      await using server = await scriptedServer();
      const error = await failure(server.url, { proxy: proxy.url });
      assert.equal(error.kind, 'network');
      assert.equal(error.exitCode, 4);
      assert.match(error.message, said);
      assert.ok(error.message.includes(`proxy http://127.0.0.1:${proxy.url.port}`), error.message);
      assert.doesNotMatch(`${error.message} ${error.hint}`, /cret/);
      assert.equal(error.retryable, retryable, error.message);
      assert.equal(server.upgrades.length, 0);
    });
  }

  it('U11: a proxy that never answers is let go at the limit', async () => {
    const clock = manualClock();
    await using proxy = await proxyServer('silence');
    const run = failure(new URL('ws://127.0.0.1:9/'), { proxy: proxy.url, clock, connectTimeoutMs: 1000 });
    while (proxy.targets.length === 0) await new Promise(resolve => setImmediate(resolve));
    const [held] = proxy.sockets as Set<import('node:net').Socket>;
    const letGo = new Promise(resolve => held?.once('end', resolve).once('error', resolve).resume());
    await clock.advance(1000);
    assert.match((await run).message, /did not answer within 1 seconds?/);
    await letGo;
  });
});

describe('an open socket', () => {
  it('frames that come right behind the upgrade are not lost', async () => {
    await using server = await rawServer(socket =>
      socket.once('data', request => {
        const frame = Buffer.concat([Buffer.of(0x81, 5), Buffer.from('early')]);
        socket.write(Buffer.concat([Buffer.from(acceptance(request)), frame, frame]));
        socket.end(Buffer.of(0x88, 2, 0x03, 0xe8));
      }),
    );
    const socket = await open(server.url);
    await new Promise(resolve => setImmediate(resolve));
    const { messages, closed } = listenTo(socket);
    assert.equal((await closed).code, 1000);
    assert.deepEqual(messages, ['early', 'early']);
  });

  it('goes through a pair inside this process', async () => {
    const { WebSocketServer } = await import('ws');
    const http = createHttpServer();
    const wss = new WebSocketServer({ server: http });
    wss.on('connection', ws => ws.on('message', data => ws.send(`echo ${data}`)));
    const createConnection = () => {
      const [here, there] = createPair();
      http.emit('connection', there);
      return here;
    };
    const socket = await open(new URL('ws://inside/'), { createConnection });
    const heard = new Promise<string>(resolve =>
      socket.listen({ frame: data => resolve(data.toString()), closed: () => {} }),
    );
    socket.send('hi');
    assert.equal(await heard, 'echo hi');
    await socket.close();
    wss.close();
  });

  const broken: Record<string, Buffer> = {
    'a masked frame': Buffer.of(0x81, 0x81, 1, 2, 3, 4, 0x60),
    'reserved bits': Buffer.of(0xf1, 1, 0x61),
    'an unknown opcode': Buffer.of(0x83, 0),
    'an oversized control frame': Buffer.concat([Buffer.of(0x89, 126, 0, 126), Buffer.alloc(126)]),
    'a frame that claims 2^40 bytes': Buffer.of(0x81, 127, 0, 0, 1, 0, 0, 0, 0, 0),
    'invalid UTF-8': Buffer.of(0x81, 2, 0xc3, 0x28),
    'a continuation of nothing': Buffer.of(0x80, 1, 0x61),
  };
  for (const [what, bytes] of Object.entries(broken)) {
    it(`F10: ${what} ends the socket with the reason`, async () => {
      await using server = await rawServer(socket =>
        socket.once('data', request => socket.write(Buffer.concat([Buffer.from(acceptance(request)), bytes]))),
      );
      const { closed } = listenTo(await open(server.url));
      const { error } = await closed;
      assert.ok(error instanceof Error);
    });
  }

  it('F11: a message above the limit ends the socket', async () => {
    await using server = await scriptedServer();
    const socket = await open(server.url, { maxPayload: 1000 });
    const { closed, messages } = listenTo(socket);
    (await server.accept()).send('x'.repeat(1001));
    assert.match((await closed).error?.message ?? '', /Max payload size exceeded/);
    assert.deepEqual(messages, []);
  });

  it('F9: fragments with pings in between and one byte a segment are messages like others', async () => {
    const pieces = [Buffer.of(0x01, 2, 0x61, 0x62), Buffer.of(0x89, 1, 0x70), Buffer.of(0x80, 1, 0x63)];
    await using server = await rawServer(socket =>
      socket.once('data', async request => {
        socket.setNoDelay(true);
        socket.write(acceptance(request));
        for (const byte of Buffer.concat([...pieces, Buffer.of(0x88, 2, 0x03, 0xe8)])) {
          socket.write(Buffer.of(byte));
          await new Promise(resolve => setImmediate(resolve));
        }
      }),
    );
    const socket = await open(server.url);
    const { messages, closed } = listenTo(socket);
    await closed;
    assert.deepEqual(messages, ['abc']);
  });

  it('sending waits when the other side does not read, and stops waiting when it has gone', async () => {
    await using server = await rawServer(socket =>
      socket.once('data', request => {
        socket.write(acceptance(request));
        socket.pause();
      }),
    );
    const socket = await open(server.url);
    listenTo(socket);
    const frame = 'x'.repeat(1 << 20);
    let full: Promise<void> | undefined;
    while (full === undefined) full = socket.send(frame);
    server.connections[0]?.resetAndDestroy();
    await full;
    assert.equal(socket.send('more'), undefined);
    await socket.close();
  });

  it('C40: closing says 1000, and ends within a second when nobody answers', async () => {
    await using server = await scriptedServer();
    const socket = await open(server.url);
    const peer = await server.accept();
    await Promise.all([socket.close(), socket.close()]);
    assert.equal((await peer.closed).code, 1000);
    await socket.close();

    const clock = manualClock();
    await using deaf = await rawServer(mute => mute.once('data', request => mute.write(acceptance(request))));
    const stuck = await open(deaf.url, { clock });
    stuck.pause();
    const closing = stuck.close();
    await clock.advance(999);
    await closing;
    assert.equal(stuck.isOpen, false);
    assert.equal(clock.pending, 0);
  });

  it('C40: a paused socket closes as readily', async () => {
    await using server = await scriptedServer();
    const socket = await open(server.url, { clock: manualClock() });
    listenTo(socket);
    socket.pause();
    (await server.accept()).send('unread');
    await socket.close();
  });

  it('nothing is heard after closing has begun', async () => {
    await using server = await scriptedServer();
    const socket = await open(server.url);
    const { messages } = listenTo(socket);
    const peer = await server.accept();
    for (let i = 0; i < 10; i++) peer.send('late');
    await socket.close();
    assert.deepEqual(messages, []);
  });
});
