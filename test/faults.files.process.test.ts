/** The program before targets of every kind: written as asked, or refused before anything is sent. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createReadStream, existsSync, lstatSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { requireBuild, shell } from './support/cli.ts';
import { frames, type ScriptedServer, scriptedServer, whole } from './support/scripted-server.ts';
import { samples } from './support/sound.ts';

const SOUND = samples(48_000);

let root = '';
let server: ScriptedServer;
/** What has been asked of the service so far. */
let asked = 0;
before(async () => {
  requireBuild();
  root = await mkdtemp(join(tmpdir(), 'aloud-files-'));
  server = await scriptedServer({
    serve: whole((id, _text, peer) => {
      asked += 1;
      peer.send(frames.chunk(id, SOUND));
      peer.send(frames.done(id));
    }),
  });
});
after(async () => {
  await server?.[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

/** A line for the shell in a folder of its own; `say` in it is the command against the service. */
async function run(line: string, folder: string) {
  const service = `--provider cartesia --base-url ws://127.0.0.1:${server.url.port}`;
  const before = asked;
  const said = `say() { aloud say -q hello ${service} "$@"; }\n${line}`;
  const outcome = await shell(said, {
    cwd: folder,
    env: { HOME: root, CARTESIA_API_KEY: 'canary-key' },
    timeout: 30_000,
  });
  assert.doesNotMatch(outcome.stdout.slice(0, 1000) + outcome.stderr, /canary|^\s+at |this is a bug/m);
  return { ...outcome, sent: asked - before };
}

const ownFolder = () => mkdtemp(join(root, 'run-'));
const litter = async (folder: string) => (await readdir(folder)).filter(name => name.endsWith('.tmp'));

describe('a target that cannot be (O4)', { concurrency: 3 }, () => {
  for (const [what, prepare, target] of [
    ['whose folder is missing', async () => {}, 'no/x.wav'],
    ['whose folder is a file', (at: string) => writeFile(join(at, 'file'), ''), 'file/x.wav'],
    ['that is a folder', (at: string) => mkdir(join(at, 'x.wav')), 'x.wav'],
    ['that is a link in a circle', (at: string) => symlink('x.wav', join(at, 'x.wav')), 'x.wav'],
    ['that is a link into nowhere', (at: string) => symlink('no/y.wav', join(at, 'x.wav')), 'x.wav'],
    ['of a name that is too long', async () => {}, `${'x'.repeat(300)}.wav`],
    ['in a file system that is not for files', async () => {}, '/proc/self/x.wav'],
    [
      'that is a socket',
      (at: string) =>
        void execFileSync('python3', [
          '-c',
          'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])',
          join(at, 'x.wav'),
        ]),
      'x.wav',
    ],
  ] as const) {
    it(`${what} is 6 with a next step, and nothing is sent`, async () => {
      const folder = await ownFolder();
      await prepare(folder);
      const { code, stdout, stderr, sent } = await run(`say -o ${target}`, folder);
      assert.equal(code, 6, stderr);
      assert.match(stderr, /^aloud: cannot write .*\n {2}.*\n$/);
      assert.deepEqual([stdout, sent, await litter(folder)], ['', 0, []]);
    });
  }
});

describe('a target of an unusual kind (O4)', () => {
  it('- is standard output, and never the name of a file', async () => {
    const folder = await ownFolder();
    const piped = await run('say -o - | head -c 4', folder);
    assert.deepEqual([piped.code, piped.stdout, await readdir(folder)], [0, 'RIFF', []]);
    const named = await run('say -o ./- --format raw', folder);
    assert.deepEqual([named.code, named.sent, await readdir(folder)], [2, 0, []]);
  });

  it('a device, a pipe with a name and a link are written through', async () => {
    const folder = await ownFolder();
    await mkdir(join(folder, 'there'));
    await writeFile(join(folder, 'there/real.raw'), 'old');
    await symlink('there/real.raw', join(folder, 'link.raw'));
    execFileSync('mkfifo', [join(folder, 'pipe.raw')]);
    const read = buffer(createReadStream(join(folder, 'pipe.raw')));
    const { code, stderr } = await run('say -o /dev/null --format raw -o pipe.raw -o link.raw', folder);
    assert.equal(code, 0, stderr);
    assert.deepEqual(await read, SOUND);
    assert.deepEqual(await readFile(join(folder, 'there/real.raw')), SOUND);
    assert.ok(lstatSync(join(folder, 'link.raw')).isSymbolicLink());
    assert.ok(lstatSync('/dev/null').isCharacterDevice());
    assert.deepEqual([await litter(folder), await litter(join(folder, 'there'))], [[], []]);
  });

  it('a folder that nobody may write to is 6', {
    skip: process.getuid?.() === 0 && 'root may write anywhere',
  }, async () => {
    const folder = await ownFolder();
    await mkdir(join(folder, 'closed'));
    await chmod(join(folder, 'closed'), 0o500);
    const { code, sent } = await run('say -o closed/x.wav', folder);
    assert.deepEqual([code, sent], [6, 0]);
  });
});

describe('a target that changes meanwhile (O5)', () => {
  it('with --no-clobber is 2 where there is one, and nothing is sent', async () => {
    const folder = await ownFolder();
    await writeFile(join(folder, 'x.wav'), 'old');
    const { code, sent } = await run('say -o x.wav --no-clobber', folder);
    assert.deepEqual([code, sent, await readFile(join(folder, 'x.wav'), 'utf8')], [2, 0, 'old']);
  });

  it('written by two runs at once is that of one of them', async () => {
    const folder = await ownFolder();
    const line = 'say -o x.raw & aloud say -q hi --provider local -o x.raw & wait';
    assert.equal((await run(line, folder)).code, 0);
    const content = await readFile(join(folder, 'x.raw'));
    assert.equal((await run('aloud say -q hi --provider local -o y.raw', folder)).code, 0);
    assert.ok(content.equals(SOUND) || content.equals(await readFile(join(folder, 'y.raw'))));
    assert.deepEqual(await litter(folder), []);
  });

  it('a working folder that was deleted is no harm to a target elsewhere, and 6 to one in it', async () => {
    const folder = await ownFolder();
    const there = join(folder, 'x.wav');
    const line = `mkdir gone; cd gone; rmdir ../gone; say -o ${there} || exit 9; say -o x.wav`;
    const { code, stderr } = await run(line, folder);
    assert.ok(existsSync(there), stderr);
    assert.equal(code, 6, stderr);
    assert.match(stderr, /^aloud: .*\n {2}.*\n$/);
  });
});

const mayMount = spawnSync('unshare', ['-rm', 'true']).status === 0;

describe('a disk that is full (O3)', { skip: !mayMount && 'no file system can be mounted here' }, () => {
  it('is 6 and says how much was written; the old target stays; with --keep-partial what fits is kept', async () => {
    const folder = await ownFolder();
    const line = `export -f aloud say; unshare -rm bash -c '
      mkdir disk && mount -t tmpfs -o size=64k none disk && cd disk && echo old > x.wav
      say -o x.wav; echo "code $?"; cat x.wav; ls -A
      say -o y.wav --keep-partial; echo "code $?"; head -c 4 y.wav; echo; ls -A'`;
    const { stdout, stderr } = await run(line, folder);
    assert.equal(stdout, 'code 6\nold\nx.wav\ncode 6\nRIFF\nx.wav\ny.wav\n', stderr);
    assert.match(
      stderr,
      /^aloud: cannot write x\.wav: no space is left on the device \(\d+ bytes were written\)\n {2}free/m,
    );
  });
});
