import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Failure } from '../../src/errors.ts';
import { closeFailure, connectFailure, shown, withoutSecrets } from '../../src/wire/failures.ts';

const plain = (text: string) => text;
const coded = (code: string, message = 'it broke') => Object.assign(new Error(message), { code });

describe('failing to connect', () => {
  it('U9: is the network, and may be tried again', () => {
    for (const code of [
      'ECONNREFUSED',
      'ECONNRESET',
      'ENOTFOUND',
      'EAI_AGAIN',
      'EHOSTUNREACH',
      'ETIMEDOUT',
      'EMFILE',
    ]) {
      const { kind, retryable, message } = connectFailure('host:1', coded(code));
      assert.deepEqual([kind, retryable], ['network', true]);
      assert.match(message, new RegExp(`^cannot connect to host:1: .* \\(${code}\\)$`));
    }
  });

  it('U10: over TLS names the reason and NODE_EXTRA_CA_CERTS, and is not tried again', () => {
    const reasons = {
      DEPTH_ZERO_SELF_SIGNED_CERT: /self-signed/,
      CERT_HAS_EXPIRED: /expired/,
      ERR_TLS_CERT_ALTNAME_INVALID: /another host/,
      UNABLE_TO_VERIFY_LEAF_SIGNATURE: /issuer/,
      ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: /version of TLS/,
      EPROTO: /TLS/,
      ERR_SSL_SOMETHING_NEW: /ERR_SSL_SOMETHING_NEW/,
    };
    for (const [code, reason] of Object.entries(reasons)) {
      const failure = connectFailure('host', coded(code));
      assert.deepEqual([failure.kind, failure.retryable], ['network', false]);
      assert.match(failure.message, reason);
      assert.match(failure.hint ?? '', /NODE_EXTRA_CA_CERTS/);
    }
  });

  it('U12: of several addresses is told by the first, and keeps them all as cause', () => {
    const all = new AggregateError([new AggregateError([coded('ENETUNREACH')]), coded('ETIMEDOUT')]);
    const failure = connectFailure('host', all);
    assert.match(failure.message, /ENETUNREACH/);
    assert.equal(failure.retryable, true);
    assert.equal(failure.cause, all);
    assert.equal(connectFailure('host', new AggregateError([])).retryable, false);
  });

  it('for another reason shows it, stripped, and is not tried again', () => {
    const failure = connectFailure('host', new Error('Invalid \u001b[31mUpgrade header'));
    assert.equal(failure.message, 'cannot connect to host: Invalid [31mUpgrade header');
    assert.equal(failure.retryable, false);
    assert.match(connectFailure('host', coded('HPE_INVALID_CONSTANT')).message, /does not speak HTTP/);
    const known = new Failure('auth', 'known');
    assert.equal(connectFailure('host', known), known);
  });
});

describe('a close', () => {
  it('because of what was in a frame is not tried again, whatever the code', () => {
    const error = coded('WS_ERR_INVALID_UTF8', 'Invalid WebSocket frame: invalid UTF-8 sequence');
    const failure = closeFailure({ code: 1006, reason: '', error }, false, plain);
    assert.equal(failure.retryable, false);
    assert.match(failure.message, /invalid UTF-8/);
    assert.equal(failure.cause, error);
    const reset = closeFailure({ code: 1006, reason: '', error: coded('ECONNRESET') }, false, plain);
    assert.equal(reset.retryable, true);
  });
});

describe('a secret', () => {
  const hiding = (secret: string) => (text: string) => text.replaceAll(secret, '[secret]');

  it('is found where control characters divide it, and before text is cut', () => {
    const hide = hiding('sk_car_12345');
    assert.equal(shown('x sk_car\u0007_12345', hide), 'x [secret]');
    assert.equal(shown(`${'x'.repeat(10)} sk_car_12345`, hide, 15), 'xxxxxxxxxx [se…');
  });

  it('is taken out of everything in a failure that is from outside', () => {
    const hide = hiding('sk_1');
    const details = { providerCode: 'sk_1', requestId: 'r sk_1', status: 500, retryable: true };
    const failure = withoutSecrets(new Failure('service', 'your sk_1', details), hide);
    assert.equal(failure.message, 'your [secret]');
    assert.deepEqual(failure.details, { ...details, providerCode: '[secret]', requestId: 'r [secret]' });
  });
});
