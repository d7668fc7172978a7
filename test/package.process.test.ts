/** The package as npm makes and installs it: small, whole, and able to speak from an empty home. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { COMMANDS } from '../src/commands/index.ts';
import { requireBuild } from './support/cli.ts';
import { script, without } from './support/programs.ts';

const ROOT = join(import.meta.dirname, '..');
const ALSA = '/usr/include/alsa/asoundlib.h';

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(file: string, args: readonly string[], cwd: string, env: Record<string, string>): Promise<Run> {
  return new Promise(resolve => {
    execFile(file, args, { cwd, env, timeout: 90_000 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
    });
  });
}

// The way to the registry is the machine's, not the home's.
const NETWORK = /^(https?_proxy|all_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+|npm_config_registry)$/i;

/** What little a fresh machine has: Node and npm, an empty home, an empty cache, no git. */
function fresh(home: string, more: Record<string, string> = {}): Record<string, string> {
  const network = Object.entries(process.env).filter(([name]) => NETWORK.test(name)) as [string, string][];
  return {
    ...Object.fromEntries(network),
    PATH: [join(folder, 'stand-ins'), dirname(process.execPath), process.env.PATH ?? ''].join(delimiter),
    HOME: home,
    npm_config_cache: join(folder, 'npm-cache'),
    npm_config_update_notifier: 'false',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_fetch_retries: '0',
    ...more,
  };
}

let folder = '';
let tarball = '';
let packed: { size: number; unpackedSize: number; files: readonly { path: string }[] } | undefined;
before(async () => {
  requireBuild();
  folder = await mkdtemp(join(tmpdir(), 'aloud-package-'));
  await script(join(folder, 'stand-ins'), 'git', 'echo "there is no git here" >&2; exit 127');
  // What is in dist/ is of this tree: the tests are run after a build.
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout, stderr } = await run('npm', args, ROOT, fresh(folder));
  const [made] = JSON.parse(stdout || '[]');
  assert.ok(made, stderr);
  packed = made;
  tarball = join(folder, made.filename);
});
after(() => rm(folder, { recursive: true, force: true }));

/** Installs the tarball into a prefix of its own; gives what runs the program there. */
async function install(name: string, flags: readonly string[], more: Record<string, string> = {}) {
  const home = join(folder, name);
  await mkdir(home);
  const prefix = join(home, 'prefix');
  const env = fresh(home, more);
  const npm = await run('npm', ['install', '--global', '--prefix', prefix, ...flags, tarball], home, env);
  const { npm_config_cache: _cache, ...rest } = env;
  const aloud = (...args: string[]) => run(join(prefix, 'bin/aloud'), args, home, { ...rest, ALOUD_PLAYER: 'none' });
  return { npm, prefix, home, aloud };
}

const OFFLINE = /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|CERT/;

/** Whether npm could not reach its registry, which is nothing about us; in CI it has to. */
function unreachable(test: TestContext, { code, stderr }: Run): boolean {
  if (code === 0 || !OFFLINE.test(stderr) || process.env.CI !== undefined) return false;
  test.skip("npm's registry cannot be reached");
  return true;
}

async function speaks(aloud: (...args: string[]) => Promise<Run>, home: string): Promise<void> {
  const { code, stderr } = await aloud('say', 'Hello, world', '-o', 'hello.wav', '--srt', '--timestamps', '--phonemes');
  assert.equal(code, 0, stderr);
  await heard(home);
}

/** Whether the files are there that speaking leaves. */
async function heard(home: string): Promise<void> {
  assert.ok((await stat(join(home, 'hello.wav'))).size > 20_000);
  assert.match(await readFile(join(home, 'hello.srt'), 'utf8'), /Hello, world/);
  assert.ok(JSON.parse(await readFile(join(home, 'hello.json'), 'utf8')).phonemes.length > 5);
}

