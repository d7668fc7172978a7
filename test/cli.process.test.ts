/** The program as a process: exit codes, signals, pipes, closed and full streams, terminals, the key in the process list. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { constants, existsSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { BIN, type Ended, ended, requireBuild, shell, start } from './support/cli.ts';
import { without } from './support/programs.ts';
import { answer, scriptedServer } from './support/scripted-server.ts';

const TEXTS = ['long.txt', 'page.txt'];
let folder = '';
/** Elsewhere, for what the program keeps for itself is there. */
let home = '';
before(async () => {
  requireBuild();
  folder = await mkdtemp(join(tmpdir(), 'aloud-process-'));
  home = await mkdtemp(join(tmpdir(), 'aloud-process-home-'));
  // Minutes of speech: one long enough to be interrupted, one more than any pipe takes.
  await writeFile(join(folder, 'long.txt'), 'The quick brown fox jumps over the lazy dog. '.repeat(400));
  await writeFile(join(folder, 'page.txt'), 'The quick brown fox jumps over the lazy dog. '.repeat(60));
});
afterEach(async () => {
  for (const name of await readdir(folder))
    if (!TEXTS.includes(name)) await rm(join(folder, name), { recursive: true });
});
after(() => Promise.all([folder, home].map(each => rm(each, { recursive: true, force: true }))));
const at = (name: string) => join(folder, name);
const run = (line: string, env: Record<string, string> = {}) =>
  shell(line, { cwd: folder, env: { HOME: home, ...env }, timeout: 30_000, killSignal: 'SIGKILL' });

function says(outcome: Ended, code: number, message?: RegExp): void {
  assert.deepEqual([outcome.code, outcome.signal], [code, null], outcome.stderr);
  if (message !== undefined) assert.match(outcome.stderr, message);
  assert.doesNotMatch(outcome.stderr, /^\s+at |this is a bug/m);
}

async function names(): Promise<string[]> {
  return (await readdir(folder)).filter(name => !TEXTS.includes(name)).sort();
}

describe('what was compiled in an earlier run', () => {
  it('changes nothing but the time, and is made again where it is damaged', async () => {
    const caches = { HOME: home, XDG_CACHE_HOME: at('caches') };
    const line = 'aloud say --help && aloud --version && aloud say -q --provider local hi -o - --format raw | cksum';
    const first = await run(line, caches);
    says(first, 0);
    const code = at('caches/aloud/code');
    const kept = await readdir(code);
    assert.ok(kept.length > 0 && kept.every(name => !name.endsWith('.tmp')), kept.join());
    assert.ok(
      kept.some(name => name.startsWith('espeak-ng-')),
      'the engine is kept, too',
    );
    assert.deepEqual(await run(line, caches), first);
    for (const name of kept) {
      const bytes = await readFile(join(code, name));
      await writeFile(join(code, name), bytes.fill(0, bytes.length / 2));
    }
    assert.deepEqual(await run(line, caches), first);
    assert.deepEqual((await readdir(code)).sort(), kept.sort());
  });

  it('is not kept after a failure, nor where nobody wants it', async () => {
    const caches = { HOME: home, XDG_CACHE_HOME: at('caches') };
    says(await run('aloud say --speed 9 hi', caches), 2);
    says(await run('aloud say --help', { ...caches, NODE_DISABLE_COMPILE_CACHE: '1' }), 0);
    assert.deepEqual(await names(), []);
  });

  it('is done without where a file may not become that large', async () => {
    says(await run('ulimit -f 10; aloud say --help', { HOME: home, XDG_CACHE_HOME: at('caches') }), 0);
    assert.deepEqual(await readdir(at('caches/aloud/code')), []);
  });
});

describe('exit codes of the process', () => {
  it('0 when all is delivered, with the files and nothing else', async () => {
    says(await run('aloud say "Hello, world" -o hello.wav --srt --timestamps --phonemes'), 0);
    assert.deepEqual(await names(), ['hello.json', 'hello.srt', 'hello.wav']);
  });

  for (const [line, code, message] of [
    ['aloud', 2, /no command given/],
    ['aloud sya hi', 2, /did you mean say/],
    ['aloud say --speed 9 hi', 2, /--speed must be/],
    ['aloud say hi --provider cartesia', 3, /there is no key/],
    ['aloud say hi --provider cartesia --base-url ws://127.0.0.1:1 --retries 0', 4, /nothing listens there/],
    ['aloud say hi -o no/x.wav', 6, /does not exist/],
  ] as const) {
    it(`${code} for ${line}`, async () => says(await run(`ALOUD_PLAYER=none ${line}`), code, message));
  }

  it('a script with set -e stops, and one with pipefail sees the failure', async () => {
    assert.equal((await run('set -e; aloud say --speed 9 hi 2>/dev/null; echo on')).stdout, '');
    assert.equal((await run('aloud say --speed 9 hi -o - 2>/dev/null | cat')).code, 2);
  });
});

