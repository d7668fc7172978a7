/** `aloud fixtures` with the built-in engine: built once, checked for ever. */
import assert from 'node:assert/strict';
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { LockRecord } from '../../src/fixtures/lock-record.ts';
import { aloud, type Outcome } from '../support/cli.ts';
import { ownFolder } from '../support/folder.ts';

const MANIFEST = `
defaults: { provider: local, sample_rate: 8000 }
matrix:
  voices: [en-us, fr]
  texts: { yes: "Yes, please", no: "No." }
  output: "{voice}/{id}.wav"
entries:
  - { id: words, text: "One two three", srt: true, vtt: true, timestamps: true, textgrid: true, phonemes: true }
  - { id: raw, text: "Odd", format: raw, encoding: pcm_mulaw }
`;
const FILES = [
  'en-us/no.wav',
  'en-us/yes.wav',
  'fr/no.wav',
  'fr/yes.wav',
  'raw.raw',
  'words.TextGrid',
  'words.json',
  'words.srt',
  'words.vtt',
  'words.wav',
];

interface Place {
  readonly path: string;
  readonly run: (...argv: string[]) => Promise<Outcome>;
  readonly write: (name: string, content: unknown) => Promise<string>;
  /** Everything that was made, with the lock, as text. */
  readonly made: (names?: readonly string[]) => Promise<Record<string, string>>;
}

async function place(test: TestContext, manifest = MANIFEST, env: Record<string, string> = {}): Promise<Place> {
  const folder = await ownFolder(test);
  await folder.write('aloud.fixtures.yaml', manifest);
  return {
    path: folder.path,
    write: (name, content) => folder.write(name, content, 0o644),
    run: (...argv) => aloud(['fixtures', ...argv], { cwd: folder.path, env: { TMPDIR: folder.path, ...env } }),
    async made(names = [...FILES, 'aloud.fixtures.lock']) {
      const contents = names.map(
        async name => [name, (await readFile(join(folder.path, name))).toString('latin1')] as const,
      );
      return Object.fromEntries(await Promise.all(contents));
    },
  };
}

/** Where MANIFEST was built once, with its cache. */
let template = '';
before(async () => {
  template = await realpath(await mkdtemp(join(tmpdir(), 'aloud-fixtures-')));
  await writeFile(join(template, 'aloud.fixtures.yaml'), MANIFEST);
  const { code, stderr } = await aloud(['fixtures'], { cwd: template });
  assert.equal(code, 0, stderr);
});
after(() => rm(template, { recursive: true, force: true }));

async function built(test: TestContext, manifest?: string): Promise<Place> {
  const where = await place(test, manifest);
  if (manifest === undefined) await cp(template, where.path, { recursive: true });
  else {
    const { code, stderr } = await where.run();
    assert.equal(code, 0, stderr);
  }
  return where;
}

/** Flips a bit of a file. */
async function flip(file: string, at: number): Promise<void> {
  const bytes = await readFile(file);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 4, at);
  await writeFile(file, bytes);
}

