import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { build } from 'esbuild';
import { ENCODINGS, SAMPLE_RATES, toS16 } from '../../src/audio.ts';
import { createResampler } from '../../src/audio-resample.ts';
import { Failure } from '../../src/errors.ts';
import { openSpeaker, type SpeakerOptions, type SpeakerSink } from '../../src/sinks/speaker.ts';
import type { Encoding } from '../../src/speech.ts';
import { ALSA_SILENT, alsaCapture } from '../support/alsa.ts';
import { script, without } from '../support/programs.ts';
import { chunked, encoded, realClock, samples } from '../support/sound.ts';

const encodings = Object.keys(ENCODINGS) as Encoding[];
const withoutSpeaker =
  existsSync(new URL('../../node_modules/speaker/build/Release', import.meta.url)) || process.env.CI
    ? false
    : 'speaker is not built';

let folder: string;
let turn = 0;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aloud-test-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const place = () => join(folder, `${turn++}`);

function open(options: Partial<SpeakerOptions>): Promise<SpeakerSink> {
  return openSpeaker({
    player: 'aplay',
    format: { encoding: 'pcm_s16le', sampleRate: 24000 },
    env: {},
    platform: 'linux',
    clock: realClock(),
    warn: () => {},
    ...options,
  });
}

/** A sink around a made-up `aplay`. */
async function openFake(body: string, options: Partial<SpeakerOptions> = {}): Promise<SpeakerSink> {
  const PATH = place();
  await script(PATH, 'aplay', body);
  return open({ env: { PATH }, ...options });
}

/** A sink around a made-up package in place of `speaker`. */
async function openModule(source: string, options: Partial<SpeakerOptions> = {}): Promise<SpeakerSink> {
  const file = join(folder, `module-${turn++}.mjs`);
  await writeFile(file, source);
  return open({ player: 'speaker', speakerModule: file, ...options });
}

const audio = (chunk: Uint8Array) => ({ type: 'audio', chunk }) as const;

async function say(sink: SpeakerSink, bytes: Uint8Array): Promise<void> {
  for (const chunk of chunked(bytes)) await sink.write(audio(chunk));
}

const failsWith = (pattern: RegExp) => (error: unknown) =>
  error instanceof Failure && error.exitCode === 6 && pattern.test(error.message);

const isGone = (pid: number) => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

