/** Which proxy is taken for which address. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isLoopback, proxyFor, proxyName } from '../../src/settings/proxy.ts';
import { failsWith } from '../support/folder.ts';

const API = 'wss://api.cartesia.ai/tts/websocket';
const through = (env: Record<string, string>, url = API) => proxyFor(url, env)?.href;

describe('the proxy', () => {
  it('is none when no variable is set, or it is empty', () => {
    assert.equal(through({}), undefined);
    assert.equal(through({ HTTPS_PROXY: '', ALL_PROXY: '' }), undefined);
  });

  it('is HTTPS_PROXY for wss, lower case first, then ALL_PROXY', () => {
    assert.equal(through({ HTTPS_PROXY: 'http://a:1' }), 'http://a:1/');
    assert.equal(through({ https_proxy: 'http://b:1', HTTPS_PROXY: 'http://a:1' }), 'http://b:1/');
    assert.equal(through({ ALL_PROXY: 'c:3128' }), 'http://c:3128/');
    assert.equal(through({ HTTP_PROXY: 'http://d:1' }), undefined);
    assert.equal(through({ HTTP_PROXY: 'http://d:1' }, 'http://plain.example'), undefined);
  });

  it('is left out for the hosts of NO_PROXY', () => {
    const exempt = (NO_PROXY: string, url = API) => through({ HTTPS_PROXY: 'http://a:1', NO_PROXY }, url) === undefined;
    for (const entry of [
      '*',
      'api.cartesia.ai',
      'cartesia.ai',
      '.cartesia.ai',
      '*.cartesia.ai',
      'x, CARTESIA.AI',
      'cartesia.ai:443',
    ]) {
      assert.ok(exempt(entry), entry);
    }
    for (const entry of ['', ',', 'tesia.ai', 'cartesia.ai:8443', 'cartesia.com', 'api', '.', ':443'])
      assert.ok(!exempt(entry), entry);
    assert.ok(exempt('10.0.0.0/8', 'wss://10.2.3.4'));
    assert.ok(!exempt('10.0.0.0/8', 'wss://11.2.3.4'));
    assert.ok(!exempt('10.0.0.0/99', 'wss://10.2.3.4'));
    assert.ok(exempt('fd00::/8', 'wss://[fd00::1]'));
    assert.ok(exempt('[fd00::1]', 'wss://[fd00::1]:8443'));
    assert.ok(!exempt('2.3.4', 'wss://1.2.3.4'));
  });

  it('is never used for this machine', () => {
    assert.equal(through({ ALL_PROXY: 'http://a:1' }, 'ws://localhost:8787'), undefined);
    assert.ok(isLoopback('127.0.0.1') && isLoopback('[::1]') && isLoopback('LOCALHOST'));
    assert.ok(!isLoopback('127.0.0.1.example') && !isLoopback('[::2]') && !isLoopback('example'));
  });

  it('is shown without its password, and a wrong one is not shown at all', () => {
    const proxy = proxyFor(API, { HTTPS_PROXY: 'http://me:canary@a:8080' });
    assert.ok(proxy);
    assert.equal(proxyName(proxy), 'http://a:8080');
    const wrong = (value: string) => () => proxyFor(API, { HTTPS_PROXY: value });
    assert.throws(wrong('http://me:canary@a:99999'), failsWith('config', /^HTTPS_PROXY is not an address$/));
    assert.throws(
      wrong('socks5://me:canary@a'),
      failsWith('config', /^HTTPS_PROXY names a socks5: proxy/, /^(?!.*canary)/),
    );
  });
});
