/** The program when calls to the system fail one at a time, when files run out, when time jumps or stands still. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { BIN, type Ended, ended, requireBuild } from './support/cli.ts';
import { script, without } from './support/programs.ts';
import { frames, type Peer, type ScriptedServer, scriptedServer, whole } from './support/scripted-server.ts';
import { samples } from './support/sound.ts';

const SOUND = samples(24_000);
const KEY = 'sk_car_canary_0123456789';

let root = '';
let server: ScriptedServer;
before(async () => {
  requireBuild();
  root = await mkdtemp(join(tmpdir(), 'aloud-system-'));
  server = await scriptedServer({
    serve: whole((id, _text, peer) => {
      for (let at = 0; at < SOUND.length; at += 4800) peer.send(frames.chunk(id, SOUND.subarray(at, at + 4800)));
      peer.send(frames.words(id, ['hello'], [0], [1]));
      peer.send(frames.done(id));
    }),
  });
});
after(async () => {
  await server?.[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

const OUTPUTS = ['out.wav', 'out.srt'];
const service = () => ['--provider', 'cartesia', '--base-url', `ws://127.0.0.1:${server.url.port}`];
const argv = () => ['say', '-q', 'hello', ...service(), ...OUTPUTS.flatMap(name => ['-o', name])];

async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(join(root, 'run-'));
  for (const name of OUTPUTS) await writeFile(join(folder, name), 'old');
  return folder;
}

const envOf = (folder: string) => ({ PATH: process.env.PATH, HOME: folder, TMPDIR: folder, CARTESIA_API_KEY: KEY });

/** Exit 0 with the files whole, or another code with one message; the old files or the new ones, and nothing beside. */
async function assertClean(outcome: Ended, folder: string, codes: readonly number[], what: string): Promise<void> {
  const said = `${what}: ${outcome.code} ${outcome.signal} ${outcome.stderr}`;
  assert.ok(outcome.signal === null && codes.includes(outcome.code), said);
  assert.doesNotMatch(outcome.stderr, /^\s+at |this is a bug|canary/m, said);
  if (outcome.code !== 0) assert.match(outcome.stderr, /^(warning: .*\n)*aloud: .*\n {2}.*\n/, said);
  const left = (await readdir(folder)).filter(
    name => !OUTPUTS.includes(name) && !/^\.?(cache|local|config)$/.test(name),
  );
  assert.deepEqual(left, [], said);
  const wav = await readFile(join(folder, 'out.wav'));
  if (outcome.code === 0) assert.ok(wav.includes(SOUND), said);
  else if (wav.toString() !== 'old') assert.ok(wav.includes(SOUND), said);
  const srt = await readFile(join(folder, 'out.srt'), 'utf8');
  assert.ok(srt === 'old' ? outcome.code !== 0 : /^1\n00:00:00,000 --> /.test(srt), said);
}

