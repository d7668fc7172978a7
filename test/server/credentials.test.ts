/** Secrets at the door: what is compared, how, and what web pages of strangers get. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { describe, it } from 'node:test';
import { acceptSecrets, isOriginAllowed } from '../../src/server/credentials.ts';
import { withDefaults } from '../../src/server/options.ts';

describe('FAULTS V3: a key', () => {
  const secret = 'sk_car_0123456789';

  it('is good only when it is whole and the same', () => {
    const accepts = acceptSecrets(['another', secret]);
    assert.ok(accepts(secret) && accepts('another'));
    for (const wrong of [
      '',
      secret.slice(0, -1),
      `${secret}x`,
      ` ${secret}`,
      secret.toUpperCase(),
      `${secret}\0`,
      'anothe',
    ])
      assert.equal(accepts(wrong), false, JSON.stringify(wrong));
    assert.equal(acceptSecrets([])(''), false);
  });

  it('is compared in a time that says nothing about it: by digests of one length, all of them', () => {
    // A clock would say so only on a machine that does nothing else.
    const text = readFileSync(new URL('../../src/server/credentials.ts', import.meta.url), 'utf8');
    const body = /export function acceptSecrets[\s\S]*?\n}\n/.exec(text)?.[0] ?? '';
    assert.match(body, /timingSafeEqual\(known, given\) \|\| found/);
    assert.doesNotMatch(body, /===|includes|indexOf|return true|break/);
  });
});

describe('FAULTS V3: a web page', () => {
  const from = (origin: string | undefined) => ({ headers: { origin } }) as unknown as IncomingMessage;

  it('of this machine may, one of anywhere else may not, where no key is asked for', () => {
    const open = withDefaults({});
    for (const origin of [
      undefined,
      'http://localhost',
      'https://localhost:8443',
      'http://127.0.0.1:1',
      'http://[::1]',
    ])
      assert.equal(isOriginAllowed(from(origin), open), true, origin);
    for (const origin of [
      'null',
      '',
      'https://evil.example',
      'http://localhost.evil.example',
      'http://127.0.0.1.evil.example',
      'http://evil.example#localhost',
      'http://127.1.evil.example',
      'file://',
      'localhost',
      'http://[::ffff:1.2.3.4]',
    ])
      assert.equal(isOriginAllowed(from(origin), open), false, origin);
    assert.equal(isOriginAllowed(from('https://evil.example'), withDefaults({ authorize: () => false })), true);
  });
});