describe('a build', () => {
  it('makes every file, once', async test => {
    const { path, run, made } = await built(test);
    const first = await made();
    const { mtimeMs } = await stat(join(path, 'en-us/no.wav'));
    const again = await run('--json');
    assert.equal(again.code, 0, again.stderr);
    const { unchanged, made: count, total, failures } = JSON.parse(again.stdout);
    assert.deepEqual([unchanged, count, total, failures], [6, 0, 6, []]);
    assert.deepEqual(await made(), first);
    assert.equal((await stat(join(path, 'en-us/no.wav'))).mtimeMs, mtimeMs);
    assert.deepEqual(
      (await readdir(path)).filter(name => name.endsWith('.tmp')),
      [],
    );
  });

  it('tells in the lock what was made, by its schema', async test => {
    const { path } = await built(test);
    const schema = JSON.parse(await readFile(new URL('../../schemas/lock.schema.json', import.meta.url), 'utf8'));
    const lock = JSON.parse(await readFile(join(path, 'aloud.fixtures.lock'), 'utf8')) as {
      entries: Record<string, LockRecord>;
    };
    const validate = new Ajv2020().compile(schema);
    assert.ok(validate(lock), JSON.stringify(validate.errors));
    const entry = lock.entries['words.wav'];
    assert.ok(entry);
    assert.deepEqual([entry.provider, entry.voice, entry.words, entry.request_id], ['local', 'en-us', 3, null]);
    assert.equal(Object.keys(entry.files).length, 5);
    assert.ok(Math.abs(entry.duration - (await stat(join(path, 'raw.raw'))).size / 8000) < 2);
  });

  it('is the same bytes whether a file was spoken or came from the cache', async test => {
    const { path, run, made } = await built(test);
    const first = await made();
    for (const name of FILES) await rm(join(path, name));
    await rm(join(path, 'aloud.fixtures.lock'));
    const { stdout } = await run('--json');
    assert.equal(JSON.parse(stdout).cached, 6);
    assert.deepEqual(await made(), first);
    await rm(join(path, '.cache'), { recursive: true });
    for (const name of FILES) await rm(join(path, name));
    assert.equal(JSON.parse((await run('--json')).stdout).made, 6);
    assert.deepEqual(await made(), first);
  });

  it('makes again only what changed', async test => {
    const { run, write } = await built(test);
    await write('aloud.fixtures.yaml', MANIFEST.replace('No.', 'Never.').replace('raw, text', 'uncooked, text'));
    const { made, unchanged, cached } = JSON.parse((await run('--json')).stdout);
    assert.deepEqual([made, cached, unchanged], [2, 1, 3]);
    assert.equal((await run('--check')).code, 0);
  });

  it('speaks once what several entries say', async test => {
    const same = '{ text: "The same", provider: local }';
    const { run } = await place(
      test,
      `- ${same.replace('{', '{ id: a,')}\n- ${same.replace('{', '{ id: b,')}\n- ${same.replace('{', '{ output: c.raw,')}\n`,
    );
    const { made, cached } = JSON.parse((await run('--json')).stdout);
    assert.deepEqual([made, cached], [1, 2]);
  });

  it('takes a flag over the manifest, and says what comes from elsewhere', async test => {
    const { path, run } = await place(test, '- {id: a, text: Hi, sample_rate: 8000, speed: 1.2}\n', {
      ALOUD_VOICE: 'en-gb',
    });
    const { code, stderr } = await run('--sample-rate', '16000', '--rate', '200', '--provider', 'local');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /warning: voice comes from ALOUD_VOICE, not from the manifest/);
    assert.equal((await readFile(join(path, 'a.wav'))).readUInt32LE(24), 16_000);
  });

  it('reads texts from files, below the folder only', async test => {
    const { path, run, write } = await place(test, '- {id: a, file: texts/a.txt, provider: local}\n');
    await write('texts/a.txt', '\ufeffHello\r\nthere');
    assert.equal((await run()).code, 0);
    await write('texts/a.txt', 'Hello\nthere');
    assert.equal((await run('--check')).code, 0, 'a mark and line ends are no change');
    await write('texts/a.txt', 'Hello again');
    assert.equal((await run('--check')).code, 8);
    for (const [content, message] of [
      ['...', /nothing to speak in texts\/a.txt/],
      [Buffer.from([0xff]), /is not UTF-8/],
    ] as const) {
      await write('texts/a.txt', content);
      const { code, stderr } = await run();
      assert.equal(code, 2);
      assert.match(stderr, message);
      assert.match(stderr, /aloud.fixtures.yaml, line 1/);
    }
    await rm(join(path, 'texts/a.txt'));
    await symlink('/etc/hostname', join(path, 'texts/a.txt'));
    assert.match((await run()).stderr, /leads out/);
  });

  it('finds what is wrong with the last entry before it makes the first: L9', async test => {
    for (const [bad, message] of [
      ['{id: z, text: Hi, voice: nobody}', /line 2: no voice is called "nobody"/],
      ['{id: z, text: Hi, emotion: sad}', /line 2: the built-in engine cannot show emotion/],
      ['{id: z, text: Hi, model: sonic}', /line 2: the built-in engine has no model/],
      ['{output: z.srt, text: Hi}', /line 2: z.srt is no audio file/],
      ['{output: z.mp3, text: Hi}', /line 2: cannot tell what to write to z.mp3/],
      ['{id: z, file: none.txt}', /line 2: cannot read none.txt: there is no such file/],
      ['{id: A, text: Hi}', /line 2: "A.wav" is written by line 1 too/],
      ['{output: x.raw, timestamps: aloud.fixtures.yaml, text: Hi}', /is written by something else too/],
    ] as const) {
      const { path, run } = await place(test, `- {id: a, text: Hi, provider: local}\n- ${bad}\n`);
      const { code, stderr, stdout } = await run('--provider', 'local');
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
      assert.equal(stdout, '');
      assert.deepEqual(
        (await readdir(path)).filter(name => name !== '.cache'),
        ['aloud.fixtures.yaml'],
      );
      await rm(join(path, 'aloud.fixtures.yaml'));
    }
  });

  it('writes nothing over a link that leads out: L9', async test => {
    const { path, run, write } = await place(test, '- {id: out/a, text: Hi, provider: local}\n');
    await mkdir(join(path, '..', 'elsewhere'), { recursive: true }).catch(() => {});
    await write('real/keep', 'x');
    await symlink('/tmp', join(path, 'out'));
    const { code, stderr } = await run();
    assert.equal(code, 2);
    assert.match(stderr, /out is a link that leads out/);
  });

  it('goes on with the others where one cannot be written: O3, O4', async test => {
    const { path, run } = await place(
      test,
      '- {id: a, text: Hi, provider: local}\n- {id: b, text: Ho, provider: local}\n',
    );
    await mkdir(join(path, 'b.wav'));
    const { code, stderr } = await run();
    assert.equal(code, 6);
    assert.match(stderr, /1 of 2 could not be made; the first is b.wav: cannot write .*b.wav: it is a folder/);
    assert.deepEqual(
      (await readdir(path)).filter(name => name.endsWith('.tmp')),
      [],
    );
    await rm(join(path, 'b.wav'), { recursive: true });
    const { unchanged, cached } = JSON.parse((await run('--json')).stdout);
    assert.deepEqual([unchanged, cached], [1, 1]);
  });

  it('removes what a run that was killed has left, but not what somebody writes now', async test => {
    const { path, run, write } = await built(test);
    for (const name of ['en-us/.yes.wav.0123456789ab.tmp', '.aloud.fixtures.lock.0123456789ab.tmp', '.mine.tmp']) {
      const then = new Date(Date.now() - 60_000);
      await utimes(await write(name, 'x'), then, then);
    }
    await write('fr/.yes.wav.0123456789ab.tmp', 'x');
    assert.equal((await run()).code, 0);
    const left = (await readdir(path, { recursive: true })).filter(
      name => name.endsWith('.tmp') && !name.startsWith('.cache'),
    );
    assert.deepEqual(left.sort(), ['.mine.tmp', 'fr/.yes.wav.0123456789ab.tmp']);
  });

  it('needs a manifest, and one only', async test => {
    const { path, run, write } = await place(test);
    await write('aloud.fixtures.csv', 'id,text\na,Hi\n');
    assert.match((await run()).stderr, /more than one manifest: aloud.fixtures.yaml, aloud.fixtures.csv/);
    assert.equal((await run('aloud.fixtures.csv', '--provider', 'local')).code, 0);
    await rm(join(path, 'aloud.fixtures.yaml'));
    await rm(join(path, 'aloud.fixtures.csv'));
    assert.match((await run()).stderr, /there is no aloud.fixtures.yaml in this folder/);
    assert.match((await run('x.jsonl')).stderr, /there is no manifest x.jsonl/);
  });

  it('shows what it would do', async test => {
    const { path, run, write } = await built(test);
    await rm(join(path, 'raw.raw'));
    await write('aloud.fixtures.yaml', MANIFEST.replace('Yes, please', 'Yes'));
    const { code, stdout } = await run('--dry-run');
    assert.equal(code, 0);
    assert.deepEqual(stdout.trim().split('\n'), [
      'make\ten-us/yes.wav',
      'unchanged\ten-us/no.wav',
      'make\tfr/yes.wav',
      'unchanged\tfr/no.wav',
      'unchanged\twords.wav',
      'cached\traw.raw',
    ]);
    const { make, cached, characters, entries } = JSON.parse((await run('--dry-run', '--json')).stdout);
    assert.deepEqual([make, cached, characters, entries.length], [2, 1, 6, 6]);
  });
});

