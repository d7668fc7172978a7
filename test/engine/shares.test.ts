import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { divide, type Sound } from '../../src/engine/shares.ts';

/** Sounds of 100 samples each; `borders` are the indices of those with which espeak-ng began a word. */
function sounds(count: number, ...borders: number[]): Sound[] {
  return Array.from({ length: count }, (_, i) => ({
    start: i * 100,
    end: i * 100 + 100,
    isBorder: i === 0 || borders.includes(i),
  }));
}

const brief = (shares: ReturnType<typeof divide>) =>
  shares.map(share => (share === undefined ? '-' : `${share.start}-${share.end}`));

describe('the shares of words', () => {
  it('are in proportion to their letters', () => {
    assert.deepEqual(brief(divide(sounds(4), [3, 1], 0, 400)), ['0-300', '300-400']);
    assert.deepEqual(brief(divide(sounds(5), [1, 6], 0, 500)), ['0-100', '100-500']);
  });

  it('end where a word was seen to begin, if that is near', () => {
    assert.deepEqual(brief(divide(sounds(7, 4), [3, 1, 5], 0, 700)), ['0-300', '300-400', '400-700']);
    assert.deepEqual(brief(divide(sounds(20, 19), [1, 1], 0, 2000)), ['0-1000', '1000-2000']);
  });

  it('are the time, where no sounds are known', () => {
    assert.deepEqual(brief(divide([], [1, 3], 100, 500)), ['100-200', '200-500']);
  });

  it('keep sounds whole: where there are too few, the shortest words have none', () => {
    assert.deepEqual(brief(divide(sounds(2), [1, 3, 2], 0, 200)), ['-', '0-100', '100-200']);
  });

  it('do not hang on sounds without a length', () => {
    const still = { start: 100, end: 100, isBorder: false };
    const [first, second] = sounds(2);
    assert.ok(first !== undefined && second !== undefined);
    assert.deepEqual(brief(divide([first, still, second], [2, 1], 0, 200)), ['0-100', '100-200']);
  });

  it('of symbols are only for the one that was reported', () => {
    assert.deepEqual(brief(divide(sounds(8, 4), [0.01, 0.01, 4, 0], 0, 800)), ['0-400', '-', '400-800', '-']);
    assert.deepEqual(brief(divide(sounds(2), [0, 0.01], 0, 200)), ['0-200', '-']);
  });

  it('follow one another and cover all the sounds, however many', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(weights, fc.nat(300), fc.array(fc.nat(300)), (weights, more, borders) => {
        const all = sounds(weights.length + more, ...borders);
        const shares = divide(all, weights, 0, all.length * 100);
        let end = 0;
        for (const share of shares) {
          assert.ok(share !== undefined && share.start === end && share.end > end, JSON.stringify(brief(shares)));
          end = share.end;
        }
        assert.equal(end, all.length * 100);
      }),
    );
  });
});
