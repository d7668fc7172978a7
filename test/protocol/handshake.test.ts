import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Failure } from '../../src/errors.ts';
import { checkedCredential } from '../../src/protocol/handshake.ts';

describe('a credential', () => {
  it('U13: is trimmed at its ends', () => {
    assert.equal(checkedCredential(' sk_car_1\r\n', 'key'), 'sk_car_1');
  });

  it('U13: with anything in it that would break a header is refused, and not shown', () => {
    for (const value of ['', '  ', 'sk\ncar', 'sk car', 'sk\u0000car', 'sk\tcar', 'schlüssel', 'sk\u2028car']) {
      assert.throws(
        () => checkedCredential(value, 'token'),
        (error: unknown) =>
          error instanceof Failure &&
          error.kind === 'config' &&
          error.exitCode === 3 &&
          /access token/.test(error.message) &&
          (value.trim() === '' || !`${error.message}${error.hint}`.includes(value)),
      );
    }
  });
});