describe('a check', () => {
  it('catches a flipped bit, a changed text, a missing file and what is no longer asked for', async test => {
    const { path, run, write, made } = await built(test);
    assert.equal((await run('--check')).code, 0);
    const before = await made();
    await flip(join(path, 'en-us/no.wav'), 3000);
    await flip(join(path, 'words.srt'), 3);
    await rm(join(path, 'raw.raw'));
    await write('aloud.fixtures.yaml', MANIFEST.replace('Yes, please', 'Yes!').replace(', fr]', ']'));
    const { code, stdout, stderr } = await run('--check');
    assert.equal(code, 8);
    assert.deepEqual(
      stdout
        .split('\n')
        .map(line => line.split('\t').slice(0, 2).join(' '))
        .filter(Boolean)
        .sort(),
      [
        'changed en-us/no.wav',
        'changed words.srt',
        'missing raw.raw',
        'obsolete fr/no.wav',
        'obsolete fr/yes.wav',
        'stale en-us/yes.wav',
      ],
    );
    assert.match(stderr, /6 findings about 4 fixtures/);
    const { ok, problem_count: count, problems } = JSON.parse((await run('--check', '--json')).stdout);
    assert.deepEqual([ok, count, problems.length], [false, 6, 6]);
    assert.equal((await run('--check', '--json')).code, 8);
    const names = ['fr/no.wav', 'aloud.fixtures.lock'];
    assert.deepEqual(await made(names), {
      'fr/no.wav': before['fr/no.wav'],
      'aloud.fixtures.lock': before['aloud.fixtures.lock'],
    });
  });

  it('catches a changed form: subtitles in other cues, another container, one more sidecar', async test => {
    for (const [before, after] of [
      ['srt: true', 'srt: true, cues: word'],
      ['format: raw', 'output: raw.raw, format: wav'],
      ['vtt: true', 'vtt: other.vtt'],
    ] as const) {
      const { run, write } = await built(test);
      await write('aloud.fixtures.yaml', MANIFEST.replace(before, after));
      assert.match((await run('--check')).stdout, /^stale\t/);
      const { made, cached } = JSON.parse((await run('--json')).stdout);
      assert.deepEqual([made, cached], [0, 1], 'the sound is there');
      assert.equal((await run('--check')).code, 0);
    }
  });

  it('without a lock finds everything missing, and makes nothing', async test => {
    const { path, run } = await place(test);
    const { code, stdout } = await run('--check');
    assert.equal(code, 8);
    assert.equal(stdout.match(/^unlocked\t/gm)?.length, 6);
    assert.deepEqual(await readdir(path), ['aloud.fixtures.yaml']);
  });

  it('is not fooled by a lock that names other files', async test => {
    const { path, run, write } = await built(test);
    const lock = await readFile(join(path, 'aloud.fixtures.lock'), 'utf8');
    await write('aloud.fixtures.lock', lock.replace('"files":{"raw.raw":', '"files":{"words.wav":'));
    assert.match((await run('--check')).stdout, /^stale\traw.raw/);
  });

  it('goes without a key by who made what there is', async test => {
    const folder = await ownFolder(test);
    await folder.write('aloud.fixtures.yaml', '- {id: a, text: Hi}\n');
    const run = (env: Record<string, string>, ...argv: string[]) =>
      aloud(['fixtures', ...argv], { cwd: folder.path, env });
    assert.equal((await run({})).code, 0);
    // With a key another one would speak, were it not for the lock.
    assert.equal((await run({ CARTESIA_API_KEY: 'x'.repeat(20) }, '--check')).code, 0);
    assert.equal((await run({}, '--check', '--provider', 'cartesia')).code, 8);
  });
});

