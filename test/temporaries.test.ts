/** Temporary files of a process that has to end at once. */
import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { noteTemporary, removeTemporaries } from '../src/temporaries.ts';
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
});
