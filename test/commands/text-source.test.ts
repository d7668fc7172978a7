/** Where the text comes from: when it is known to be none, and how a wait for it ends. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { checkTextChoice } from '../../src/commands/text-choice.ts';
import { demandContent, openText } from '../../src/commands/text-source.ts';
import { collect } from '../support/collect.ts';
import { failsWith, ownFolder } from '../support/folder.ts';
import { fakeHost } from '../support/host.ts';

const never = new AbortController().signal;
const read = async (source: AsyncIterable<string>) => (await collect(source)).join('');

describe('openText', () => {
  it('one word that is the name of a file is spoken, with a warning of how to read the file', async test => {
    const folder = await ownFolder(test);
    const file = await folder.write('book.txt', 'Once upon a time');
    const heard = async (...words: string[]) => {
      const host = fakeHost();
      const spoken = await read((await openText({ words }, host, never)).text);
      return { spoken, warning: host.shown.stderr };
    };
    const { spoken, warning } = await heard(file);
    assert.equal(spoken, file);
    assert.equal(warning, `warning: ${file} is spoken as it stands; to read the file: -f ${file}\n`);
    for (const words of [[folder.path], [`${file}2`], [file, 'again'], [`${file} again`], ['a\0b']])
      assert.equal((await heard(...words)).warning, '', words.join(' '));
  });

  it('gives standard input on as it comes, before its end', async () => {
    const stdin = new PassThrough();
    stdin.write('first ');
    const { text, length } = await openText({ words: [] }, fakeHost({ stdin }), never);
    assert.equal(length, undefined);
    const pieces = text[Symbol.asyncIterator]();
    assert.deepEqual(await pieces.next(), { value: 'first ', done: false });
    stdin.write('second');
    assert.deepEqual(await pieces.next(), { value: 'second', done: false });
    stdin.end();
    assert.equal((await pieces.next()).done, true);
  });

  it('waits for something to speak, and gives on what came before it too', async () => {
    const stdin = Readable.from(['\n\n', '  ... ', '“', 'Yes”'].map(part => Buffer.from(part)));
    assert.equal(await read((await openText({ words: [] }, fakeHost({ stdin }), never)).text), '\n\n  ... “Yes”');
  });

  it('white space without end is no text', async () => {
    let given = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) {
          given += 1;
          yield Buffer.from(' \n');
        }
      })(),
    );
    await assert.rejects(
      openText({ words: [] }, fakeHost({ stdin: endless }), never),
      failsWith('usage', /nothing to speak/),
    );
    assert.ok(given < 2000);
  });

  it('ends its wait for the first word, and for the next one, with the reason of the signal', async () => {
    for (const first of ['', 'word']) {
      const abort = new AbortController();
      const stdin = new PassThrough();
      stdin.write(first);
      const opened = openText({ words: [] }, fakeHost({ stdin }), abort.signal).then(({ text }) => read(text));
      const reason = new Error('enough');
      setImmediate(() => abort.abort(reason));
      await assert.rejects(opened, reason);
    }
  });

  it('lets go of what it reads when the signal is aborted, also while nobody waits for more', async () => {
    const abort = new AbortController();
    const stdin = new PassThrough();
    stdin.write('word');
    const { text } = await openText({ words: [] }, fakeHost({ stdin }), abort.signal);
    abort.abort(new Error('enough'));
    assert.equal(stdin.destroyed, true);
    await assert.rejects(read(text), /enough/);
  });

  it('a pipe with a name that nobody writes to can be left', { timeout: 5000 }, async test => {
    const folder = await ownFolder(test);
    const file = join(folder.path, 'pipe');
    execFileSync('mkfifo', [file]);
    const abort = new AbortController();
    setImmediate(() => abort.abort(new Error('enough')));
    await assert.rejects(openText({ words: [], file }, fakeHost(), abort.signal), /enough/);
  });

  it('a file tells its length, and why it cannot be read', async test => {
    const folder = await ownFolder(test);
    const file = await folder.write('a.txt', 'Hällo');
    const { text, length } = await openText({ words: [], file }, fakeHost(), never);
    assert.deepEqual([await read(text), length], ['Hällo', 6]);
    await assert.rejects(
      openText({ words: [], file: `${file}/b` }, fakeHost(), never),
      failsWith('usage', /not a folder/),
    );
    if (process.getuid?.() === 0) return;
    await chmod(file, 0);
    await assert.rejects(openText({ words: [], file }, fakeHost(), never), failsWith('usage', /permission is denied/));
  });

  it('says once that there are NUL characters, and gives them on', async () => {
    const stdin = Readable.from(['a\0b', '\0c', '\0'].map(part => Buffer.from(part)));
    const host = fakeHost({ stdin });
    assert.equal(await read((await openText({ words: [] }, host, never)).text), 'a\0b\0c\0');
    assert.equal(host.shown.stderr, 'warning: standard input has NUL characters in it: is it text?\n');
  });

  it('UTF-16 with its mark is read as what it is', async () => {
    const stdin = Buffer.from('\ufeffHello\r\nyou', 'utf16le');
    assert.equal(await read((await openText({ words: [] }, fakeHost({ stdin }), never)).text), 'Hello\nyou');
  });
});

describe('checkTextChoice', () => {
  it('needs nothing to be read', () => {
    const terminal = fakeHost({ tty: { stdin: true } });
    assert.throws(() => checkTextChoice({ words: [] }, terminal), failsWith('usage', /no text to speak/, /usage:/));
    assert.throws(() => checkTextChoice({ words: ['a'], file: 'b' }, terminal), failsWith('usage', /both/));
    assert.throws(() => checkTextChoice({ words: [' ', '—'] }, terminal), failsWith('usage', /only punctuation/));
    checkTextChoice({ words: [], file: '-' }, terminal);
    checkTextChoice({ words: ['😀'] }, terminal);
    checkTextChoice({ words: [] }, fakeHost());
  });
});

describe('demandContent', () => {
  it('passes text on as it comes, and fails at the end where there is none', async () => {
    assert.equal(await read(demandContent(Readable.from(['\n', ' a', '...']))), '\n a...');
    for (const parts of [[], ['  ', '\n'], ['... ', '!']]) {
      await assert.rejects(read(demandContent(Readable.from(parts))), failsWith('usage', /nothing to speak/));
    }
  });

  it('T1: waits for nothing to end that cannot be heard, and leaves floods of it out', async () => {
    let given = 0;
    async function* flood() {
      for (; given < 10_000; given++) yield '\0'.repeat(1000);
    }
    await assert.rejects(read(demandContent(flood())), failsWith('usage', /nothing to speak/));
    assert.ok(given < 2000);
    given = 0;
    async function* within() {
      yield 'Before. ';
      yield* flood();
      yield 'After.';
    }
    const passed = await read(demandContent(within()));
    assert.ok(passed.startsWith('Before. ') && passed.endsWith('After.') && passed.length < 1_100_000);
  });
});