describe('pipes', () => {
  it('a reader of stdout that goes away ends the program quietly, with 0 (O1)', async () => {
    const outcome = await run('aloud say -q -f page.txt -o - | head -c 4');
    says(outcome, 0);
    assert.deepEqual([outcome.stdout, outcome.stderr], ['RIFF', '']);
    says(await run('aloud voices -q --json | head -c 1'), 0);
  });

  it('a slow reader loses no byte (O2)', async () => {
    const outcome = await run('aloud say -q -f page.txt -o - --format raw -o whole.raw | (sleep 1; cat) > piped.raw');
    says(outcome, 0);
    const whole = await readFile(at('whole.raw'));
    assert.ok(whole.length > 5_000_000);
    assert.equal(whole.equals(await readFile(at('piped.raw'))), true);
  });

  it('text comes out of a pipe with a name, and a wait for its writer can be ended', async () => {
    execFileSync('mkfifo', [at('text')]);
    says(await run('aloud say -q -f text -o a.wav & echo Hello > text; wait $!'), 0);
    assert.ok(existsSync(at('a.wav')));
    const child = start(['say', '-f', 'text', '-o', 'b.wav'], { cwd: folder, env: { HOME: home } });
    await heard(child.pid ?? 0);
    child.kill('SIGINT');
    says(await ended(child), 130);
  });
});

