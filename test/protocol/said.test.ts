import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { carried, notJson } from '../../src/protocol/said.ts';

describe('words of a service', () => {
  it('are bounded and without control characters', () => {
    assert.equal(carried('it \u001b[31m broke\n down'), 'it [31m broke down');
    assert.equal(carried('x'.repeat(100_000)).length, 2000);
  });

  it('that are not JSON are quoted far enough for a secret in them to be found', () => {
    const { kind, retryable, message } = notJson(Buffer.from(`${'é'.repeat(700)} the end ${'x'.repeat(1 << 20)}`));
    assert.deepEqual([kind, retryable], ['service', true]);
    assert.match(message, /^the service sent something that is not JSON: é{700} the end x+…$/);
    assert.ok(message.length < 2100);
  });
});