describe('a frozen run', () => {
  it('restores everything exactly as the lock has it, from the cache alone', async test => {
    const { path, run, made } = await built(test);
    const before = await made();
    await cp(join(path, '.cache/aloud/fixtures'), join(path, 'kept'), { recursive: true });
    await rm(join(path, '.cache'), { recursive: true });
    for (const name of FILES) await rm(join(path, name));
    await flip(join(path, 'aloud.fixtures.yaml'), 0).then(() => flip(join(path, 'aloud.fixtures.yaml'), 0));
    const { code, stderr } = await run('--frozen', '--cache-dir', 'kept', '--verify');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /6 of them restored/);
    assert.deepEqual(await made(), before);
  });

  it('fails for what the cache does not have, has damaged, or has otherwise: L8', async test => {
    const { path, run } = await built(test);
    for (const name of FILES) await rm(join(path, name));
    const keys = await readdir(join(path, '.cache/aloud/fixtures/recordings'), { recursive: true });
    const [first = '', second = '', third = ''] = keys
      .filter(name => name.includes('/'))
      .map(name => join(path, '.cache/aloud/fixtures/recordings', name));
    await rm(first);
    await flip(second, 500);
    await truncate(third, 500);
    const { code, stdout } = await run('--frozen');
    assert.equal(code, 8);
    assert.equal(stdout.match(/^unrestorable\t/gm)?.length, 3);
  });

  it('makes nothing that is new or changed, and leaves the lock as it is', async test => {
    const { run, write, made } = await built(test);
    const lock = await made(['aloud.fixtures.lock']);
    await write('aloud.fixtures.yaml', `${MANIFEST.replace('No.', 'Never.')}  - {id: new, text: Hi}\n`);
    const { code, stdout } = await run('--frozen');
    assert.equal(code, 8);
    assert.deepEqual(
      stdout
        .split('\n')
        .map(line => line.split('\t')[0])
        .filter(Boolean)
        .sort(),
      ['stale', 'stale', 'unlocked'],
    );
    assert.deepEqual(await made(['aloud.fixtures.lock']), lock);
  });
});

