/** `aloud stream` in this process: text that comes bit by bit, against a service that expires as the real one does. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { after, before, beforeEach, describe, it, type TestContext } from 'node:test';
import { main } from '../src/cli.ts';
import { createSpeechServer } from '../src/server/local-server.ts';
import type { ContextRecord, ServerOptions } from '../src/server/options.ts';
import type { Synthesizer } from '../src/speech.ts';
import { aloud } from './support/cli.ts';
import { type ManualClock, manualClock } from './support/clock.ts';
import { type FakeHostOptions, fakeHost } from './support/host.ts';
import { frames, type Peer, scriptedServer } from './support/scripted-server.ts';
import { echo, echoOf, SECONDS_PER_CHAR } from './support/scripted-synthesizer.ts';

const FORMAT = { encoding: 'pcm_s16le', sampleRate: 24000 } as const;
const SPEECH = 'Once upon a time there was a fox. It cost $3.50, they said, and "ran away"... The end!';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aloud-stream-'));
});
beforeEach(async () => {
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
});
after(() => rm(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

/** A service over `synthesizer` on a port of its own, and the flags that lead there. */
async function service(t: TestContext, synthesizer: Synthesizer, options: ServerOptions = {}) {
  const ended: ContextRecord[] = [];
  const server = createSpeechServer(synthesizer, { onLog: record => ended.push(record), ...options });
  server.httpServer.listen(0, '127.0.0.1');
  await once(server.httpServer, 'listening');
  t.after(() => server.close());
  const { port } = server.httpServer.address() as AddressInfo;
  return { ended, flags: ['--provider', 'cartesia', '--base-url', `ws://127.0.0.1:${port}`] };
}

/** A run whose input a test writes. */
function start(argv: readonly string[], options: FakeHostOptions = {}) {
  const stdin = new PassThrough();
  const env = { CARTESIA_API_KEY: 'k', ALOUD_PLAYER: 'none', ...options.env };
  const host = fakeHost({ cwd: folder, stdin, ...options, env, argv: ['stream', ...argv] });
  return { stdin, host, code: main(host) };
}

/** Runs it with this input, in these parts. */
async function stream(argv: readonly string[], parts: readonly (string | Uint8Array)[], options: FakeHostOptions = {}) {
  const { stdin, host, code } = start(argv, options);
  for (const part of parts) {
    stdin.write(part);
    await new Promise(resolve => setImmediate(resolve));
  }
  stdin.end();
  return { code: await code, ...host.shown };
}

async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + 5000;
  while (!isSo() && performance.now() < end) await new Promise(resolve => setImmediate(resolve));
  assert.ok(isSo(), 'it never was so');
}