/** Waits until a process listens to signals: to SIGHUP, as Node itself has a listener for the others. */
async function heard(pid: number): Promise<void> {
  for (;;) {
    const caught = /^SigCgt:\s*([0-9a-f]+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
    if ((BigInt(`0x${caught}`) & 1n) !== 0n) return;
    await new Promise(setImmediate);
  }
}

describe('closed and full streams', () => {
  it('closed from the start, they are neither written into nor missed (O7)', async () => {
    says(await run('aloud say hi -o x.wav <&- >&- 2>&-'), 0);
    assert.equal((await readFile(at('x.wav'))).toString('latin1', 0, 4), 'RIFF');
    says(await run('aloud say <&-'), 2, /nothing to speak in standard input/);
    says(await run('aloud say -q hi -o - >&-'), 0);
    says(await run('aloud voices -q >&- 2>&-'), 0);
    assert.deepEqual(await names(), ['x.wav']);
  });

  it('a full stdout is 6, a full stderr is nothing to fail for (O3)', { skip: !existsSync('/dev/full') }, async () => {
    says(
      await run('aloud say -q hi -o - > /dev/full'),
      6,
      /cannot write standard output: no space left|no space is left/,
    );
    says(await run('aloud voices > /dev/full'), 6, /cannot write standard output: no space left/);
    says(await run('aloud say -q hi -o x.wav --json > /dev/full'), 6, /cannot write standard output/);
    says(await run('aloud say hi -o y.wav 2> /dev/full'), 0);
    assert.ok(existsSync(at('y.wav')));
  });

  it('a file beyond the limit of its size is 6, and nothing is left (O3)', async () => {
    await writeFile(at('big.wav'), 'old');
    says(await run('ulimit -f 100; aloud say -q -f long.txt -o big.wav'), 6, /larger than is allowed \(\d+ bytes/);
    assert.deepEqual(await names(), ['big.wav']);
    assert.equal(await readFile(at('big.wav'), 'utf8'), 'old');
  });

  it('too many open files is 6, and nothing is left (O10)', async () => {
    // How many the program needs is Node's affair; so the number is found at which it has some and not enough.
    let refused = 0;
    for (let most = 19; most <= 40; most++) {
      const outcome = await run(`ulimit -n ${most}; aloud say -q hi -o x.wav`);
      if (outcome.code === 0) break;
      // With so few Node itself does not come up.
      if (outcome.code > 8 || outcome.stderr.includes('node:internal')) continue;
      says(outcome, 6, /too many files are open/);
      assert.deepEqual(await names(), []);
      refused += 1;
    }
    assert.ok(refused > 0);
  });

  it('works without a home, a place for temporary files, a terminal or a locale (L6)', async () => {
    const env = { HOME: '/nonexistent', TMPDIR: '/nonexistent', XDG_CONFIG_HOME: 'relative', LANG: 'C', TERM: '' };
    says(await run('aloud say -q Héllo -o x.wav --srt --timestamps --phonemes', env), 0);
    assert.match(await readFile(at('x.srt'), 'utf8'), /Héllo/);
  });
});

describe('signals', () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    it(`${signal} in the middle exits ${code}; the old file stays and nothing is left beside it (O6)`, async () => {
      await writeFile(at('out.wav'), 'old');
      const child = start(['say', '-f', 'long.txt', '-o', 'out.wav', '--srt'], { cwd: folder, env: { HOME: home } });
      while (!(await names()).some(name => name.endsWith('.tmp'))) assert.equal(child.exitCode, null);
      child.kill(signal);
      const outcome = await ended(child);
      says(outcome, code, /^aloud: interrupted$/m);
      assert.deepEqual(await names(), ['out.wav']);
      assert.equal(await readFile(at('out.wav'), 'utf8'), 'old');
    });
  }

  it('--keep-partial keeps what arrived as a valid WAV', async () => {
    const argv = ['say', '-f', 'long.txt', '-o', 'out.wav', '-o', 'out.raw', '--keep-partial'];
    const child = start(argv, { cwd: folder, env: { HOME: home } });
    const size = async () => {
      const name = (await names()).find(each => each.startsWith('.out.raw'));
      return name === undefined ? 0 : (await readFile(at(name))).length;
    };
    while ((await size()) === 0) assert.equal(child.exitCode, null);
    child.kill('SIGINT');
    says(await ended(child), 130);
    const [wav, raw] = [await readFile(at('out.wav')), await readFile(at('out.raw'))];
    assert.equal(wav.readUInt32LE(4), wav.length - 8);
    const data = wav.indexOf('data', 12);
    const length = wav.readUInt32LE(data + 4);
    assert.ok(length > 0 && length === wav.length - data - 8);
    const both = Math.min(length, raw.length);
    assert.deepEqual(wav.subarray(data + 8, data + 8 + both), raw.subarray(0, both));
    assert.deepEqual(await names(), ['out.raw', 'out.wav']);
  });

  it('one Ctrl-C is enough where the reader of stdout does not read', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    // Both ends are ours, so that writing waits for ever.
    const reader = openSync(at('pipe'), constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(at('pipe'), constants.O_WRONLY);
    const child = start(['say', '-f', 'long.txt', '-o', '-'], {
      cwd: folder,
      env: { HOME: home },
      stdio: ['ignore', writer, 'pipe'],
    });
    const written = () => Number(/^wchar: (\d+)/m.exec(readFileSync(`/proc/${child.pid}/io`, 'utf8'))?.[1]);
    // The pipe takes 64 KiB; then nothing moves any more.
    while (written() < 65_536) await new Promise(setImmediate);
    child.kill('SIGINT');
    says(await ended(child), 130);
    assert.ok(reader > 0);
  });

  it('one Ctrl-C is enough where text is waited for, and a second comes to nothing worse', async () => {
    const child = start(['say', '-o', 'out.wav'], { cwd: folder, env: { HOME: home }, stdio: 'pipe' });
    await heard(child.pid ?? 0);
    child.kill('SIGINT');
    child.kill('SIGINT');
    const outcome = await ended(child);
    // The second may come when nobody listens any more because all is done: to a shell that is 130 as well.
    assert.ok(outcome.code === 130 || outcome.signal === 'SIGINT', outcome.stderr);
    assert.deepEqual(await names(), []);
  });
});

