/** Coming in at SLNG's addresses: paths, keys, the part of the world (protocol §6.1, §6.2). */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { acceptSecrets } from '../../src/server/credentials.ts';
import { createSpeechServer } from '../../src/server/local-server.ts';
import type { ServerOptions } from '../../src/server/options.ts';
import { refused } from '../support/plain-client.ts';
import { echo } from '../support/scripted-synthesizer.ts';
import { BRIDGE, dialSlng, NATIVE } from '../support/slng-client.ts';

function serve(t: TestContext, options: ServerOptions = {}) {
  const server = createSpeechServer(echo(), options);
  t.after(() => server.close());
  return server;
}

const secret = 'slng_right';

describe("SLNG's addresses", () => {
  it('G1: a key is taken from either place, on both routes, and nothing else opens', async t => {
    const server = serve(t, { authorize: acceptSecrets([secret]) });
    for (const path of [NATIVE, BRIDGE]) {
      await dialSlng(server, { path, headers: { Authorization: `Bearer ${secret}` } });
      await dialSlng(server, { path: `${path}?token=${secret}` });
      await dialSlng(server, { path, headers: { 'X-API-Key': secret, Authorization: 'Bearer wrong' } });
      for (const wrong of [{}, { query: 'token=wrong' }, { headers: { Authorization: 'Bearer wrong' } }]) {
        const { status, body } = await refused(server, { path, version: null, ...wrong });
        assert.equal(status, 401);
        const { message, error_code, request_id } = JSON.parse(body);
        assert.match(message, /Unauthorized/);
        assert.equal(error_code, 'auth_error');
        assert.match(request_id, /^[0-9a-f-]{36}$/);
        assert.ok(!body.includes('slng_'), 'a refusal does not repeat the key');
      }
    }
  });

  it('G2: the part of the world is one of three', async t => {
    const server = serve(t);
    for (const part of ['ap', 'eu', 'na', 'EU']) {
      await dialSlng(server, { headers: { 'X-World-Part-Override': part } });
    }
    for (const part of ['sa', '', 'eu,na']) {
      const { status, body } = await refused(server, { path: NATIVE, headers: { 'X-World-Part-Override': part } });
      assert.equal(status, 400, part);
      assert.match(JSON.parse(body).message, /ap, eu, na/);
    }
  });

  it('on the bridge the part of the world and the region may stand in the address; the header wins', async t => {
    const server = serve(t);
    await dialSlng(server, { path: `${BRIDGE}?world-part=eu&region=eu-west-1` });
    assert.equal((await refused(server, { path: BRIDGE, query: 'world-part=mars' })).status, 400);
    assert.equal((await refused(server, { path: BRIDGE, query: 'region=a%20b' })).status, 400);
    await dialSlng(server, { path: `${BRIDGE}?world-part=mars`, headers: { 'X-World-Part-Override': 'na' } });
    await dialSlng(server, { path: `${NATIVE}?world-part=mars` });
  });

  it('regions are a list', async t => {
    const server = serve(t);
    await dialSlng(server, { headers: { 'X-Region-Override': 'us-east-1, eu-west-1' } });
    assert.equal((await refused(server, { path: NATIVE, headers: { 'X-Region-Override': 'x;y' } })).status, 400);
  });

  it('G3: the colon may be escaped, other models have addresses too', async t => {
    const server = serve(t, { models: ['espeak-ng'] });
    for (const name of ['sonic:3', 'sonic%3A3', 'sonic%3a3', 'sonic:3.5', 'espeak:ng']) {
      await dialSlng(server, { path: `/v1/tts/cartesia/${name}` });
      await dialSlng(server, { path: `/v1/bridges/unmute/tts/cartesia/${name}` });
    }
  });

  it('leads nowhere from any other address', async t => {
    const server = serve(t);
    for (const path of [
      '/v1/tts/cartesia/',
      '/v1/tts/cartesia/sonic:9',
      '/v1/tts/cartesia/sonic:3/',
      '/v1/tts/cartesia/%zz',
      '/v1/tts/deepgram/aura:2',
      '/v1/bridges/unmute/stt/cartesia/sonic:3',
      '//v1/tts/cartesia/sonic:3',
    ]) {
      assert.equal((await refused(server, { path })).status, 404, path);
    }
  });

  it('FAULTS V3: pages of another origin may only come in with a key', async t => {
    const { status } = await refused(serve(t), { path: NATIVE, headers: { Origin: 'http://evil.example' } });
    assert.equal(status, 403);
  });

  it('bears a request id, and no version', async t => {
    const client = await dialSlng(serve(t));
    client.say({ type: 'text', text: 'too early' });
    assert.match(String((await client.until('error')).request_id), /^[0-9a-f-]{36}$/);
  });
});
