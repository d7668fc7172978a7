/** Text by the columns that it takes on a terminal. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cutTo, displayWidth, wrapped } from '../src/host-columns.ts';

describe('wrapping', () => {
  it('breaks between words and goes on under the beginning', () => {
    assert.equal(wrapped('aloud: one two three four', 16), 'aloud: one two\n       three\n       four');
    assert.equal(wrapped('warning: one two three', 14), 'warning: one\n         two\n         three');
    assert.equal(wrapped('  a step to take', 9), '  a step\n    to\n    take');
    assert.equal(wrapped('short\nas it is', 20), 'short\nas it is');
  });

  it('keeps a long word whole, and a command that somebody may copy', () => {
    assert.equal(wrapped('see /a/very/long/path/indeed now', 12), 'see\n  /a/very/long/path/indeed\n  now');
    assert.equal(
      wrapped('  list them with: aloud voices --provider local', 24),
      '  list them with:\n    aloud voices --provider local',
    );
    assert.equal(
      wrapped('  try: aloud say "Hello, world", or: aloud --help', 24),
      '  try:\n    aloud say "Hello, world",\n    or: aloud --help',
    );
    assert.equal(
      wrapped('  try: echo "Hello, world" | aloud stream', 20),
      '  try:\n    echo "Hello, world" | aloud stream',
    );
    assert.equal(wrapped('aloud: no such aloud thing as this', 20), 'aloud: no such aloud\n       thing as this');
  });

  it('loses nothing and fits wherever words do', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'é', '語', '-', ':'), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), fc.integer({ min: 20, max: 60 }), (words, width) => {
        const lines = wrapped(words.join(' '), width).split('\n');
        assert.deepEqual(lines.join(' ').split(/ +/), words.length === 0 ? [''] : words);
        assert.ok(lines.every(line => displayWidth(line) <= width));
      }),
    );
  });
});

describe('cutting', () => {
  it('says that there is more, and counts wide characters twice', () => {
    assert.equal(cutTo('hello', 5), 'hello');
    assert.equal(cutTo('hello there', 6), 'hello…');
    assert.equal(cutTo('日本語です', 6), '日本…');
    assert.equal(displayWidth('e\u0301'), 1);
  });
});
