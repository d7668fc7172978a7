import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Refusal } from '../../src/protocol/refusal.ts';

describe('a refusal', () => {
  it('can be tied to a context and says the same', () => {
    const refusal = new Refusal({ status: 400, title: 'Invalid request', message: 'why', code: 'c' });
    const tied = refusal.on('ctx');
    assert.deepEqual(tied.facts, { ...refusal.facts, contextId: 'ctx' });
    assert.equal(refusal.facts.contextId, undefined);
    assert.equal(tied.message, 'why');
    assert.ok(tied instanceof Error);
  });
});
