/** One request over HTTP: the answer as JSON, or what went wrong by its kind. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { Failure } from '../../src/errors.ts';
import { systemClock } from '../../src/host.ts';
import { callRest, type RestRequest } from '../../src/wire/rest.ts';
import { manualClock } from '../support/clock.ts';
import { failsWith } from '../support/folder.ts';

const SECRET = 'sk_car_canary_0123456789';

/** A server that answers like this; its address. */
async function answering(t: TestContext, answer: RequestListener): Promise<URL> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/access-token`);
}

function ask(url: URL, more: Partial<RestRequest> = {}, signal = new AbortController().signal): Promise<unknown> {
  const headers = { 'X-API-Key': SECRET };
  const redact = (text: string) => text.replaceAll(SECRET, '[secret]');
  const usual = { method: 'POST', headers, timeoutMs: 5000, clock: systemClock, redact, keyName: 'THE_KEY' } as const;
  return callRest({ url, ...usual, ...more }, signal);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const part of request.setEncoding('utf8')) body += part;
  return body;
}

function end(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, headers).end(body);
}

describe('a request', () => {
  it('carries method, headers and body as JSON, and gives the answer', async t => {
    const keys: unknown[] = [];
    const url = await answering(t, (request, response) => {
      keys.push(request.headers['x-api-key']);
      void bodyOf(request).then(body => end(response, 200, JSON.stringify([request.method, body, request.url])));
    });
    const answer = await ask(url, { body: { expires_in: 3 } });
    assert.deepEqual(answer, ['POST', '{"expires_in":3}', '/access-token']);
    assert.deepEqual(await ask(url, { method: 'GET' }), ['GET', '', '/access-token']);
    assert.deepEqual(keys, [SECRET, SECRET]);
  });

  it('has the key taken out of what is answered, also where a control character splits it (L10)', async t => {
    const body = JSON.stringify({
      a: [`x${SECRET}y`],
      b: `${SECRET.slice(0, 6)}\u0000${SECRET.slice(6)}`,
      c: 'caf\u00e9',
    });
    const url = await answering(t, (_request, response) => end(response, 200, body));
    assert.deepEqual(await ask(url), { a: ['x[secret]y'], b: '[secret]', c: 'caf\u00e9' });
  });

  it('that is refused says by whom, why and what to do, never with the key', async t => {
    const body = JSON.stringify({
      title: 'Unauthorized',
      message: `not ${SECRET}`,
      request_id: 'r1',
      error_code: null,
    });
    const url = await answering(t, (_request, response) => end(response, 401, body));
    await assert.rejects(ask(url), (error: Failure) => {
      assert.equal(error.kind, 'auth');
      assert.equal(error.message, `${url.host} refused the connection (401): Unauthorized: not [secret]`);
      assert.equal(error.details.requestId, 'r1');
      assert.match(error.hint ?? '', /THE_KEY/);
      return true;
    });
  });

  it('that may be made again says when', async t => {
    const url = await answering(t, (_request, response) => end(response, 429, '', { 'Retry-After': '7' }));
    await assert.rejects(ask(url), (error: Failure) => {
      assert.deepEqual([error.kind, error.retryable, error.details.retryAfterMs], ['quota', true, 7000]);
      return true;
    });
  });

  it('follows no redirect: the key does not go elsewhere', async t => {
    let asked = 0;
    const other = await answering(t, () => {
      asked += 1;
    });
    const url = await answering(t, (_request, response) => end(response, 307, '', { Location: other.href }));
    await assert.rejects(ask(url), failsWith('network', /redirects to http:/));
    assert.equal(asked, 0);
  });

  it('takes nothing for an answer but JSON, and not too much of it', async t => {
    const page = await answering(t, (_request, response) => end(response, 200, '<html>'));
    await assert.rejects(ask(page), failsWith('service', /not JSON/, /--base-url/));
    const endless = await answering(t, (_request, response) => {
      const more = () => {
        while (response.write('x'.repeat(65536)));
        response.once('drain', more);
      };
      more();
    });
    await assert.rejects(ask(endless), failsWith('service', /more than anybody/));
    const cut = await answering(t, (_request, response) => {
      response.writeHead(200, { 'Content-Length': '100' });
      response.write('{"a":');
      setImmediate(() => response.destroy());
    });
    await assert.rejects(ask(cut), failsWith('network', /cannot connect|aborted/));
  });

  it('gives up at the time limit, before the answer and in the middle of it', async t => {
    for (const start of [false, true]) {
      const clock = manualClock();
      const arrived = new Promise<void>(resolve => {
        void answering(t, (_request, response) => {
          if (start) response.writeHead(200).write('{');
          resolve();
        }).then(url => {
          asking = assert.rejects(ask(url, { clock }), failsWith('network', /did not answer within 5 seconds/));
        });
      });
      let asking: Promise<void> | undefined;
      await arrived;
      await clock.advance(5000);
      await asking;
      assert.equal(clock.pending, 0);
    }
  });

  it('ends with the reason of its signal, before and while it is made', async t => {
    const reason = new Failure('interrupted', 'enough');
    await assert.rejects(ask(new URL('http://127.0.0.1:1/'), {}, AbortSignal.abort(reason)), reason);
    const abort = new AbortController();
    const url = await answering(t, () => abort.abort(reason));
    await assert.rejects(ask(url, {}, abort.signal), reason);
  });

  it('to nobody says that nothing listens there', async () => {
    await assert.rejects(ask(new URL('http://127.0.0.1:1/')), failsWith('network', /nothing listens there/));
  });

  it('goes through a proxy, and says when that refuses', async t => {
    const url = await answering(t, (_request, response) => end(response, 200, '"through"'));
    const proxy = createServer().listen(0, '127.0.0.1');
    const tunnels = new Set<Socket>();
    let isOpen = true;
    proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
      if (!isOpen) return socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      const [host, port] = (request.url ?? '').split(':');
      const target = connect(Number(port), host);
      tunnels.add(target.on('error', () => {}));
      socket.on('error', () => {}).write('HTTP/1.1 200 OK\r\n\r\n');
      return socket.pipe(target).pipe(socket);
    });
    t.after(() => {
      for (const tunnel of tunnels) tunnel.destroy();
      proxy.close();
      proxy.closeAllConnections();
    });
    await once(proxy, 'listening');
    const through = new URL(`http://user:hush@127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    assert.equal(await ask(url, { proxy: through }), 'through');
    isOpen = false;
    await assert.rejects(ask(url, { proxy: through }), (error: Failure) => {
      assert.match(error.message, /the proxy http:\/\/127\.0\.0\.1:\d+ refused the connection \(407\)/);
      assert.ok(!error.message.includes('hush'));
      return true;
    });
  });
});