/** Lets time pass in which frames travel through the sockets of this machine. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 50) {
    await clock.advance(Math.min(50, ms - passed));
    for (let turn = 0; turn < 200; turn++) await new Promise(resolve => setImmediate(resolve));
  }
}

const json = async (name: string) => JSON.parse(await readFile(at(name), 'utf8'));
const textsOf = (words: readonly { text: string }[]) => words.map(({ text }) => text);

describe('text that comes bit by bit', () => {
  it('tokens every 30 ms give the same words as the joined text', async t => {
    const clock = manualClock();
    const synthesizer = echo();
    const { flags } = await service(t, synthesizer, { clock });
    const run = start([...flags, '-o', at('a.wav'), '--timestamps'], { clock });
    // Three dots are one token: after the first, a service that is in a hurry takes the sentence for complete.
    for (const token of SPEECH.split(/(?<=.)(?=[ $]|(?<!\.)\.)|(?<=\w\w\w)/)) {
      run.stdin.write(token);
      await pass(clock, 30);
    }
    run.stdin.end();
    assert.equal(await run.code, 0, run.host.shown.stderr);
    assert.equal(synthesizer.calls.map(call => call.text).join(''), SPEECH);
    const said = await aloud(['say', ...flags, SPEECH, '-o', at('b.wav'), '--timestamps'], {
      cwd: folder,
      env: { CARTESIA_API_KEY: 'k' },
    });
    assert.equal(said.code, 0, said.stderr);
    const [streamed, whole] = [await json('a.json'), await json('b.json')];
    assert.deepEqual(textsOf(streamed.words), textsOf(whole.words));
    assert.equal(streamed.text, whole.text);
    assert.equal(streamed.duration, whole.duration);
  });

  it('no clock ends a speech of an hour, as long as something comes', async t => {
    const clock = manualClock();
    const pause = () => new Promise<void>(resolve => clock.after(15_000, resolve));
    const slow: Synthesizer = {
      async *synthesize(transcript) {
        for await (const _ of transcript);
        for (let chunk = 0; chunk < 240; chunk++) {
          await pause();
          yield { type: 'audio', chunk: new Uint8Array(480) };
        }
      },
    };
    const { flags } = await service(t, slow, { clock });
    // What is given up is up to the clock of the test, while the connection is a real one.
    const run = start([...flags, '-o', at('a.raw'), '--connect-timeout', '600'], { clock });
    run.stdin.end('Hello there.');
    let code: number | undefined;
    void run.code.then(ended => {
      code = ended;
    });
    for (let passed = 0; code === undefined && passed < 7200; passed += 5) {
      await clock.advance(5000);
      for (let turn = 0; turn < 100; turn++) await new Promise(resolve => setImmediate(resolve));
    }
    assert.equal(code, 0, run.host.shown.stderr);
    assert.equal((await readFile(at('a.raw'))).length, 240 * 480);
  });

  for (const pauseMs of [500, 2000, 10_000]) {
    it(`T5 C37: pauses of ${pauseMs / 1000} s lose nothing with the service's expiry on`, async t => {
      const clock = manualClock();
      const synthesizer = echo();
      const { ended, flags } = await service(t, synthesizer, { clock, expiryMs: 1000 });
      const run = start([...flags, '-o', at('a.wav'), '-o', at('a.raw'), '--srt', '--timestamps'], { clock });
      const sentences = ['One is here. ', 'Two comes late. ', 'Three ends it.\n'];
      for (const [index, sentence] of sentences.entries()) {
        run.stdin.write(sentence);
        await until(() =>
          synthesizer.calls
            .map(call => call.text)
            .join('')
            .includes(sentence.trim()),
        );
        await pass(clock, pauseMs);
        assert.ok(synthesizer.calls.length <= index + 1);
      }
      run.stdin.end();
      await pass(clock, 100);
      assert.equal(await run.code, 0, run.host.shown.stderr);
      const text = sentences.join('');
      const spoken = synthesizer.calls.map(call => call.text).join('');
      assert.equal(spoken.trimEnd(), text.trimEnd());
      assert.deepEqual(await readFile(at('a.raw')), echoOf(spoken, FORMAT));
      assert.ok(
        ended.every(({ outcome }) => outcome === 'done'),
        JSON.stringify(ended),
      );
      assert.equal(ended.length, pauseMs > 1000 ? 3 : 1);
      const { words, duration, text: written, context_ids: ids } = await json('a.json');
      assert.equal(written, text);
      assert.deepEqual(textsOf(words), text.trim().split(' '));
      assert.equal(ids.length, ended.length);
      for (const [index, { start: from, end }] of words.entries()) {
        assert.ok(from >= (words[index - 1]?.end ?? 0) - 1e-6 && end <= duration + 1e-6);
      }
      const second = words.find((word: { text: string }) => word.text === 'Two');
      assert.equal(second.start, Math.round('One is here. '.length * SECONDS_PER_CHAR * 1e6) / 1e6);
    });
  }

  it('C37: say, too, survives a writer that pauses', async t => {
    const clock = manualClock();
    const synthesizer = echo();
    const { ended, flags } = await service(t, synthesizer, { clock, expiryMs: 1000 });
    const stdin = new PassThrough();
    const argv = ['say', ...flags, '-o', at('a.raw')];
    const host = fakeHost({ cwd: folder, stdin, clock, argv, env: { CARTESIA_API_KEY: 'k' } });
    const code = main(host);
    // Less is not sent before its end is known.
    const first = 'A sentence of some length. '.repeat(80);
    stdin.write(`${first}Then`);
    await until(() => synthesizer.calls.length > 0 && synthesizer.calls[0]?.ending === 'finished');
    await pass(clock, 2000);
    stdin.end(' one more.');
    await pass(clock, 100);
    assert.equal(await code, 0, host.shown.stderr);
    assert.deepEqual(await readFile(at('a.raw')), echoOf(`${first}Then one more.`, FORMAT));
    assert.equal(synthesizer.calls.map(call => call.text).join(''), `${first}Then one more.`);
    assert.ok(ended.length >= 2 && ended.every(({ outcome }) => outcome === 'done'));
  });

  it('one run leaves WAV, raw, SRT, VTT and JSON that agree with each other', async t => {
    const { flags } = await service(t, echo());
    const argv = [...flags, '-o', at('a.wav'), '-o', at('a.raw'), '--srt', '--vtt', '--timestamps', '--cues', 'word'];
    const { code, stderr } = await stream(argv, ['Three small', ' words', ' here.']);
    assert.equal(code, 0, stderr);
    const raw = await readFile(at('a.raw'));
    const wav = await readFile(at('a.wav'));
    const data = wav.indexOf('data', 12);
    assert.deepEqual(wav.subarray(data + 8, data + 8 + wav.readUInt32LE(data + 4)), raw);
    const { words, duration } = await json('a.json');
    assert.equal(duration, raw.length / 48_000);
    const ms = (time: string) =>
      time.split(/[:,.]/).reduce((sum, part, index) => sum * (index === 3 ? 1000 : 60) + Number(part), 0);
    for (const name of ['a.srt', 'a.vtt']) {
      const cues = [...(await readFile(at(name), 'utf8')).matchAll(/(\S+) --> (\S+)\n(.+)\n/g)];
      assert.deepEqual(
        cues.map(([, from = '', , text]) => [text, ms(from)]),
        words.map((word: { text: string; start: number }) => [word.text, Math.floor(word.start * 1000 + 1e-6)]),
      );
      for (const [index, [, , to = '']] of cues.entries()) {
        assert.ok(
          ms(to) >= Math.floor(words[index].end * 1000) && ms(to) <= (words[index + 1]?.start ?? duration) * 1000,
        );
      }
    }
  });

  it('C14: by token the service buffers, by sentence and by line it does not', async t => {
    await using server = await scriptedServer({ serve: speaksEveryInput });
    const flags = ['--provider', 'cartesia', '--base-url', `ws://127.0.0.1:${server.url.port}`];
    const inputs = async (argv: readonly string[], parts: readonly string[]) => {
      const before = server.peers.length;
      const { code, stderr } = await stream([...flags, ...argv], parts);
      assert.equal(code, 0, stderr);
      return server.peers.slice(before).flatMap(peer => peer.said);
    };
    const tokens = await inputs([], ['Hel', 'lo ', 'there.']);
    assert.ok(tokens.every(input => input.max_buffer_delay_ms === undefined));
    assert.equal(tokens.map(input => input.transcript).join(''), 'Hello there.');
    assert.equal(new Set(tokens.map(input => input.context_id)).size, 1);
    assert.equal(tokens.at(-1)?.continue, false);
    const chosen = await inputs(['--max-buffer-delay', '250'], ['Hello.']);
    assert.ok(chosen.every(input => input.max_buffer_delay_ms === 250));
    const sentences = await inputs(['--by', 'sentence'], ['One. Tw', 'o. Three']);
    assert.ok(sentences.every(input => input.max_buffer_delay_ms === 0));
    assert.deepEqual(
      sentences.map(input => input.transcript).filter(text => text !== ''),
      ['One. ', 'Two. ', 'Three'],
    );
    const lines = await inputs(['--by', 'line'], ['one\ntwo\n']);
    assert.ok(lines.every(input => input.max_buffer_delay_ms === 0));
    assert.equal(new Set(lines.map(input => input.context_id)).size, 2);
    assert.deepEqual(
      lines.map(input => [input.transcript, input.continue]),
      [
        ['one\n', false],
        ['two\n', false],
      ],
    );
    t.diagnostic(`${server.peers.length} runs`);
  });

  it('--idle-flush has what waits spoken when the writer pauses', async t => {
    const clock = manualClock();
    const synthesizer = echo();
    const { flags } = await service(t, synthesizer, { clock });
    const run = start([...flags, '--idle-flush', '400', '--no-play'], { clock });
    run.stdin.write('No stop here');
    await until(() => synthesizer.calls.length === 1);
    await pass(clock, 100);
    assert.equal(synthesizer.calls[0]?.text, '');
    await pass(clock, 400);
    assert.equal(synthesizer.calls[0]?.text, 'No stop here');
    run.stdin.end();
    assert.equal(await run.code, 0);
  });

  it('connects before there is any text', async t => {
    await using server = await scriptedServer({ serve: speaksEveryInput });
    const flags = ['--provider', 'cartesia', '--base-url', `ws://127.0.0.1:${server.url.port}`];
    const run = start([...flags, '--no-play']);
    await server.accept();
    run.stdin.end('Now.');
    assert.equal(await run.code, 0);
    assert.equal(server.peers.length, 1);
    t.diagnostic('one socket');
  });

  it('--markdown speaks prose, whatever the pieces', async t => {
    const synthesizer = echo();
    const { flags } = await service(t, synthesizer);
    const parts = [
      '# Ti',
      'tle\n\nUse **th',
      'is** [page](htt',
      'ps://a.b). :ta',
      'da:\n```sh\nrm',
      ' x\n```\n- one\n- t',
      'wo',
    ];
    const { code, stderr } = await stream([...flags, '--markdown', '-o', at('a.wav'), '--timestamps'], parts);
    assert.equal(code, 0, stderr);
    const text = 'Title.\nUse this page. tada.\none.\ntwo';
    assert.equal(synthesizer.calls.map(call => call.text).join(''), text);
    assert.equal((await json('a.json')).text, text);
    assert.equal((await stream([...flags, '--markdown'], ['```\ncode\n```\n'])).code, 2);
  });

  it('C41 T1: a character that is split over two reads arrives whole; so do BOM, CRLF and UTF-16', async t => {
    const synthesizer = echo();
    const { flags } = await service(t, synthesizer);
    const bytes = Buffer.from('\ufeffNaïve 👩‍🚀 café\r\nnext');
    await stream(
      flags,
      [...bytes].map(byte => Uint8Array.of(byte)),
    );
    await stream(flags, [Buffer.from('\ufeffwide ü', 'utf16le')]);
    assert.deepEqual(
      synthesizer.calls.map(call => call.text),
      ['Naïve 👩‍🚀 café\nnext', 'wide ü'],
    );
  });

  it('T1 T4: binary is read with one warning, NUL too, an open tag stays whole', async t => {
    const synthesizer = echo();
    const { flags } = await service(t, synthesizer);
    const { code, stderr } = await stream(flags, [Uint8Array.of(0x41, 0xff, 0x00, 0xfe, 0x42), ' <break time="1']);
    assert.equal(code, 0, stderr);
    assert.equal(stderr.match(/not valid UTF-8/g)?.length, 1);
    assert.equal(synthesizer.calls[0]?.text, 'A\ufffd\u0000\ufffdB <break time="1');
  });

  it('T2: nothing to speak is exit 2, and nothing is sent or left behind', async t => {
    const synthesizer = echo();
    const { flags } = await service(t, synthesizer);
    for (const parts of [[], [' \n\t', '\n'], ['...', '!? "']]) {
      const { code, stderr } = await stream([...flags, '-o', at('a.wav'), '--srt'], parts);
      assert.equal(code, 2);
      assert.match(stderr, /nothing to speak in standard input/);
    }
    assert.equal(synthesizer.calls.length, 0);
    assert.deepEqual(await readdir(folder), []);
    assert.equal((await stream(flags, ['🎉'])).code, 0);
    assert.equal(synthesizer.calls[0]?.text, '🎉');
  });
});

/** Speaks each input at once and is done when the last one was. */
async function speaksEveryInput(peer: Peer): Promise<void> {
  for (;;) {
    const { context_id: id, transcript, continue: goesOn } = await peer.next();
    if (transcript !== '') peer.send(frames.chunk(String(id), Buffer.alloc(960)));
    if (goesOn === false) peer.send(frames.done(String(id)));
  }
}

