import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isObject, parseObject } from '../../src/protocol/members.ts';

describe('an object in JSON', () => {
  it('is told from everything else', () => {
    assert.deepEqual(parseObject(' {"a":[1]} '), { a: [1] });
    for (const text of ['', '{', '[]', 'null', '7', '"{}"', '{}x', '['.repeat(200_000)]) {
      assert.equal(parseObject(text), undefined, text.slice(0, 9));
    }
    assert.deepEqual([{}, [], null, 'x', undefined].map(isObject), [true, false, false, false, false]);
  });
});
