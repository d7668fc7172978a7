import assert from 'node:assert/strict';
import test from 'node:test';
import { markupEnd, plain, tagEnd, UNDECIDED } from '../../src/text/tags.ts';

test('a tag is told from a `<` in prose', () => {
  assert.equal(tagEnd('a<b c="d">e', 1, true), 10);
  assert.equal(tagEnd('</b>', 0, true), 4);
  for (const prose of ['<', '< b>', '<3>', '<b', '<b <c>', '</', '</ b>', `<${'b'.repeat(200)}>`]) {
    assert.equal(tagEnd(prose, 0, true), 0, prose);
  }
});

test('a tag that is not complete is undecided until nothing more can come', () => {
  for (const start of ['<', '</', '<b', '</b c', `<${'b'.repeat(198)}`])
    assert.equal(tagEnd(start, 0, false), UNDECIDED);
  assert.equal(tagEnd(`<${'b'.repeat(199)}`, 0, false), 0);
  assert.equal(tagEnd('<5', 0, false), 0);
});

test('a spelled stretch is one, if it closes within reach', () => {
  assert.equal(markupEnd('<spell>A. B</spell>.', 0, false), 19);
  assert.equal(markupEnd('<spell>A. B', 0, false), UNDECIDED);
  assert.equal(markupEnd('<spell>A. B', 0, true), 7);
  assert.equal(markupEnd(`<spell>${'A'.repeat(600)}</spell>`, 0, false), 7);
  assert.equal(markupEnd('<spelling>A', 0, false), 10);
});

test('only the tags a voice understands are removed', () => {
  assert.equal(
    plain('<emotion value="sad"/>No <b>way</b> <spell>AB</spell><break/>, 1 < 2 <pause'),
    'No <b>way</b> AB, 1 < 2 <pause',
  );
});
