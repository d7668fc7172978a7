import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countWords } from '../../src/text/words.ts';

describe('counting words', () => {
  it('counts what is said, in scripts with blanks and without', () => {
    assert.equal(countWords("Don't stop, it's 5 o'clock!"), 5);
    assert.equal(countWords('... !', 'en'), 0);
    assert.ok(countWords('早上好！去海边的火车九点半出发。', 'zh') >= 7);
    assert.ok(countWords('おはようございます。', 'ja') >= 1);
  });

  it('any language tag will do', () => {
    for (const tag of ['', 'no such tag', 'en-GB-x-rp', 'x'.repeat(500), undefined])
      assert.equal(countWords('one two', tag), 2);
  });
});
