/** The command line against a service that is a script: what is sent, what arrives in files, and every way to fail. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { main } from '../src/cli.ts';
import { systemClock } from '../src/host.ts';
import type { Encoding } from '../src/speech.ts';
import { aloud, type Outcome } from './support/cli.ts';
import { fakeHost } from './support/host.ts';
import { answer, frames, type Peer, type Script, scriptedServer, whole } from './support/scripted-server.ts';
import { chunked, encoded, samples } from './support/sound.ts';

const CANARY = 'canary~Ab(01)23!*456789';
/** An id, which needs no list of voices to be known. */
const VOICE = '694f9389-aac1-45b6-b726-9d9369183238';
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aloud-service-'));
});
beforeEach(() => rm(join(folder, 'out.wav'), { force: true }));
after(() => rm(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);
const env = { CARTESIA_API_KEY: CANARY };

/** Runs `aloud say` against a server that follows `script`. No second attempts unless asked for. */
async function say(
  script: Script,
  argv: readonly string[],
  more: { retries?: number; env?: Record<string, string> } = {},
) {
  await using server = await scriptedServer(script);
  const service = ['--provider', 'cartesia', '--base-url', `ws://127.0.0.1:${server.url.port}`];
  const outcome = await aloud(['say', ...service, '--retries', String(more.retries ?? 0), ...argv], {
    cwd: folder,
    env: more.env ?? env,
  });
  return { ...outcome, upgrades: server.upgrades, peers: server.peers };
}

/** Speaks `sound`, in chunks of odd sizes, into every context, and is done. */
const speaks = (sound: Uint8Array): Script => ({
  serve: whole((id, _text, peer) => {
    for (const chunk of chunked(sound)) peer.send(frames.chunk(id, chunk));
    peer.send(frames.done(id));
  }),
});

/** Fails cleanly: this code, one message, no key, no stack; nothing at the target and nothing beside it. */
async function failsCleanly(outcome: Outcome, code: number, message: RegExp): Promise<void> {
  assert.equal(outcome.code, code, outcome.stderr);
  assert.match(outcome.stderr, message);
  assert.equal(outcome.stdout, '');
  assert.doesNotMatch(outcome.stderr, /^\s+at |canary/m);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  assert.doesNotMatch(outcome.stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  assert.deepEqual(await leftovers(), []);
}

async function leftovers(): Promise<string[]> {
  return (await readdir(folder)).filter(name => name.endsWith('.tmp'));
}

describe('sound from a service', () => {
  for (const encoding of ['pcm_s16le', 'pcm_f32le', 'pcm_mulaw', 'pcm_alaw'] satisfies Encoding[]) {
    it(`every ${encoding} sample arrives bit for bit, in a WAV and without a header`, async () => {
      const sound = encoded(encoding, 4321);
      const argv = ['hello', '--encoding', encoding, '--sample-rate', '8000', '-o', at('out.wav'), '-o', at('out.raw')];
      const { code, stderr, peers } = await say(speaks(sound), argv);
      assert.equal(code, 0, stderr);
      assert.deepEqual(await readFile(at('out.raw')), sound);
      const wav = await readFile(at('out.wav'));
      const data = wav.indexOf('data', 12);
      assert.equal(wav.readUInt32LE(data + 4), sound.length);
      assert.deepEqual(wav.subarray(data + 8, data + 8 + sound.length), sound);
      assert.deepEqual(peers[0]?.said[0]?.output_format, { container: 'raw', encoding, sample_rate: 8000 });
    });
  }

  it('what the service receives, joined, is the text that was given', async () => {
    const text = `  Leading blanks, "quotes" & <tags/>, 日本語.\n\nÉnough?${' A sentence of some length, to be cut somewhere.'.repeat(80)}  `;
    await writeFile(at('text.txt'), text);
    let heard = '';
    const script: Script = {
      serve: whole((id, said, peer) => {
        heard += said;
        peer.send(frames.chunk(id, samples(100)));
        peer.send(frames.done(id));
      }),
    };
    const { code, stderr } = await say(script, ['-f', at('text.txt'), '-o', at('out.wav'), '--jobs', '1']);
    assert.equal(code, 0, stderr);
    assert.equal(heard, text);
  });

  it('flags travel as the service knows them, and the key in a header', async () => {
    const argv = ['hi', '-o', at('out.wav'), '-m', 'sonic-9', '-v', VOICE, '-l', 'de', '--speed', '1.2'];
    const more = ['--volume', '0.8', '--emotion', 'calm', '--pronunciation-dict', 'd1', '--timestamps', '--phonemes'];
    const { code, stderr, upgrades, peers } = await say(speaks(samples(100)), [
      ...argv,
      ...more,
      '--max-buffer-delay',
      '7',
    ]);
    assert.equal(code, 0, stderr);
    const said = peers[0]?.said[0] ?? {};
    assert.equal(said.model_id, 'sonic-9');
    assert.deepEqual(said.voice, { mode: 'id', id: VOICE });
    assert.equal(said.language, 'de');
    assert.deepEqual(said.generation_config, { speed: 1.2, volume: 0.8, emotion: 'calm' });
    assert.equal(said.pronunciation_dict_id, 'd1');
    assert.equal(said.add_timestamps, true);
    assert.equal(said.add_phoneme_timestamps, true);
    assert.equal(said.max_buffer_delay_ms, 7);
    const [request] = upgrades;
    assert.equal(request?.headers['x-api-key'] ?? request?.headers.authorization?.split(' ')[1], CANARY);
    assert.equal(request?.headers['cartesia-version'], '2026-03-01');
    assert.doesNotMatch(request?.url ?? '', /canary/);
  });

  it('with several sidecars and no word times there is one warning', async () => {
    const argv = ['hello there', '-o', at('out.wav'), '--srt', '--vtt', '--timestamps', '-o', at('out.TextGrid')];
    const { code, stderr } = await say(speaks(samples(1000)), argv);
    assert.equal(code, 0, stderr);
    assert.equal(stderr.match(/warning/g)?.length, 1);
    assert.match(
      stderr,
      /warning: cartesia gave no word times, so there are none in .*out\.srt, .*out\.vtt, .*out\.json/,
    );
  });

  it('word times arrive in the sidecars', async () => {
    const script: Script = {
      serve: whole((id, _text, peer) => {
        peer.send(frames.words(id, ['Hello', 'there.'], [0, 0.5], [0.4, 0.9]));
        peer.send(frames.chunk(id, samples(24_000)));
        peer.send(frames.done(id));
      }),
    };
    const { code, stderr } = await say(script, ['Hello there.', '-o', at('out.wav'), '--srt', '--timestamps']);
    assert.equal(code, 0, stderr);
    assert.match(await readFile(at('out.srt'), 'utf8'), /^1\n00:00:00,000 --> .*\nHello there\.\n/);
    assert.equal(JSON.parse(await readFile(at('out.json'), 'utf8')).words.length, 2);
  });
});

describe('a service that refuses', () => {
  for (const [status, code] of [
    [400, 4],
    [401, 3],
    [402, 5],
    [403, 3],
    [404, 4],
    [429, 5],
    [500, 4],
    [502, 4],
  ] as const) {
    it(`an upgrade answered with ${status} exits ${code} and shows the reason (U1)`, async () => {
      const body = JSON.stringify({ message: `because of ${CANARY} \u001b[31mred` });
      const upgrade: Script['upgrade'] = (_request, socket) =>
        answer(socket, status, body, { 'Content-Type': 'application/json' });
      await writeFile(at('out.wav'), 'old');
      const outcome = await say({ upgrade }, ['hi', '-o', at('out.wav')]);
      await failsCleanly(outcome, code, /because of/);
      assert.match(outcome.stderr, new RegExp(String(status)));
      assert.equal(await readFile(at('out.wav'), 'utf8'), 'old');
    });

    it(`an error ${status} for the context exits ${code} and shows the reason (E5)`, async () => {
      const serve = whole((id, _text, peer) => peer.send(frames.error(id, status, { message: 'the reason' })));
      const outcome = await say({ serve }, ['hi', '-o', at('out.wav')]);
      await failsCleanly(outcome, code, /the reason/);
      assert.match(outcome.stderr, /cartesia request id: req-1/);
      assert.equal(existsSync(at('out.wav')), false);
    });
  }

  it('the error is a document with --json: code, message, hint, retryable, provider, provider_code, request_id', async () => {
    const serve = whole((id, _text, peer) => peer.send(frames.error(id, 503, { message: 'busy' })));
    const { code, stdout, stderr } = await say({ serve }, ['hi', '-o', at('out.wav'), '--json']);
    assert.deepEqual([code, stderr], [4, '']);
    const { error } = JSON.parse(stdout);
    assert.match(error.message, /busy/);
    assert.deepEqual([error.retryable, error.provider, error.request_id], [true, 'cartesia', 'req-1']);
  });

  it("shows the service's own code and the request's id, in a document and to people (C24)", async () => {
    const error = { title: 'Quota', message: 'exceeded', error_code: 'quota\u009b_exceeded', request_id: 'req-2' };
    const serve = whole((id, _text, peer) => peer.send(frames.error(id, 400, error)));
    const argv = ['hi', '-o', at('out.wav')];
    const { stdout } = await say({ serve }, [...argv, '--json']);
    assert.equal(JSON.parse(stdout).error.provider_code, 'quota_exceeded');
    const { stderr } = await say({ serve }, argv);
    assert.match(stderr, /^ {2}cartesia error code: quota_exceeded, request id: req-2$/m);
    const silent = whole((id, _text, peer) => peer.send(frames.error(id, 400, { ...error, error_code: null })));
    assert.match((await say({ serve: silent }, argv)).stderr, /^ {2}cartesia request id: req-2$/m);
    const { error: without } = JSON.parse((await say({ serve: silent }, [...argv, '--json'])).stdout);
    assert.equal(without.provider_code, null);
  });

  it('what is refused once is tried again; the second attempt is heard whole', async () => {
    const sound = samples(500);
    let attempts = 0;
    const script: Script = {
      ...speaks(sound),
      upgrade: (_request, socket) => {
        attempts += 1;
        return attempts === 1 && answer(socket, 503, '', { 'Retry-After': 0 });
      },
    };
    const { code, stderr } = await say(script, ['hi', '-o', at('out.raw')], { retries: 1 });
    assert.equal(code, 0, stderr);
    assert.deepEqual(await readFile(at('out.raw')), sound);
  });

  it('nobody there exits 4 and says so', async () => {
    const argv = ['say', 'hi', '--provider', 'cartesia', '--base-url', 'ws://127.0.0.1:1', '--retries', '0'];
    await failsCleanly(
      await aloud([...argv, '-o', at('out.wav')], { cwd: folder, env }),
      4,
      /cannot connect to 127\.0\.0\.1:1/,
    );
  });

  it('a server that never answers exits 4 after --connect-timeout (U8)', async () => {
    const outcome = await say({ upgrade: () => true }, ['hi', '-o', at('out.wav'), '--connect-timeout', '0.2']);
    await failsCleanly(outcome, 4, /0\.2 s/);
  });
});

describe('speech that stops early', () => {
  const half = samples(3000);
  const breaks = (end: (id: string, peer: Peer) => unknown): Script => ({
    serve: whole((id, _text, peer) => {
      peer.send(frames.chunk(id, half));
      return end(id, peer);
    }),
  });
  const ENDINGS: Readonly<Record<string, Script>> = {
    'a dropped connection': breaks((_id, peer) => peer.ws.terminate()),
    'close 1000 before done': breaks((_id, peer) => peer.ws.close(1000)),
    'close 1011 before done': breaks((_id, peer) => peer.ws.close(1011, 'oops')),
    'an error in the middle': breaks((id, peer) => peer.send(frames.error(id, 500))),
    silence: breaks(() => undefined),
    'half a sample': breaks((id, peer) => {
      peer.send(frames.chunk(id, Buffer.of(1)));
      peer.send(frames.done(id));
    }),
  };
  for (const [what, script] of Object.entries(ENDINGS)) {
    it(`${what} exits 7, leaves nothing at the target and the old one untouched`, async () => {
      const target = at('out.wav');
      const outcome = await say(script, ['hello', '-o', target, '--timeout', '0.3']);
      // An error that the service owns up to is its own; sound that just stops is incomplete.
      await failsCleanly(outcome, what === 'an error in the middle' ? 4 : 7, /^aloud: /m);
      assert.equal(existsSync(target), false);
      await writeFile(target, 'old');
      await say(script, ['hello', '-o', target, '--timeout', '0.3']);
      assert.equal(await readFile(target, 'utf8'), 'old');
    });

    it(`${what} with --keep-partial leaves a valid shorter WAV with right sizes (C31)`, async () => {
      const argv = ['hello', '-o', at('out.wav'), '--timeout', '0.3', '--keep-partial', '--srt'];
      const { code, stderr } = await say(script, argv);
      assert.notEqual(code, 0);
      assert.match(stderr, /^kept what arrived: \S+\/out\.wav\naloud: /m);
      const wav = await readFile(at('out.wav'));
      assert.equal(wav.readUInt32LE(4), wav.length - 8);
      const data = wav.indexOf('data', 12);
      assert.equal(wav.readUInt32LE(data + 4), half.length);
      assert.deepEqual(wav.subarray(data + 8, data + 8 + half.length), half);
      assert.deepEqual(await leftovers(), []);
    });
  }

  it('done without any sound for a text is incomplete (E4)', async () => {
    const serve = whole((id, _text, peer) => peer.send(frames.done(id)));
    await failsCleanly(await say({ serve }, ['hi', '-o', at('out.wav')]), 7, /no (audio|sound)/);
  });

  it('done without any sound is a valid, empty file and a warning where the text holds nothing to speak (C23)', async () => {
    const serve = whole((id, _text, peer) => peer.send(frames.done(id)));
    for (const flags of [[], ['--quiet'], ['--json']]) {
      const argv = ['<break time="1s"/>', '-o', at('out.wav'), ...flags];
      const { code, stderr } = await say({ serve }, argv);
      assert.equal(code, 0, stderr);
      assert.match(stderr, /^warning: cartesia sent no sound: there is nothing to speak in the text$/m);
      const wav = await readFile(at('out.wav'));
      assert.equal(wav.readUInt32LE(wav.indexOf('data', 12) + 4), 0);
    }
    const { stderr } = await say(speaks(samples(10)), ['hi', '-o', at('out.wav')]);
    assert.doesNotMatch(stderr, /warning/);
  });

  it('an interruption cancels the context at the service, closes the socket and exits 130', async () => {
    await using server = await scriptedServer();
    const service = ['--provider', 'cartesia', '--base-url', `ws://127.0.0.1:${server.url.port}`];
    const host = fakeHost({ argv: ['say', 'hello', ...service, '-o', at('out.wav')], cwd: folder, env });
    const running = main(host);
    const peer = await server.accept();
    const { context_id } = await peer.next();
    peer.send(frames.chunk(String(context_id), half));
    host.signal('SIGINT');
    assert.equal(await running, 130);
    assert.deepEqual(await peer.until(message => message.cancel === true), { context_id, cancel: true });
    await peer.closed;
    assert.equal(existsSync(at('out.wav')), false);
    assert.deepEqual(await leftovers(), []);
  });
});

describe('values out of range', () => {
  const cases = [
    ['--volume', '2.1'],
    ['--speed', '1.6'],
    ['--max-buffer-delay', '5001'],
  ];
  for (const [flag = '', value = ''] of cases) {
    it(`C38: ${flag} ${value} is refused before anything connects`, async () => {
      await using server = await scriptedServer();
      let connected = false;
      void server.accept().then(
        () => {
          connected = true;
        },
        () => {},
      );
      const service = ['--provider', 'cartesia', '--base-url', `ws://127.0.0.1:${server.url.port}`];
      const run = await aloud(['say', 'hello', ...service, flag, value, '-o', at('out.wav')], { cwd: folder, env });
      await failsCleanly(run, 2, new RegExp(`^aloud: ${flag} must be`));
      assert.equal(connected, false);
    });
  }
});

describe('a second Ctrl-C', () => {
  it('ends the process at once, and even then no temporary file is left', async () => {
    await using server = await scriptedServer();
    const service = ['--provider', 'cartesia', '--base-url', `ws://127.0.0.1:${server.url.port}`];
    let later = 0;
    const clock = { ...systemClock, now: () => systemClock.now() + later };
    const argv = ['say', 'hello', ...service, '-o', at('out.wav'), '--json'];
    const host = fakeHost({ argv, cwd: folder, env, clock });
    const running = main(host);
    const peer = await server.accept();
    await peer.next();
    assert.equal((await leftovers()).length, 1);
    host.signal('SIGINT');
    later = 1000;
    assert.throws(() => host.signal('SIGINT'), /exit 130/);
    assert.deepEqual(
      readdirSync(folder).filter(name => name.endsWith('.tmp')),
      [],
    );
    assert.deepEqual(host.exits, [130]);
    assert.equal(await running, 130);
  });
});

describe('a connection that cannot even be tried', () => {
  for (const provider of ['cartesia', 'slng']) {
    it(`leaves no file behind (${provider})`, async () => {
      const bad = { CARTESIA_API_KEY: CANARY, SLNG_API_KEY: CANARY, HTTPS_PROXY: 'socks5://proxy.example:1' };
      const argv = ['say', 'hi', '--provider', provider, '-v', VOICE, '-o', at('out.wav'), '-o', at('out.raw')];
      await failsCleanly(await aloud(argv, { cwd: folder, env: bad }), 3, /HTTPS_PROXY names a socks5: proxy/);
    });
  }
});

describe('the key', () => {
  it('is in no output, whatever the server does with it and however much is said (L10)', async () => {
    const echo = `Bearer ${CANARY} ${encodeURIComponent(CANARY)} ${new URLSearchParams({ api_key: CANARY })}`;
    const scripts: Script[] = [
      { upgrade: (_request, socket) => answer(socket, 401, echo) },
      { upgrade: (_request, socket) => answer(socket, 302, echo, { Location: `ws://127.0.0.1:1/?api_key=${CANARY}` }) },
      { upgrade: (_request, socket) => answer(socket, 200, `<html>${echo}</html>`, { 'X-Echo': CANARY }) },
      {
        serve: whole((id, _text, peer) =>
          peer.send(frames.error(id, 400, { message: echo, title: CANARY, request_id: CANARY })),
        ),
      },
      { serve: whole((_id, _text, peer) => peer.ws.close(4000, CANARY)) },
      { serve: whole((_id, _text, peer) => peer.send(`not JSON ${CANARY}`)) },
    ];
    for (const script of scripts) {
      for (const flags of [['--debug'], ['--json'], ['--verbose', '--auth', 'query']]) {
        const argv = ['hi', '-o', at('out.wav'), '--keep-partial', '--timeout', '0.3', ...flags];
        const { code, stdout, stderr } = await say(script, argv);
        assert.ok(code >= 3, `${code} ${stderr}`);
        assert.doesNotMatch(stdout + stderr, /canary/);
      }
    }
  });

  it('is in no file that words are written into, should a service say it as a word (L10)', async () => {
    const script: Script = {
      serve: whole((id, _text, peer) => {
        peer.send(frames.chunk(id, samples(24_000)));
        peer.send(frames.words(id, ['Hello', CANARY, `x${CANARY}y`], [0, 0.1, 0.2], [0.1, 0.2, 0.3]));
        peer.send({
          type: 'phoneme_timestamps',
          context_id: id,
          phoneme_timestamps: { phonemes: [CANARY], start: [0], end: [1] },
        });
        peer.send(frames.done(id));
      }),
    };
    const names = ['words.wav', 'words.json', 'words.TextGrid', 'words.srt', 'words.vtt'];
    const argv = ['Hello there.', '--phonemes', ...names.flatMap(name => ['-o', at(name)])];
    const { code, stdout, stderr } = await say(script, argv);
    assert.equal(code, 0, stderr);
    const files = await Promise.all(names.map(name => readFile(at(name), 'latin1')));
    assert.doesNotMatch([stdout, stderr, ...files].join('\n'), /canary/);
    assert.match(files[1] ?? '', /\[secret\]/);
  });

  it('from a file beats the environment, and a token is sent as a token', async () => {
    await writeFile(at('key'), 'file-key\n', { mode: 0o600 });
    const { code, stderr, upgrades } = await say(speaks(samples(10)), [
      'hi',
      '-o',
      at('out.wav'),
      '--api-key-file',
      at('key'),
    ]);
    assert.equal(code, 0, stderr);
    assert.match(JSON.stringify(upgrades[0]?.headers), /file-key/);
    assert.doesNotMatch(JSON.stringify(upgrades[0]?.headers), /canary/);
  });
});