describe('the package', { skip: without('npm') }, () => {
  it('is small, and has what belongs into it and nothing else', () => {
    const paths = packed?.files.map(({ path }) => path) ?? [];
    for (const path of [
      ...['package.json', 'README.md', 'LICENSE', 'NOTICE', 'CHANGELOG.md', 'bin/aloud.js', 'dist/start.js'],
      ...['completions/aloud.bash', 'completions/_aloud', 'completions/aloud.fish', 'completions/aloud.ps1'],
      ...['man/aloud.1', ...Object.keys(COMMANDS).map(name => `man/aloud-${name}.1`)],
      'schemas/timestamps.schema.json',
    ]) {
      assert.ok(paths.includes(path), `${path} is missing`);
    }
    assert.deepEqual(
      paths.filter(path => /\.(map|ts|mts|test\.\w+)$|^(src|test|scripts|bench|\.)/.test(path)),
      [],
    );
    assert.ok((packed?.size ?? 0) < 1_000_000 && (packed?.unpackedSize ?? 0) < 5_000_000, JSON.stringify(packed?.size));
  });

  it('asks for nothing that is already in its bundle', async () => {
    const { dependencies, exports } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    // What is bundled belongs into devDependencies, or it would be downloaded a second time for nothing.
    assert.deepEqual(dependencies ?? {}, {});
    assert.deepEqual(exports, {});
  });

  it('without what is optional it needs no registry, and says what is missing', async () => {
    // With --global npm ignores the flag: what leaves the packages out is that they cannot be had offline.
    const { npm, aloud, prefix } = await install('cloud', ['--omit=optional', '--ignore-scripts', '--offline']);
    assert.equal(npm.code, 0, npm.stderr);
    assert.match((await aloud('--version')).stdout, /^\d+\.\d+\.\d+\n$/);
    const said = await aloud('say', 'hi', '-o', 'x.wav');
    assert.equal(said.code, 3);
    assert.match(said.stderr, /the built-in voice is not installed\n {2}.*CARTESIA_API_KEY/);
    assert.equal((await aloud('say', 'hi', '-o', 'x.wav', '--provider', 'slng', '-n')).code, 0);
    assert.equal((await aloud('say', 'hi', '-o', 'x.wav', '--provider', 'slng')).code, 3);
    const doctor = await aloud('doctor');
    assert.equal(doctor.code, 3);
    assert.match(doctor.stdout, /^fail {2}engine .*not installed/m);
    // The manual is where man looks for it, and the scripts for shells are found.
    const pages = await readdir(join(prefix, 'share/man/man1'));
    for (const name of Object.keys(COMMANDS)) assert.ok(pages.includes(`aloud-${name}.1`), name);
    assert.match((await aloud('completion', 'zsh')).stdout, /^#compdef aloud/);
  });

  it('goes from the file to speech by the commands of README, where nothing for sound can be built', async test => {
    const [, lines = ''] =
      /<!-- install -->\n```sh\n(.*?)```/s.exec(await readFile(join(ROOT, 'README.md'), 'utf8')) ?? [];
    const [first = '', second = ''] = lines.trim().split('\n');
    assert.match(first, /^npm install --global .*\.tgz$/);
    assert.match(second, /^aloud say .*-o hello\.wav/);
    const home = join(folder, 'readme');
    await mkdir(home);
    await copyFile(tarball, join(home, basename(tarball)));
    // The headers of ALSA are there for nobody: whoever includes them finds these first.
    const headers = join(folder, 'headers');
    await mkdir(join(headers, 'alsa'), { recursive: true });
    await writeFile(join(headers, 'alsa/asoundlib.h'), '#error there is no ALSA here\n');
    const prefix = join(home, 'prefix');
    const env = fresh(home, { ...nodeHeaders(), CPATH: headers, npm_config_prefix: prefix });
    const npm = await run('sh', ['-c', first], home, env);
    if (unreachable(test, npm)) return;
    assert.equal(npm.code, 0, npm.stderr);
    assert.ok(!existsSync(addonIn(prefix)));
    const path = { PATH: [join(prefix, 'bin'), env.PATH].join(delimiter), ALOUD_PLAYER: 'none' };
    const said = await run('sh', ['-c', second], home, { ...env, ...path });
    assert.equal(said.code, 0, said.stderr);
    await heard(home);
  });

  it('speaks from an empty home with scripts off', async test => {
    const { npm, aloud, home, prefix } = await install('quiet', ['--ignore-scripts']);
    if (unreachable(test, npm)) return;
    assert.equal(npm.code, 0, npm.stderr);
    assert.ok(!existsSync(addonIn(prefix)));
    await speaks(aloud, home);
  });

  const lacks = [...(existsSync(ALSA) ? [] : ['ALSA']), ...(nodeHeaders().npm_config_nodedir ? [] : ['Node'])];
  const cannotBuild = without('cc', 'make', 'python3') || (lacks.length > 0 && `no headers of ${lacks.join(', ')}`);
  it('builds the addon where it can, and speaks', { skip: process.env.CI === undefined && cannotBuild }, async test => {
    const { npm, aloud, home, prefix } = await install('whole', [], nodeHeaders());
    if (unreachable(test, npm)) return;
    assert.equal(npm.code, 0, npm.stderr);
    assert.ok(process.platform !== 'linux' || existsSync(addonIn(prefix)), npm.stderr);
    await speaks(aloud, home);
    assert.match((await aloud('doctor', '--player', 'speaker')).stdout, /^(ok|fail) {2,}sound: speaker /m);
  });
});

function addonIn(prefix: string): string {
  return join(prefix, 'lib/node_modules/aloud/node_modules/speaker/build/Release/binding.node');
}

/** Where the headers of this Node are, so that they need not be fetched to build an addon. */
function nodeHeaders(): Record<string, string> {
  const headers = join(dirname(process.execPath), '..');
  return existsSync(join(headers, 'include/node/node.h')) ? { npm_config_nodedir: headers } : {};
}
