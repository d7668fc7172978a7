/** A secret is given away by reveal() alone. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { format, inspect } from 'node:util';
import fc from 'fast-check';
import { redactorOf, secret } from '../../src/settings/secret.ts';

describe('a secret', () => {
  const key = secret('sk_canary');

  it('is revealed on demand', () => assert.equal(key.reveal(), 'sk_canary'));

  it('is never printed by accident', () => {
    const ways = [
      `${key}`,
      String(key),
      JSON.stringify({ key }),
      inspect({ deep: [key] }, { depth: 9, showHidden: true }),
      format('%s %o %j', key, key, key),
      Object.values(key).map(String).join(),
      `${{ ...key }.toString()}`,
    ];
    for (const shown of ways) assert.doesNotMatch(shown, /canary/);
    assert.match(ways[0] ?? '', /^\[secret\]$/);
  });

  it('is taken out of text as it is and as it looks inside addresses, JSON and pages', () => {
    const value = `sk "a+b/c=~Ef(12)34!*'&<é-语🙂`;
    const redact = redactorOf(secret(` ${value}\n`));
    const forms = [
      value,
      encodeURIComponent(value),
      encodeURIComponent(value).toLowerCase().replaceAll('ef', 'Ef').replaceAll('c3%a9', 'C3%A9'),
      new URLSearchParams({ value }).toString().slice(6),
      new URL(`http://host/?value=${value}`).search.slice(7),
      encodeURIComponent(encodeURIComponent(value)),
      [...Buffer.from(value)].map(byte => `%${byte.toString(16)}`).join(''),
      JSON.stringify(value).slice(1, -1),
      JSON.stringify(value).slice(1, -1).replaceAll('/', '\\/'),
      value
        .split('')
        .map(unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
        .join(''),
      value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;'),
      value.replaceAll("'", '&#x27;').replaceAll('"', '&#X22;'),
    ];
    for (const form of forms) assert.equal(redact(`a ${form} b ${form}`), 'a [secret] b [secret]', form);
  });

  it('is found whatever it is made of, and nothing else is', () => {
    const text = fc.string({ minLength: 6, unit: 'grapheme' }).filter(value => value.trim().length >= 6);
    fc.assert(
      fc.property(text, value => {
        const redact = redactorOf(secret(value));
        const form = new URLSearchParams({ value: value.trim() }).toString().slice(6);
        assert.equal(redact(value.trim()), '[secret]');
        assert.equal(redact(form), '[secret]');
      }),
      { examples: [['[[[[[['], ['secret'], ['\\\\\\\\\\\\']] },
    );
    assert.equal(redactorOf(secret('a.cdef'))('abcdef a.cdef'), 'abcdef [secret]');
    // As long as a token may be.
    const long = `eyJ${'aB3_-.~'.repeat(1000)}`;
    assert.equal(redactorOf(secret(long))(`x ${long} ${long.replaceAll('~', '%7E')}`), 'x [secret] [secret]');
    assert.equal(redactorOf(undefined)('text'), 'text');
    assert.equal(redactorOf(secret(' '))('text'), 'text');
  });

  it('that is too short to be one, as for a server of one’s own, takes no letters out of messages', () => {
    assert.equal(redactorOf(secret('x'))('an extra context'), 'an extra context');
    assert.equal(redactorOf(secret('12345'))('12345'), '12345');
    assert.equal(redactorOf(secret('123456'))('123456'), '[secret]');
  });
});