describe('a call to the system that fails once (O10)', { skip: without('strace'), concurrency: 3 }, () => {
  /** Those that only the program itself makes, by where they belong; a runtime makes many more of some. */
  const CALLS: readonly (readonly [call: string, error: string, times: readonly number[], codes: readonly number[]])[] =
    [
      ['rename', 'EACCES', [1, 2], [6]],
      ['rename', 'EIO', [1], [6]],
      ['fsync', 'EIO', [1, 2], [6]],
      ['fsync', 'ENOSPC', [1], [6]],
      ['ftruncate', 'EIO', [1], [0, 6]],
      ['pwritev,pwrite64', 'ENOSPC', [1, 2], [6]],
      ['pwritev,pwrite64', 'EIO', [1], [6]],
      ['pwritev,pwrite64', 'EDQUOT', [2], [6]],
      ['socket', 'EMFILE', [1], [0, 4]],
      ['socket', 'ENOBUFS', [1], [0, 4]],
      ['connect', 'ECONNREFUSED', [1], [0, 4]],
      ['connect', 'ENETUNREACH', [1], [0, 4]],
      ['connect', 'ETIMEDOUT', [1], [0, 4]],
    ];
  for (const [call, error, times, codes] of CALLS) {
    for (const when of times) {
      it(`${call} with ${error}, time ${when}`, async () => {
        const folder = await ownFolder();
        const inject = `inject=${call}:error=${error}:when=${when}`;
        const flags = ['-f', '--seccomp-bpf', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject];
        // strace counts by thread, so there is to be one.
        const env = { ...envOf(folder), UV_THREADPOOL_SIZE: '1' };
        const child = spawn('strace', [...flags, process.execPath, BIN, ...argv(), '--retries', '0'], {
          cwd: folder,
          env,
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        await assertClean(await ended(child), folder, codes, inject);
      });
    }
  }

  /** The call on the file of that name fails: which one it is, counted in its thread, is seen in a run without faults. */
  async function failOn(call: string, file: RegExp, error: string) {
    const folder = await ownFolder();
    const trace = join(folder, 'trace');
    const run = async (flags: readonly string[]) => {
      for (const each of OUTPUTS) await writeFile(join(folder, each), 'old');
      const command = [
        '-f',
        '--seccomp-bpf',
        '-qq',
        '-y',
        '-e',
        `trace=${call}`,
        ...flags,
        process.execPath,
        BIN,
        ...argv(),
      ];
      const env = { ...envOf(folder), UV_THREADPOOL_SIZE: '1' };
      return ended(spawn('strace', command, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] }));
    };
    const first = await run(['-o', trace]);
    assert.equal(first.code, 0, first.stderr);
    const calls = (await readFile(trace, 'utf8')).split('\n');
    await rm(trace);
    const thread = calls.find(line => file.test(line))?.split(' ')[0];
    const own = calls.filter(line => line.startsWith(`${thread} `) && line.includes(`${call}(`));
    const when = own.findIndex(line => file.test(line)) + 1;
    assert.ok(when > 0, `no ${call} of ${file}`);
    const inject = `inject=${call}:error=${error}:when=${when}`;
    return { folder, inject, outcome: await run(['-o', '/dev/null', '-e', inject]) };
  }
  for (const [call, error] of [
    ['openat', 'EACCES'],
    ['openat', 'EMFILE'],
    ['openat', 'ENOSPC'],
    ['openat', 'EROFS'],
    ['close', 'EIO'],
    ['close', 'EDQUOT'],
  ] as const) {
    it(`${call} of the file that grows, with ${error}`, async () => {
      const { folder, inject, outcome } = await failOn(call, /\.out\.wav\.[0-9a-f]+\.tmp/, error);
      // Where the runtime made one call more or less than before, another fails, which must be survived too.
      await assertClean(outcome, folder, [0, 3, 4, 6], inject);
    });
  }

  it('write to standard output, with EIO', async () => {
    const folder = await ownFolder();
    const file = join(folder, 'stdout');
    const flags = [
      '-f',
      '-qq',
      '-o',
      '/dev/null',
      '-P',
      file,
      '-e',
      'trace=write,writev',
      '-e',
      'inject=write,writev:error=EIO',
    ];
    const command = ['strace', ...flags, process.execPath, BIN, 'say', '-q', 'hello', ...service(), '-o', '-'];
    const line = `exec ${command.map(word => `'${word}'`).join(' ')} > '${file}'`;
    const child = spawn('sh', ['-c', line], { cwd: folder, env: envOf(folder), stdio: ['ignore', 'ignore', 'pipe'] });
    const { code, stderr } = await ended(child);
    assert.equal(code, 6, stderr);
    assert.match(stderr, /^aloud: cannot write standard output: .*\n {2}.*\n$/);
  });
});