describe('the speaker records bit-exactly through ALSA', () => {
  for (const [index, sampleRate] of SAMPLE_RATES.entries()) {
    const encoding = encodings[index % encodings.length] ?? 'pcm_s16le';
    it(`with the addon, ${sampleRate} Hz ${encoding}`, { skip: withoutSpeaker }, async () => {
      const capture = await alsaCapture(await mkdtemp(join(folder, 'alsa-')));
      const sink = await open({ player: 'speaker', format: { encoding, sampleRate }, env: capture.env });
      const bytes = encoded(encoding, sampleRate + 1);
      await say(sink, bytes);
      await sink.close();
      assert.deepEqual(await capture.played(), Buffer.from(toS16(encoding)(bytes)));
      assert.equal(sink.player, 'speaker');
      assert.equal(sink.underruns, 0);
      assert.equal(sink.position(), (sampleRate + 1) / sampleRate);
    });
  }

  for (const encoding of encodings) {
    it(`with aplay, ${encoding} at every rate`, { skip: without('aplay') }, async () => {
      for (const sampleRate of SAMPLE_RATES) {
        const capture = await alsaCapture(await mkdtemp(join(folder, 'alsa-')));
        const env = { ...capture.env, PATH: process.env.PATH };
        const sink = await open({ format: { encoding, sampleRate }, env, realTime: false });
        const bytes = encoded(encoding, 5001);
        await say(sink, bytes);
        await sink.close();
        const played = await capture.played();
        assert.deepEqual(played.subarray(0, 10002), Buffer.from(toS16(encoding)(bytes)));
        assert.ok(played.subarray(10002).every(byte => byte === 0));
      }
    });
  }

  it('with play', { skip: without('play') }, async () => {
    const capture = await alsaCapture(await mkdtemp(join(folder, 'alsa-')));
    const env = { ...capture.env, PATH: process.env.PATH, AUDIODRIVER: 'alsa' };
    const sink = await open({ player: 'play', env, realTime: false });
    const bytes = samples(24001);
    await say(sink, bytes);
    await sink.close();
    assert.deepEqual((await capture.played()).subarray(0, 48002), bytes);
  });

  it('with lead-in and tail as silence around the speech', { skip: withoutSpeaker }, async () => {
    const capture = await alsaCapture(await mkdtemp(join(folder, 'alsa-')));
    const sink = await open({ player: 'speaker', env: capture.env, leadInMs: 100, tailMs: 50 });
    const bytes = samples(3000);
    await say(sink, bytes);
    await sink.close();
    assert.deepEqual(await capture.played(), Buffer.concat([Buffer.alloc(4800), bytes, Buffer.alloc(2400)]));
    assert.equal(sink.position(), 3000 / 24000);
  });

  it('on the device that was asked for', { skip: withoutSpeaker || without('aplay') }, async () => {
    for (const player of ['speaker', 'aplay'] as const) {
      const capture = await alsaCapture(await mkdtemp(join(folder, 'alsa-')));
      const env = { ...capture.env, PATH: process.env.PATH };
      const sink = await open({ player, device: 'other', env, realTime: false });
      const bytes = samples(2400);
      await say(sink, bytes);
      await sink.close();
      assert.deepEqual((await capture.played('other')).subarray(0, 4800), bytes, player);
    }
  });

  it('in the form that the Windows half of the addon needs', { skip: withoutSpeaker }, async () => {
    const capture = await alsaCapture(await mkdtemp(join(folder, 'alsa-')));
    const sink = await open({ player: 'speaker', platform: 'win32', env: capture.env });
    const bytes = samples(4801);
    await say(sink, bytes);
    await sink.close();
    const played = await capture.played();
    const resampler = createResampler(24000, 48000);
    const mono = Int16Array.from({ length: 4801 }, (_, at) => bytes.readInt16LE(at * 2));
    const expected = [...resampler.push(mono), ...resampler.end()].map(value =>
      Math.max(-32768, Math.min(32767, Math.round(value))),
    );
    assert.equal(played.length, 4801 * 2 * 4);
    for (const [at, value] of expected.entries()) {
      assert.equal(played.readInt16LE(at * 4), value);
      assert.equal(played.readInt16LE(at * 4 + 2), value);
    }
    assert.equal(sink.position(), 4801 / 24000);
  });

  it('from a bundle, without the sources', { skip: withoutSpeaker }, async () => {
    const dist = join(folder, 'dist');
    const src = (file: string) => new URL(`../../src/sinks/${file}`, import.meta.url).pathname;
    await build({
      entryPoints: { cli: src('speaker.ts'), 'speaker-process': src('speaker-process.ts') },
      outdir: dist,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      outExtension: { '.js': '.js' },
      logLevel: 'silent',
    });
    await writeFile(join(dist, 'package.json'), '{"type":"module"}');
    const bundled = (await import(join(dist, 'cli.js'))) as { openSpeaker: typeof openSpeaker };
    const capture = await alsaCapture(dist);
    const sink = await bundled.openSpeaker({
      player: 'speaker',
      format: { encoding: 'pcm_s16le', sampleRate: 24000 },
      env: capture.env,
      platform: 'linux',
      clock: realClock(),
      warn: () => {},
      speakerModule: import.meta.resolve('speaker'),
    });
    const bytes = samples(24000);
    await say(sink, bytes);
    await sink.close();
    assert.deepEqual(await capture.played(), bytes);
  });
});

