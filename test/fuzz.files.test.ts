/** Files that went wrong in any way: manifests, locks, cassettes, settings. Each is read, or refused by a failure that says so. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../src/errors.ts';
import { openCassette } from '../src/fixtures/cassette.ts';
import { openLock } from '../src/fixtures/lock.ts';
import type { SpeechRequest } from '../src/speech.ts';
import { aloud, ended, requireBuild, start } from './support/cli.ts';
import { entriesOf } from './support/manifests.ts';
import { type Dice, diceOf, mutateBytes, mutated } from './support/mutations.ts';
import { startServing } from './support/serving.ts';

let root = '';
/** A sound file of each kind, to be spoiled. */
const sound: Record<string, Buffer> = {};
before(async () => {
  requireBuild();
  root = await mkdtemp(join(tmpdir(), 'aloud-fuzz-files-'));
  const home = join(root, 'home');
  await mkdir(home);
  const entries = ['a', 'b'].map(id => ({ id, text: `Hello ${id}`, provider: 'local', sample_rate: 8000 }));
  await writeFile(join(home, 'aloud.fixtures.json'), JSON.stringify({ entries }));
  const built = await ended(
    start(['fixtures', '-q', '--cache-dir', join(home, 'cache')], { cwd: home, env: { HOME: home } }),
  );
  assert.equal(built.code, 0, built.stderr);
  sound.lock = await readFile(join(home, 'aloud.fixtures.lock'));

  const service = await startServing([], home);
  const cassette = join(home, 'c.jsonl');
  const upstream = ['--upstream', 'cartesia', '--upstream-url', service.url];
  const recorder = await startServing(['--record', cassette, ...upstream], home, { CARTESIA_API_KEY: 'k' });
  const argv = [
    'say',
    '-q',
    'Hi.',
    '--provider',
    'cartesia',
    '--base-url',
    recorder.url,
    '-o',
    '-',
    '--sample-rate',
    '8000',
  ];
  assert.equal((await ended(start(argv, { env: { HOME: home } }))).code, 0);
  await recorder.stop();
  await service.stop();
  sound.cassette = await readFile(cassette);
});
after(() => rm(root, { recursive: true, force: true }));

