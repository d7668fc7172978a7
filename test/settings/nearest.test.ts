/** Suggestions: slips are understood, strangers are not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { distance, nearest } from '../../src/settings/nearest.ts';

describe('nearest', () => {
  const names = ['voice', 'volume', 'sample_rate', 'speed'];

  it('finds what was meant', () => {
    assert.equal(nearest('vocie', names), 'voice');
    assert.equal(nearest('VOICE', names), 'voice');
    assert.equal(nearest('sampleRate', names), 'sample_rate');
    assert.equal(nearest('sped', names), 'speed');
  });

  it('says nothing rather than something far-fetched', () => {
    assert.equal(nearest('banana', names), undefined);
    assert.equal(nearest('v'.repeat(100_000), names), undefined);
    assert.equal(nearest('x', []), undefined);
  });

  it('takes one or two letters for a beginning or for swapped, and for nothing else', () => {
    const codes = ['az', 'en', 'say', 'x'];
    assert.equal(nearest('zz', codes), undefined);
    assert.equal(nearest('e', ['n', 'f']), undefined);
    assert.equal(nearest('NE', codes), 'en');
    assert.equal(nearest('sa', codes), 'say');
    assert.equal(nearest('zzz', ['zzy']), 'zzy');
  });

  it('counts edits as a metric does', () => {
    assert.equal(distance('kitten', 'sitting'), 3);
    assert.equal(distance('ab', 'ba'), 1);
    const word = fc.string({ maxLength: 12 });
    fc.assert(
      fc.property(word, word, (a, b) => {
        assert.equal(distance(a, b), distance(b, a));
        assert.equal(distance(a, b) === 0, a === b);
        assert.ok(distance(a, b) <= Math.max(a.length, b.length));
      }),
    );
  });
});