describe('few open files (O10)', { concurrency: 2 }, () => {
  for (const most of [19, 20, 21, 22, 23, 24, 26, 28, 30, 40]) {
    it(`ulimit -n ${most}`, async () => {
      const folder = await ownFolder();
      const line = `ulimit -n ${most}; exec "$@"`;
      const child = spawn('bash', ['-c', line, 'bash', process.execPath, BIN, ...argv(), '--retries', '0'], {
        cwd: folder,
        env: envOf(folder),
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const outcome = await ended(child);
      // With less than that the runtime itself does not get as far as the program; Node 22 and later want a few more.
      const isRuntime = outcome.signal !== null || /node:internal|node:fs/.test(outcome.stderr);
      if (most < 22 && isRuntime && Number.parseInt(process.versions.node, 10) >= 22) return;
      await assertClean(outcome, folder, [0, 3, 4, 6], `ulimit -n ${most}`);
    });
  }
});

/** A run whose speech the test gives itself: `speech` when all text has come, with the context's id. */
async function speaking(
  t: TestContext,
  command: (argv: readonly string[]) => readonly [program: string, argv: readonly string[]],
  env: Readonly<Record<string, string | undefined>> = {},
) {
  const own = await scriptedServer();
  t.after(() => own[Symbol.asyncDispose]());
  const folder = await ownFolder();
  const url = `ws://127.0.0.1:${own.url.port}`;
  const flags = ['--json', '--timeout', '1', '--retries', '0', '-o', 'out.wav', '-o', 'out.srt'];
  const line = [BIN, 'say', 'hello', '--provider', 'cartesia', '--base-url', url, ...flags];
  const [program, argv] = command([process.execPath, ...line]);
  const child = spawn(program, argv, {
    cwd: folder,
    env: { ...envOf(folder), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  const end = ended(child);
  const peer: Peer = await own.accept();
  const id = String((await peer.next()).context_id);
  return { child, peer, id, end, folder };
}

async function assertSpoken(end: Promise<Ended>, folder: string): Promise<void> {
  const outcome = await end;
  const summary = JSON.parse(outcome.stdout) as Record<string, number>;
  assert.equal(outcome.code, 0, outcome.stderr + outcome.stdout);
  assert.ok(
    Number(summary.total_ms) >= Number(summary.first_audio_ms) && Number(summary.first_audio_ms) >= 0,
    outcome.stdout,
  );
  assert.ok(Number(summary.total_ms) < 60_000, outcome.stdout);
  assert.ok((await readFile(join(folder, 'out.wav'))).includes(SOUND));
}

describe('time', { concurrency: 3 }, () => {
  const HALF = SOUND.length / 2;

  it('L4: a process that slept longer than its limit goes on, whether anything came meanwhile or not', async t => {
    await Promise.all(
      [true, false].map(async comes => {
        const { child, peer, id, end, folder } = await speaking(t, ([program = '', ...argv]) => [program, argv]);
        const first = frames.chunk(id, SOUND.subarray(0, HALF));
        if (!comes) peer.send(first);
        child.kill('SIGSTOP');
        if (comes) peer.send(first);
        // More than the limit of a second, which is what it is about: nobody can fake the sleep of a process.
        await setTimeout(1500);
        child.kill('SIGCONT');
        await setTimeout(100);
        peer.send(frames.chunk(id, SOUND.subarray(HALF)));
        peer.send(frames.done(id));
        await assertSpoken(end, folder);
      }),
    );
  });

  for (const [first, second] of [
    ['+1d', '-1d'],
    ['-1d', '+1d'],
  ] as const) {
    it(`L4: a clock that jumps a day (${first}, then ${second}) is neither a timeout nor a negative time`, {
      skip: without('faketime'),
    }, async t => {
      const file = join(root, `clock${first}`);
      await writeFile(file, '+0d');
      const library = await ended(spawn('faketime', ['-f', '+0d', 'env'], { stdio: ['ignore', 'pipe', 'pipe'] }));
      const preload = /^LD_PRELOAD=(.*)$/m.exec(library.stdout)?.[1] ?? assert.fail(library.stderr);
      const env = {
        LD_PRELOAD: preload,
        FAKETIME_TIMESTAMP_FILE: file,
        FAKETIME_NO_CACHE: '1',
        // That one never jumps.
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
        DONT_FAKE_MONOTONIC: '1',
      };
      const { peer, id, end, folder } = await speaking(t, ([program = '', ...argv]) => [program, argv], env);
      await writeFile(file, first);
      peer.send(frames.chunk(id, SOUND.subarray(0, HALF)));
      await setTimeout(300);
      await writeFile(file, second);
      peer.send(frames.chunk(id, SOUND.subarray(HALF)));
      await setTimeout(300);
      peer.send(frames.done(id));
      await assertSpoken(end, folder);
    });
  }
});

describe('the key (L10)', { skip: process.platform !== 'linux' }, () => {
  it('is in no command line, and in the environment of no child, whatever runs', async t => {
    const folder = await ownFolder();
    // A player that writes down what every process shows, and who it is itself.
    const listing = join(folder, 'listing');
    const players = join(folder, 'bin');
    await script(
      players,
      'aplay',
      `for p in /proc/[0-9]*; do /usr/bin/tr '\\0' ' ' < $p/cmdline; echo; done >> ${listing} 2>/dev/null
/usr/bin/env >> ${listing}
exec /bin/cat > /dev/null`,
    );
    const env = { ...envOf(folder), PATH: players, ALOUD_PLAYER: 'aplay' };
    const child = spawn(process.execPath, [BIN, 'say', 'hello', ...service(), '--debug'], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    t.after(() => child.kill('SIGKILL'));
    const { stdout, stderr } = await ended(child);
    const shown = await readFile(listing, 'utf8');
    assert.match(shown, /aloud.*say hello/, stderr);
    assert.match(shown, /^PATH=/m);
    assert.doesNotMatch(stdout + stderr + shown, /canary/);
  });
});
