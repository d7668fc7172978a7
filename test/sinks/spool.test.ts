import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createSpool } from '../../src/sinks/spool.ts';
import { openFileTarget } from '../../src/sinks/target.ts';
import { manualClock } from '../support/clock.ts';
import { scratch } from './setting.ts';

describe('a spool', () => {
  const text = Array.from({ length: 30_000 }, (_, index) => `${index} größer\n`);

  for (const [name, memoryBytes] of [
    ['memory', Number.POSITIVE_INFINITY],
    ['a file', 0],
    ['memory first and then a file', 200_000],
  ] as const) {
    it(`gives back in order what it holds in ${name}, and leaves nothing`, async test => {
      const folder = scratch(test);
      const { TMPDIR } = process.env;
      process.env.TMPDIR = folder;
      test.after(() => {
        if (TMPDIR === undefined) delete process.env.TMPDIR;
        else process.env.TMPDIR = TMPDIR;
      });
      const spool = createSpool(memoryBytes);
      for (const piece of text) await spool.write(piece);
      assert.deepEqual(readdirSync(folder), [], 'its file has no name');
      const target = await openFileTarget(join(folder, 'out'), { clock: manualClock() });
      await spool.copyTo(target);
      await target.commit();
      await spool.release();
      assert.equal(readFileSync(join(folder, 'out'), 'utf8'), text.join(''));
    });
  }

  it('makes do with memory where there is no folder for temporary files', async test => {
    const folder = scratch(test);
    const { TMPDIR } = process.env;
    process.env.TMPDIR = join(folder, 'missing');
    test.after(() => {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    });
    const spool = createSpool(0);
    for (const piece of text) await spool.write(piece);
    const target = await openFileTarget(join(folder, 'out'), { clock: manualClock() });
    await spool.copyTo(target);
    await target.commit();
    assert.equal(readFileSync(join(folder, 'out'), 'utf8'), text.join(''));
  });
});
