import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { openProgram } from '../src/start.ts';
import type { Surroundings } from '../src/start-cache.ts';
import { ownFolder } from './support/folder.ts';

const require = createRequire(import.meta.url);
const PACKS = { 'tools.js': ['sum.js', 'twice.js', 'even.js', 'odd.js', 'late.js', 'broken.js', 'where.js'] };
const TOOLS = `({
"sum.js"(exports, require) { exports.sum = (a, b) => a + b; },
"twice.js"(exports, require) { const { sum } = require("./sum.js"); exports.twice = a => sum(a, a); },
"even.js"(exports, require) { exports.even = n => n === 0 || require("./odd.js").odd(n - 1); require("./odd.js"); },
"odd.js"(exports, require) { const { even } = require("./even.js"); exports.early = even; exports.odd = n => n > 0 && require("./even.js").even(n - 1); },
"late.js"(exports, require) { exports.late = () => require("./apart.js").apart; },
"broken.js"(exports, require, module) { globalThis.aloudTries = (globalThis.aloudTries ?? 0) + 1; throw new Error("broken"); },
"where.js"(exports, require, module, __filename) { module.exports = { __filename, os: require("node:os") }; }
})`;

async function program(test: TestContext) {
  const { path, write } = await ownFolder(test);
  await write('dist/tools.js', TOOLS);
  // V8 knows what it has compiled in this process, but only by its place.
  await write('moved/tools.js', TOOLS);
  await write('dist/apart.js', '"use strict";\nexports.apart = require("./sum.js").sum(40, 2); // the end');
  const where: Surroundings = {
    env: { HOME: path },
    platform: process.platform,
    arch: process.arch,
    version: process.version,
    pid: process.pid,
    ...(process.getuid === undefined ? {} : { getuid: process.getuid }),
    uptime: () => 1,
    on() {},
    off() {},
  };
  const cache = join(path, ...(process.platform === 'win32' ? ['AppData/Local'] : ['.cache']), 'aloud/code');
  const folder = join(path, 'dist');
  const open = (changes: Partial<Surroundings> = {}, at = 'dist') => {
    const opened = openProgram(join(path, at), require, { ...where, ...changes }, PACKS);
    // biome-ignore lint/suspicious/noExplicitAny: what a part exports is known to whoever asks for it
    return { ...opened, load: (name: string) => opened.load(name) as any };
  };
  return { open, folder, kept: () => readdir(cache).catch(() => []), cache };
}

const onPosix = { skip: process.platform === 'win32' ? 'HOME is not what names the home here' : false };

describe('a program in packs', onPosix, () => {
  it('gives each part what it asks for, in a pack or apart, and each part once', async test => {
    const { load } = (await program(test)).open();
    assert.equal(load('./twice.js').twice(21), 42);
    assert.equal(load('./late.js').late(), 42);
    assert.equal(load('./sum.js'), load('./sum.js'));
    assert.equal(load('./apart.js'), load('./apart.js'));
  });

  it('gives parts that need each other what is there of them', async test => {
    const { load } = (await program(test)).open();
    assert.equal(load('./even.js').even(10), true);
    assert.equal(load('./odd.js').odd(10), false);
    assert.equal(typeof load('./odd.js').early, 'function');
  });

  it('tells a part where it is, and takes the rest from Node', async test => {
    const { open, folder } = await program(test);
    const { __filename, os } = open().load('./where.js');
    assert.equal(__filename, join(folder, 'tools.js'));
    assert.equal(os, require('node:os'));
  });

  it('fails a second time where a part has failed, and where there is none', async test => {
    const { load } = (await program(test)).open();
    for (const tries of [1, 2]) {
      assert.throws(() => load('./broken.js'), /broken/);
      assert.equal(Reflect.get(globalThis, 'aloudTries'), tries);
    }
    Reflect.deleteProperty(globalThis, 'aloudTries');
    assert.throws(() => load('./none.js'), { code: 'ENOENT' });
  });

  it('keeps what was compiled, and again only when more parts were needed', async test => {
    const { open, kept, cache } = await program(test);
    const first = open();
    first.load('./sum.js').sum(1, 1);
    assert.deepEqual(await kept(), []);
    first.keep();
    const [name = ''] = await kept();
    const path = join(cache, name);
    const bytes = await readFile(path);
    assert.ok(bytes.includes('["sum.js"]'));

    const second = open();
    second.load('./sum.js').sum(1, 1);
    await rm(path);
    second.keep();
    assert.deepEqual(await kept(), [], 'nothing new was needed');

    await writeFile(path, bytes, { mode: 0o600 });
    const third = open();
    assert.equal(third.load('./twice.js').twice(3), 6);
    third.keep();
    assert.ok((await readFile(path)).includes('["sum.js","twice.js"]'));
    assert.equal(open().load('./twice.js').twice(4), 8);
  });

  it('keeps nothing after a long run, in which V8 has forgotten how it began', async test => {
    const { open, kept } = await program(test);
    const { load, keep } = open({ uptime: () => 60 });
    load('./sum.js');
    keep();
    assert.deepEqual(await kept(), []);
  });

  it('leaves what another kind of V8 has kept to that', async test => {
    const { open, cache } = await program(test);
    const first = open();
    first.load('./sum.js');
    first.keep();
    const [name = ''] = await readdir(cache);
    const { crc32 } = require('node:zlib');
    const bytes = await readFile(join(cache, name));
    // Behind our header and V8's magic number: its version, and the flags that it ran with.
    const code = 8 + bytes.readUInt32LE(4);
    bytes.fill(0x55, code + 4, code + 16);
    bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0);
    await writeFile(join(cache, name), bytes);
    const second = open({}, 'moved');
    assert.equal(second.load('./twice.js').twice(4), 8);
    second.keep();
    assert.deepEqual(await readFile(join(cache, name)), bytes);
  });
});
