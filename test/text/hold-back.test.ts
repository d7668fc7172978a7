import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Piece } from '../../src/speech.ts';
import { holdBack } from '../../src/text/hold-back.ts';
import { collect, from } from '../support/collect.ts';
import { assertLinear } from '../support/growth.ts';

const pieces = (...parts: string[]) => collect(holdBack(from(...parts)));

test('ordinary text passes piece by piece', async () => {
  assert.deepEqual(await pieces('He', 'llo', ' ', '', 'wor', 'ld. ', '2 < 3', ' and <', '3', ' or e', '\u0301'), [
    ...['He', 'llo', ' ', 'wor', 'ld. ', '2 < 3', ' and ', '<3', ' or e', '\u0301'],
  ]);
});

test('a tag is whole in one piece, wherever it was cut', async () => {
  const text = 'Hi <break time="1s"/>you<spell>A.B</spell>!';
  for (let cut = 1; cut < text.length; cut++) {
    for (const piece of await pieces(text.slice(0, cut), text.slice(cut))) {
      assert.equal(piece.split('<').length, piece.split('>').length, piece);
      assert.equal(piece.includes('<spell>'), piece.includes('</spell>'), piece);
    }
  }
  assert.deepEqual(await pieces(...'a<speed ratio="1"/>b'), ['a', '<speed ratio="1"/>', 'b']);
});

test('a tag that never closes is prose after a while, and at the end', async () => {
  const open = `<b${'x'.repeat(250)}`;
  assert.deepEqual(await pieces('a ', open, 'c'), ['a ', open, 'c']);
  assert.deepEqual(await pieces('a <b', 'c'), ['a ', '<bc']);
  assert.deepEqual(await pieces('a <b', '<', ' c'), ['a ', '<b', '< c']);
  const spell = await pieces('<spell>', ...Array.from({ length: 600 }, () => 'y'));
  assert.ok((spell[0]?.length ?? 0) <= 512 && spell.length > 80);
});

test('a character is whole in one piece', async () => {
  assert.deepEqual(await pieces('a\ud83d', '\ude42b'), ['a', '🙂b']);
  assert.deepEqual(await pieces('a👨\u200d', '👩\u200d', '👧!'), ['a', '👨‍👩‍👧!']);
  assert.deepEqual(await pieces('x🇩', '🇪y', '🇫🇷'), ['x', '🇩🇪y', '🇫🇷']);
  assert.deepEqual(await pieces(...'🇩🇪🇫🇷'.split('')), ['🇩🇪', '🇫🇷']);
});

test('boundaries pass', async () => {
  const FLUSH = { flush: true } as const;
  assert.deepEqual(await collect(holdBack(from<Piece>('a', FLUSH, 'b<br', FLUSH, '/>'))), [
    'a',
    FLUSH,
    'b',
    FLUSH,
    '<br/>',
  ]);
});

test('joined, the text is the same; no piece is empty or ends inside a tag or pair', async () => {
  const part = fc.oneof(
    fc.constantFrom(
      '<',
      '>',
      '/',
      '<break',
      ' time="1s"/>',
      '<spell>',
      '</spell>',
      '</',
      'a',
      ' ',
      '.',
      'x'.repeat(90),
    ),
    fc.constantFrom('\ud83d', '\ude42', '\ud83c', '\udde9', '🇩', '👨', '\u200d', '\u0301', '\ufe0f', '好', ''),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 60 }), async parts => {
      const given = await pieces(...parts);
      const text = parts.join('');
      assert.equal(given.join(''), text);
      let at = 0;
      for (const piece of given) {
        assert.notEqual(piece, '');
        at += piece.length;
        if (at === text.length) break;
        assert.doesNotMatch(text.slice(at - 1, at + 1), /^[\ud800-\udbff][\udc00-\udfff]/);
        const open = /<\/?[A-Za-z][^<>]*$/.exec(text.slice(0, at));
        if (open !== null) {
          const tag = /^<\/?[A-Za-z][^<>]{0,197}>/.exec(text.slice(open.index));
          assert.ok(tag === null || tag[0].length > 200, `cut in ${tag?.[0]}`);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('many small pieces and one huge piece take linear time', async () => {
  for (const unit of ['<a', '🇩', '👨\u200d', '<spell>', 'word ']) {
    await assertLinear(length => pieces(unit.repeat(length / unit.length)), 50_000, `one piece of ${unit}`);
    const many = (length: number) => pieces(...Array.from({ length: length / unit.length }, () => unit));
    await assertLinear(many, 5000, `pieces ${unit}`);
  }
});