describe('a cache in trouble', () => {
  it('is repaired: what is damaged is made again: L8', async test => {
    const { path, run, made } = await built(test);
    const before = await made();
    const folder = join(path, '.cache/aloud/fixtures/recordings');
    for (const name of (await readdir(folder, { recursive: true })).filter(each => each.includes('/')))
      await flip(join(folder, name), 700);
    for (const name of FILES) await rm(join(path, name));
    const { code, stdout, stderr } = await run('--json');
    assert.equal(code, 0);
    assert.equal(JSON.parse(stdout).made, 6);
    assert.match(stderr, /a recording in the cache was damaged; it is made again/);
    assert.deepEqual(await made(), before);
  });

  it('is gone round: where it cannot be written nothing is wrong but a warning: L8, L6', async test => {
    const { path, run, write, made } = await place(test);
    await write('file', 'not a folder');
    const { code, stderr } = await run('--cache-dir', 'file');
    assert.equal(code, 0, stderr);
    assert.equal(stderr.match(/the cache is not used/g)?.length, 1);
    const first = await made();
    assert.equal((await run('--check')).code, 0);
    assert.deepEqual(
      (await readdir(path)).filter(name => name.startsWith('aloud-fixtures-')),
      [],
    );
    await rm(join(path, 'aloud.fixtures.lock'));
    assert.equal((await run()).code, 0);
    assert.deepEqual(await made(), first);
  });

  it('keeps to its limit and drops what no lock has use for', async test => {
    const { path, run, write } = await built(test);
    // Where it was built there is a lock too, which keeps its recordings.
    await rm(join(path, '.cache/aloud/fixtures/locks'), { recursive: true });
    const size = async () => JSON.parse((await run('cache', '--json')).stdout).recordings;
    assert.equal(await size(), 6);
    await write('aloud.fixtures.yaml', MANIFEST.replace('No.', 'Never.'));
    assert.equal((await run('--prune')).code, 0);
    assert.equal(await size(), 6);
    assert.equal((await run('cache', '--max-size', '1')).code, 0);
    assert.equal(await size(), 0);
    await rm(join(path, 'raw.raw'));
    assert.equal((await run()).code, 0);
    assert.equal(await size(), 0, 'the limit stays');
    assert.equal((await run('--check')).code, 0);
    assert.match((await run('cache', '--max-size', 'x')).stderr, /--max-size must be a size/);
    assert.match((await run('cache', '--check')).stderr, /--check/);
  });
});

