import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { createSentenceBuffer, segment, sentences, splitSentences } from '../../src/text/sentences.ts';
import { collect, from } from '../support/collect.ts';
import { assertLinear } from '../support/growth.ts';

/** Text that is likely to hurt: marks, tags, halves of surrogate pairs, blank runs. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(...'.!?…。？！,;:"\'»«“”)(-–<>/ \n\r\t'),
      fc.constantFrom(...'aBz3é我ก🙂'),
      fc.constantFrom(
        'Dr',
        'e.g',
        'z.B',
        ' No',
        ' I',
        '\ud83d',
        '\ude42',
        '\u200d',
        '\u0301',
        '👨‍👩‍👧',
        '\u2029',
        '\r\n\r\n',
      ),
      fc.constantFrom(
        '<break time="1s"/>',
        '<spell>',
        '</spell>',
        '</b>',
        ' word',
        '   ',
        'x'.repeat(150),
        '! '.repeat(60),
      ),
    ),
    { maxLength: 60 },
  )
  .map(parts => parts.join(''));

const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 40 });

function chunked(text: string, sizes: readonly number[]): string[] {
  const parts: string[] = [];
  let at = 0;
  for (const size of sizes) {
    parts.push(text.slice(at, at + size));
    at += size;
  }
  return [...parts, text.slice(at)];
}

test('joined, the sentences are the text', () => {
  fc.assert(
    fc.property(hostile, text => assert.equal(splitSentences(text).join(''), text)),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(hostile, fc.integer({ min: 1, max: 90 }), (text, maxLength) =>
      assert.equal(segment(text, { maxLength }).join(''), text),
    ),
    { numRuns: 500 },
  );
});

test('the sentences do not depend on how the text arrived', async () => {
  await fc.assert(
    fc.asyncProperty(hostile, cuts, fc.constantFrom(20, 100, 2000), async (text, sizes, maxLength) => {
      const whole = segment(text, { maxLength });
      assert.deepEqual(await collect(sentences(from(...chunked(text, sizes)), { maxLength })), whole);
      assert.deepEqual(await collect(sentences(from(...text.split('')), { maxLength })), whole);
    }),
    { numRuns: 400 },
  );
});

test('closing tags, quotes and white space are awaited when text comes sign by sign', async () => {
  for (const text of [
    'Hi.</b> Next “x.” Yes.',
    'He said "No!"  Then. <b>Yes</b>.<i/> End',
    '好。</b>然后。」了',
    'A b.\n\n C d…) E',
  ]) {
    const whole = splitSentences(text);
    assert.ok(whole.length > 1, text);
    assert.deepEqual(await collect(sentences(from(...text))), whole);
  }
  assert.deepEqual(splitSentences('Hi.</b> Next “x.” Yes.'), ['Hi.</b> ', 'Next “x.” ', 'Yes.']);
});

test('a sentence is out as soon as the next one begins', async () => {
  const arrived: string[] = [];
  async function* tokens() {
    for (const token of ['Hello', ' wor', 'ld.', ' ', 'N', 'ext']) {
      arrived.push(token);
      yield token;
    }
  }
  const found = sentences(tokens())[Symbol.asyncIterator]();
  assert.equal((await found.next()).value, 'Hello world. ');
  assert.equal(arrived.at(-1), 'N');
  assert.equal((await found.next()).value, 'Next');
});

test('white space and closing quotes stay with their sentence', () => {
  assert.deepEqual(splitSentences('He said “Yes.”  She (too!) did.\nEnd'), [
    'He said “Yes.”  ',
    'She (too!) did.\n',
    'End',
  ]);
  assert.deepEqual(splitSentences('„Ja.“ Dann kam »Nein!« Und', 'de'), ['„Ja.“ ', 'Dann kam »Nein!« ', 'Und']);
  assert.deepEqual(splitSentences('“Stop!” he said. Good! 🙂 Fine!🙂 Yes'), [
    '“Stop!” he said. ',
    'Good! ',
    '🙂 Fine!🙂 ',
    'Yes',
  ]);
  assert.deepEqual(splitSentences('  Hello. You.  '), ['  Hello. ', 'You.  ']);
});

for (const [language, text] of [
  ['en', 'Dr. Smith and Mrs. Jones met Prof. X, i.e. the boss, vs. Mr. Y at No. 5 by J. R. R. Tolkien'],
  ['en', 'It costs 3.14 or 1.000,5 at example.com and v1.2.3 of the U.S. Army etc., and more'],
  ['de', 'Am 3. Mai kam z.B. Hr. Maier, d.h. Nr. 4, bzw. Frau Dr. Weiß'],
  ['fr', 'M. Dupont et Mme. Durand, p. ex. chez St. Pierre'],
  ['es', 'El Sr. López y la Sra. Gil viven, p.ej. en la Av. Real, pág. 3'],
  ['it', 'Il sig. Rossi e il dott. Verdi, art. 5'],
  ['pt', 'O Sr. Silva e a Dra. Sra. Costa, pág. 7'],
  ['nl', 'Dhr. Jansen en mevr. De Vries, o.a. hier, blz. 9'],
  ['en', 'From Jan. 3rd to Dec. 24th, Sat. 9 a.m., Vol. 2, Fig. 3, pp. 10 ff., at 5 Elm Rd. 7, approx. 20, est. 1990'],
  [
    'en',
    'Gen. Lee, Col. Mustard, Sgt. Pepper, Capt. Cook, Lt. Dan, Gov. Fox, Sen. Hill, Rep. Oz and Rev. Ames on St. Kitts',
  ],
  ['en', 'The dept. of Acme Inc. and Ltd. firms, Co. or Corp. ones, live on 5th Ave. and Sunset Blvd. in Lyon'],
  ['de', 'Am 24. Dez. 2020 wohnt er in der Hauptstr. 5, ca. 20 km, Abb. 3, gest. 1990'],
  ['fr', 'Le 3 janv. 2020, réf. 5, env. 20 km, no. 4'],
  ['es', 'El 3 ene. 2020, aprox. 20 km, n. 4'],
  ['it', 'Il 3 genn. 2020, sec. 20, n. 4'],
] as const) {
  test(`abbreviations and numbers do not end a sentence (${language}: ${text.slice(0, 20)})`, () => {
    assert.deepEqual(splitSentences(`${text}. Then.`, language), [`${text}. `, 'Then.']);
  });
}

test('an abbreviation ends a sentence before a capital, unless it is a title', () => {
  assert.deepEqual(splitSentences('It was in Jan. We went to Acme Inc. They met on Sun. Go.'), [
    ...['It was in Jan. ', 'We went to Acme Inc. ', 'They met on Sun. ', 'Go.'],
  ]);
  assert.deepEqual(splitSentences('In the sun. 5 people sat. 3 men came to St. Paul. End'), [
    ...['In the sun. ', '5 people sat. ', '3 men came to St. Paul. ', 'End'],
  ]);
});

test('sentences end where they should in many scripts', () => {
  assert.deepEqual(splitSentences('你好。再见！“好？”他说。'), ['你好。', '再见！', '“好？”', '他说。']);
  assert.deepEqual(splitSentences('क्या हाल है। ठीक है॥ हाँ'), ['क्या हाल है। ', 'ठीक है॥ ', 'हाँ']);
  assert.deepEqual(splitSentences('كيف حالك؟ بخير. نعم'), ['كيف حالك؟ ', 'بخير. ', 'نعم']);
  assert.deepEqual(splitSentences('Τι; Ναι.', 'el'), ['Τι; ', 'Ναι.']);
  assert.deepEqual(splitSentences('So did I. Then etc. And 1999. Now... yes... No.'), [
    'So did I. ',
    'Then etc. ',
    'And 1999. ',
    'Now... yes... ',
    'No.',
  ]);
  assert.deepEqual(splitSentences('i think so. yes. ok'), ['i think so. ', 'yes. ', 'ok']);
});

test('a blank line ends a sentence, a single line break does not', () => {
  assert.deepEqual(splitSentences('Title\n\nText\ngoes on\r\n\r\nEnd'), ['Title\n\n', 'Text\ngoes on\r\n\r\n', 'End']);
  assert.deepEqual(splitSentences('\n\n***\n\nText'), ['\n\n***\n\nText']);
});

test('nothing is cut inside mark-up', () => {
  const spelled = 'Say <spell>A. B! C? D</spell>. Now <emotion value="a. B"/> this. ';
  assert.deepEqual(splitSentences(spelled), ['Say <spell>A. B! C? D</spell>. ', 'Now <emotion value="a. B"/> this. ']);
  assert.deepEqual(splitSentences('One.<break time="1s"/> Two. 1 < 2. And a <b. C'), [
    'One.',
    '<break time="1s"/> Two. ',
    '1 < 2. ',
    'And a <b. ',
    'C',
  ]);
  for (const piece of segment(`word <speed ratio="1.2"/> `.repeat(50), { maxLength: 30 })) {
    assert.equal(piece.split('<').length, piece.split('>').length, piece);
  }
});

test('a long sentence is cut at a clause, else at a blank, else between characters', () => {
  assert.deepEqual(segment('one two, three four five', { maxLength: 14 }), ['one two, ', 'three four ', 'five']);
  assert.deepEqual(segment('aaaaa bbbbb ccccc', { maxLength: 13 }), ['aaaaa bbbbb ', 'ccccc']);
  const family = '👨‍👩‍👧';
  for (const piece of segment(family.repeat(40), { maxLength: 21 })) assert.equal(piece.replaceAll(family, ''), '');
  for (const piece of segment('e\u0301'.repeat(50), { maxLength: 9 })) assert.equal(piece.length % 2, 0);
  for (const piece of segment('x'.repeat(9000))) assert.ok(piece.length <= 2000);
});

test('no piece is longer than the limit unless it is one tag', () => {
  fc.assert(
    fc.property(hostile, text => {
      for (const piece of segment(text, { maxLength: 600 })) assert.ok(piece.length <= 600);
    }),
  );
});

test('what it takes to read a book grows with its length, whatever it is made of', async () => {
  for (const unit of [
    'It was the best. Mr. X said "No!" ',
    '.',
    '. ',
    ' ',
    '"."',
    '<a',
    '<spell>',
    '. <a',
    'A. ',
    '\n',
    'a,',
    '🙂',
  ]) {
    const read = (length: number) => {
      const text = unit.repeat(Math.ceil(length / unit.length));
      assert.equal(segment(text).join('').length, text.length);
    };
    await assertLinear(read, 50_000, JSON.stringify(unit));
  }
});

test('an endless line is handed on in pieces', async () => {
  let given = 0;
  async function* endless() {
    for (;;) {
      given += 65536;
      yield 'abcdefgh'.repeat(8192);
    }
  }
  let taken = 0;
  for await (const piece of sentences(endless())) {
    taken += piece.length;
    assert.ok(given - taken <= 65536 + 4096);
    if (taken > 5e6) break;
  }
});

test('a buffer gives whole sentences at once and keeps what may go on', () => {
  const buffer = createSentenceBuffer();
  const after = (text: string) => {
    buffer.push(text);
    return buffer.take();
  };
  assert.equal(after('Hello there'), '');
  assert.equal(after('. How'), 'Hello there. ');
  assert.equal(after(' are you?"'), 'How are you?"');
  assert.equal(after(' It is 3.'), '');
  assert.equal(after('5 by Mr.'), '');
  assert.equal(after(' B.'), '');
  assert.equal(after(' Then etc.'), '');
  assert.equal(buffer.length, ' It is 3.5 by Mr. B. Then etc.'.length);
  assert.equal(buffer.rest(), ' It is 3.5 by Mr. B. Then etc.');
  assert.equal(buffer.length, 0);
  assert.equal(after('Wait… '), 'Wait… ');
  assert.equal(after('行きます。'), '行きます。');
  assert.equal(after('One. Two! Thr'), 'One. Two! ');
  assert.equal(after('ee <spell>A. B.'), '');
  assert.equal(after('</spell>.'), 'Three <spell>A. B.</spell>.');
  assert.equal(buffer.rest(), '');
});

test('a buffer loses nothing, however it is filled and emptied', () => {
  fc.assert(
    fc.property(hostile, cuts, fc.constantFrom(20, 2000), (text, sizes, maxLength) => {
      const buffer = createSentenceBuffer({ maxLength });
      let seen = '';
      for (const part of chunked(text, sizes)) {
        buffer.push(part);
        seen += buffer.take();
      }
      const waiting = buffer.length;
      const rest = buffer.rest();
      assert.equal(rest.length, waiting);
      assert.equal(seen + rest, text);
    }),
    { numRuns: 300 },
  );
});
