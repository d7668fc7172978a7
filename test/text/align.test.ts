import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Span } from '../../src/speech.ts';
import { createAligner } from '../../src/text/align.ts';
import { fold } from '../../src/text/fold.ts';
import { plain } from '../../src/text/tags.ts';
import { assertLinear } from '../support/growth.ts';

function spansOf(words: readonly string[]): Span[] {
  return words.map((text, index) => ({ text, start: index, end: index + 1 }));
}

/** What is written for each word, when the words come all at once. */
function written(text: string, words: readonly string[]): string[] {
  const aligner = createAligner();
  aligner.text(text);
  return aligner.words(spansOf(words)).map(span => span.written);
}

test('words get back their punctuation, case and white space', () => {
  assert.deepEqual(written('“Hello,  World!”\nIt’s (not) me… ', ['hello', 'world', 'its', 'not', 'me']), [
    ...['“Hello,  ', 'World!”\n', 'It’s ', '(not) ', 'me… '],
  ]);
  assert.deepEqual(written('Er sagte: „Ja.“ Und »nein« – so.', ['Er', 'sagte', 'Ja', 'Und', 'nein', 'so']), [
    ...['Er ', 'sagte: ', '„Ja.“ ', 'Und ', '»nein« – ', 'so.'],
  ]);
  assert.deepEqual(written('Ça va ? Oui ! 😀 ¿Sí?', ['ca', 'va', 'oui', 'si']), ['Ça ', 'va ? ', 'Oui ! 😀 ', '¿Sí?']);
  assert.deepEqual(written('One\n- two\n- three', ['One', 'two', 'three']), ['One\n', '- two\n', '- three']);
});

test('what only looks like a tag is shown as it is spoken', () => {
  const heart = ['x', '<break', 'my', 'heart>', 'y'];
  assert.deepEqual(written('x <break my heart> y', heart), ['x ', '<break ', 'my ', 'heart> ', 'y']);
  const text = 'Set <volume to the max> and <speed up> please';
  assert.equal(written(text, text.split(' ')).join(''), text);
  const apart = createAligner();
  apart.text('x <break my heart> y');
  assert.equal(
    spansOf(heart)
      .flatMap(span => apart.words([span]).map(word => word.written))
      .join(''),
    'x <break my heart> y',
  );
});

test('a tag that a service reports in parts is not shown', () => {
  const words = ['Hi<speed', 'ratio="1.2"/>there', '<break', 'time="1', 's"/>', 'you'];
  assert.deepEqual(written('Hi<speed ratio="1.2"/>there <break time="1 s"/> you', words), [
    ...['Hi', 'there  ', '', '', '', 'you'],
  ]);
  const apart = createAligner();
  apart.text('Hi<speed ratio="1.2"/>there <break time="1 s"/> you');
  assert.equal(
    spansOf(words)
      .flatMap(span => apart.words([span]).map(word => word.written))
      .join(''),
    'Hithere  you',
  );
});

test('a symbol that is heard is shown, where no word before it shows it', () => {
  assert.deepEqual(written('😀', ['😀']), ['😀']);
  assert.deepEqual(written('🎉🎉 Party * on', ['🎉🎉', 'Party', '*', 'on']), ['🎉🎉 ', 'Party ', '* ', 'on']);
  assert.deepEqual(written('Hi 😂, ok', ['Hi', '😂,', 'ok']), ['Hi 😂, ', '', 'ok']);
  const aligner = createAligner();
  aligner.text('— so');
  const silent = aligner.words([
    { text: '—', start: 0, end: 0 },
    { text: 'so', start: 0, end: 1 },
  ]);
  assert.deepEqual(
    silent.map(span => span.written),
    ['', '— so'],
  );
});

test('times and texts of the spans stay', () => {
  const aligner = createAligner();
  aligner.text('Hi.');
  assert.deepEqual(aligner.words([{ text: 'hi', start: 0.5, end: 0.75 }]), [
    { text: 'hi', start: 0.5, end: 0.75, written: 'Hi.' },
  ]);
});