describe('a terminal', { skip: without('python3') }, () => {
  const terminal = (streams: string, line: string, env: Record<string, string> = {}) =>
    run(`python3 ${join(import.meta.dirname, 'support/terminal.py')} ${streams} "$NODE" "$BIN" ${line}`, {
      TERM: 'xterm',
      ...env,
    });

  it('with nothing given, a short usage on stderr at once, exit 2', async () => {
    const { code, stdout } = await terminal('0', 'say 2>&1');
    assert.equal(code, 2);
    assert.match(stdout, /^aloud: there is no text to speak\n {2}usage: aloud say/);
    assert.equal((await terminal('012', '')).code, 2);
  });

  it('gets no audio', async () => {
    const { code, stdout } = await terminal('1', 'say hi -o -');
    assert.deepEqual([code, stdout], [2, '']);
  });

  it('gets a spinner on stderr and only there, gone when the work is done', async () => {
    const shown = await terminal('2', 'say -f page.txt -o out.wav');
    assert.equal(shown.code, 0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a spinner is made of them
    assert.match(shown.stdout, /\u001b\[.*s of sound \(in \d+\.\d s, the first after \d+ ms\)/s);
    assert.match(shown.stdout, /out\.wav: \d+\.\d\d s, first sound after \d+ ms\r\n$/);
    for (const [line, env] of [
      ['say hi -o out.wav -q', {}],
      ['say hi -o out.wav', { TERM: 'dumb' }],
      ['say hi -o out.wav', { CI: 'true' }],
    ] as const) {
      const { stdout } = await terminal('2', line, env);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: as above
      assert.doesNotMatch(stdout, /\u001b/);
    }
  });

  it('without a size does not keep the program busy', async () => {
    const python = 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)';
    const { code, stdout } = await run(`python3 -c '${python}' "$NODE" "$BIN" say -f page.txt -o out.wav < /dev/null`, {
      TERM: 'xterm',
    });
    assert.equal(code, 0);
    assert.match(stdout, /out\.wav: /);
  });
});

describe('the key of a process', () => {
  it('is in no output and not in the process list', async () => {
    const key = 'canary-0123456789';
    let listed = '';
    let pid = 0;
    await using server = await scriptedServer({
      upgrade(_request, socket) {
        listed = ['cmdline', 'comm'].map(name => readFileSync(`/proc/${pid}/${name}`, 'utf8')).join();
        return answer(socket, 401, `no: ${key}`);
      },
    });
    const service = ['--provider', 'cartesia', '--base-url', `ws://127.0.0.1:${server.url.port}`];
    const child = start(['say', 'hi', ...service, '-o', 'x.wav', '--debug'], {
      cwd: folder,
      env: { HOME: home, CARTESIA_API_KEY: key },
    });
    pid = child.pid ?? 0;
    const { code, stdout, stderr } = await ended(child);
    assert.equal(code, 3);
    assert.match(listed, /aloud/);
    assert.doesNotMatch(listed + stdout + stderr, /canary/);
    assert.deepEqual(await names(), []);
  });
});

describe('a long text', () => {
  /** Peak memory of a run, in MiB, as the process itself saw it. */
  async function peak(sentences: number): Promise<number> {
    const text = 'Of all the words that were said on that day, these were the last. '.repeat(sentences);
    await writeFile(at('book.txt'), text);
    const wrapper = `process.on('exit', () => process.stdout.write(String(process.resourceUsage().maxRSS)));
      process.argv.splice(1, 0, '${BIN}'); await import('${BIN}')`;
    const argv = [
      '--input-type=module',
      '-e',
      wrapper,
      'say',
      '-q',
      '-f',
      'book.txt',
      '-o',
      'book.wav',
      '--srt',
      '--timestamps',
    ];
    const outcome = await shell(
      `"$NODE" "$@"`.replace('"$@"', argv.map(arg => `'${arg.replaceAll("'", "'\\''")}'`).join(' ')),
      {
        cwd: folder,
        env: { HOME: home },
      },
    );
    says(outcome, 0);
    const folded = (said: string) => said.replace(/\s+/g, ' ').trim();
    const srt = await readFile(at('book.srt'), 'utf8');
    const captions = srt.replace(/^\d+\n[\d:,]+ --> [\d:,]+\n/gm, '');
    assert.equal(folded(captions), folded(text));
    const { words, duration } = JSON.parse(await readFile(at('book.json'), 'utf8'));
    assert.equal(words.length, sentences * 14);
    let last = 0;
    for (const { start: begin, end } of words) {
      assert.ok(begin >= last && end >= begin && end <= duration);
      last = begin;
    }
    return Number(outcome.stdout) / 1024;
  }

  it('takes no more memory than a short one; every word is there, in order, as it was written', async () => {
    const [short, long] = [await peak(100), await peak(500)];
    // 500 sentences are half an hour of sound, and of samples some 90 MB.
    assert.ok(long - short < 40, `${short} MiB for 7 KB of text, ${long} MiB for 33 KB`);
  });
});