describe('a speaker that cannot be opened', () => {
  it('S1 S3: says for each player why, and exits with 6', async () => {
    const conf = join(folder, 'silent.conf');
    await writeFile(conf, ALSA_SILENT);
    const PATH = place();
    await script(PATH, 'pacat', 'echo "Connection failure: Connection refused" >&2; exit 1');
    await script(PATH, 'aplay', 'printf "first\\n\\033[31mno card\\007 error\\n" >&2; exit 1');
    await script(PATH, 'play', 'kill -FPE $$');
    await assert.rejects(
      open({
        player: 'auto',
        env: { PATH, ALSA_CONFIG_PATH: conf },
        ...(withoutSpeaker ? { speakerModule: 'nothing' } : {}),
      }),
      (error: unknown) => {
        assert.ok(error instanceof Failure && error.exitCode === 6);
        assert.match(error.message, /^cannot play sound: speaker: .+; pw-play: not found on PATH; /);
        assert.match(error.message, /pacat: Connection failure: Connection refused \(exit status 1\); /);
        assert.match(error.message, /aplay: .*no card error \(exit status 1\); play: killed by SIGFPE$/);
        assert.doesNotMatch(error.message, /\p{Cc}/u);
        assert.match(error.hint ?? '', /-o FILE/);
        assert.match(error.hint ?? '', /^no sound device: /);
        assert.equal(error.message, `cannot play sound: ${error.details.reasons?.join('; ')}`);
        return true;
      },
    );
  });

  it('with an empty PATH names every player', async () => {
    await assert.rejects(
      open({ player: 'auto', env: { PATH: '' }, speakerModule: 'aloud-has-no-such-module' }),
      failsWith(
        /^cannot play sound: speaker: the optional package is not installed; (\S+: not found on PATH(; |$)){4}$/,
      ),
    );
  });

  it('says to install a player only where there is none', async () => {
    const hint = async (more: object) => {
      const options = { player: 'aplay', env: { PATH: '' }, ...more } as const;
      return open(options).then(
        () => assert.fail('it plays'),
        error => error.hint,
      );
    };
    assert.match(await hint({}), /install a player \(Debian: alsa-utils/);
    assert.match(await hint({ device: 'loud' }), /check the name of the audio device/);
  });

  it('tries no other player than the one named', async () => {
    const PATH = place();
    await script(PATH, 'play', '/bin/cat > /dev/null');
    await assert.rejects(
      open({ player: 'aplay', env: { PATH } }),
      failsWith(/^cannot play sound: aplay: not found on PATH$/),
    );
  });

  it('S3: passes over a player that exits 0 at once, cannot be run, or is a text file', async () => {
    const PATH = place();
    await script(PATH, 'pw-play', 'exit 0');
    await script(PATH, 'pacat', 'exit 0', 0o644);
    await writeFile(join(PATH, 'aplay'), 'not a program', { mode: 0o755 });
    await script(PATH, 'play', 'exec /bin/cat > /dev/null');
    const sink = await open({ player: 'auto', env: { PATH }, speakerModule: 'nothing' });
    assert.equal(sink.player, 'play');
    await sink.abort(undefined);
  });

  it('S2: passes over a package that is missing, has no binary, aborts, or hangs', async () => {
    const sources = {
      'its binary is missing': 'throw new Error("Could not locate the bindings file. Tried: …")',
      'killed by SIGABRT': 'process.abort()',
      'it does not answer': 'setInterval(() => {}, 1000); await new Promise(() => {})',
      'no such device': 'export default class { _open() { throw new Error("no such device") } on() {} }',
    };
    for (const [reason, source] of Object.entries(sources)) {
      await assert.rejects(
        openModule(source, { clock: realClock(reason === 'it does not answer' ? 5 : 1) }),
        failsWith(new RegExp(`^cannot play sound: speaker: ${reason}`)),
      );
    }
  });

  it('is given up at once when the opening is aborted', async () => {
    const stop = new AbortController();
    const opening = openModule('setInterval(() => {}, 1000); await new Promise(() => {})', { signal: stop.signal });
    const reason = new Failure('interrupted', 'enough');
    setImmediate(() => stop.abort(reason));
    await assert.rejects(opening, error => error === reason);
    await assert.rejects(open({ signal: AbortSignal.abort(reason) }), error => error === reason);
  });

  it('gives a device to no player that cannot choose one', async () => {
    const PATH = place();
    await script(PATH, 'afplay', 'exit 0');
    await assert.rejects(
      open({ player: 'auto', platform: 'darwin', device: 'x', env: { PATH }, speakerModule: 'nothing' }),
      failsWith(/afplay: it cannot choose a device/),
    );
  });
});

describe('a player that fails while playing', () => {
  it('S3: dies in the middle: its own words, exit 6', async () => {
    const sink = await openFake('/usr/bin/head -c 20000 > /dev/null; echo "device unplugged" >&2; exit 3');
    const failure = failsWith(/^aplay failed while playing: device unplugged \(exit status 3\)$/);
    await assert.rejects(async () => {
      for (;;) {
        await sink.write(audio(samples(24000)));
        await new Promise(setImmediate);
      }
    }, failure);
    await assert.rejects(sink.close(), failure);
    await sink.abort(undefined);
  });

  it('S3: exits with 1 at the end', async () => {
    const sink = await openFake('/bin/cat > /dev/null; exit 1', { realTime: false });
    await say(sink, samples(2400));
    await assert.rejects(sink.close(), failsWith(/exit status 1/));
  });

  it('S3: exits 0 long before the sound can have been heard', async () => {
    const sink = await openFake('/bin/cat > /dev/null');
    await say(sink, samples(48000));
    await assert.rejects(sink.close(), failsWith(/^aplay failed while playing: it ended after 0\.\d s of 2\.0 s$/));
  });

  it('S3: exits 0 before it was told the end', async () => {
    const sink = await openFake('/usr/bin/head -c 100 > /dev/null');
    await assert.rejects(
      async () => {
        for (;;) {
          await sink.write(audio(samples(2400)));
          await new Promise(setImmediate);
        }
      },
      failsWith(/it ended by itself/),
    );
  });

  it('S3: reads nothing, or never ends', async () => {
    for (const [body, length] of [
      ['exec /bin/sleep 1000', 1_000_000],
      ['exec /bin/sleep 1000', 240],
      ['/bin/cat > /dev/null; exec /bin/sleep 1000', 240],
    ] as const) {
      const sink = await openFake(body, { clock: realClock(20) });
      await say(sink, samples(length));
      await assert.rejects(sink.close(), failsWith(/it takes no more sound/));
    }
  });

  it('S3: closes its end of the pipe and lives on', async () => {
    const sink = await openFake('exec 0<&-; exec /bin/sleep 1000');
    await assert.rejects(
      async () => {
        for (;;) {
          await sink.write(audio(samples(2400)));
          await new Promise(setImmediate);
        }
      },
      failsWith(/it stopped taking sound/),
    );
  });

  it('S1: the device vanishes under the addon', async () => {
    const sink = await openModule(`export default class {
      constructor() { this.count = 0 }
      on() {} once() {} end() {}
      write(chunk, done) { this.count += 1; this.count > 3 ? done(new Error('write() failed: -1')) : done() }
    }`);
    await say(sink, samples(24000));
    await assert.rejects(sink.close(), failsWith(/^speaker failed while playing: write\(\) failed: -1$/));
  });

  it('S1: a player that dies before it was given anything is replaced', async () => {
    const PATH = place();
    const heard = join(PATH, 'heard');
    await script(PATH, 'aplay', '/bin/sleep 0.15; echo "device is gone" >&2; exit 1');
    await script(PATH, 'play', `exec /bin/cat > ${heard}`);
    let sink: SpeakerSink | undefined;
    const warned = await new Promise<string>((resolve, reject) => {
      open({ player: 'auto', env: { PATH }, speakerModule: 'nothing', realTime: false, warn: resolve }).then(opened => {
        sink = opened;
        assert.equal(opened.player, 'aplay');
      }, reject);
    });
    assert.equal(warned, 'aplay failed while playing: device is gone (exit status 1); playing with play instead');
    assert.ok(sink);
    const bytes = samples(24000);
    await say(sink, bytes);
    await sink.close();
    assert.equal(sink.player, 'play');
    assert.deepEqual(await readFile(heard), bytes);
  });
});

describe('stopping', () => {
  it('S5: abort leaves no child, even one that ignores signals', async () => {
    const pidFile = join(folder, 'pid');
    const sink = await openFake(`echo $$ > ${pidFile}; trap "" TERM INT HUP; while :; do /bin/sleep 0.01; done`);
    await say(sink, samples(240_000));
    const pid = Number(await readFile(pidFile, 'utf8'));
    assert.ok(!isGone(pid));
    const reason = new Error('stop');
    const closing = assert.rejects(sink.close(), error => error === reason);
    await sink.abort(reason);
    assert.ok(isGone(pid));
    await closing;
    await sink.abort(reason);
    await assert.rejects(sink.write(audio(samples(1))), error => error === reason);
  });

  it('the addon ends with the process it belongs to', async () => {
    const socket = join(folder, 'alive.sock');
    const server = createServer().listen(socket);
    const connected = once(server, 'connection') as Promise<[Socket]>;
    const module = join(folder, 'alive.mjs');
    await writeFile(
      module,
      `import { connect } from 'node:net'; connect(${JSON.stringify(socket)});
       export default class { on() {} once() {} end() {} write(chunk, done) {} }`,
    );
    const program = `
      import { openSpeaker } from ${JSON.stringify(new URL('../../src/sinks/speaker.ts', import.meta.url).href)};
      const clock = { now: () => performance.now(), after: (ms, call) => { const t = setTimeout(call, ms); return () => clearTimeout(t); } };
      const sink = await openSpeaker({ player: 'speaker', format: { encoding: 'pcm_s16le', sampleRate: 24000 }, env: {},
        platform: 'linux', clock, warn() {}, speakerModule: ${JSON.stringify(module)} });
      await sink.write({ type: 'audio', chunk: new Uint8Array(480000) });
      process.send('playing');`;
    const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', program];
    const owner = spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const [alive] = await connected;
    await once(owner, 'message');
    alive.resume();
    const gone = once(alive, 'close');
    owner.kill('SIGKILL');
    await gone;
    server.close();
  });

  it('a cut drops what was not heard, half a sample too, and goes on with what comes next', async () => {
    const heard = join(folder, 'cut');
    const sink = await openFake(`exec /bin/cat > ${heard}`, { realTime: false });
    await say(sink, samples(24000, 3));
    await sink.write(audio(Uint8Array.of(1)));
    const ready = sink.cut();
    const next = samples(12000, 5);
    await say(sink, next);
    await ready;
    await sink.close();
    assert.deepEqual(await readFile(heard), next);
    assert.equal(sink.position(), 0.5);
  });

  it('a cut frees a write that waits for room', async () => {
    const sink = await openFake('exec /bin/sleep 1000', { guardBytes: 1000 });
    const waiting = sink.write(audio(samples(1_000_000).subarray(1)));
    await sink.cut();
    await waiting;
    await sink.write(audio(samples(10)));
    await sink.abort(undefined);
  });

  it('a cut after which nothing can be opened is a failure of everything after it', async () => {
    const once = join(folder, 'once');
    const sink = await openFake(`if [ -e ${once} ]; then exit 1; fi; : > ${once}; exec /bin/cat > /dev/null`);
    await assert.rejects(sink.cut(), failsWith(/^cannot play sound/));
    await assert.rejects(sink.write(audio(samples(1))), failsWith(/^cannot play sound/));
    await assert.rejects(sink.close(), failsWith(/^cannot play sound/));
  });
});

describe('the buffer', () => {
  it('holds up the writer only above its guard', async () => {
    const gate = join(folder, 'gate');
    const heard = join(folder, 'held');
    await once(spawn('mkfifo', [gate]), 'exit');
    const sink = await openFake(`read x < ${gate}; exec /bin/cat > ${heard}`, {
      guardBytes: 2_000_000,
      realTime: false,
    });
    const bytes = samples(2_000_000);
    await sink.write(audio(bytes.subarray(0, 2_000_000)));
    let free = false;
    const second = sink.write(audio(bytes.subarray(2_000_000))).then(() => {
      free = true;
    });
    await new Promise(setImmediate);
    assert.equal(free, false);
    await writeFile(gate, 'go\n');
    await second;
    await sink.close();
    assert.deepEqual(await readFile(heard), bytes);
  });

  it('says nothing when nothing was said: close is immediate', async () => {
    const pidFile = join(folder, 'idle');
    const sink = await openFake(`echo $$ > ${pidFile}; exec /bin/sleep 1000`, { leadInMs: 500, tailMs: 500 });
    await sink.write({ type: 'text', text: '…' });
    await sink.write({ type: 'timestamps', granularity: 'word', spans: [] });
    await sink.write({ type: 'flushed' });
    await sink.close();
    assert.equal(sink.position(), 0);
    assert.ok(isGone(Number(await readFile(pidFile, 'utf8'))));
  });

  it('a part of a sample at the end is dropped', async () => {
    const heard = join(folder, 'odd');
    const sink = await openFake(`exec /bin/cat > ${heard}`, { realTime: false });
    await sink.write(audio(Uint8Array.of(1, 2, 3)));
    await sink.close();
    assert.deepEqual([...(await readFile(heard))], [1, 2]);
  });
});
