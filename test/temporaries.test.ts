/** Temporary files of a process that has to end at once. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { moveInto, noteTemporary, removeTemporaries } from '../src/temporaries.ts';
import { ownFolder } from './support/folder.ts';

describe('removeTemporaries', () => {
  it('deletes what was noted and is still there, and nothing that was let go', async test => {
    const folder = await ownFolder(test);
    const [stays, goes, never] = ['stays', 'goes', 'never'].map(name => join(folder.path, name));
    assert.ok(stays && goes && never);
    const forget = noteTemporary(stays);
    noteTemporary(never);
    noteTemporary(goes);
    for (const path of [stays, goes]) writeFileSync(path, '');
    forget();
    removeTemporaries();
    assert.deepEqual([existsSync(stays), existsSync(goes)], [true, false]);
    // What comes to that name later is somebody else's.
    writeFileSync(goes, '');
    removeTemporaries();
    assert.equal(existsSync(goes), true);
  });

  it('deletes a folder with all that is in it', async test => {
    const folder = await ownFolder(test);
    const own = join(folder.path, 'own');
    noteTemporary(own);
    mkdirSync(own);
    writeFileSync(join(own, 'file'), '');
    removeTemporaries();
    assert.equal(existsSync(own), false);
  });
});

describe('moveInto', () => {
  const busy = Object.assign(new Error(), { code: 'EPERM' });

  it('replaces what is there', async test => {
    const folder = await ownFolder(test);
    const [from, to] = [join(folder.path, 'from'), join(folder.path, 'to')];
    writeFileSync(from, 'new');
    writeFileSync(to, 'old');
    await moveInto(from, to);
    assert.deepEqual([existsSync(from), readFileSync(to, 'utf8')], [false, 'new']);
  });

  it('waits on Windows for who has it open for a moment, and nowhere else', async () => {
    let tries = 0;
    const move = async () => {
      tries += 1;
      if (tries < 3) throw busy;
    };
    await moveInto('a', 'b', true, move);
    assert.equal(tries, 3);
    tries = 0;
    await assert.rejects(moveInto('a', 'b', false, move), busy);
    const missing = Object.assign(new Error(), { code: 'ENOENT' });
    await assert.rejects(
      moveInto('a', 'b', true, () => Promise.reject(missing)),
      missing,
    );
  });
});

describe('every temporary file or folder', () => {
  const source = join(import.meta.dirname, '../src');
  for (const name of readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts')) continue;
    const text = readFileSync(join(source, name), 'utf8');
    const makes = text.match(/\.tmp`|mkdtemp\(/g)?.length ?? 0;
    // Written and renamed in one go, in which no signal is heard.
    if (makes === 0 || name === 'start-cache.ts') continue;
    it(`of ${name} is noted (O6)`, () => {
      const notes = text.match(/noteTemporary\(/g)?.length ?? 0;
      assert.ok(notes >= makes, `${makes} are made, ${notes} noted`);
    });
  }
});
