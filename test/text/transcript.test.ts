import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Failure } from '../../src/errors.ts';
import type { Piece } from '../../src/speech.ts';
import { checkText, decodeText, hasContent, isBlank, isSpeakable, speakable } from '../../src/text/transcript.ts';
import { collect, from } from '../support/collect.ts';

const FLUSH = { flush: true } as const;

async function decode(...chunks: (string | readonly number[])[]): Promise<{ pieces: string[]; warnings: number }> {
  let warnings = 0;
  const bytes = chunks.map(chunk => (typeof chunk === 'string' ? Buffer.from(chunk) : Uint8Array.from(chunk)));
  const pieces = await collect(decodeText(from(...bytes), () => warnings++));
  return { pieces, warnings };
}

test('a character split over reads survives, at every place', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'grapheme', maxLength: 30 }).map(text => text.replaceAll('\r', '').replace(/^\ufeff/, '')),
      fc.array(fc.nat({ max: 5 }), { maxLength: 40 }),
      async (text, sizes) => {
        const bytes = Buffer.from(text);
        const chunks: Uint8Array[] = [];
        let at = 0;
        for (const size of sizes) {
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        chunks.push(bytes.subarray(at));
        const pieces = await collect(decodeText(from(...chunks), () => assert.fail('valid text')));
        assert.equal(pieces.join(''), text);
        for (const piece of pieces) {
          assert.notEqual(piece, '');
          assert.doesNotMatch(piece, /\p{Cs}/u);
        }
      },
    ),
  );
});

test('a byte order mark is dropped, also when it comes in parts, and only at the start', async () => {
  assert.deepEqual(await decode([0xef], [0xbb], [0xbf], 'Hi'), { pieces: ['Hi'], warnings: 0 });
  assert.deepEqual(await decode('\ufeffHi \ufeffyou'), { pieces: ['Hi \ufeffyou'], warnings: 0 });
  assert.deepEqual(await decode('\ufeff'), { pieces: [], warnings: 0 });
});

test('every line end is a line feed, also when CRLF is split over reads', async () => {
  assert.deepEqual((await decode('a\r\nb\rc\n\r\nd\r', '\n', '\ne\r', '', 'f\r')).pieces, [
    'a\nb\nc\n\nd\n',
    '\ne\n',
    'f\n',
  ]);
});

test('a finished line does not wait for the next read', async () => {
  const lines = decodeText(
    (async function* () {
      yield Buffer.from('one\r');
      throw new Error('read on too early');
    })(),
    () => undefined,
  );
  assert.equal((await lines.next()).value, 'one\n');
});

test('invalid bytes are replaced, with one warning', async () => {
  assert.deepEqual(await decode([0x41, 0xff, 0x42], [0xc3], [0x28, 0xfe]), {
    pieces: ['A\ufffdB', '\ufffd(\ufffd'],
    warnings: 1,
  });
  assert.deepEqual(await decode('ok', [0xe2, 0x82]), { pieces: ['ok', '\ufffd'], warnings: 1 });
  assert.deepEqual(await decode([0xff]), { pieces: ['\ufffd'], warnings: 1 });
});

test('a replacement character in the text itself is no fault', async () => {
  assert.deepEqual(await decode('a\ufffdb'), { pieces: ['a\ufffdb'], warnings: 0 });
});

test('NUL is kept', async () => {
  assert.deepEqual((await decode('a\0b')).pieces, ['a\0b']);
});

test('UTF-16 with a byte order mark is read as such, however it is cut', async () => {
  const little = Buffer.from('\ufeffHé🙂\r\n', 'utf16le');
  const big = Buffer.from(little).swap16();
  for (const bytes of [little, big]) {
    assert.deepEqual(await decode([...bytes]), { pieces: ['Hé🙂\n'], warnings: 0 });
    const single = await decode(...[...bytes].map(byte => [byte]));
    assert.equal(single.pieces.join(''), 'Hé🙂\n');
    assert.equal(single.warnings, 0);
    assert.ok(single.pieces.every(piece => !/\p{Cs}/u.test(piece)));
  }
});

test('what can be spoken has a letter or digit outside the tags', () => {
  for (const text of ['a', '...7', 'я', '好', 'ก', '<spell>A</spell>', '<x>']) assert.ok(isSpeakable(text), text);
  for (const text of ['', ' ', '?!…', '🙂', '<break time="1s"/>', '<emotion value="sad"/> —']) {
    assert.ok(!isSpeakable(text), text);
  }
  assert.ok(isBlank(' \n\u00a0\u3000') && isBlank('') && !isBlank(' .'));
});

test('what is silent alone is nothing to speak', () => {
  for (const text of ['...', '<<<', '>', '^', '| |', '` > —', ' \n', '\u0301', '']) assert.ok(!hasContent(text), text);
  for (const text of ['a', '7', '😀', '€', '+', '%', '&', '#', '👍🏽', '<break time="1s"/>', '<3'])
    assert.ok(hasContent(text), text);
});

test('a lone surrogate is a usage failure', () => {
  checkText('fine 🙂');
  for (const text of ['a\ud83d', '\ude42b', '\ude42\ud83d']) {
    assert.throws(
      () => checkText(text),
      error => error instanceof Failure && error.kind === 'usage' && error.hint !== undefined,
    );
  }
});

test('the first input has something to speak', async () => {
  assert.deepEqual(await collect(speakable(from<Piece>('', ' ', '—', FLUSH, '"', 'Yes', '', '.', FLUSH))), [
    ' —"Yes',
    '',
    '.',
    FLUSH,
  ]);
  assert.deepEqual(await collect(speakable(from<Piece>('<break time="1s"/>', 'Now'))), ['<break time="1s"/>Now']);
});

test('text without anything to speak goes out at the end', async () => {
  assert.deepEqual(await collect(speakable(from<Piece>('...', FLUSH, '!'))), ['...!']);
  assert.deepEqual(await collect(speakable(from<Piece>(FLUSH, ''))), []);
});

test('endless blanks are not gathered without bound', async () => {
  let given = 0;
  async function* blanks() {
    for (;;) {
      given += 65536;
      yield ' '.repeat(65536);
    }
  }
  await speakable(blanks()).next();
  assert.ok(given < 2e6);
});
