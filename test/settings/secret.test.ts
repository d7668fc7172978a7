/** A secret is given away by reveal() alone. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { format, inspect } from 'node:util';
import { redact, secret } from '../../src/settings/secret.ts';

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

  it('is taken out of text, also in the form that URLs have', () => {
    const odd = secret('a+b/c=');
    assert.equal(redact('x a+b/c= y a%2Bb%2Fc%3D z', [odd]), 'x [secret] y [secret] z');
    assert.equal(redact('nothing', [secret('')]), 'nothing');
  });
});
