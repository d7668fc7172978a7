import assert from 'node:assert/strict';
import { basename, normalize } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createNames, fileName, voiceFolder, voiceLabel } from '../../src/report/file-names.ts';

describe('names of files', () => {
  it('are the words of the text', () => {
    assert.equal(fileName('Hello, world! How are you?', 'x'), 'hello-world-how-are-you');
    assert.equal(fileName('日本語のテキスト。', 'x'), '日本語のテキスト');
    assert.equal(fileName('Ça va, l’été ?', 'x'), 'ça-va-l-été');
  });

  it('path characters, dots and control characters never get into one', () => {
    for (const evil of [
      '../../etc/passwd',
      '..',
      '.',
      '/',
      '\\\\host\\share',
      'C:\\x',
      'a\0b',
      '.hidden',
      '-',
      '~',
      '\u202e',
    ]) {
      const name = fileName(evil, 'x');
      assert.match(name, /^[a-z0-9][a-z0-9-]*$/, evil);
    }
  });

  it('any text gives one plain name that a file system takes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), text => {
        const name = fileName(text, 'x');
        assert.ok(name !== '' && !/^[.-]/.test(name) && basename(name) === name && normalize(name) === name, name);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
        assert.doesNotMatch(name, /[\u0000-\u001f\u007f/\\:*?"<>|]|\.$|\s/);
        assert.ok(Buffer.byteLength(name) < 220);
      }),
    );
  });

  it('a name that Windows keeps for a device is avoided', () => {
    assert.equal(fileName('NUL', 'x'), 'nul-');
    assert.equal(fileName('com1', 'x'), 'com1-');
  });

  it('no two are the same, whatever their case', () => {
    const name = createNames();
    assert.deepEqual(['a', 'A', 'b', 'a', 'a-2'].map(name), ['a', 'A-2', 'b', 'a-3', 'a-2-2']);
  });

  it('a voice with a readable id goes by it, another by its name and the start of its id', () => {
    assert.equal(voiceFolder({ id: 'en-us+f3', name: 'English' }), 'en-us+f3');
    assert.equal(voiceFolder({ id: 'f786b574-daa5-4673-aa0c-cbe3e8534c02', name: 'Katie / "K"' }), 'katie-k-f786b574');
  });

  it('people are shown what they can read', () => {
    assert.equal(voiceLabel({ id: 'en-us', name: 'English' }), 'en-us');
    assert.equal(voiceLabel({ id: 'f786b574-daa5-4673-aa0c-cbe3e8534c02', name: 'Katie' }), 'Katie (f786b574)');
  });
});
