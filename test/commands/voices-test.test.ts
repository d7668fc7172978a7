/** `aloud voices-test` from the command line to its files, with the built-in voices and with services that misbehave. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { main } from '../../src/cli.ts';
import type { Voice } from '../../src/speech.ts';
import { aloud, requireBuild, shell } from '../support/cli.ts';
import { type Folder, ownFolder } from '../support/folder.ts';
import { type FakeHostOptions, fakeHost } from '../support/host.ts';
import { script } from '../support/programs.ts';
import { frames, type Script, scriptedServer, whole } from '../support/scripted-server.ts';
import { echo, recorded } from '../support/scripted-synthesizer.ts';
import { samples } from '../support/sound.ts';
import { speechService } from '../support/speech-service.ts';

const schemaFile = join(import.meta.dirname, '../../schemas/voices-test.schema.json');
const env = { CARTESIA_API_KEY: 'canary-0123456789' };
const uuid = (n: number) => `${String(n).padStart(8, '0')}-0000-4000-8000-000000000000`;

interface Results {
  readonly state: string;
  readonly planned: number;
  readonly recorded: number;
  readonly failed: number;
  readonly texts: readonly string[];
  readonly voices: readonly (Record<string, number | null> & {
    voice: Voice;
    failed_checks: { check: string; file: string | null }[];
  })[];
  readonly results: readonly {
    readonly voice: string;
    readonly model: string;
    readonly text: number;
    readonly take: number;
    readonly ok: boolean;
    readonly file: string;
    readonly timestamps: string | null;
    readonly bytes: number;
    readonly error?: { readonly code: string; readonly message: string };
  }[];
}

/** Holds a document against its schema. */
async function checked(text: string): Promise<Results> {
  const valid = new Ajv2020().compile<Results>(JSON.parse(await readFile(schemaFile, 'utf8')));
  const document = JSON.parse(text);
  assert.ok(valid(document), JSON.stringify(valid.errors));
  return document;
}

async function setup(test: TestContext) {
  const folder = await ownFolder(test);
  const out = join(folder.path, 'out');
  const run = (argv: readonly string[], options: FakeHostOptions = {}) =>
    aloud(['voices-test', '--out-dir', out, ...argv], { cwd: folder.path, ...options });
  const results = async () => checked(await readFile(join(out, 'results.json'), 'utf8'));
  return { folder, out, run, results };
}

/** Every file below a folder. */
async function filesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();
}

async function withServer(test: TestContext, served: Script) {
  const base = await setup(test);
  const server = await scriptedServer(served);
  test.after(() => server[Symbol.asyncDispose]());
  const flags = ['--provider', 'cartesia', '--base-url', `ws://127.0.0.1:${server.url.port}`, '--text', 'Hello there'];
  const run = (argv: readonly string[], options: FakeHostOptions = {}) =>
    base.run([...flags, ...argv], { env, ...options });
  return { ...base, server, run, flags };
}

/** Speaks a little to everybody, but does something else with the contexts of some voices. */
function speaking(
  others: (voice: string, id: string, peer: { send(frame: object): void; ws: { terminate(): void } }) => boolean,
): Script {
  return {
    serve: whole((id, _text, peer) => {
      const said = peer.said.find(message => message.context_id === id) as { voice: { id: string } };
      if (others(said.voice.id, id, peer)) return;
      peer.send(frames.chunk(id, samples(4000)));
      peer.send(frames.done(id));
    }),
  };
}

