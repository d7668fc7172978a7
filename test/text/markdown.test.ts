/** Markdown as a person would read it aloud, while it is being written. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import * as smd from 'streaming-markdown';
import { createMarkdownReader, spokenMarkdown } from '../../src/text/markdown.ts';
import { collect, from } from '../support/collect.ts';

/** What is read aloud of a document that arrives in these parts. */
function read(...parts: readonly string[]): string {
  const reader = createMarkdownReader(smd);
  return parts.map(part => reader.push(part)).join('') + reader.end();
}

const CASES: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  'headings, with a stop': [
    ['# Results\n\nAll is well.', 'Results.\nAll is well.'],
    ['## Why?\ntext', 'Why?\ntext'],
    ['Title\n===\nText', 'Title\nText'],
  ],
  'emphasis without its marks': [
    ['**Bold**, *slanted*, __both__, ~~gone~~ and ***all***.', 'Bold, slanted, both, gone and all.'],
    ['**a _b_ c** d', 'a b c d'],
    ['He said **"hi."** Then left.', 'He said "hi." Then left.'],
    ['**never closed\n\nnext', 'never closed.\nnext'],
  ],
  'marks that are none': [
    ['2 * 3 = 6 and 5*3=15', '2 * 3 = 6 and 5*3=15'],
    ['a snake_case_name', 'a snake_case_name'],
    ['It costs $5, $10 or US$20; $HOME is set.', 'It costs $5, $10 or US$20; $HOME is set.'],
    ['\\[as it is\\] and 3 < 4', '[as it is] and 3 < 4'],
    ['array[0] and [1]', 'array0 and 1'],
  ],
  'lists, an item a sentence': [
    ['- one\n- two!\n  - deep\n\nafter', 'one.\ntwo!\ndeep.\nafter'],
    ['1. first\n2. second\n', '1. first.\n2. second'],
    ['7. seven\n8. eight\n\n', '7. seven.\n8. eight.'],
    ['- [ ] to do\n- [x] done', 'to do.\ndone'],
    ['1986. What a year', '1986. What a year'],
  ],
  'tables, a row a sentence': [['| Name | Age |\n|:---|---:|\n| Ann | 7 |\n\nend', 'Name, Age.\nAnn, 7.\nend']],
  quotations: [['> so it is\n> said\n\nend', 'so it is\nsaid.\nend']],
  'links by their text, addresses not at all': [
    ['See [the page](https://a.b/c "title") now.', 'See the page now.'],
    ['See https://a.b/c_d?e=f. Then (www.a.b) go.', 'See. Then () go.'],
    ['Mail <https://a.b> or <me@a.b> ok', 'Mail or ok'],
    ['![A cat](cat.png) sleeps', 'A cat sleeps'],
    ['known[^1] fact', 'known fact'],
  ],
  'what only looks like a link': [
    ['[see](a note here) ok', 'see(a note here) ok'],
    ['[open](and never\n\nclosed', 'open(and never.\nclosed'],
    ['[open](and never', 'open(and never'],
    ['[open and never', 'open and never'],
  ],
  'code: in a sentence yes, blocks no': [
    ['Run `npm test`.\n\n```sh\nrm -rf $HOME\n```\nDone.', 'Run npm test.\nDone.'],
    ['before\n\n    indented();\n\nafter', 'before.\nafter'],
    ['the `<div>` and `a_b` and ``x`y``', 'the div and a_b and x`y'],
    ['```\nnever closed', ''],
  ],
  'emoji by their names': [
    ['Well done :tada: :thumbs_up: :+1::skin-tone-2:!', 'Well done tada thumbs up thumbs up!'],
    ['at 10:30:45, std::vector::push, Note: yes :)', 'at 10:30:45, std::vector::push, Note: yes :)'],
    ['🎉 stays', '🎉 stays'],
  ],
  'tags of a page no, tags of a voice yes': [
    ['a <b>bold</b><br>word <break time="1s"/> <!-- no --> end', 'a bold\nword <break time="1s"/> end'],
    ['AT&amp;T &lt;ok&gt; &#233; &nbsp;&unknown; R&D', 'AT&T <ok> é &unknown; R&D'],
  ],
  'formulas in a sentence only': [['so \\(a+b\\) is\n\n\\[\nx^2\n\\]\n\nend', 'so a+b is.\nend']],
  'rules and blank lines': [['one\n\n---\n\n* * *\n\n\n\ntwo', 'one.\ntwo']],
};

