import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { splitTokens } from '../../src/engine/tokens.ts';

describe('splitTokens', () => {
  it('takes what stands between white space, punctuation and all', () => {
    const { tokens, tokenAt } = splitTokens(' It costs\n$1,200.50 — ok? ', false);
    assert.deepEqual(tokens, ['It', 'costs', '$1,200.50', '—', 'ok?']);
    assert.deepEqual([...tokenAt.slice(0, 6)], [0, 0, 0, 0, 1, 1]);
  });

  it('takes characters where a script has no blanks, with the punctuation behind them', () => {
    assert.deepEqual(splitTokens('你好，世界。「很」好 ABC3.5元', true).tokens, [
      ...['你', '好，', '世', '界。', '「很」', '好', 'ABC3.5', '元'],
    ]);
    assert.deepEqual(splitTokens('きょうはカー、', true).tokens, ['きょ', 'う', 'は', 'カー、']);
  });

  it('loses nothing but white space and puts every place into one word', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({
        unit: fc.constantFrom('你', 'ょ', 'カ', 'ー', 'a', '1', ' ', '\n', '。', '「', '」', '🙂', '\u0301'),
      }),
    );
    fc.assert(
      fc.property(text, fc.boolean(), (text, unspaced) => {
        const { tokens, tokenAt } = splitTokens(text, unspaced);
        assert.equal(tokens.join(''), text.replace(/\s+/g, ''));
        assert.ok(tokens.every(token => token !== ''));
        if (!unspaced) assert.deepEqual(tokens, text.split(/\s+/).filter(Boolean));
        const found = tokens.map(() => '');
        for (let i = 0; i < text.length; i++) {
          if (!/\s/.test(text[i] ?? '')) found[tokenAt[i] ?? -1] += text[i] ?? '';
        }
        assert.deepEqual(found, tokens);
        assert.ok(tokenAt.every((token, i) => i === 0 || token >= (tokenAt[i - 1] ?? 0)));
      }),
    );
  });
});