test('numbers spoken in words keep the rest in step', () => {
  const text = 'It was $12 for 3 km, or 1.000,5 in all.';
  const spoken = 'It was twelve dollars for three kilometers or one thousand point five in all'.split(' ');
  assert.deepEqual(written(text, spoken), [
    ...['It ', 'was ', '$12 ', '', 'for ', '3 ', 'km, ', 'or ', '1.', '000,', '5 ', '', 'in ', 'all.'],
  ]);
  const aligner = createAligner();
  aligner.text(text);
  const single = spoken.map(word => aligner.words(spansOf([word]))[0]?.written);
  assert.equal(single.join(''), text);
  assert.equal(single[4], '$12 for ');
});

test('words that the service joins or splits are found', () => {
  assert.deepEqual(written('twenty one well-known can’t', ['twentyone', 'well', 'known', 'can', 't']), [
    ...['twenty one ', 'well-', 'known ', 'can’', 't'],
  ]);
  assert.deepEqual(written('I am gonna go', ['I', 'am', 'gon', 'na', 'go']), ['I ', 'am ', 'gon', 'na ', 'go']);
  assert.deepEqual(written('Code 123.', ['Code', '1', '2', '3']), ['Code ', '1', '2', '3.']);
});

test('scripts without blanks work per character and in lumps', () => {
  const text = '你好，世界！「再见」。';
  assert.deepEqual(written(text, [...'你好世界再见']), ['你', '好，', '世', '界！', '「再', '见」。']);
  assert.deepEqual(written(text, ['你好', '世界', '再见']), ['你好，', '世界！', '「再见」。']);
  assert.deepEqual(written('สวัสดีครับ ผม', ['สวัสดี', 'ครับ', 'ผม']), ['สวัสดี', 'ครับ ', 'ผม']);
});

test('tags do not show, whether the words contain them or not', () => {
  const text = 'Hi <break time="80ms"/> there, <spell>A12</spell>. <b> x';
  assert.deepEqual(written(text, ['Hi', 'there', 'A12', 'x']), ['Hi  ', 'there, ', 'A12. ', '<b> x']);
  assert.deepEqual(written(text, ['Hi', '<break', 'time="80ms"/>', 'there,', '<spell>A12</spell>.']), [
    ...['Hi  ', '', '', 'there, ', 'A12. '],
  ]);
  const aligner = createAligner();
  for (const piece of text) aligner.text(piece);
  assert.equal(
    aligner
      .words(spansOf(['hi', 'there', 'a12', 'x']))
      .map(span => span.written)
      .join(''),
    plain(text),
  );
});

test('only the tags of the protocol are removed', () => {
  assert.equal(
    plain('a<break time="1s"/>b <spell>C</spell> <b>d</b> 1 < 2 <speeding> <SPEED ratio="1"/>'),
    'ab C <b>d</b> 1 < 2 <speeding> ',
  );
});

test('two words that agree in a row count for more than a near one alone', () => {
  assert.deepEqual(written('R & D and then more', ['R', 'and', 'D', 'and', 'then', 'more']), [
    ...['R ', '', '& D ', 'and ', 'then ', 'more'],
  ]);
  assert.deepEqual(written('7 a the 8 so it goes', ['seven', 'the', 'so', 'it', 'goes']), [
    '7 a ',
    'the ',
    '8 so ',
    'it ',
    'goes',
  ]);
  assert.deepEqual(written('A & the B is in the box', ['A', 'and', 'the', 'bee', 'is', 'in', 'the', 'box']), [
    ...['A ', '', '& the ', 'B ', 'is ', 'in ', 'the ', 'box'],
  ]);
});

test('words put in before a word that comes later do not reach for it', () => {
  assert.deepEqual(written('Tom and Ann', ['and', 'so', 'Tom', 'and', 'Ann']), ['', '', 'Tom ', 'and ', 'Ann']);
});

test('numbers at the very end show too', () => {
  assert.deepEqual(written('It was $12.', ['it', 'was', 'twelve', 'dollars']), ['It ', 'was ', '$12.', '']);
  assert.deepEqual(written('Only 3 km!', ['only', 'three', 'kilometers']), ['Only ', '3 ', 'km!']);
  const aligner = createAligner();
  aligner.text('Only 3 km!');
  const single = ['only', 'three', 'kilometers'].map(word => aligner.words(spansOf([word]))[0]?.written);
  assert.deepEqual(single, ['Only ', '', '3 km!']);
});