describe('what goes to standard output', () => {
  it('--tee passes every byte through as it arrives', async t => {
    const { flags } = await service(t, echo());
    const bytes = Buffer.concat([Buffer.from('\ufeffHä\r\n'), Buffer.from([0xff, 0x00]), Buffer.from('end')]);
    const { code, bytes: passed } = await stream(
      [...flags, '--tee'],
      [...bytes].map(byte => Uint8Array.of(byte)),
    );
    assert.equal(code, 0);
    assert.deepEqual(passed, bytes);
  });

  it('--tee does not wait for the speech', async t => {
    const synthesizer: Synthesizer = {
      // biome-ignore lint/correctness/useYield: it never comes to that
      async *synthesize(_transcript, _request, signal) {
        await once(signal, 'abort');
        signal.throwIfAborted();
      },
    };
    const { flags } = await service(t, synthesizer);
    const run = start([...flags, '--tee']);
    const line = 'This is said much later than it is shown.\n';
    run.stdin.write(line.repeat(1000));
    await until(() => run.host.shown.stdout.length === line.length * 1000);
    run.host.signal('SIGINT');
    assert.equal(await run.code, 130);
  });

  it('O2: a reader that is slow gets every byte, and does not hold up the speech', async t => {
    const synthesizer = echo();
    const { flags } = await service(t, synthesizer);
    const got: Buffer[] = [];
    let release: (() => void) | undefined;
    const stdout = new Writable({
      highWaterMark: 1,
      write(chunk: Buffer, _encoding, done) {
        got.push(chunk);
        if (release === undefined) release = done;
        else done();
      },
    });
    const run = start([...flags, '--tee', '--no-play'], { stdout });
    const text = 'Slow readers get it all. ';
    run.stdin.write(text);
    await until(() => release !== undefined);
    run.stdin.end(text);
    await until(() => synthesizer.calls.map(call => call.text).join('') === text + text);
    release?.();
    assert.equal(await run.code, 0);
    assert.equal(Buffer.concat(got).toString(), text + text);
  });

  it('O1: a reader that goes away ends the run quietly, with 0, and the service hears of it', async t => {
    for (const flag of ['--tee', '--json']) {
      const { ended, flags } = await service(t, echo());
      const stdout = new Writable({
        write(_chunk, _encoding, done) {
          done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
        },
      });
      const run = start([...flags, flag, '-o', at('a.wav')], { stdout });
      run.stdin.write('Hello. ');
      const writing = setInterval(() => run.stdin.write('More of it. '), 5);
      assert.equal(await run.code, 0, run.host.shown.stderr);
      clearInterval(writing);
      assert.doesNotMatch(run.host.shown.stderr, /aloud:|warning/);
      await until(() => ended.every(({ outcome }) => outcome !== 'done'));
      assert.deepEqual(await readdir(folder), []);
      assert.ok(run.stdin.destroyed, 'the input is let go');
    }
  });

  it('--json is a line for each event, and nothing else', async t => {
    const { flags } = await service(t, echo());
    const { code, stdout } = await stream(
      [...flags, '--json', '--by', 'line', '-o', at('a.wav')],
      ['One two\n', 'Three\n'],
    );
    assert.equal(code, 0);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    const types = events.map(event => event.type);
    assert.deepEqual([types[0], types.at(-1)], ['context', 'done']);
    assert.equal(types.filter(type => type === 'context').length, 2);
    assert.equal(types.filter(type => type === 'first_audio').length, 1);
    assert.ok(types.includes('flushed'));
    const words = events.flatMap(event => event.words ?? []).filter(word => typeof word === 'object');
    assert.deepEqual(textsOf(words), ['One', 'two', 'Three']);
    const starts = words.map(word => Math.round(word.start / SECONDS_PER_CHAR));
    assert.deepEqual(starts, [0, 4, 8]);
    const done = events.at(-1);
    assert.deepEqual(done.outputs, [{ path: at('a.wav'), kind: 'wav' }]);
    assert.equal(done.words, 3);
    assert.equal(done.context_ids.length, 2);
    assert.equal(typeof done.first_audio_ms, 'number');
  });

  it('--json gives an error as a line, with the code of its exit', async () => {
    const { code, stdout } = await stream(['--json', '--provider', 'cartesia'], ['x'], {
      env: { CARTESIA_API_KEY: '' },
    });
    assert.equal(code, 3);
    assert.equal(JSON.parse(stdout).error.code, 'config');
  });

  it('--json without words where the provider has none to give', async t => {
    await using server = await scriptedServer({
      async serve(peer) {
        await peer.until(message => message.type === 'text' && message.continue !== true);
        peer.send({ type: 'audio_chunk', context_id: 'c', data: Buffer.alloc(480).toString('base64'), done: false });
        peer.send({ type: 'audio_end', context_id: 'c', done: true, status_code: 200 });
      },
    });
    const flags = ['--provider', 'slng', '--base-url', `ws://127.0.0.1:${server.url.port}`];
    const env = { SLNG_API_KEY: 'k' };
    const { code, stdout, stderr } = await stream([...flags, '--json'], ['Hello.'], { env });
    assert.equal(code, 0, stderr);
    assert.deepEqual(
      stdout
        .trimEnd()
        .split('\n')
        .map(line => JSON.parse(line).type),
      ['context', 'first_audio', 'done'],
    );
    const refused = await stream([...flags, '--captions'], ['Hello.'], { env });
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /no times of words/);
    t.diagnostic(`${server.peers.length} sockets`);
  });

  it('audio on standard output is whole while text still comes', async t => {
    const { flags } = await service(t, echo());
    const { code, bytes } = await stream([...flags, '-o', '-', '--format', 'raw'], ['Hello ', 'there.']);
    assert.equal(code, 0);
    assert.deepEqual(bytes, echoOf('Hello there.', FORMAT));
  });
});

