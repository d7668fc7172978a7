import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeBase64, decodeCanonical } from '../../src/protocol/base64.ts';

const bytes = fc.uint8Array({ maxLength: 200 });

describe('base64', () => {
  it('what was encoded is decoded, in its canonical and its lenient forms', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), (data, where) => {
        const text = Buffer.from(data).toString('base64');
        const cut = where % (text.length + 1);
        const forms = [text, text.replace(/=+$/, ''), Buffer.from(data).toString('base64url')];
        if (text !== '') forms.push(`${text.slice(0, cut)}\r\n${text.slice(cut)}`);
        for (const form of forms) assert.deepEqual(decodeBase64(form), Buffer.from(data), JSON.stringify(form));
        assert.deepEqual(decodeCanonical(text), Buffer.from(data));
      }),
    );
  });

  it('F6: what is not base64 is refused whole, never decoded in part', () => {
    const broken = [
      'A',
      'AAAAA',
      'AA=A',
      'A===',
      '=',
      '==',
      '====',
      'AAAA=',
      'AA=',
      'AA AA==',
      'AAA!',
      '!AAA',
      '"',
      '\u0000',
      'AAAA====',
      '\n',
    ];
    // Node looks only at the low byte of wide characters.
    for (const text of [...broken, 'Ł' + 'AAA', 'AAAŁ', 'ŁAA=', '４４４４', 'ÿAAA', '🙂🙂']) {
      assert.equal(decodeBase64(text), undefined, JSON.stringify(text));
    }
  });

  it('F6: one wrong character anywhere is enough', () => {
    const wrong = fc.constantFrom('!', '.', '\u0000', '"', '\u00ff', '\u0141', '*', ',');
    fc.assert(
      fc.property(
        bytes.filter(data => data.length > 0),
        wrong,
        fc.nat(),
        fc.boolean(),
        (data, character, where, replace) => {
          const text = Buffer.from(data).toString('base64');
          const at = where % text.length;
          const spoilt = text.slice(0, at) + character + text.slice(replace ? at + 1 : at);
          assert.equal(decodeBase64(spoilt), undefined, spoilt);
          // The hot path is only given what was read byte by byte.
          if (character < '\u0100') assert.equal(decodeCanonical(spoilt), undefined, spoilt);
        },
      ),
    );
  });
});