describe('a part of the work', () => {
  it('is done by one of several, whose locks merge into that of one run', async test => {
    const { path, run, made } = await built(test);
    const before = await made();
    const other = await place(test);
    for (const index of [1, 2, 3, 4]) {
      const { code, stderr } = await other.run('--shard', `${index}/4`, '--cache-dir', join(path, 'shared'));
      assert.equal(code, 0, stderr);
      assert.equal((await other.run('--shard', `${index}/4`, '--check')).code, 0);
    }
    const locks = [1, 2, 3, 4].map(index => `aloud.fixtures.${index}-of-4.lock`);
    assert.match(
      (await other.run('merge', ...locks.slice(1))).stderr,
      /of 4 parts of aloud.fixtures.lock, 1 are missing/,
    );
    assert.equal((await other.run('merge', ...locks)).code, 0);
    assert.deepEqual(await other.made(), before);
    assert.equal((await other.run('--check')).code, 0);
    // Who has the whole lock has nothing to do, and says so in a lock of its own.
    for (const lock of locks) await rm(join(other.path, lock));
    assert.equal(JSON.parse((await other.run('--shard', '2/4', '--json')).stdout).made, 0);
    assert.ok((await readFile(join(other.path, locks[1] ?? ''), 'utf8')).length > 0);
    assert.equal((await run('--check')).code, 0);
  });

  it('merges what it is told to where it is told to', async test => {
    const { path, run } = await built(test);
    assert.match((await run('merge', 'aloud.fixtures.lock')).stderr, /cannot tell where to write/);
    assert.equal((await run('merge', 'aloud.fixtures.lock', '-o', 'copy.lock')).code, 0);
    assert.equal(
      await readFile(join(path, 'copy.lock'), 'utf8'),
      await readFile(join(path, 'aloud.fixtures.lock'), 'utf8'),
    );
    assert.match((await run('merge', 'none.lock', '-o', 'x.lock')).stderr, /there is no lock .*none.lock/);
  });
});

describe('a verification', () => {
  const SOUND = `
- { id: a, text: "Hello there", provider: local, encoding: pcm_alaw, sample_rate: 8000, LIMITS }
`;
  it('is content with what was made', async test => {
    const { run } = await built(test);
    assert.equal((await run('--verify')).code, 0);
  });

  for (const [limits, message] of [
    ['max_duration: 0.1', /lasts \d\.\d\d s, more than 0.1 s/],
    ['min_duration: 9', /lasts \d\.\d\d s, less than 9 s/],
    ['max_leading_silence: 0', /begins with .* of silence/],
    ['max_trailing_silence: 0', /ends with .* of silence/],
  ] as const) {
    it(`holds it against ${limits}`, async test => {
      const { run } = await built(test, SOUND.replace('LIMITS', limits));
      const { code, stdout } = await run('--verify');
      assert.equal(code, 8);
      assert.match(stdout, message);
      assert.match(stdout, /^sound\ta.wav\t/);
      assert.equal((await run('--check')).code, 0, 'limits are not for a check of files');
    });
  }

  it('hears what is not what the lock says, whatever its sum', async test => {
    const { path, run } = await built(test);
    const lock = await readFile(join(path, 'aloud.fixtures.lock'), 'utf8');
    const samples = JSON.parse(lock).entries['words.wav'].samples;
    await writeFile(join(path, 'aloud.fixtures.lock'), lock.replace(samples, '0'.repeat(64)));
    const { code, stdout } = await run('--verify');
    assert.equal(code, 8);
    assert.equal(stdout, 'sound\twords.wav\tits samples differ from the lock\n');
  });
});

