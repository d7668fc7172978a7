import assert from 'node:assert/strict';
import test from 'node:test';
import { isTagBegun, markupEnd, plain, readTag, tagEnd, UNDECIDED } from '../../src/text/tags.ts';

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
    plain('<emotion value="sad"/>No <b>way</b> <spell>AB</spell><break time="1s"/>, 1 < 2 <pause'),
    'No <b>way</b> AB, 1 < 2 <pause',
  );
  for (const tag of [
    "<BREAK time='.5s' >",
    '<pause duration="80ms"/>',
    '<speed ratio = "9"/>',
    '<volume level="1.0"/>',
  ]) {
    assert.equal(plain(`a ${tag}b`), 'a b', tag);
  }
});

test('what has the name of a tag but not its value is prose', () => {
  for (const prose of [
    ...['<break my heart>', '<volume to the max>', '<speed up>', '<break>', '<break/>', '<emotion/>', '<spell check>'],
    ...[
      '<break time="soon"/>',
      '<break time=1s/>',
      '<break my time="1s"/>',
      '<speed ratio="-1"/>',
      '<speed value="1"/>',
    ],
    ...['</speed>', '<breaktime="1s"/>', `<emotion value="${'x'.repeat(200)}"/>`],
  ]) {
    assert.equal(plain(`x ${prose} y`), `x ${prose} y`);
    assert.equal(readTag(prose, 0), undefined);
  }
});

test('a tag says what it asks for', () => {
  assert.deepEqual(readTag('a <break time="1.5s"/> b', 2), { kind: 'break', ms: 1500, end: 22 });
  assert.deepEqual(readTag('<volume ratio="7" level="1"/>', 0), { kind: 'volume', ratio: 7, end: 29 });
  assert.deepEqual(readTag('</spell >', 0), { kind: 'unspell', end: 9 });
  assert.equal(readTag('a <break time="1s"/>', 0), undefined);
});

test('the start of a tag is known as far as white space may cut it', () => {
  const tag = '<break time = "1 s" />';
  for (let end = tag.indexOf(' '); end > 0; end = tag.indexOf(' ', end + 1)) assert.ok(isTagBegun(tag.slice(0, end)));
  for (const prose of ['<', '<b', '<breaking', '<break my', tag]) assert.ok(!isTagBegun(prose), prose);
});
