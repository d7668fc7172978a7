/** Words in lines, as wide as the terminal is when they come. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCaptionLine } from '../../src/commands/caption-line.ts';

function setup(columns: number) {
  let shown = '';
  const state = { columns };
  const line = createCaptionLine(
    text => {
      shown += text;
    },
    () => state.columns,
  );
  return { line, state, shown: () => shown };
}

describe('a line of captions', () => {
  it('breaks between words, before the last column', () => {
    const { line, shown } = setup(11);
    for (const word of ['one ', 'two ', 'three ', 'four']) line.add(word);
    line.end();
    assert.equal(shown(), 'one two\nthree four\n');
  });

  it('follows the terminal when that changes', () => {
    const { line, state, shown } = setup(40);
    line.add('wide enough for all of it ');
    state.columns = 12;
    line.add('and now it is not ');
    state.columns = 80;
    line.add('but now again');
    assert.equal(shown(), 'wide enough for all of it\nand now it\nis not but now again');
  });

  it('keeps the lines of the text, and no more white space than that', () => {
    const { line, shown } = setup(80);
    for (const part of ['  one', '\t ', 'two \n', '\n three']) line.add(part);
    assert.equal(shown(), 'one two\nthree');
  });

  it('counts columns and not characters', () => {
    const { line, shown } = setup(9);
    for (const word of ['日本 ', '語で ', 'x']) line.add(word);
    assert.equal(shown(), '日本\n語で x');
  });

  it('gives a word that is wider than the terminal a line of its own', () => {
    const { line, shown } = setup(8);
    line.add('a extraordinarily b');
    assert.equal(shown(), 'a\nextraordinarily\nb');
  });

  it('shows nothing that a terminal would obey', () => {
    const { line, shown } = setup(80);
    line.add('a\u001b[2J \u0007 b\u202ec');
    assert.equal(shown(), 'a[2J bc');
  });

  it('ends a line once, and begins anew when something else has ended it', () => {
    const { line, shown } = setup(80);
    line.end();
    line.add('one ');
    line.end();
    line.end();
    line.add('two ');
    line.restart();
    line.add('three');
    assert.equal(shown(), 'one\ntwothree');
  });
});
