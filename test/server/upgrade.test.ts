/** Coming in: versions, credentials, origins, addresses, limits (protocol §1, V1–V5). */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { KNOWN_VERSIONS } from '../../src/protocol/versions.ts';
import { acceptSecrets } from '../../src/server/credentials.ts';
import { createSpeechServer } from '../../src/server/local-server.ts';
import type { ServerOptions } from '../../src/server/options.ts';
import { dial, listen, refused } from '../support/plain-client.ts';
import { echo } from '../support/scripted-synthesizer.ts';

function serve(t: TestContext, options: ServerOptions = {}) {
  const server = createSpeechServer(echo(), options);
  t.after(() => server.close());
  return server;
}

describe('the upgrade', () => {
  it('V1: is refused without a version and with a malformed one', async t => {
    const server = serve(t);
    for (const version of [null, '', 'latest', '2026-3-1', '2026-02-30', '2026-03-01T00:00:00']) {
      const { status, body } = await refused(server, { version });
      assert.equal(status, 400);
      assert.match(JSON.parse(body).message, /YYYY-MM-DD/);
    }
  });

  it('V1: is granted for every known version and for a future one', async t => {
    const server = serve(t);
    for (const version of [...KNOWN_VERSIONS, '2031-01-01']) {
      const { socket, requestId } = await dial(server, { version });
      assert.equal(socket.extensions, '');
      assert.match(requestId, /^[0-9a-f-]{36}$/);
      socket.terminate();
    }
  });

  it('takes a default version where the server has one', async t => {
    const server = serve(t, { defaultVersion: '2024-06-10' });
    const client = await dial(server, { version: null });
    client.send('?');
    const [error] = await client.until(() => true);
    assert.equal(typeof error?.error, 'string');
  });

  it('V2: the version in the query wins over the header', async t => {
    const server = serve(t);
    const older = await dial(server, { version: '2026-03-01', query: 'cartesia_version=2024-11-13' });
    const newer = await dial(server, { version: '2024-11-13', query: 'cartesia_version=2026-03-01' });
    for (const client of [older, newer]) client.send('?');
    assert.equal(typeof (await older.until(() => true))[0]?.error, 'string');
    assert.equal('error' in ((await newer.until(() => true))[0] ?? {}), false);
  });

  const secret = 'sk_car_right';
  const forms: { name: string; give: (credential: string) => { headers?: Record<string, string>; query?: string } }[] =
    [
      { name: 'X-API-Key', give: credential => ({ headers: { 'X-API-Key': credential } }) },
      { name: 'Authorization: Bearer', give: credential => ({ headers: { Authorization: `Bearer ${credential}` } }) },
      { name: '?api_key', give: credential => ({ query: `api_key=${credential}` }) },
      { name: '?access_token', give: credential => ({ query: `access_token=${credential}` }) },
    ];
  for (const { name, give } of forms) {
    it(`V3: ${name} opens with the right secret and not with a wrong one`, async t => {
      const server = serve(t, { authorize: acceptSecrets(['other', secret]) });
      (await dial(server, give(secret))).socket.terminate();
      for (const wrong of ['sk_car_wrong', `${secret}x`, '']) {
        const { status, body } = await refused(server, give(wrong));
        assert.equal(status, 401);
        assert.ok(!body.includes('sk_car'), 'a refusal does not repeat the key');
      }
    });
  }

  it('V3: either of two credentials will do, and none will not', async t => {
    const server = serve(t, { authorize: acceptSecrets([secret]) });
    await dial(server, { headers: { 'X-API-Key': 'wrong', Authorization: `Bearer ${secret}` } });
    await dial(server, { headers: { 'X-API-Key': secret, Authorization: 'Bearer wrong' } });
    assert.equal((await refused(server)).status, 401);
  });

  it('V5: a refusal bears a request id, its body the shape of the version', async t => {
    const server = serve(t, { authorize: () => false });
    const recent = await refused(server);
    const older = await refused(server, { version: '2025-04-16' });
    assert.equal(JSON.parse(recent.body).request_id, recent.headers['x-request-id']);
    assert.equal(recent.headers['content-type'], 'application/json');
    assert.match(older.body, /^Unauthorized: /);
    assert.match(String(older.headers['content-type']), /^text\/plain/);
  });

  it('V5: errors on the socket refer to the request id of the upgrade', async t => {
    const client = await dial(serve(t));
    client.send('?');
    const [error] = await client.until(() => true);
    assert.equal(error?.request_id, client.requestId);
  });

  it('leads nowhere from any other address', async t => {
    const server = serve(t);
    for (const path of ['/', '/tts', '/tts/websocket/', '/tts/websocket%2f', '//tts/websocket']) {
      assert.equal((await refused(server, { path })).status, 404);
    }
  });

  it('FAULTS V3: pages of another origin may only come in with a key', async t => {
    const open = serve(t);
    for (const origin of [
      'http://evil.example',
      'http://localhost.evil.example',
      'null',
      'http://127.0.0.1.evil.example',
    ]) {
      assert.equal((await refused(open, { headers: { Origin: origin } })).status, 403, origin);
    }
    for (const origin of ['http://localhost:3000', 'https://127.0.0.1', 'http://[::1]:80']) {
      await dial(open, { headers: { Origin: origin } });
    }
    const locked = serve(t, { authorize: acceptSecrets([secret]) });
    await dial(locked, { headers: { Origin: 'http://app.example', 'X-API-Key': secret } });
    const chosen = serve(t, { allowOrigin: origin => origin === 'http://app.example' });
    await dial(chosen, { headers: { Origin: 'http://app.example' } });
  });

  it('is refused with 429 above ten sockets for each context, until one has closed', async t => {
    const server = serve(t, { concurrency: 1 });
    const clients = await Promise.all(Array.from({ length: 10 }, () => dial(server)));
    const { status, headers } = await refused(server);
    assert.equal(status, 429);
    assert.equal(headers['retry-after'], '1');
    clients[0]?.socket.close();
    await clients[0]?.closed;
    await dial(server);
  });

  it('is the same over TCP', async t => {
    const server = serve(t);
    const port = await listen(server);
    assert.equal((await refused(server, { port, version: null })).status, 400);
    const client = await dial(server, { port });
    assert.match(client.requestId, /^[0-9a-f-]{36}$/);
  });
});
