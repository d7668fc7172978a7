import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type CodeCache, openCodeCache, type Surroundings } from '../src/start-cache.ts';
import { ownFolder } from './support/folder.ts';

const KEPT = { code: Buffer.from('what V8 has compiled, more or less'), parts: ['cli.js', 'say-1.js'] };
const FILE = 'start-0123ABCD.js';
const onPosix = { skip: process.platform === 'win32' ? 'there are no such permissions here' : false };

function around(home: string, changes: Partial<Surroundings> = {}): Surroundings {
  return {
    env: { HOME: home },
    platform: 'linux',
    arch: 'x64',
    version: 'v20.1.0',
    pid: 7,
    uptime: () => 0,
    ...(process.getuid === undefined ? {} : { getuid: process.getuid }),
    on() {},
    off() {},
    ...changes,
  };
}

function open(home: string, changes?: Partial<Surroundings>): CodeCache {
  const cache = openCodeCache(around(home, changes));
  assert.ok(cache);
  return cache;
}

/** A home in which something is kept, and where. */
async function filled(test: TestContext) {
  const { path: home } = await ownFolder(test);
  open(home).write(FILE, KEPT);
  const folder = join(home, '.cache/aloud/code');
  const [name = ''] = await readdir(folder);
  return { home, folder, path: join(folder, name) };
}

describe('what V8 has compiled', () => {
  it('is kept for its owner alone', onPosix, async test => {
    const { home, folder, path } = await filled(test);
    assert.deepEqual(open(home).read(FILE), KEPT);
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.equal((await readdir(folder)).length, 1);
  });

  it('begins where V8 can take it as it is', async test => {
    const { home } = await filled(test);
    const code = open(home).read(FILE)?.code;
    assert.equal((code?.byteOffset ?? 1) % 8, 0);
  });

  it('is for the same file, Node and machine', async test => {
    const { home } = await filled(test);
    assert.equal(open(home).read('start-89ABCDEF.js'), undefined);
    for (const other of [{ version: 'v20.2.0' }, { arch: 'arm64' }]) {
      assert.equal(open(home, other).read(FILE), undefined, JSON.stringify(other));
    }
  });

  it('is replaced as a whole', async test => {
    const { home } = await filled(test);
    const more = { code: Buffer.from('more'), parts: ['cli.js', 'say-1.js', 'ws.js'] };
    open(home).write(FILE, more);
    assert.deepEqual(open(home).read(FILE), more);
  });

  it('is not believed when a bit of it has changed, or its end is missing', async test => {
    const { home, path } = await filled(test);
    const whole = await readFile(path);
    for (let at = 0; at < whole.length; at += 3) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      await writeFile(path, damaged);
      assert.equal(open(home).read(FILE), undefined, `byte ${at}`);
    }
    for (const length of [0, 4, 8, whole.length - 1]) {
      await writeFile(path, whole.subarray(0, length));
      assert.equal(open(home).read(FILE), undefined, `${length} bytes`);
    }
    await writeFile(path, Buffer.alloc(whole.length));
    assert.equal(open(home).read(FILE), undefined);
  });

  it('is not believed where others may have written it', onPosix, async test => {
    const { home, folder, path } = await filled(test);
    await chmod(path, 0o620);
    assert.equal(open(home).read(FILE), undefined);
    await chmod(path, 0o600);
    assert.ok(open(home).read(FILE));
    await chmod(folder, 0o707);
    assert.equal(open(home).read(FILE), undefined);
    open(home).write('other-0123ABCD.js', KEPT);
    assert.equal((await readdir(folder)).length, 1);
  });

  it('is not believed where it is a link', onPosix, async test => {
    const { home, folder, path } = await filled(test);
    const bytes = await readFile(path);
    const link = path.replace(FILE, 'other-0123ABCD.js');
    await writeFile(join(home, 'elsewhere'), bytes, { mode: 0o600 });
    await symlink(join(home, 'elsewhere'), link);
    assert.equal(open(home).read('other-0123ABCD.js'), undefined);
    assert.equal((await readdir(folder)).length, 2);
  });

  it("is neither read nor left in another user's home", onPosix, async test => {
    const { home } = await filled(test);
    const stranger = { getuid: () => 4321 };
    assert.equal(open(home, stranger).read(FILE), undefined);
    const { path: fresh } = await ownFolder(test);
    open(fresh, stranger).write(FILE, KEPT);
    assert.deepEqual(await readdir(fresh), []);
  });

  it('is done without where it cannot be written', async test => {
    const { path: home, write } = await ownFolder(test);
    await write('.cache', 'a file, not a folder');
    open(home).write(FILE, KEPT);
    assert.equal(open(home).read(FILE), undefined);
    assert.deepEqual(await readdir(home), ['.cache']);
  });

  it('leaves nothing half written behind', async test => {
    const { path: home } = await ownFolder(test);
    const folder = join(home, '.cache/aloud/code');
    await mkdir(join(folder, `${FILE}-v20.1.0-linux-x64`, 'in the way'), { recursive: true, mode: 0o700 });
    open(home).write(FILE, KEPT);
    assert.deepEqual(await readdir(folder), [`${FILE}-v20.1.0-linux-x64`]);
  });

  it('goes when it is a month old and something else is kept', async test => {
    const { home, folder, path } = await filled(test);
    const old = new Date(Date.now() - 31 * 24 * 3600 * 1000);
    await utimes(path, old, old);
    open(home).write('other-0123ABCD.js', KEPT);
    assert.deepEqual(await readdir(folder), ['other-0123ABCD.js-v20.1.0-linux-x64']);
  });

  it('is nowhere where there is no home, and where nobody wants it', () => {
    const without = (env: Surroundings['env']) => openCodeCache(around('', { env }));
    assert.ok(without({ HOME: '/home/me' }));
    assert.ok(without({ HOME: '/home/me', NODE_DISABLE_COMPILE_CACHE: '' }));
    assert.equal(without({ HOME: '/home/me', NODE_DISABLE_COMPILE_CACHE: '1' }), undefined);
    assert.equal(without({ HOME: '/home/me', NODE_V8_COVERAGE: '/tmp/coverage' }), undefined);
  });
});
