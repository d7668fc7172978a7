/** SLNG's language as the wire speaks it, and how a connection introduces itself. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { introduceToSlng, routeOf, slng } from '../../src/protocol/slng.ts';
import type { SpeechRequest } from '../../src/speech.ts';
import { failsWith } from '../support/folder.ts';

const REQUEST: SpeechRequest = {
  model: 'sonic-3',
  voice: 'v',
  format: { encoding: 'pcm_s16le', sampleRate: 24000 },
  timestamps: [],
};
const HOME = new URL('wss://api.slng.ai');
const spoken = (frames: readonly string[]) => frames.map(frame => JSON.parse(frame));

describe('the language', () => {
  it('an utterance in parts goes on until its last (protocol §10, 30)', () => {
    assert.deepEqual(
      [
        ...spoken(slng.open(REQUEST)),
        ...spoken(slng.push(REQUEST, 'ours', 'Hello, ')),
        ...spoken(slng.flush(REQUEST, 'ours')),
        ...spoken(slng.finish(REQUEST, 'ours', 'world.')),
        ...spoken(slng.finish(REQUEST, 'ours', '')),
        ...spoken(slng.cancel('ours')),
      ],
      [
        { type: 'init', model_id: 'sonic-3', voice: 'v', encoding: 'linear16', sample_rate: 24000 },
        { type: 'text', text: 'Hello, ', continue: true },
        { type: 'flush' },
        { type: 'text', text: 'world.', continue: false },
        { type: 'text', text: '', continue: false },
        { type: 'cancel' },
      ],
    );
  });

  it('has one context on a socket, and something to say in silence and in the end', () => {
    assert.equal(slng.contextsPerSocket, 1);
    assert.deepEqual(slng.keepAlive, { everyMs: 20_000, frame: '{"type":"keepalive"}' });
    assert.equal(slng.farewell, '{"type":"close"}');
  });
});

describe('the introduction', () => {
  it('leads to the native route, the key in a header', () => {
    const { url, headers } = introduceToSlng({
      baseUrl: HOME,
      model: 'sonic-3',
      key: ' secret\n',
      userAgent: 'aloud/1',
    });
    assert.equal(url.href, 'wss://api.slng.ai/v1/tts/cartesia/sonic:3');
    assert.deepEqual(headers, { Authorization: 'Bearer secret', 'User-Agent': 'aloud/1' });
  });

  it('puts the key into the address only when asked', () => {
    const { url, headers } = introduceToSlng({ baseUrl: HOME, model: 'sonic-3', key: 'a&b', auth: 'query' });
    assert.equal(url.href, 'wss://api.slng.ai/v1/tts/cartesia/sonic:3?token=a%26b');
    assert.deepEqual(headers, {});
  });

  it('names regions and the part of the world in headers', () => {
    const { headers } = introduceToSlng({
      baseUrl: HOME,
      model: 'sonic-3',
      region: ['eu-west-1', 'us-east-1'],
      worldPart: 'eu',
    });
    assert.deepEqual(headers, { 'X-Region-Override': 'eu-west-1,us-east-1', 'X-World-Part-Override': 'eu' });
  });

  it('a base address may have a path, a slash, a scheme of its own, or the model in it', () => {
    const to = (base: string) => introduceToSlng({ baseUrl: new URL(base), model: 'sonic-3.5' }).url.href;
    assert.equal(to('https://proxy.example/slng/'), 'wss://proxy.example/slng/v1/tts/cartesia/sonic:3.5');
    assert.equal(to('http://localhost:80'), 'ws://localhost/v1/tts/cartesia/sonic:3.5');
    assert.equal(to('ws://localhost:8787/?x=1'), 'ws://localhost:8787/v1/tts/cartesia/sonic:3.5?x=1');
    assert.equal(to('wss://h/v1/tts/cartesia/sonic:3'), 'wss://h/v1/tts/cartesia/sonic:3');
  });

  it('a model decides the end of the address and leads nowhere else', () => {
    assert.deepEqual(
      ['sonic-3', 'sonic-3.5', 'sonic-3-2026-01-12', 'sonic:3', 'sonic-latest', '../x?y#z', 'ünï'].map(routeOf),
      ['sonic:3', 'sonic:3.5', 'sonic:3', 'sonic:3', 'sonic:latest', '..%2Fx%3Fy%23z', '%C3%BCn%C3%AF'],
    );
  });

  it('U13: what cannot be a key is refused and not shown', () => {
    const withKey = (key: string) => () => introduceToSlng({ baseUrl: HOME, model: 'sonic-3', key });
    assert.throws(withKey('se cret'), failsWith('config', /^the API key holds blanks/));
    assert.throws(withKey('se\ncret'), failsWith('config', /^the API key holds blanks/));
    assert.throws(withKey('  '), failsWith('config', /is empty/));
  });
});
