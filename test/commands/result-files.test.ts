import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openResultFiles } from '../../src/commands/result-files.ts';
import { manualClock } from '../support/clock.ts';
import { failsWith, ownFolder } from '../support/folder.ts';

describe('files of results', () => {
  it('are there from the beginning, follow soon, and hold everything at the end', async test => {
    const { path } = await ownFolder(test);
    const clock = manualClock();
    let rows = 0;
    const read = () => readFile(join(path, 'a.txt'), 'utf8');
    const files = await openResultFiles(path, () => ({ 'a.txt': `${rows}`, 'b.txt': 'b' }), clock);
    assert.equal(await read(), '0');
    for (; rows < 1000; rows++) files.changed();
    assert.equal(clock.pending, 1);
    await clock.advance(250);
    while ((await read()) !== '1000');
    rows++;
    files.changed();
    await files.finish();
    assert.equal(await read(), '1001');
    assert.equal(clock.pending, 0);
    assert.deepEqual((await readdir(path)).sort(), ['a.txt', 'b.txt']);
  });

  it('that cannot be written fail at once, or are told of at the next change and at the end', async test => {
    const { path } = await ownFolder(test);
    const clock = manualClock();
    await assert.rejects(
      openResultFiles(join(path, 'none'), () => ({ a: '' }), clock),
      failsWith('output', /folder/),
    );
    const files = await openResultFiles(path, () => ({ a: '' }), clock);
    await rm(join(path, 'a'));
    await mkdir(join(path, 'a'));
    files.changed();
    await clock.advance(250);
    const problem = () => {
      try {
        files.changed();
        return undefined;
      } catch (error) {
        return error;
      }
    };
    while (problem() === undefined) await new Promise(resolve => setImmediate(resolve));
    assert.throws(() => files.changed(), failsWith('output', /it is a folder/));
    await assert.rejects(files.finish(), failsWith('output', /it is a folder/));
  });
});