describe('the flags of fixtures', () => {
  for (const [argv, message] of [
    [['--check', '--frozen'], /--check and --frozen contradict/],
    [['--dry-run', '--verify'], /contradict/],
    [['--check', '--jobs', '2'], /--jobs and a run that makes nothing contradict/],
    [['--check', '--prune'], /contradict/],
    [['--jobs', '0'], /--jobs must be a whole number from 1 to 100/],
    [['--shard', '5/4'], /--shard must be I\/N/],
    [['--player', 'none'], /unknown option '--player'/],
  ] as const) {
    it(`refuse ${argv.join(' ')}`, async test => {
      const { run } = await place(test);
      const { code, stderr } = await run(...argv);
      assert.equal(code, 2);
      assert.match(stderr, message);
    });
  }
});

describe('the schema of a manifest', () => {
  it('takes what the program takes, with the keys that it takes', async () => {
    const { parse } = await import('yaml');
    const schema = JSON.parse(await readFile(new URL('../../schemas/fixtures.schema.json', import.meta.url), 'utf8'));
    const validate = new Ajv2020({ strict: false }).compile(schema);
    assert.ok(validate(parse(MANIFEST)), JSON.stringify(validate.errors));
    for (const wrong of [
      [{ id: 'a' }],
      [{ id: 'a', text: 'x', sped: 1 }],
      [{ id: '../a', text: 'x' }],
      { matrix: { text: 'x' } },
      {},
      [{ id: 'a', text: 'x', speed: 1, rate: 175 }],
    ]) {
      assert.equal(validate(wrong), false, JSON.stringify(wrong));
    }
    const { ENTRY_FIELDS } = await import('../../src/commands/fixtures-plan.ts');
    const { OWN_FIELDS } = await import('../../src/fixtures/fields.ts');
    const { AXIS_KEYS } = await import('../../src/fixtures/matrix.ts');
    const keys = (name: string) => Object.keys(schema.$defs[name].properties).sort();
    const known = Object.keys({ ...ENTRY_FIELDS, ...OWN_FIELDS });
    assert.deepEqual(keys('entry'), known.sort());
    assert.deepEqual(keys('matrix'), [...known, ...AXIS_KEYS].sort());
    assert.deepEqual(keys('settings'), known.filter(key => !['id', 'text', 'file'].includes(key)).sort());
  });
});

describe('a folder that may not be written', () => {
  it('fails cleanly with 6: O4', {
    skip: process.getuid?.() === 0 ? 'root may write everywhere' : false,
  }, async test => {
    const { path, run } = await place(test);
    await chmod(path, 0o500);
    const { code } = await run('--cache-dir', '/nowhere');
    await chmod(path, 0o700);
    assert.equal(code, 6);
  });
});

describe('the pages about fixtures', () => {
  for (const page of ['docs/guide.md', 'docs/fixtures.md']) {
    it(`${page} has a manifest that is built as it stands`, async test => {
      const text = await readFile(new URL(`../../${page}`, import.meta.url), 'utf8');
      const [, manifest = ''] = /```yaml\n# aloud\.fixtures\.yaml\n([\s\S]*?)```/.exec(text) ?? [];
      const { run, write } = await place(test, manifest);
      await write('texts/menu.txt', 'For the menu, press one.');
      const { code, stderr } = await run('--verify');
      assert.equal(code, 8, stderr);
      assert.match(stderr, /unlocked/);
      assert.equal((await run()).code, 0);
      assert.equal((await run('--verify')).code, 0);
    });
  }

  it('has parts of the work for a matrix, as a shell counts them', async test => {
    const { run } = await built(test);
    for (const index of [1, 2]) assert.equal((await run('--shard', `${index}/2`)).code, 0);
    assert.equal((await run('merge', 'aloud.fixtures.1-of-2.lock', 'aloud.fixtures.2-of-2.lock')).code, 0);
  });

  it('refuses a flag that no entry has use for', async test => {
    const { run } = await place(test, '- {id: a, text: Hi, provider: local}\n');
    const { code, stderr } = await run('--cues', 'word');
    assert.equal(code, 2);
    assert.match(stderr, /--cues would do nothing here/);
  });
});
