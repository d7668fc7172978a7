/** `aloud fixtures` as processes: killed at any point, two at a time, a disk that is full. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { ended, requireBuild, shell, start } from './support/cli.ts';
import { ownFolder } from './support/folder.ts';

const MANIFEST = [
  JSON.stringify({ defaults: { provider: 'local', sample_rate: 8000, timestamps: true } }),
  ...Array.from({ length: 30 }, (_, i) =>
    JSON.stringify({ id: `f${i % 3}/${i}`, text: `This is number ${i}. ${'And so on. '.repeat(i % 5)}` }),
  ),
].join('\n');

/** Everything but what is hidden, as text by name. */
async function contents(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder, { recursive: true }))
    .filter(name => /^[^.].*\.(wav|json|lock)$/.test(name))
    .sort();
  return Object.fromEntries(
    await Promise.all(names.map(async name => [name, (await readFile(join(folder, name))).toString('latin1')])),
  );
}

let whole: Record<string, string> = {};
let folder = '';
before(async () => {
  requireBuild();
  folder = await mkdtemp(join(tmpdir(), 'aloud-fixtures-'));
  await writeFile(join(folder, 'aloud.fixtures.jsonl'), MANIFEST);
  const { code, stderr } = await ended(start(['fixtures', '--cache-dir', join(folder, '.cache')], { cwd: folder }));
  assert.equal(code, 0, stderr);
  whole = await contents(folder);
  assert.equal(Object.keys(whole).length, 61);
});
after(() => rm(folder, { recursive: true, force: true }));

describe('a run that is killed', () => {
  it('at any point, again and again, is gone on with to the same bytes: O6, L8', async test => {
    const { path, write } = await ownFolder(test);
    await write('aloud.fixtures.jsonl', MANIFEST);
    const argv = ['fixtures', '--cache-dir', join(path, '.cache')];
    for (const ms of [300, 450, 520, 600, 700, 800]) {
      const child = start(argv, { cwd: path });
      const end = ended(child);
      await Promise.race([setTimeout(ms), end]);
      child.kill('SIGKILL');
      await end;
      // Whatever has a name is whole.
      for (const [name, content] of Object.entries(await contents(path))) {
        if (!name.endsWith('.lock')) assert.equal(content, whole[name], name);
        else assert.doesNotThrow(() => JSON.parse(content));
      }
    }
    const { code, stderr } = await ended(start(argv, { cwd: path }));
    assert.equal(code, 0, stderr);
    assert.deepEqual(await contents(path), whole);
  });

  it('by SIGINT, keeps in the lock what was made: O6', async test => {
    const { path, write } = await ownFolder(test);
    await write('aloud.fixtures.jsonl', MANIFEST);
    const child = start(['fixtures', '--cache-dir', join(path, '.cache')], { cwd: path });
    const end = ended(child);
    // More than are made at once: at least one of them is finished, its place in the lock known.
    const placed = async () => (await readdir(path, { recursive: true })).filter(name => name.endsWith('.wav')).length;
    while (child.exitCode === null && (await placed()) < 5) await setTimeout(10);
    child.kill('SIGINT');
    const { code } = await end;
    assert.ok(code === 130 || code === 0, String(code));
    const made = await contents(path);
    const lock = JSON.parse(made['aloud.fixtures.lock'] ?? '{}') as { entries: object };
    assert.ok(Object.keys(lock.entries).length > 0);
    for (const [name, content] of Object.entries(made))
      if (!name.endsWith('.lock')) assert.equal(content, whole[name], name);
    assert.deepEqual(
      (await readdir(path, { recursive: true })).filter(name => name.endsWith('.tmp')),
      [],
    );
  });
});

describe('two runs at a time', () => {
  it('on one cache do not disturb each other: L8', async test => {
    const [one, other] = [await ownFolder(test), await ownFolder(test)];
    for (const { write } of [one, other]) await write('aloud.fixtures.jsonl', MANIFEST);
    const argv = ['fixtures', '--json', '--cache-dir', join(one.path, '.cache')];
    const ends = await Promise.all([one, other].map(({ path }) => ended(start(argv, { cwd: path }))));
    for (const { code, stderr } of ends) assert.equal(code, 0, stderr);
    assert.deepEqual(await contents(one.path), whole);
    assert.deepEqual(await contents(other.path), whole);
  });

  it('on one manifest come to the same', async test => {
    const { path, write } = await ownFolder(test);
    await write('aloud.fixtures.jsonl', MANIFEST);
    const argv = ['fixtures', '--cache-dir', join(path, '.cache')];
    const ends = await Promise.all([1, 2].map(() => ended(start(argv, { cwd: path }))));
    for (const { code, stderr } of ends) assert.equal(code, 0, stderr);
    assert.deepEqual(await contents(path), whole);
  });
});

describe('a second run', () => {
  it('does nothing, in less than two seconds', async () => {
    const begun = performance.now();
    const { code, stdout } = await ended(
      start(['fixtures', '--json', '--cache-dir', join(folder, '.cache')], { cwd: folder }),
    );
    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as { unchanged: number }).unchanged, 30);
    // Processes of other tests take their time too.
    assert.ok(performance.now() - begun < 6000);
  });
});

describe('a file size limit', () => {
  it('ends in 6 with nothing half done: O3', async test => {
    const { path, write } = await ownFolder(test);
    await write(
      'aloud.fixtures.yaml',
      `- { id: a, provider: local, sample_rate: 48000, text: "${'A rather long text. '.repeat(20)}" }\n`,
    );
    // In blocks of 1024 bytes.
    const { code, stderr } = await shell(`ulimit -f 100; aloud fixtures --cache-dir ${path}/.cache`, {
      cwd: path,
      env: { TMPDIR: path },
    });
    assert.equal(code, 6, stderr);
    assert.match(stderr, /warning: the cache is not used: .*the file would be larger than is allowed/);
    assert.deepEqual((await readdir(path)).sort(), ['.cache', 'aloud.fixtures.yaml']);
  });
});
