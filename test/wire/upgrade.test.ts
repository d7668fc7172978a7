import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createUpgrade, type Head, yesTo } from '../../src/wire/upgrade.ts';
import { acceptance } from '../support/scripted-server.ts';

const ADDRESS = new URL('wss://localhost:8443/tts/websocket?a=%20b');

function ask(headers: Record<string, string> = {}) {
  const upgrade = createUpgrade(ADDRESS, headers);
  assert.ok(upgrade !== undefined);
  const [line = '', ...rest] = upgrade.request.split('\r\n');
  const key = /Sec-WebSocket-Key: (\S+)/.exec(upgrade.request)?.[1] ?? '';
  /** A yes with what `more` adds to it or changes. */
  const yes = (more: Record<string, string> = {}) => acceptance(Buffer.from(upgrade.request), more);
  return { upgrade, line, rest, key, yes };
}

describe('asking for a WebSocket', () => {
  it('says where, who, and a key of its own every time', () => {
    const { line, rest, key } = ask({ 'X-API-Key': 'secret', 'Cartesia-Version': '2026-03-01' });
    assert.equal(line, 'GET /tts/websocket?a=%20b HTTP/1.1');
    assert.ok(rest.includes('Host: localhost:8443') && rest.includes('X-API-Key: secret'));
    assert.deepEqual(rest.slice(-2), ['', '']);
    assert.equal(Buffer.from(key, 'base64').length, 16);
    assert.notEqual(ask().key, key);
  });

  it('is refused where a header would be more than one, or none', () => {
    for (const value of ['a\nX-Evil: 1', 'a\rb', 'a\u0000', 'snow ☃', 'del\u007f']) {
      assert.equal(createUpgrade(ADDRESS, { 'X-API-Key': value }), undefined, JSON.stringify(value));
    }
    for (const name of ['', 'X Y', 'X:', 'X\n']) assert.equal(createUpgrade(ADDRESS, { [name]: 'a' }), undefined);
    assert.ok(createUpgrade(ADDRESS, { 'X-Latin': 'caf\u00e9\tau lait' }));
  });
});

describe('an answer', () => {
  it('that is a plain yes is known as soon as it is whole, wherever it is cut, and no sooner', () => {
    const { upgrade, yes } = ask();
    const bytes = Buffer.from(`${yes({ 'X-Request-Id': 'r-1', Date: 'now' })}\u0081\u0000`, 'latin1');
    const whole = bytes.length - 2;
    for (let cut = 0; cut < whole; cut++) assert.equal(upgrade.read(bytes.subarray(0, cut)), undefined);
    for (let cut = whole; cut <= bytes.length; cut++) {
      const head = upgrade.read(bytes.subarray(0, cut)) as Head;
      assert.equal(head.end, whole);
      assert.equal(head.headers.get('x-request-id'), 'r-1');
    }
  });

  it('may be written in other letters, and have more to say', () => {
    const { upgrade, yes } = ask();
    for (const connection of ['upgrade', 'keep-alive, Upgrade', 'UPGRADE ,x']) {
      const said = yes({ Connection: connection, Upgrade: 'WebSocket', Server: 'somebody' });
      assert.equal(typeof upgrade.read(Buffer.from(said)), 'object', connection);
    }
    assert.equal(upgrade.read(Buffer.from(yes({ Connection: 'upgraded' }))), 'other');
    const bare = yes().replace(' Switching Protocols', '');
    assert.equal(typeof upgrade.read(Buffer.from(bare)), 'object', 'without a word for the number');
    const twice = yes({ 'X-Odd': 'a\r\nConnection: keep-alive' });
    assert.equal(typeof upgrade.read(Buffer.from(twice)), 'object', 'in two lines');
    const asked = (upgrade.read(Buffer.from(yes({ 'X-Odd': '\t\u00a0 ' }), 'latin1')) as Head).headers;
    assert.equal(asked.get('x-odd'), '\u00a0');
  });

  it('may come behind others that only say that there is more to come', () => {
    const { upgrade, yes } = ask();
    const first = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n';
    const bytes = Buffer.from(first + yes());
    for (let cut = 0; cut < bytes.length; cut++) assert.equal(upgrade.read(bytes.subarray(0, cut)), undefined);
    assert.equal((upgrade.read(bytes) as Head).end, bytes.length);
    assert.equal(upgrade.read(Buffer.from(`${first}HTTP/1.1 401 No\r\n`)), 'other');
    assert.equal(upgrade.read(Buffer.from(first.repeat(400))), 'other', 'but not for ever');
  });

  it('that is anything else is for somebody else', () => {
    const { upgrade, yes } = ask();
    const others = {
      'a refusal': 'HTTP/1.1 401 No\r\n',
      'another version': yes().replace('HTTP/1.1', 'HTTP/1.0'),
      'another protocol': 'SSH-2.0-OpenSSH',
      'a yes to somebody else': yesTo('bm9wZQ=='),
      'an extension': yes({ 'Sec-WebSocket-Extensions': 'permessage-deflate' }),
      'a subprotocol': yes({ 'Sec-WebSocket-Protocol': 'chat' }),
      'no upgrade': yes({ Upgrade: 'h2c' }),
      'no connection for it': yes({ Connection: 'close' }),
      'two protocols': yes({ Upgrade: 'h2c\r\nUpgrade: websocket' }),
      'a number of four digits': yes().replace('101', '1010'),
      'two keys': yes().replace(/(Sec-WebSocket-Accept: .*\r\n)/, '$1$1'),
      'a folded line': yes({ 'X-Folded': 'a\r\n b' }),
      'a line that is no header': yes({ 'X-Odd': 'a\r\nodd' }),
      'a control character': yes({ 'X-Odd': 'a\u0000' }),
      'a head that never ends': `HTTP/1.1 101 Yes\r\nX-Long: ${'x'.repeat(20_000)}`,
    };
    for (const [what, bytes] of Object.entries(others)) {
      assert.equal(upgrade.read(Buffer.from(bytes, 'latin1')), 'other', what);
    }
  });

  it('of any bytes is not taken for a yes', () => {
    const { upgrade, yes } = ask();
    const plain = Buffer.from(yes());
    fc.assert(
      fc.property(fc.nat(plain.length - 1), fc.nat(255), (at, byte) => {
        const bytes = Buffer.from(plain);
        bytes[at] = byte;
        const found = upgrade.read(bytes);
        // A letter of another case, or of the words behind the number, is the same answer.
        if (typeof found === 'object') assert.equal(found.headers.get('sec-websocket-accept')?.length, 28);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        assert.notEqual(typeof upgrade.read(Buffer.from(bytes)), 'object');
      }),
    );
  });

  it('to us can be made one to somebody else, and what was wrong with it stays wrong', () => {
    const { upgrade, yes } = ask();
    const other = ask();
    const readdressed = upgrade.readdress(Buffer.from(yes({ 'X-Odd': 'é' }), 'latin1'), other.key);
    assert.equal((other.upgrade.read(readdressed) as Head).headers.get('x-odd'), 'é');
    const wrong = Buffer.from(yes({ 'Sec-WebSocket-Accept': 'bm9wZQ==' }));
    assert.deepEqual(upgrade.readdress(wrong, other.key), wrong);
    assert.equal((other.upgrade.read(Buffer.from(yesTo(other.key))) as Head).end, yesTo(other.key).length);
  });
});