/** Anything but a failure that explains itself is a bug. */
function assertFailure(error: unknown): void {
  assert.ok(error instanceof Failure && error.kind !== 'bug', String((error as Error)?.stack));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be shown
  assert.doesNotMatch(error.message, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
  assert.ok(error.message.length < 1500);
}

/** What was asked for in the cassette. */
const ASKED: SpeechRequest = {
  model: 'sonic-3',
  voice: 'a0e99841-438c-4a64-b679-ae501e7d6091',
  format: { encoding: 'pcm_s16le', sampleRate: 8000 },
  timestamps: [],
  maxBufferDelayMs: 0,
};

/** Bytes with a few faults, or another kind of text altogether. */
function spoiled(bytes: Buffer, dice: Dice): Buffer {
  let result = bytes;
  do result = mutateBytes(result, dice);
  while (dice.chance(0.5));
  return result;
}

const check = (runs: number, run: (dice: Dice) => Promise<void>) =>
  fc.assert(
    fc.asyncProperty(fc.integer(), seed => run(diceOf(seed))),
    { numRuns: runs },
  );

describe('files that are spoiled', () => {
  const ENTRY = { id: 'a/b', text: 'Hello', voice: 'v', speed: 1, format: 'wav' };
  const PATHS = [
    '../x',
    '/etc/x',
    'a/../../b',
    'con',
    '.git/hooks/post-checkout',
    'C:\\x',
    'a\u0000b',
    'x'.repeat(5000),
  ];

  it('L9: a manifest in any of its formats is read or refused, and leads nowhere outside', async () => {
    await check(400, async dice => {
      const entry = mutated(ENTRY, PATHS, dice).toString('utf8').replaceAll('context_id', 'id');
      const whole: Readonly<Record<string, string>> = {
        'm.jsonl': `{"defaults":{"voice":"v"}}\n${entry}\n{"id":"z","text":"y"}`,
        'm.json': `{"defaults":{"voice":"v"},"matrix":[{"voice":["a","b"]}],"entries":[${entry}]}`,
        'm.yaml': `defaults: &d {voice: v}\nmatrix:\n  - voice: [a, b]\nentries:\n  - ${entry}\n  - {<<: *d, id: x, text: y}\n`,
        'm.csv': `id,text,voice\na,"Hello, ""you""",v\n${entry}\n`,
        'm.tsv': `id\ttext\na\tb\n${entry}`,
      };
      const name = dice.pick(Object.keys(whole));
      const path = join(root, name);
      await writeFile(path, dice.chance(0.5) ? (whole[name] ?? '') : spoiled(Buffer.from(whole[name] ?? ''), dice));
      try {
        for (const entry of await entriesOf(path))
          assert.doesNotMatch(entry.output, /(^|[/\\])\.\.?([/\\]|$)|^[/\\]|\0|:/);
      } catch (error) {
        assertFailure(error);
      }
    });
  });

  it('L8: a lock is read or refused', async () => {
    await check(300, async dice => {
      const path = join(root, 'm.lock');
      await writeFile(path, spoiled(sound.lock ?? assert.fail(), dice));
      try {
        const lock = await openLock(path);
        try {
          for await (const { name } of lock.lines()) lock.find(name);
        } finally {
          await lock.close();
        }
      } catch (error) {
        assertFailure(error);
      }
    });
  });

  it('L8: a cassette is read or refused, and a take gives what it was or fails', async () => {
    await writeFile(join(root, 'sound.jsonl'), sound.cassette ?? assert.fail());
    const unspoiled = await openCassette(join(root, 'sound.jsonl'));
    assert.equal(unspoiled.find(ASKED).length, 1);
    await unspoiled.close();
    await check(300, async dice => {
      const path = join(root, 'c.jsonl');
      await writeFile(path, spoiled(sound.cassette ?? assert.fail(), dice));
      try {
        const cassette = await openCassette(path);
        try {
          for (const take of cassette.find(ASKED)) for await (const _entry of cassette.entries(take));
        } finally {
          await cassette.close();
        }
      } catch (error) {
        assertFailure(error);
      }
    });
  });

  it('L5 L11: settings of a project are read or refused, and none of them is code or a key', async () => {
    const mark = join(root, 'ran');
    const settings = {
      voice: 'v',
      model: 'm',
      speed: 1.1,
      profiles: { a: { voice: 'w' } },
      api_key: 'x',
      base_url: 'ws://127.0.0.1:9',
      player: 'p',
    };
    const yaml = `voice: v\nspeed: 1\nx: !!js/function 'function(){ require("fs").writeFileSync("${mark}", "") }'\n? [a]\n: &a *a\n`;
    const cwd = join(root, 'repo');
    await mkdir(cwd);
    await check(150, async dice => {
      const name = dice.pick(['.aloudrc', '.aloudrc.json', '.aloudrc.yaml', 'aloud.config.yml', 'package.json']);
      const plain = dice.chance(0.3)
        ? Buffer.from(yaml)
        : mutated(name === 'package.json' ? { aloud: settings } : settings, [], dice);
      await writeFile(join(cwd, name), dice.chance(0.5) ? plain : spoiled(plain, dice));
      const { code, stdout, stderr } = await aloud(['config', '--json'], { cwd, env: { HOME: root } });
      assert.ok(code === 0 || code === 3, `${code} ${stderr}`);
      // Whatever stands in them, these are never taken from a project.
      if (code === 0) assert.doesNotMatch(stdout, /127\.0\.0\.1:9|"api_key": ?"x"/);
      await rm(join(cwd, name));
    });
    assert.equal(existsSync(mark), false);
  });
});
