import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cartesia, type Introduction, introduce } from '../../src/protocol/cartesia.ts';
import {
  writeChunk,
  writeDone,
  writeError,
  writeFlushDone,
  writeTimestamps,
} from '../../src/protocol/cartesia-events.ts';
import { REQUEST } from '../support/wire.ts';

const KEY = 'sk_car_secret';

function introduction(more: Partial<Introduction> & { address?: string } = {}) {
  const { address = 'wss://api.cartesia.ai', ...rest } = more;
  const credential = { kind: 'key', value: KEY } as const;
  const { url, headers } = introduce({ baseUrl: new URL(address), version: '2026-03-01', credential, ...rest });
  return { url: url.href, headers };
}

describe('introducing ourselves', () => {
  it('C2: puts version and key into headers, and neither into the address', () => {
    assert.deepEqual(introduction(), {
      url: 'wss://api.cartesia.ai/tts/websocket',
      headers: { 'Cartesia-Version': '2026-03-01', 'X-API-Key': KEY },
    });
  });

  it('sends a token as a bearer', () => {
    const { headers } = introduction({ credential: { kind: 'token', value: 'jwt.a.b' }, userAgent: 'aloud/1' });
    assert.deepEqual(headers, {
      'User-Agent': 'aloud/1',
      'Cartesia-Version': '2026-03-01',
      Authorization: 'Bearer jwt.a.b',
    });
  });

  it('C2: puts them into the address only when asked to', () => {
    assert.deepEqual(introduction({ auth: 'query' }), {
      url: `wss://api.cartesia.ai/tts/websocket?cartesia_version=2026-03-01&api_key=${KEY}`,
      headers: {},
    });
    const token = introduction({ auth: 'query', credential: { kind: 'token', value: 'a&b=c' } });
    assert.match(token.url, /[?&]access_token=a%26b%3Dc$/);
  });

  it('needs no credential, as on this machine', () => {
    const { url, headers } = introduce({ baseUrl: new URL('ws://127.0.0.1:1'), version: '2026-03-01' });
    assert.equal(url.href, 'ws://127.0.0.1:1/tts/websocket');
    assert.deepEqual(headers, { 'Cartesia-Version': '2026-03-01' });
  });

  it('takes a base address with any scheme of its kind, a path, or the whole path', () => {
    const addresses = {
      'https://api.cartesia.ai': 'wss://api.cartesia.ai/tts/websocket',
      'http://localhost:8787/': 'ws://localhost:8787/tts/websocket',
      'wss://gateway.example/cartesia/': 'wss://gateway.example/cartesia/tts/websocket',
      'wss://gateway.example/tts/websocket': 'wss://gateway.example/tts/websocket',
      'wss://gateway.example/x?team=a&cartesia_version=2024-06-10': 'wss://gateway.example/x/tts/websocket?team=a',
      'ws://[::1]:9/': 'ws://[::1]:9/tts/websocket',
    };
    for (const [address, url] of Object.entries(addresses)) assert.equal(introduction({ address }).url, url);
  });

  it('U13: never lets a broken key into a header', () => {
    assert.throws(() => introduction({ credential: { kind: 'key', value: 'a\nb' } }), { kind: 'config' });
    assert.equal(introduction({ credential: { kind: 'key', value: ` ${KEY}\n` } }).headers['X-API-Key'], KEY);
  });
});

describe("Cartesia's language", () => {
  const read = (text: string) => cartesia.read(Buffer.from(text), false);

  it('says what a context is made of', () => {
    const said = [
      ...cartesia.push(REQUEST, 'c', 'Hello '),
      ...cartesia.flush(REQUEST, 'c'),
      ...cartesia.finish(REQUEST, 'c', 'world'),
    ].map(frame => JSON.parse(frame));
    assert.deepEqual(
      said.map(message => [message.transcript, message.continue, message.flush]),
      [
        ['Hello ', true, undefined],
        ['', true, true],
        ['world', false, undefined],
      ],
    );
    assert.deepEqual(
      cartesia.cancel('c').map(frame => JSON.parse(frame)),
      [{ context_id: 'c', cancel: true }],
    );
  });

  it('understands what our server says', () => {
    const chunk = Buffer.of(1, 2, 3);
    const spans = [{ text: 'a', start: 0, end: 1 }];
    const event = (what: object) => ({ type: 'event', contextId: 'c', event: what });
    assert.deepEqual(read(writeChunk('c', chunk, 1, 2.5)), event({ type: 'audio', chunk }));
    for (const granularity of ['word', 'phoneme'] as const) {
      const message = read(writeTimestamps('c', granularity, spans, 1));
      assert.deepEqual(message, event({ type: 'timestamps', granularity, spans }));
    }
    assert.deepEqual(read(writeFlushDone('c', 1)), event({ type: 'flushed' }));
    assert.deepEqual(read(writeDone('c')), { type: 'done', contextId: 'c' });
    const facts = { status: 429, title: 'Busy', message: 'later', contextId: 'c' };
    const error = read(writeError(facts, { version: '2026-03-01', requestId: 'r' }));
    assert.ok(error?.type === 'error' && error.failure.kind === 'quota');
  });

  it('E3: notices a chunk that is marked as the last', () => {
    const message = read('{"type":"chunk","data":"AAAA","done":true,"context_id":"c"}');
    assert.ok(message?.type === 'event' && message.last === true);
  });

  it('F9: has no binary frames', () => {
    assert.equal(cartesia.read(Buffer.from(writeDone('c')), true), undefined);
  });
});