test('a word that was never written is passed over', () => {
  assert.deepEqual(written('one two three', ['um', 'one', 'two', 'er', 'three', 'bye']), [
    '',
    'one ',
    'two ',
    '',
    'three',
    '',
  ]);
});

test('words that are not reported join the next one', () => {
  assert.deepEqual(written('Chapter I: the quick brown fox jumps', ['the', 'fox', 'jumps']), [
    ...['Chapter I: the ', 'quick brown fox ', 'jumps'],
  ]);
});

test('what is left can be had', () => {
  const aligner = createAligner();
  aligner.text('one two <bre');
  aligner.words(spansOf(['one']));
  assert.equal(aligner.rest(), 'two <bre');
  assert.equal(aligner.rest(), '');
  aligner.text('three');
  assert.equal(aligner.words(spansOf(['three']))[0]?.written, 'three');
});

test('joined, the words are the source, for any source spoken word by word in any batches', () => {
  const token = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
    fc.constantFrom('the', 'a', '$12', 'Dr.', '—', '好', '!', '“x”', '🙂', '<', '\n'),
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 40 }), fc.integer({ min: 1, max: 7 }), (tokens, batch) => {
      const text = plain(tokens.join(' '));
      const words = text.split(/\s+/).filter(word => /[\p{L}\p{N}]/u.test(word));
      const aligner = createAligner();
      aligner.text(text);
      let joined = '';
      for (let i = 0; i < words.length; i += batch) {
        for (const span of aligner.words(spansOf(words.slice(i, i + batch)))) joined += span.written;
      }
      assert.equal(joined + aligner.rest(), text);
      // A letter may fold to nothing, as U+037A does behind another: there is nothing to find it by.
      assert.ok(words.length === 0 || fold(text.slice(joined.length)) === '', text);
    }),
    { numRuns: 500 },
  );
});

test('whatever comes, nothing is thrown and the source stays in order', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.constantFrom(
      '<break',
      '<spell>',
      'time="1s"/>',
      'a',
      'b',
      'a b',
      '',
      ' ',
      '\ud83d',
      '١٢',
      'ﬁ',
      'ß',
      'İ',
      '½',
      '한글',
    ),
  );
  fc.assert(
    fc.property(
      fc.array(hostile, { maxLength: 30 }),
      fc.array(fc.array(hostile, { maxLength: 9 }), { maxLength: 9 }),
      (texts, batches) => {
        const aligner = createAligner();
        for (const text of texts) aligner.text(text);
        let joined = '';
        for (const batch of batches) {
          const aligned = aligner.words(spansOf(batch));
          assert.equal(aligned.length, batch.length);
          joined += aligned.map(span => span.written).join('');
        }
        joined += aligner.rest();
        assert.equal(plain(joined), plain(texts.join('')));
      },
    ),
    { numRuns: 1000 },
  );
});

test('a text in which nothing agrees still shows, roughly in time', () => {
  const words = Array.from({ length: 60 }, (_, index) => `x${index}y`);
  const shown = written('alpha beta gamma delta '.repeat(20), words);
  assert.ok(shown.filter(text => text !== '').length >= 40);
});

test('long and hostile texts take linear time', async () => {
  for (const [unit, word] of [
    ['word ', 'word'],
    ['a', 'a'],
    ['the ', 'nothing'],
    ['. ', 'x'],
    ['好', '好'],
    ['<', 'a'],
    ['<break ', '<break'],
    ['🙂 ', '🙂'],
  ] as const) {
    const align = (length: number) => {
      const aligner = createAligner();
      for (let i = 0; i < length; i += 10_000) aligner.text(unit.repeat(Math.ceil(10_000 / unit.length)));
      for (let i = 0; i < length; i += 100) aligner.words(spansOf(Array.from({ length: 5 }, () => word)));
    };
    await assertLinear(align, 50_000, unit);
  }
});
