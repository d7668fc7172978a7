/** A long text in parts: where it is cut, and that nothing of it is lost or said without its tags. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Part, partsOf } from '../../src/text/parts.ts';
import { tagsInForce } from '../../src/text/tags-in-force.ts';
import { isSpeakable } from '../../src/text/transcript.ts';
import { collect, from } from '../support/collect.ts';

const parts = (...pieces: readonly string[]): Promise<Part[]> => collect(partsOf(from(...pieces), 'en'));
const textsOf = async (...pieces: readonly string[]) => (await parts(...pieces)).map(part => part.text);

/** A sentence of so many characters, the blank behind it included. */
const sentence = (length: number) => `${'Abc '.repeat(length).slice(0, length - 2)}. `;
const paragraph = (...lengths: readonly number[]) => `${lengths.map(sentence).join('').trimEnd()}\n\n`;

const BITS = [
  ...['Hello', ' there', '. ', '.\n\n', '\n', '3.5', ' Dr. ', '! ', '。', '* * *\n\n', '🎉', '🇩🇪', '“', '” ', 'é'],
  ...['<speed ratio="1.2"/>', '<emotion value="sad"/>', '<spell>ABC</spell>', '<break time="1s"/>', '<', 'a < b'],
];
const texts = fc
  .array(fc.tuple(fc.constantFrom(...BITS), fc.integer({ min: 1, max: 120 })), { maxLength: 60 })
  .map(runs => runs.map(([bit, times]) => bit.repeat(times)).join(''));

describe('the parts of a text', () => {
  it('joined are the text, each has something to speak, and each begins with the tags that hold', async () => {
    await fc.assert(
      fc.asyncProperty(texts, async text => {
        const cut = await parts(text);
        assert.equal(cut.map(part => part.text).join(''), text);
        let before = '';
        for (const [index, part] of cut.entries()) {
          assert.ok(part.text !== '');
          if (cut.length > 1 || index > 0) assert.ok(isSpeakable(part.text), JSON.stringify(part.text));
          assert.deepEqual(tagsInForce(part.again), tagsInForce(before));
          before += part.text;
        }
      }),
      { numRuns: 200 },
    );
  });

  it('do not depend on how the text was cut on its way', async () => {
    await fc.assert(
      fc.asyncProperty(texts, fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1 }), async (text, sizes) => {
        const pieces: string[] = [];
        for (let at = 0, turn = 0; at < text.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          pieces.push(text.slice(at, at + size));
          at += size;
        }
        assert.deepEqual(await parts(...pieces), await parts(text));
      }),
      { numRuns: 150 },
    );
  });

  it('are one where the text is short, whatever stands in it', async () => {
    const text = paragraph(500, 501) + paragraph(400, 400);
    assert.ok(text.length < 2000 && text.length > 1800);
    assert.deepEqual(await textsOf(text), [text]);
    assert.deepEqual(await textsOf('🎉'), ['🎉']);
    assert.deepEqual(await textsOf(''), []);
  });

  it('end behind the first paragraph that makes them long enough', async () => {
    const [short, long, other] = [paragraph(300, 300), paragraph(400, 400), paragraph(600, 700)];
    assert.deepEqual(await textsOf(short + long + other), [short + long, other]);
  });

  it('end behind a sentence where the paragraph is too long', async () => {
    const sentences = [400, 400, 400, 400, 400, 400].map(sentence);
    const [a = '', b = '', c = '', ...rest] = sentences;
    assert.deepEqual(await textsOf(sentences.join('')), [a + b + c, rest.join('')]);
  });

  it('do not grow beyond 2000 characters for the sake of their paragraph', async () => {
    const sentences = [400, 400, 400, 400, 500].map(sentence);
    const long = `${sentences.join('').trimEnd()}\n\n`;
    const cut = await textsOf(long, paragraph(600, 600));
    assert.equal(cut[0], sentences.slice(0, 3).join(''));
    assert.ok(cut.every(part => part.length <= 2000));
  });

  it('are cut inside a sentence only where that alone is too long, and then between words', async () => {
    const [first = '', ...others] = await textsOf('word '.repeat(1000));
    assert.ok(first.length > 1500 && first.length <= 2000, String(first.length));
    assert.ok([first, ...others].every(part => /^(word )+$/.test(part)));
  });

  it('never end inside a tag or a spelling, not even at a blank line in it', async () => {
    const tag = '<speed\n\nratio="1.2"/>';
    const spelling = '<spell>Mr. X.\n\nY!</spell>';
    const text = `${sentence(995)}x${tag}y ${sentence(700)}${sentence(270)}${spelling} z. ${sentence(900)}`;
    const cut = await textsOf(text);
    assert.ok(cut.length > 1);
    for (const whole of [tag, spelling]) assert.ok(cut.some(part => part.includes(whole)));
  });

  it('take what cannot be heard along with what is before it', async () => {
    const one = paragraph(600, 600);
    assert.deepEqual(await textsOf(one, one, '* * *\n\n'), [one, `${one}* * *\n\n`]);
    assert.deepEqual(await textsOf(one, one, '<break time="1s"/>'), [one, `${one}<break time="1s"/>`]);
    assert.deepEqual(await textsOf('“ … ”\n\n', one, one), [`“ … ”\n\n${one}`, one]);
  });

  it('say again what was asked for before them, the last of each kind', async () => {
    const one = `<speed ratio="0.8"/>${paragraph(1200)}`;
    const two = `<volume ratio="0.5"/><speed ratio='1.1'/>${paragraph(1200)}`;
    const cut = await parts(one, two, paragraph(1200), paragraph(1200));
    assert.deepEqual(
      cut.map(part => part.again.trim()),
      [
        '',
        '<speed ratio="0.8"/>',
        `<volume ratio="0.5"/> <speed ratio='1.1'/>`,
        `<volume ratio="0.5"/> <speed ratio='1.1'/>`,
      ],
    );
  });

  it('come as soon as the first sentence behind them is there, while the rest is still being written', async () => {
    let asked = 0;
    async function* written() {
      yield paragraph(1100);
      asked = 1;
      yield `${sentence(1000)}${sentence(50)}Go`;
      asked = 2;
      yield ' on.';
    }
    const cut = partsOf(written(), 'en')[Symbol.asyncIterator]();
    assert.deepEqual(await cut.next(), { done: false, value: { text: paragraph(1100), again: '' } });
    assert.equal(asked, 1);
    await cut.return(undefined);
  });

  it('are bounded even by a flood of what cannot be heard', async () => {
    const one = paragraph(600, 600);
    const flood = '\n'.repeat(300_000);
    const cut = await textsOf(one, flood, one);
    assert.equal(cut.join(''), one + flood + one);
    assert.ok(Math.max(...cut.map(part => part.length)) < 80_000);
  });
});