describe('captions', () => {
  it('show the words as they were written, in lines as wide as the terminal', async t => {
    const { flags } = await service(t, echo());
    const text = '“Well,” she said, and\nwent on: nobody knows $5 about it.';
    const { code, stderr, stdout } = await stream([...flags, '--captions', '-q', '--no-play'], [text], {
      tty: { stderr: true },
      columns: 16,
    });
    assert.equal(code, 0);
    assert.equal(stdout, '');
    assert.deepEqual(stderr.split('\n'), ['“Well,” she', 'said, and', 'went on: nobody', 'knows $5 about', 'it.', '']);
  });

  it('hold nothing that a terminal would obey', async t => {
    const { flags } = await service(t, echo());
    const { stderr } = await stream([...flags, '--captions', '-q'], ['a\u001b[2Jb \u0007c']);
    assert.equal(stderr, 'a[2Jb c\n');
  });
});

describe('flags that make no sense', () => {
  const cases: readonly (readonly [readonly string[], RegExp, FakeHostOptions['tty']?])[] = [
    [['--tee', '--json'], /two outputs want standard output/],
    [['--tee', '-o', '-'], /two outputs want standard output/],
    [['--json', '-o', '-'], /two outputs want standard output/],
    [['--tee', '--captions'], /would write over each other/, { stdout: true, stderr: true }],
    [['--barge-in'], /--barge-in would do nothing here/],
    [['--tee'], /--tee would do nothing here/, { stdin: true, stdout: true }],
    [['--by', 'token'], /--by token would do nothing here/, { stdin: true }],
    [['--idle-flush', '500'], /--idle-flush would do nothing here/, { stdin: true }],
    [['--idle-flush', '5'], /--idle-flush must be a whole number from 10 to 60000/],
    [['--idle-flush', 'soon'], /--idle-flush must be/],
    [['--by', 'word'], /--by/],
    [['some', 'words'], /argument/],
    [['--speed', '2'], /--speed must be/],
  ];
  for (const [argv, message, tty] of cases) {
    it(argv.join(' '), async () => {
      const { code, stdout, stderr } = await stream(argv, ['Hello.'], tty === undefined ? {} : { tty });
      assert.equal(code, 2);
      assert.match(stdout + stderr, message);
    });
  }
});

