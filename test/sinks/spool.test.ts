import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
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

  it('holds bytes as well as text, in the order in which they came', async test => {
    const folder = scratch(test);
    const spool = createSpool(100_000);
    const expected: Buffer[] = [];
    for (const [index, piece] of text.entries()) {
      const bytes = Buffer.from([index & 0xff, 0, 0xff]);
      await spool.write(piece);
      await spool.write(bytes);
      expected.push(Buffer.from(piece), bytes);
    }
    const target = await openFileTarget(join(folder, 'out'), { clock: manualClock() });
    await spool.copyTo(target);
    await target.commit();
    await spool.release();
    assert.deepEqual(readFileSync(join(folder, 'out')), Buffer.concat(expected));
  });

  it('released while it is being written takes nothing more and keeps no file', {
    skip: !existsSync('/proc/self/fd'),
  }, async () => {
    const files = () => readdirSync('/proc/self/fd').length;
    const spool = createSpool(0);
    await spool.write('x'.repeat(100_000));
    const before = files();
    const writing = spool.write('x'.repeat(100_000));
    await Promise.all([writing, spool.release()]);
    await spool.write('x'.repeat(100_000));
    assert.ok(files() < before, 'its file is closed');
  });

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

  it('copies what it is given, so that a small piece keeps no large buffer alive', async () => {
    const spool = createSpool();
    const piece = Buffer.from('abc');
    await spool.write(piece);
    piece.fill(0);
    const parts: Uint8Array[] = [];
    await spool.copyTo({ copies: false, write: async part => void parts.push(part) });
    assert.equal(Buffer.concat(parts).toString(), 'abc');
    await spool.release();
  });
});
