import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Piece } from '../../src/speech.ts';
import { splitSentences } from '../../src/text/sentences.ts';
import { boundInputs, boundSentences, joinSigns } from '../../src/wire/bounds.ts';
import { collect, from } from '../support/collect.ts';

const mark: Piece = { flush: true };
const textOf = (pieces: readonly Piece[]) => pieces.filter(piece => typeof piece === 'string').join('');

/** What lies between two marks. */
function stretches(pieces: readonly Piece[]): string[] {
  const found = [''];
  for (const piece of pieces) {
    if (typeof piece === 'string') found[found.length - 1] += piece;
    else found.push('');
  }
  return found;
}

describe('bounds of inputs', () => {
  it('stand between inputs that have something in them, once', async () => {
    assert.deepEqual(await collect(boundInputs(from<Piece>('One. ', '', ' ', 'Two.', mark, 'Three.'))), [
      'One. ',
      '',
      ' ',
      mark,
      'Two.',
      mark,
      'Three.',
    ]);
  });

  it('are none of mere signs, which may make no sound', async () => {
    assert.deepEqual(await collect(boundInputs(from<Piece>('One. ', '* * *', '… ', 'Two.', '"', 'Three.'))), [
      'One. ',
      '* * *',
      '… ',
      mark,
      'Two.',
      '"',
      mark,
      'Three.',
    ]);
  });
});

describe('inputs', () => {
  it('have something to speak, all but the last and what is marked', async () => {
    const pieces: Piece[] = ['“', 'One. ', '* * *', '\n', 'Two.', ' ', mark, '”', mark, 'Three.', '…', '!'];
    assert.deepEqual(await collect(joinSigns(from(...pieces))), [
      '“One. ',
      '* * *\nTwo.',
      ' ',
      mark,
      '”',
      mark,
      'Three.',
      '…!',
    ]);
  });

  it('do not grow without end', async () => {
    async function* signs() {
      for (let i = 0; i < 10_000; i++) yield '!';
    }
    const lengths = (await collect(joinSigns(signs()))).map(piece => String(piece).length);
    assert.ok(Math.max(...lengths) < 2100);
    assert.equal(
      lengths.reduce((sum, length) => sum + length),
      10_000,
    );
  });
});

describe('bounds of a text in pieces of any kind', () => {
  const sentence = (n: number) =>
    `Sentence number ${n} is about as long as sentences are when people write them down. `;
  const story = Array.from({ length: 40 }, (_, n) => sentence(n)).join('');

  it('stand where a sentence ends, no closer than forty seconds of speech, however the text is cut', async () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(cuts, async lengths => {
        const pieces: string[] = [];
        for (let at = 0, i = 0; at < story.length; i++) {
          const length = lengths[i % lengths.length] ?? 1;
          pieces.push(story.slice(at, at + length));
          at += length;
        }
        const bound = await collect(boundSentences(from(...pieces), 'en'));
        assert.equal(textOf(bound), story);
        const parts = stretches(bound);
        for (const part of parts.slice(0, -1)) assert.ok(part.length >= 600 && part.endsWith('. '), part);
        assert.ok(parts.length > 2);
        for (const part of parts) assert.ok(part.length < 600 + 1800, `${part.length}`);
      }),
      { numRuns: 50 },
    );
  });

  it('leave pieces as they are, and hold none of them back', async () => {
    const tokens = splitSentences(story).flatMap(text => text.match(/ ?\S+|\s+/g) ?? []);
    const bound = boundSentences(from(...tokens), 'en')[Symbol.asyncIterator]();
    const said: string[] = [];
    for (let result = await bound.next(); !result.done; result = await bound.next()) {
      if (typeof result.value === 'string') said.push(result.value);
    }
    assert.equal(said.join(''), story);
    assert.ok(said.length >= tokens.length && said.length <= tokens.length + 10);
  });

  it('do not stand behind what only looks like an end', async () => {
    const text = `${story.slice(0, 1200)}He met Dr. Smith at 3.5 km`;
    const bound = await collect(boundSentences(from(...(text.match(/ ?\S+|\s+/g) ?? [])), 'en'));
    assert.ok(stretches(bound).every(part => !/(?:Dr\.|3\.)\s*$/.test(part)));
  });

  it('count from a mark that was there', async () => {
    const bound = await collect(
      boundSentences(from<Piece>(story.slice(0, 590), mark, 'One. ', 'Two. ', 'Three. '), 'en'),
    );
    assert.equal(bound.filter(piece => typeof piece !== 'string').length, 1);
  });
});