describe('Markdown read aloud', () => {
  for (const [what, cases] of Object.entries(CASES)) {
    it(what, () => {
      for (const [markdown, spoken] of cases) assert.equal(read(markdown), spoken, markdown);
    });
  }

  it('is the same whatever the text was cut into', () => {
    const bits =
      '* ** _ ` ``` \n \n\n - 1. # > | [ ]( http://a.b ) ! ![ $ $$ \\ \\( \\[ < br> <b> &amp; & :smile: : = === ~~'
        .split(' ')
        .concat(
          ' ',
          '  ',
          '\t',
          '    ',
          'word',
          'a',
          'h',
          'w',
          'x_y',
          '5',
          '.',
          'é',
          '🎉',
          'www.',
          '---',
          '[ ] ',
          '+ ',
          '^',
        );
    const document = fc.array(fc.constantFrom(...bits), { maxLength: 60 }).map(parts => parts.join(''));
    const sizes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(document, sizes, (text, lengths) => {
        assert.equal(read(...cut(text, lengths)), read(text));
      }),
      { numRuns: 600 },
    );
  });

  it('loses no word of prose', () => {
    const word = fc.stringMatching(/^[a-gi-vx-z]{1,8}$/);
    const line = fc
      .tuple(
        fc.constantFrom('', '# ', '- ', '1. ', '> ', '  - ', '- [ ] '),
        fc.array(
          word.chain(text =>
            fc.constantFrom(text, `**${text}**`, `*${text}*`, `_${text}_`, `[${text}](u)`, `\`${text}\``),
          ),
          { minLength: 1, maxLength: 6 },
        ),
      )
      .map(([mark, words]) => mark + words.join(' '));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), lines => {
        const markdown = lines.join('\n\n');
        const written = markdown.replace(/\]\(u\)/g, ' ').match(/[a-z]+/g) ?? [];
        assert.deepEqual(read(markdown).match(/[a-z]+/g) ?? [], written, markdown);
      }),
      { numRuns: 400 },
    );
  });

  it('comes while it is being written: a sentence is not held up by what may follow', () => {
    const reader = createMarkdownReader(smd);
    assert.equal(reader.push('Hello **the'), 'Hello the');
    assert.equal(reader.push('re**. It'), 're. It');
    assert.equal(reader.push(' is done.'), ' is done.');
    assert.equal(reader.push('\n\n- it'), '\nit');
    assert.equal(reader.push('em'), 'em');
    assert.equal(reader.push('s? '), 's?');
  });

  it('streams', async () => {
    assert.equal((await collect(spokenMarkdown(from('**a', '** `b`', '\n\nc')))).join(''), 'a b.\nc');
    assert.deepEqual(await collect(spokenMarkdown(from('```', '\nx'))), []);
  });

  it('T1: endless marks of any kind take bounded time and memory, and do not end it', () => {
    const marks = [
      '*',
      '_',
      '`',
      '[',
      '](',
      '[a](',
      '<',
      '&',
      '$',
      '> ',
      '- ',
      '=',
      '|',
      '![',
      'h',
      ' ',
      ':',
      '***',
      '<!--',
      'a*',
    ];
    for (const mark of marks) {
      const reader = createMarkdownReader(smd);
      for (let at = 0; at < 4; at++) assert.ok(reader.push(mark.repeat(1000)).length < 9000, mark);
      reader.push('\n\n\n');
      reader.end();
    }
  });
});

/** `text` in parts of these lengths, in UTF-16 code units. */
function cut(text: string, lengths: readonly number[]): string[] {
  const parts: string[] = [];
  for (let at = 0, turn = 0; at < text.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1;
    parts.push(text.slice(at, at + length));
    at += length;
  }
  return parts;
}
