/** The folder of speech that was not finished. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { dropUnfinished, keepUnfinished, listUnfinished, openUnfinished } from '../../src/commands/unfinished.ts';
import { RECORD_VERSION } from '../../src/commands/unfinished-record.ts';
import { ownFolder } from '../support/folder.ts';

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex');

async function stage(test: TestContext) {
  const folder = await ownFolder(test);
  const root = join(folder.path, 'state', 'unfinished');
  const keep = (characters: number, more: Partial<Parameters<typeof keepUnfinished>[1]> = {}) =>
    keepUnfinished(root, {
      record: {
        version: RECORD_VERSION,
        key: 'k',
        textFile: '/book.txt',
        parts: 1,
        characters,
        digest: 'd',
        seconds: characters / 10,
      },
      audio: { start: 4, bytes: 5 },
      noteBytes: 6,
      saveAudio: path => writeFile(path, 'HEADsound and more'),
      async saveNotes(path) {
        await writeFile(path, 'notes\n');
        return digestOf('notes\n');
      },
      ...more,
    });
  return { root, keep };
}

describe('what is kept of speech', () => {
  it('is found again, the longest first, as it was', async test => {
    const { root, keep } = await stage(test);
    assert.deepEqual(await listUnfinished(root), []);
    for (const characters of [10, 30, 20]) await keep(characters);
    const all = await listUnfinished(root);
    assert.deepEqual(
      all.map(({ record }) => record.characters),
      [30, 20, 10],
    );
    const [first] = all;
    assert.ok(first !== undefined);
    assert.deepEqual(first.record.audio, { start: 4, bytes: 5, sha256: digestOf('sound') });
    const files = await openUnfinished(first);
    assert.equal((await files?.audio.readFile('utf8')) ?? '', 'HEADsound and more');
    assert.equal((await files?.notes.readFile('utf8')) ?? '', 'notes\n');
    await files?.close();
    await dropUnfinished(all);
    assert.deepEqual(readdirSync(root), []);
  });

  it('is not there where it could not be kept whole', async test => {
    const { root, keep } = await stage(test);
    const fails = async () => {
      throw new Error('no room');
    };
    await assert.rejects(keep(10, { saveAudio: fails }), /no room/);
    await assert.rejects(keep(10, { saveNotes: fails }), /no room/);
    // Less sound than there should be.
    await assert.rejects(keep(10, { audio: { start: 4, bytes: 500 } }));
    assert.deepEqual(readdirSync(root), []);
  });

  it('is passed over where it is no record of ours', async test => {
    const { root, keep } = await stage(test);
    await keep(10);
    const [{ folder, record }] = (await listUnfinished(root)) as [{ folder: string; record: object }];
    const path = join(folder, 'record.json');
    const wrong = [
      '',
      '{',
      'null',
      '[]',
      JSON.stringify({ ...record, version: 2 }),
      JSON.stringify({ ...record, characters: '10' }),
      JSON.stringify({ ...record, parts: -1 }),
      JSON.stringify({ ...record, audio: { start: 0 } }),
      JSON.stringify({ ...record, notes: null }),
      JSON.stringify({ ...record, textFile: 'x'.repeat(70_000) }),
    ];
    for (const text of wrong) {
      writeFileSync(path, text);
      assert.deepEqual(await listUnfinished(root), [], text.slice(0, 80));
    }
    writeFileSync(path, JSON.stringify(record));
    assert.equal((await listUnfinished(root)).length, 1);
    // A folder where a file should be, and a root that is a file.
    await rename(path, join(folder, 'moved'));
    await mkdir(path);
    assert.deepEqual(await listUnfinished(root), []);
    assert.deepEqual(await listUnfinished(join(folder, 'moved')), []);
  });

  it('cannot be opened when any byte that counts is another one, or is not there', async test => {
    const { root, keep } = await stage(test);
    await keep(10);
    const [only] = await listUnfinished(root);
    assert.ok(only !== undefined);
    const [audio, notes] = [join(only.folder, 'audio'), join(only.folder, 'notes.jsonl')];
    for (const [path, text, isFine] of [
      [audio, 'HEADsounD and more', false],
      [audio, 'HEADsoun', false],
      [audio, 'headsound', true],
      [notes, 'Notes\n', false],
      [notes, 'note', false],
      [notes, 'notes\n', true],
    ] as const) {
      writeFileSync(path, text);
      const files = await openUnfinished(only);
      assert.equal(files !== undefined, isFine, text);
      await files?.close();
    }
    await rename(audio, join(only.folder, 'elsewhere'));
    assert.equal(await openUnfinished(only), undefined);
  });

  it('stays what it is for one who has opened it while another deletes it', async test => {
    const { root, keep } = await stage(test);
    await keep(10);
    const [only] = await listUnfinished(root);
    assert.ok(only !== undefined);
    const files = await openUnfinished(only);
    await dropUnfinished([only]);
    assert.deepEqual(await readdir(root), []);
    assert.equal((await files?.audio.readFile('utf8')) ?? '', 'HEADsound and more');
    await files?.close();
  });

  it('is no reason to fail where its folder cannot be read', { skip: process.getuid?.() === 0 }, async test => {
    const { root, keep } = await stage(test);
    await keep(10);
    await chmod(root, 0);
    test.after(() => chmod(root, 0o700));
    assert.deepEqual(await listUnfinished(root), []);
  });
});