describe('a run that is stopped', () => {
  it('O6: by a signal, while the input stays open: 130, and the service hears of it', async t => {
    const { ended, flags } = await service(t, echo());
    const run = start([...flags, '-o', at('a.wav')]);
    run.stdin.write('Hello. ');
    await until(() => run.stdin.readableLength === 0);
    await new Promise(resolve => setTimeout(resolve, 100));
    run.host.signal('SIGINT');
    assert.equal(await run.code, 130);
    assert.ok(run.stdin.destroyed);
    await until(() => ended.length > 0);
    assert.deepEqual(await readdir(folder), []);
  });

  it('by a failure, while the input stays open: the input is let go', async () => {
    const argv = ['--provider', 'cartesia', '--base-url', 'ws://127.0.0.1:1', '--retries', '0', '-o', at('a.wav')];
    const run = start(argv);
    run.stdin.write('Hello.');
    assert.equal(await run.code, 4, run.host.shown.stderr);
    assert.ok(run.stdin.destroyed);
    assert.deepEqual(await readdir(folder), []);
  });

  it('by a failure in the middle, while more is waited for: 7, and the input is let go', async () => {
    await using server = await scriptedServer({
      async serve(peer) {
        const { context_id: id } = await peer.next();
        peer.send(frames.chunk(String(id), Buffer.alloc(960)));
        await new Promise(resolve => setTimeout(resolve, 50));
        peer.ws.close(1011, 'broken');
      },
    });
    const flags = ['--provider', 'cartesia', '--base-url', `ws://127.0.0.1:${server.url.port}`, '--retries', '0'];
    const run = start([...flags, '-o', at('a.wav')]);
    run.stdin.write('Hello. ');
    assert.equal(await run.code, 7, run.host.shown.stderr);
    assert.ok(run.stdin.destroyed);
    assert.deepEqual(await readdir(folder), []);
  });

  it('--dry-run says what would be sent, and sends nothing', async () => {
    const { code, stdout } = await stream(
      ['-n', '--markdown', '-o', at('a.wav'), '--provider', 'local'],
      ['**Hi** ', 'you.'],
    );
    assert.equal(code, 0);
    const { dry_run: dry, transcript, outputs } = JSON.parse(stdout);
    assert.deepEqual([dry, transcript, outputs], [true, 'Hi you.', [{ path: at('a.wav'), kind: 'wav' }]]);
    assert.deepEqual(await readdir(folder), []);
  });
});