describe('aloud voices-test', () => {
  it('records, measures and reports the built-in voices', async test => {
    requireBuild();
    const { folder, out, run, results } = await setup(test);
    const report = join(folder.path, 'audition.html');
    const { code, stdout, stderr } = await run(['en-us', 'en-gb', '--text', 'Hello, world', '--report', report]);
    assert.equal(code, 0, stderr);
    assert.deepEqual(await filesIn(out), [
      'en-gb/hello-world.json',
      'en-gb/hello-world.wav',
      'en-us/hello-world.json',
      'en-us/hello-world.wav',
      'results.csv',
      'results.json',
    ]);
    const { state, planned, recorded: count, voices, results: rows } = await results();
    assert.deepEqual([state, planned, count], ['complete', 2, 2]);
    assert.deepEqual(
      rows.map(({ file }) => file),
      ['en-us/hello-world.wav', 'en-gb/hello-world.wav'],
    );
    const wav = await readFile(join(out, 'en-us/hello-world.wav'));
    assert.equal(wav.toString('latin1', 0, 4), 'RIFF');
    assert.ok(wav.length > (rows[0]?.bytes ?? 0));
    const [first] = voices;
    assert.ok((first?.words_per_minute ?? 0) > 60 && (first?.words_per_minute ?? 0) < 400);
    assert.ok((first?.loudness_lufs ?? 0) < -10 && (first?.loudness_lufs ?? 0) > -40);
    const { words } = JSON.parse(await readFile(join(out, 'en-us/hello-world.json'), 'utf8'));
    assert.equal(words.length, 2);
    assert.equal(stdout.trim().split('\n').length, 2);
    assert.match(stdout, /^en-(us|gb)\tEnglish \(/);
    const page = await readFile(report, 'utf8');
    assert.match(page, /^<!doctype html>/);
    assert.ok(page.includes(wav.toString('base64')));
    const csv = (await readFile(join(out, 'results.csv'), 'utf8')).split('\r\n');
    assert.equal(csv.length, 4);
    assert.match(csv[0] ?? '', /^voice,name,model,language,text,take,ok,file,first_audio_ms/);
    assert.match(
      csv[1] ?? '',
      /^en-us,English \(America\),espeak-ng,en-US,"Hello, world",1,true,en-us\/hello-world\.wav,/,
    );
  });

  it('voices of other languages say a sentence in theirs; --language chooses among all', async test => {
    const { run } = await setup(test);
    const plan = async (...argv: string[]) => JSON.parse((await run(['-n', ...argv])).stdout);
    const several = await plan('fr', 'ja', 'en-gb', 'en-us');
    assert.deepEqual(
      several.takes.map(({ text }: { text: number }) => text),
      [0, 1, 2, 2],
    );
    assert.match(several.texts[0], /^Bonjour/);
    assert.match(several.texts[1], /^おはよう/);
    const french = await plan('--all', '-l', 'fr');
    assert.deepEqual(
      french.takes.map(({ voice }: Record<string, string>) => voice),
      ['fr-be', 'fr-ch', 'fr'],
    );
    assert.equal((await plan('--filter', 'en')).takes.length, 8);
    assert.deepEqual(
      (await plan('-l', 'de')).takes.map(({ voice }: Record<string, string>) => voice),
      ['de'],
    );
    assert.deepEqual(
      (await plan('-v', 'de', 'fr')).takes.map(({ voice }: Record<string, string>) => voice),
      ['fr', 'de'],
    );
    assert.deepEqual((await plan('en-us', 'EN-US', 'en-us')).takes.length, 1);
  });

  it('multiplies voices, models, texts and repetitions, each in a file of its own', async test => {
    const { folder, out, run, results } = await setup(test);
    await using service = await speechService(echo());
    await folder.write('texts.txt', '\ufeffFirst text.\r\n\r\n  Second text.  \n');
    const argv = [
      uuid(1),
      uuid(2),
      '-m',
      'sonic-3',
      '-m',
      'sonic-2',
      '-f',
      join(folder.path, 'texts.txt'),
      '--repeat',
      '2',
    ];
    const { code, stdout, stderr } = await run([...service.flags, ...argv], { env });
    assert.equal(code, 0, stderr);
    const { results: rows, voices, texts } = await results();
    assert.equal(rows.length, 16);
    assert.deepEqual(texts, ['First text.', 'Second text.']);
    assert.equal(new Set(rows.map(({ file }) => file)).size, 16);
    assert.equal((await filesIn(out)).filter(name => name.endsWith('.wav')).length, 16);
    assert.ok(
      existsSync(
        join(out, `${uuid(1).slice(0, 8)}-0000-4000-8000-000000000000-00000001`, 'first-text.sonic-2.take2.wav'),
      ),
    );
    assert.equal(voices.length, 4);
    assert.equal(stdout.trim().split('\n').length, 4);
    // One socket for all of it.
    assert.deepEqual(
      service.requests.map(request => request.split('?')[0]),
      ['GET /tts/websocket'],
    );
  });

  it('on SLNG there are a few sockets and no word times', async test => {
    const { run, results } = await setup(test);
    await using service = await speechService(echo());
    const flags = ['--provider', 'slng', '--base-url', service.url.href, '--jobs', '2'];
    const texts = Array.from({ length: 6 }, (_, n) => ['--text', `Text ${n}`]).flat();
    const { code, stderr } = await run([...flags, 'a', 'b', ...texts], { env: { SLNG_API_KEY: 'x' } });
    assert.equal(code, 0, stderr);
    const { results: rows } = await results();
    assert.equal(rows.length, 12);
    assert.ok(rows.every(({ ok, timestamps }) => ok && timestamps === null));
    // A socket speaks one text at a time and has one voice: two for each.
    assert.ok(service.requests.length <= 5, String(service.requests.length));
  });

  it('L1: 200 voices at a limit of 2 contexts are all spoken, none twice', { timeout: 60_000 }, async test => {
    const { run, results } = await setup(test);
    const calls: string[] = [];
    const synthesizer = recorded(async function* (transcript, request) {
      for await (const _ of transcript);
      calls.push(request.voice);
      yield { type: 'audio', chunk: samples(800) };
    });
    await using service = await speechService(synthesizer, { concurrency: 2 });
    const voices = Array.from({ length: 200 }, (_, n) => uuid(n));
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    const { code, stderr } = await run([...service.flags, ...voices, '--text', 'Hello', '--jobs', '20'], { env });
    process.off('warning', note);
    assert.equal(code, 0, stderr);
    assert.deepEqual(warnings, []);
    const { recorded: count, failed } = await results();
    assert.deepEqual([count, failed], [200, 0]);
    assert.deepEqual([...calls].sort(), voices);
  });

  it('a voice that fails is a row with its error, and the others go on', async test => {
    const { out, run, results } = await withServer(
      test,
      speaking((voice, id, peer) => {
        if (voice !== uuid(2)) return false;
        peer.send(frames.error(id, 404, { title: 'Voice not found', message: 'no \u001b[31m=voice' }));
        return true;
      }),
    );
    const { code, stderr, stdout } = await run([uuid(1), uuid(2), uuid(3)]);
    assert.equal(code, 4);
    assert.match(stderr, /aloud: 1 of 3 recordings failed\n {2}00000002-.*: .*=voice/);
    assert.equal(stdout.trim().split('\n').length, 3);
    const { state, recorded: count, failed, results: rows } = await results();
    assert.deepEqual([state, count, failed], ['complete', 2, 1]);
    assert.deepEqual(
      rows.map(({ ok }) => ok),
      [true, false, true],
    );
    assert.equal(rows[1]?.error?.code, 'service');
    assert.match(await readFile(join(out, 'results.csv'), 'utf8'), /,false,.*,service,/);
    assert.equal((await filesIn(out)).filter(name => name.includes('00000002')).length, 0);
  });

  it('exits with 7 when what failed was cut short, with 5 when there was no credit', async test => {
    const cut = await withServer(
      test,
      speaking((voice, id, peer) => {
        if (voice === uuid(1)) peer.send(frames.done(id));
        return voice === uuid(1);
      }),
    );
    const incomplete = await cut.run([uuid(1), uuid(2), '--retries', '0']);
    assert.equal(incomplete.code, 7, incomplete.stderr);
    assert.equal((await cut.results()).recorded, 1);
    const broke = await withServer(
      test,
      speaking((_voice, id, peer) => {
        peer.send(frames.error(id, 402, { message: 'no credit' }));
        return true;
      }),
    );
    const { code, stderr } = await broke.run([uuid(1), uuid(2), uuid(3), '--jobs', '1']);
    assert.equal(code, 5, stderr);
    // What would fail them all is not tried with all of them.
    const { state, results: rows } = await broke.results();
    assert.deepEqual([state, rows.length], ['stopped', 1]);
  });

  it('a key that is refused, or a service that is not there, ends it at once', async test => {
    const refused = await withServer(test, {
      upgrade(_request, socket) {
        socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
        return true;
      },
    });
    const { code, stderr } = await refused.run(Array.from({ length: 20 }, (_, n) => uuid(n)));
    assert.equal(code, 3);
    assert.doesNotMatch(stderr, /canary/);
    assert.equal((await refused.results()).state, 'stopped');
    assert.ok(refused.server.upgrades.length <= 3);
    const { run } = await setup(test);
    const gone = await run(
      ['--provider', 'cartesia', '--base-url', 'ws://127.0.0.1:1', '--retries', '0', uuid(1), uuid(2)],
      { env },
    );
    assert.equal(gone.code, 4);
  });

  it('limits that are not kept exit with 8 and say what failed', async test => {
    const { run, results } = await setup(test);
    await using service = await speechService(
      recorded(async function* (transcript) {
        for await (const _ of transcript);
        const loud = Buffer.alloc(48_000);
        for (let i = 0; i < 12_000; i++) loud.writeInt16LE(i % 100 < 50 ? 32767 : -32768, i * 2);
        yield { type: 'audio', chunk: loud };
      }),
    );
    const judge = (...gates: string[]) => run([...service.flags, uuid(1), '--text', 'Hello', ...gates], { env });
    for (const [message, ...gates] of [
      [/0\.50 s of silence at the end \(--max-silence\)/, '--max-silence', '0.4'],
      [/LUFS, not at most -20 LUFS/, '--max-loudness', '-20'],
      [/LUFS, not at least 9 LUFS/, '--min-loudness', '9'],
      [/12000 samples are clipped/, '--no-clipping'],
      [/1\.00 s long, not 2 to 3 s/, '--expect-duration', '2..3'],
      [/first audio after \d+ ms \(p95\), not within 0\.0001 ms/, '--max-first-audio', '0.0001'],
    ] as const) {
      const { code, stderr, stdout } = await judge(...gates);
      assert.equal(code, 8, `${gates}: ${stderr}`);
      assert.match(stderr, message);
      assert.match(stdout, /\t[^\t]*(silence|LUFS|clipped|long|first audio)[^\t]*\n$/);
    }
    const kept = [
      '--max-silence',
      '0.6',
      '--max-loudness',
      '0',
      '--min-loudness',
      '-50',
      '--expect-duration',
      '..1',
      '--max-first-audio',
      '60000',
    ];
    assert.equal((await judge(...kept)).code, 0);
    const json = await judge('--no-clipping', '--json');
    assert.equal(json.code, 8);
    const { voices } = await checked(json.stdout);
    assert.deepEqual(
      voices[0]?.failed_checks.map(({ check }) => check),
      ['--no-clipping'],
    );
    assert.deepEqual((await results()).voices[0]?.failed_checks.length, 1);
  });

  it('the table fits the terminal, and --sort orders it', async test => {
    const { run } = await setup(test);
    await using service = await speechService(echo(), {
      voices: {
        resolve: id => id,
        list: () => [
          { id: 'b1', name: 'Berta' },
          { id: 'a1', name: 'Anna' },
        ],
      },
    });
    for (const columns of [60, 80, 160]) {
      const { stdout, code, stderr } = await run(
        [...service.flags, 'Berta', 'Anna', '--text', 'Hello', '--sort', 'name'],
        {
          env,
          tty: { stdout: true, stderr: true, stdin: true },
          columns,
        },
      );
      assert.equal(code, 0, stderr);
      const lines = stdout.trimEnd().split('\n');
      assert.ok(
        lines.every(line => line.length <= columns),
        stdout,
      );
      assert.match(lines[0] ?? '', /^VOICE/);
      assert.match(lines[1] ?? '', /^a1/);
    }
  });
});

describe('bad input to voices-test', () => {
  it('is refused before anything is sent', async test => {
    const { folder, run, out } = await setup(test);
    await folder.write('blank.txt', '\n \n');
    await folder.write('dots.txt', 'Fine.\n\n...\n');
    const file = (name: string) => join(folder.path, name);
    const local = ['--provider', 'local'];
    for (const [message, ...argv] of [
      [/no voice is called "nobody"/, 'nobody'],
      [/could be \d+ voices/, 'en-'],
      [/no voice of local fits "zzz"/, '--filter', 'zzz'],
      [/naming voices and --all contradict each other/, 'en-us', '--all'],
      [/naming voices and --filter contradict each other/, 'en-us', '--filter', 'en'],
      [/--all and --filter contradict/, '--all', '--filter', 'en'],
      [/--text and --file contradict/, '--text', 'x', '-f', 'y'],
      [/there is nothing to speak/, '--text', ''],
      [/there is nothing to speak/, '--text', '...'],
      [/half a character/, '--text', 'a\ud800'],
      [/there is nothing to speak in/, '-f', file('blank.txt')],
      [/line 3 of .*dots\.txt: there is nothing to speak/, '-f', file('dots.txt')],
      [/there is no such file/, '-f', file('missing.txt')],
      [/--repeat must be a whole number from 1 to 100, not "0"/, '--repeat', '0'],
      [/--jobs must be/, '--jobs', 'many'],
      [/--sort must be one of first,/, '--sort', 'beauty'],
      [/--max-silence must be/, '--max-silence', ''],
      [/--expect-duration must be seconds such as 1\.5\.\.4/, '--expect-duration', '3..1'],
      [/--expect-duration must be/, '--expect-duration', '..'],
      [/--min-loudness -10 and --max-loudness -20 contradict/, '--min-loudness', '-10', '--max-loudness', '-20'],
      [/--player would do nothing here/, '--player', 'aplay'],
      [/--play contradicts --player none/, '--play', '--player', 'none'],
      [/the built-in engine has no model "x"/, '-m', 'x'],
      [
        /recordings; one run makes at most/,
        '--all',
        '--repeat',
        '100',
        ...Array.from({ length: 10 }, (_, n) => ['--text', `t${n}`]).flat(),
      ],
    ] as const) {
      const { code, stdout, stderr } = await run([...local, ...argv]);
      assert.deepEqual([code, stdout], [2, ''], `${argv}: ${stderr}`);
      assert.match(stderr, message);
    }
    assert.equal(existsSync(out), false);
  });

  it('--all at a provider without a list says so', async test => {
    const { run } = await setup(test);
    const { code, stderr } = await run(['--provider', 'slng', '--all'], { env: { SLNG_API_KEY: 'x' } });
    assert.equal(code, 2);
    assert.match(stderr, /no list of voices is known for slng/);
  });

  it('a text with path characters stays in the folder', async test => {
    const { folder, out, run } = await setup(test);
    const { code, stderr } = await run([
      'en-us',
      '--text',
      '../../../etc/passwd',
      '--text',
      '..',
      '--text',
      'NUL',
      '--text',
      'a/b\\c:d',
    ]);
    // Two dots alone are nothing to speak.
    assert.equal(code, 2, stderr);
    const fine = await run([
      'en-us',
      '--text',
      '../../../etc/passwd',
      '--text',
      'NUL',
      '--text',
      'a/b\\c:d',
      '--text',
      'A b c D',
    ]);
    assert.equal(fine.code, 0, fine.stderr);
    assert.deepEqual(
      (await filesIn(out)).filter(name => name.endsWith('.wav')),
      ['en-us/a-b-c-d-2.wav', 'en-us/a-b-c-d.wav', 'en-us/etc-passwd.wav', 'en-us/nul-.wav'],
    );
    assert.deepEqual(await readdir(folder.path), ['out']);
  });

  it('O4: a folder or a page that cannot be written fails with 6, before anything is sent', async test => {
    const { folder, run } = await setup(test);
    await using service = await speechService(echo());
    await folder.write('file', '');
    const inside = ['--out-dir', join(folder.path, 'file', 'out')];
    const nowhere = ['--report', join(folder.path, 'no', 'such', 'folder.html')];
    await mkdir(join(folder.path, 'out2', 'results.json'), { recursive: true });
    for (const argv of [inside, nowhere, ['--out-dir', join(folder.path, 'out2')], ['--report', folder.path]]) {
      const { code, stderr } = await run([...service.flags, uuid(1), '--text', 'Hi', ...argv], { env });
      assert.equal(code, 6, `${argv}: ${stderr}`);
    }
    assert.deepEqual(service.requests, []);
    const left = await filesIn(folder.path);
    assert.deepEqual(
      left.filter(name => name.endsWith('.tmp')),
      [],
    );
  });

  it('O3: a full disk ends it with 6; what is finished stays and results.json says so', async test => {
    const { path } = await ownFolder(test);
    const { code, stderr } = await shell(
      'ulimit -f 200; aloud voices-test -q en-us --text "A short one" --text "$LONG" --text "Never tried" --out-dir out',
      { cwd: path, env: { HOME: path, LONG: 'A very long text indeed. '.repeat(40) } },
    );
    assert.equal(code, 6, stderr);
    assert.match(stderr, /larger than is allowed/);
    const results = await checked(await readFile(join(path, 'out/results.json'), 'utf8'));
    assert.deepEqual([results.state, results.recorded, results.failed, results.planned], ['stopped', 1, 1, 3]);
    const left = await filesIn(path);
    assert.ok(left.includes('out/en-us/a-short-one.wav'));
    assert.deepEqual(
      left.filter(name => name.endsWith('.tmp') || name.includes('never')),
      [],
    );
  });

  it('O6: Ctrl-C in the middle keeps what is finished, and results.json says so', async test => {
    const { folder, out, results, flags } = await withServer(
      test,
      speaking(voice => {
        if (voice !== uuid(2)) return false;
        // It never answers: this is where the signal comes.
        setImmediate(() => host.signal('SIGINT'));
        return true;
      }),
    );
    const report = join(folder.path, 'page.html');
    const argv = [
      'voices-test',
      '--out-dir',
      out,
      ...flags,
      uuid(1),
      uuid(2),
      uuid(3),
      '--jobs',
      '1',
      '--report',
      report,
    ];
    const host = fakeHost({ argv, cwd: folder.path, env });
    assert.equal(await main(host), 130, host.shown.stderr);
    const { state, planned, recorded: count, failed, results: rows } = await results();
    assert.deepEqual([state, planned, count, failed, rows.length], ['stopped', 3, 1, 0, 1]);
    const left = await filesIn(folder.path);
    assert.deepEqual(
      left.filter(name => name.endsWith('.tmp') || name.endsWith('.html')),
      [],
    );
    assert.equal(left.filter(name => name.endsWith('.wav')).length, 1);
  });

  it('a dry run sends and writes nothing', async test => {
    const { run, out } = await setup(test);
    await using service = await speechService(echo());
    const { code, stdout } = await run([...service.flags, '-n', 'Katie', uuid(1), '--text', 'Hello'], { env });
    assert.equal(code, 0);
    const { dry_run, takes } = JSON.parse(stdout);
    assert.equal(dry_run, true);
    assert.deepEqual(
      takes.map(({ voice }: Record<string, string>) => voice),
      ['Katie', uuid(1)],
    );
    assert.deepEqual(service.requests, []);
    assert.equal(existsSync(out), false);
  });
});

describe('voices-test --play', () => {
  /** A player that writes down what it played, and takes as long as the sound. */
  async function player(folder: Folder): Promise<Record<string, string>> {
    const bin = join(folder.path, 'bin');
    await script(bin, 'aplay', `/bin/cat >> "${folder.path}/played.raw"; /bin/sleep 0.3`);
    return { PATH: bin };
  }

  it('plays each in turn with its name', async test => {
    const { folder, run } = await setup(test);
    await using service = await speechService(echo());
    const { code, stderr } = await run(
      [...service.flags, uuid(1), uuid(2), '--text', 'Hello there', '--play', '--player', 'aplay'],
      {
        env: { ...env, ...(await player(folder)) },
      },
    );
    assert.equal(code, 0, stderr);
    assert.match(stderr, /1\/2 00000001-\S+ \(sonic-3\): Hello there\n2\/2 00000002-/);
    const [sound] = await Promise.all([readFile(join(folder.path, 'played.raw'))]);
    assert.equal(sound.length, 2 * 11 * 240 * 2);
  });

  it('n goes on, p back, r says it again, q ends it; the terminal is given back', async test => {
    const { folder, out } = await setup(test);
    await using service = await speechService(echo());
    const modes: boolean[] = [];
    const stdin = Object.assign(new PassThrough(), { setRawMode: (on: boolean) => modes.push(on) });
    const argv = [
      'voices-test',
      '--out-dir',
      out,
      ...service.flags,
      uuid(1),
      uuid(2),
      uuid(3),
      '--text',
      'Hello there',
      '--play',
      '--player',
      'aplay',
    ];
    const host = fakeHost({
      argv,
      cwd: folder.path,
      env: { ...env, ...(await player(folder)) },
      stdin,
      tty: { stdin: true },
    });
    const keys = [...'nrpq'];
    const note = host.note;
    const heard: string[] = [];
    // A key as soon as a name has been shown.
    Object.assign(host, {
      note(text: string) {
        note(text);
        if (!/^\d\/3/.test(text)) return;
        heard.push(text[0] ?? '');
        setTimeout(() => stdin.write(keys.shift() ?? 'q'), 20);
      },
    });
    assert.equal(await main(host), 0, host.shown.stderr);
    assert.deepEqual(heard, ['1', '2', '2', '1']);
    assert.deepEqual(modes, [true, false]);
  });

  it('Ctrl-C, which is a character then, exits with 130', async test => {
    const { folder, out } = await setup(test);
    await using service = await speechService(echo());
    const modes: boolean[] = [];
    const stdin = Object.assign(new PassThrough(), { setRawMode: (on: boolean) => modes.push(on) });
    const argv = [
      'voices-test',
      '--out-dir',
      out,
      ...service.flags,
      uuid(1),
      '--text',
      'Hello',
      '--play',
      '--player',
      'aplay',
    ];
    const host = fakeHost({
      argv,
      cwd: folder.path,
      env: { ...env, ...(await player(folder)) },
      stdin,
      tty: { stdin: true },
    });
    stdin.write('\u0003');
    assert.equal(await main(host), 130, host.shown.stderr);
    assert.deepEqual(modes, [true, false]);
  });
});
