/** The command line against its contract, in this process: what is typed, what is said, what is written, what it exits with. */
import assert from 'node:assert/strict';
import { createWriteStream, existsSync, openSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { main } from '../src/cli.ts';
import { COMMANDS } from '../src/commands/index.ts';
import { systemClock } from '../src/host.ts';
import { aloud, type Outcome } from './support/cli.ts';
import { type FakeHostOptions, fakeHost } from './support/host.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aloud-cli-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const run = (argv: readonly string[], options: FakeHostOptions = {}) => aloud(argv, { cwd: folder, ...options });
const at = (name: string) => join(folder, name);
const TTY = { tty: { stdin: true, stdout: true, stderr: true } };

/** What would be sent and written, without doing it. */
async function plan(argv: readonly string[], options: FakeHostOptions = {}) {
  const outcome = await run(['say', '--dry-run', ...argv], options);
  assert.equal(outcome.code, 0, outcome.stderr);
  return JSON.parse(outcome.stdout);
}

/** A refusal: this exit code, one message with this in it, nothing on stdout, no stack, nothing that a terminal obeys. */
function refuses(outcome: Outcome, code: number, message: RegExp): void {
  assert.equal(outcome.code, code, outcome.stderr);
  assert.match(outcome.stderr, message);
  assert.equal(outcome.stdout, '');
  assert.match(outcome.stderr, /^aloud: /m);
  assert.doesNotMatch(outcome.stderr, /^\s+at /m);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  assert.doesNotMatch(outcome.stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
}

describe('commands (INTERFACE §1)', () => {
  for (const argv of [['-h'], ['--help'], ['help']]) {
    it(`aloud ${argv} shows help on stdout, examples first, and exits 0`, async () => {
      const { code, stdout, stderr } = await run(argv);
      assert.equal(code, 0);
      assert.equal(stderr, '');
      assert.match(stdout, /^Examples:\n {2}\$ aloud say/);
      for (const [name, { summary }] of Object.entries(COMMANDS)) {
        assert.match(stdout, new RegExp(`^  ${name} .*${summary}`, 'm'));
      }
    });
  }

  for (const name of Object.keys(COMMANDS)) {
    it(`help ${name} and ${name} --help say the same, on stdout, within 80 columns, examples first`, async () => {
      const [first, second, third] = [await run(['help', name]), await run([name, '--help']), await run([name, '-h'])];
      assert.deepEqual(first, second);
      assert.deepEqual(first, third);
      assert.equal(first.code, 0);
      assert.equal(first.stderr, '');
      assert.match(first.stdout, new RegExp(`^Examples:\\n {2}\\$ (llm .* \\| )?aloud ${name}`));
      assert.deepEqual(
        first.stdout.split('\n').filter(line => line.length > 80),
        [],
      );
    });
  }

  it('help follows the width of the terminal as far as text reads well', async () => {
    const widest = async (columns: string) => {
      const { stdout } = await run(['help', 'say'], { env: { COLUMNS: columns } });
      return Math.max(...stdout.split('\n').map(line => line.length));
    };
    assert.ok((await widest('60')) <= 74);
    assert.ok((await widest('500')) <= 100);
  });

  it('--version prints one line; with --json, in either order, also runtime, platform and providers', async () => {
    for (const flag of ['-V', '--version']) {
      const { code, stdout, stderr } = await run([flag], { version: '1.2.3' });
      assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '1.2.3\n', stderr: '' });
    }
    for (const argv of [
      ['--version', '--json'],
      ['--json', '-V'],
    ]) {
      const { code, stdout } = await run(argv);
      assert.equal(code, 0);
      assert.deepEqual(Object.keys(JSON.parse(stdout)), ['version', 'runtime', 'platform', 'providers']);
    }
    refuses(await run(['--version', '--verbose']), 2, /--version goes with nothing but --json/);
  });

  it('--version is a flag of the program alone, not of its commands', async () => {
    refuses(await run(['say', '-V', 'en-gb', 'hello']), 2, /unknown option '-V'/);
    refuses(await run(['say', 'hello', '--version']), 2, /unknown option '--version'/);
    refuses(await run(['voices', '-V']), 2, /unknown option '-V'/);
    refuses(await run(['config', 'path', '-V']), 2, /unknown option '-V'/);
  });

  it('nothing at all is a usage error with a command to try', async () => {
    refuses(await run([]), 2, /no command given\n {2}try: aloud say/);
    refuses(await run([], { stdin: 'hi' }), 2, /aloud say, which speaks what is piped in/);
    refuses(await run([], TTY), 2, /try: aloud say "Hello, world" -o hello\.wav/);
  });

  it('help on a command below another is that command, as with --help behind it', async () => {
    const [first, second] = [await run(['help', 'config', 'path']), await run(['config', 'path', '--help'])];
    assert.equal(first.code, 0);
    assert.equal(first.stdout, second.stdout);
    assert.match(first.stdout, /^Usage: aloud config path/m);
  });

  it('a mistyped command is an error with a suggestion, never text to be spoken', async () => {
    refuses(await run(['sya', 'hello']), 2, /unknown command 'sya'\n {2}did you mean say\?/);
    refuses(await run(['help', 'sya']), 2, /unknown command 'sya'\n {2}did you mean say\?/);
    refuses(await run(['toString']), 2, /unknown command/);
    const text = /unknown command 'hello'\n {2}did you mean: aloud say "hello world"\n/;
    refuses(await run(['hello', 'world']), 2, text);
    refuses(await run(['Hello, $USER']), 2, /did you mean: aloud say "…"\n/);
  });

  it('reasons of an error are a line each for people, and one message for a program', async () => {
    const env = { PATH: '' };
    const argv = ['say', 'hi', '--player', 'aplay'];
    const said = /^aloud: cannot play sound:\n {2}aplay: not found on PATH\n {2}write to a file with -o FILE/m;
    refuses(await run(argv, { env }), 6, said);
    const { error } = JSON.parse((await run([...argv, '--json'], { env })).stdout);
    assert.equal(error.message, 'cannot play sound: aplay: not found on PATH');
  });

  it('no command is abbreviated, and no long flag', async () => {
    refuses(await run(['voic']), 2, /unknown command/);
    refuses(await run(['say', 'hi', '--out', 'x.wav']), 2, /unknown option '--out'/);
  });

  it('a mistyped flag is an error with a suggestion, or with where to look', async () => {
    refuses(await run(['say', '--sped', '1', 'hi']), 2, /unknown option '--sped'\n {2}did you mean --speed\?/);
    refuses(await run(['say', '--xyzzy', 'hi']), 2, /unknown option '--xyzzy'\n {2}see: aloud help say/);
    refuses(await run(['say', 'hi', '-v']), 2, /argument missing/);
    refuses(await run(['voices', 'fr']), 2, /"fr" is no command of aloud voices/);
  });

  it('aloud -- text is short for aloud say text, whatever the text begins with', async () => {
    const { code, stderr } = await run(['--', '--speed', 'config', '-x'], { env: { ALOUD_PLAYER: 'none' } });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^\d\.\d\d s, .*; nothing was played$/m);
  });
});

describe('text in (INTERFACE §2)', () => {
  const said = async (argv: readonly string[], stdin?: string | Uint8Array | Readable) =>
    (await plan(argv, stdin === undefined ? {} : { stdin })).transcript;

  it('words are joined by blanks and otherwise left alone', async () => {
    assert.equal(await said(['one', 'two  three ', ' four']), 'one two  three   four');
  });

  it('words come before standard input', async () => {
    assert.equal(await said(['words'], 'input'), 'words');
  });

  it('--file comes before standard input, and - is standard input', async () => {
    await writeFile(at('a.txt'), 'from a file\n');
    assert.equal(await said(['-f', at('a.txt')], 'input'), 'from a file\n');
    assert.equal(await said(['-f', '-'], 'input'), 'input');
    assert.equal(await said(['--file=-'], 'input'), 'input');
  });

  it('standard input is read when it is no terminal', async () => {
    assert.equal(await said([], ' kept as it is \n\n'), ' kept as it is \n\n');
  });

  it('words and --file together are a usage error', async () => {
    refuses(await run(['say', 'words', '-f', at('a.txt')]), 2, /both as words and with --file\n {2}give one of them/);
  });

  it('nothing given on a terminal is a short usage on stderr, at once and alone', async () => {
    const outcome = await run(['say'], TTY);
    refuses(outcome, 2, /^aloud: there is no text to speak\n {2}usage: aloud say/);
    assert.equal(outcome.stderr.trim().split('\n').length, 2);
  });

  it('a byte-order mark goes, CRLF becomes LF, in a stream as on the command line', async () => {
    assert.equal(await said([], '\ufeffa\r\nb\rc\n'), 'a\nb\nc\n');
    assert.equal(await said(['\ufeffa\r\nb']), 'a\nb');
  });

  it('an invalid byte becomes U+FFFD with one warning', async () => {
    const outcome = await run(['say', '--dry-run'], { stdin: Buffer.from('caf\xe9 cr\xe8me', 'latin1') });
    assert.equal(JSON.parse(outcome.stdout).transcript, 'caf\ufffd cr\ufffdme');
    assert.equal(outcome.stderr.match(/warning: standard input is not valid UTF-8/g)?.length, 1);
  });

  it('a character that is split over two reads survives', async () => {
    const bytes = Buffer.from('né 👩‍🚀 日本');
    const one = Readable.from(
      [...bytes].map(byte => Buffer.of(byte)),
      { objectMode: false },
    );
    assert.equal(await said([], one), 'né 👩‍🚀 日本');
  });

  for (const [what, text] of Object.entries({ empty: '', blank: ' \n\t ', punctuation: '... !?' })) {
    it(`${what} text is a usage error however it is given, and nothing is opened`, async () => {
      await writeFile(at('void.txt'), text);
      const ways: [string[], FakeHostOptions][] = [
        [[text], {}],
        [['-f', at('void.txt')], {}],
        [[], { stdin: text }],
      ];
      for (const [argv, options] of ways) {
        const outcome = await run(['say', ...argv, '-o', at('void.wav')], options);
        refuses(outcome, 2, /^aloud: there is nothing to speak in /);
        assert.equal(existsSync(at('void.wav')), false);
      }
    });
  }

  it('half a character on the command line is a usage error (T7)', async () => {
    refuses(await run(['say', 'a\ud800b']), 2, /lone surrogate/);
  });

  it('a file that cannot be read is a usage error that says why', async () => {
    refuses(await run(['say', '-f', at('missing.txt')]), 2, /cannot read .*missing\.txt: there is no such file/);
    refuses(await run(['say', '-f', folder]), 2, /is a folder/);
    refuses(await run(['say', '-f', at('a\u001b[31m.txt')]), 2, /cannot read/);
  });

  it('text that starts with a dash is sayable after --', async () => {
    assert.equal(await said(['--', '-5 degrees', '--help']), '-5 degrees --help');
  });

  it('flags may follow the text, and take their value with = or a blank', async () => {
    const { transcript, sample_rate, encoding } = await plan([
      'hello',
      '--sample-rate=8000',
      '--encoding',
      'pcm_mulaw',
    ]);
    assert.deepEqual(
      { transcript, sample_rate, encoding },
      { transcript: 'hello', sample_rate: 8000, encoding: 'pcm_mulaw' },
    );
  });

  it('long text is cut into inputs that joined are the text', async () => {
    const text = 'A sentence with some words in it, and one more clause.  '.repeat(200);
    const { transcript, characters, inputs } = await plan([], { stdin: text });
    assert.equal(characters, text.length);
    assert.ok(inputs > 1);
    assert.equal(transcript, text.slice(0, 10_000));
  });
});

describe('sound and files out (INTERFACE §3)', () => {
  const NAMES = ['hello.wav', 'hello.raw', 'hello.pcm', 'hello.srt', 'hello.vtt', 'hello.json', 'hello.TextGrid'];
  let whole: Outcome;
  before(async () => {
    whole = await run([
      'say',
      'Hello, <world>! Good --> bye.',
      ...NAMES.flatMap(name => ['-o', at(name)]),
      '--phonemes',
    ]);
  });

  it('one request writes every kind of file that is asked for, and says so on stderr alone', async () => {
    assert.equal(whole.code, 0, whole.stderr);
    assert.equal(whole.stdout, '');
    for (const name of NAMES) assert.ok(whole.stderr.includes(at(name)), name);
    assert.deepEqual(
      (await readdir(folder)).filter(name => name.startsWith('.')),
      [],
    );
  });

  it('a .wav is RIFF/WAVE with exact sizes, a .raw and a .pcm are the same samples without a header', async () => {
    const wav = await readFile(at('hello.wav'));
    const raw = await readFile(at('hello.raw'));
    assert.equal(wav.toString('latin1', 0, 4), 'RIFF');
    assert.equal(wav.readUInt32LE(4), wav.length - 8);
    const data = wav.indexOf('data');
    assert.equal(wav.readUInt32LE(data + 4), raw.length);
    assert.deepEqual(wav.subarray(data + 8, data + 8 + raw.length), raw);
    assert.deepEqual(await readFile(at('hello.pcm')), raw);
    assert.ok(raw.length > 24_000);
  });

  it('the words are cue points with labels in the .wav, as times were asked for', async () => {
    const wav = await readFile(at('hello.wav'));
    assert.ok(wav.includes('cue '));
    assert.ok(wav.includes('Hello'));
  });

  it('subtitles hold the text as it was written, escaped as their kind asks', async () => {
    const srt = await readFile(at('hello.srt'), 'utf8');
    const vtt = await readFile(at('hello.vtt'), 'utf8');
    assert.match(srt, /^1\n00:00:00,\d{3} --> 00:00:0\d,\d{3}\n/);
    assert.match(vtt, /^WEBVTT\n\n/);
    assert.match(vtt, /&lt;world&gt;/);
    for (const text of [srt, vtt]) assert.match(text, /Hello/);
  });

  it('the .json has words and phonemes in order, within the audio', async () => {
    const { words, phonemes, duration } = JSON.parse(await readFile(at('hello.json'), 'utf8'));
    assert.ok(words.length >= 4);
    assert.ok(phonemes.length > words.length);
    for (const spans of [words, phonemes]) {
      let last = 0;
      for (const { start, end } of spans) {
        assert.ok(start >= last && end >= start && end <= duration + 1e-6);
        last = start;
      }
    }
  });

  it('the .TextGrid has tiers of words and phones', async () => {
    const grid = await readFile(at('hello.TextGrid'), 'utf8');
    assert.match(grid, /"words"[\s\S]*"phones"/);
  });

  it('nothing is written beside what was asked for, and a .wav alone asks for no times', async () => {
    assert.deepEqual((await plan(['hi', '-o', at('a.wav')])).timestamps, []);
    assert.deepEqual((await plan(['hi', '-o', at('a.wav'), '--srt'])).timestamps, ['word']);
    assert.deepEqual((await plan(['hi', '-o', at('a.json'), '--phonemes'])).timestamps, ['word', 'phoneme']);
  });

  it('sidecars without a name sit beside the first audio file', async () => {
    const { outputs } = await plan([
      'hi',
      '-o',
      at('x.srt'),
      '-o',
      at('a.b.wav'),
      '-o',
      at('c.raw'),
      '--vtt',
      '--timestamps',
    ]);
    const paths = outputs.map(({ path }: { path: string }) => path);
    assert.deepEqual(paths, [at('x.srt'), at('a.b.wav'), at('c.raw'), at('a.b.vtt'), at('a.b.json')]);
  });

  it('a sidecar takes a name of its own kind', async () => {
    const { outputs } = await plan(['hi', '--srt', at('captions.srt'), '--timestamps=-']);
    assert.deepEqual(outputs, [
      { path: at('captions.srt'), kind: 'srt' },
      { path: '-', kind: 'json' },
      { player: 'auto' },
    ]);
  });

  it('a sidecar without a name and without an audio file is a usage error', async () => {
    refuses(await run(['say', 'hi', '--srt']), 2, /--srt needs a file name/);
    refuses(await run(['say', 'hi', '-o', '-', '--vtt']), 2, /--vtt needs a file name/);
  });

  it('without -o it plays; with -o it does not unless --play; --no-play and --player none never play', async () => {
    const plays = async (...argv: string[]) => JSON.stringify((await plan(['hi', ...argv])).outputs).includes('player');
    assert.equal(await plays(), true);
    assert.equal(await plays('--timestamps', at('t.json')), true);
    assert.equal(await plays('-o', at('a.wav')), false);
    assert.equal(await plays('-o', at('a.srt')), false);
    assert.equal(await plays('-o', at('a.wav'), '--play'), true);
    assert.equal(await plays('--no-play'), false);
    assert.equal(await plays('--player', 'none'), false);
  });

  it('--format overrides the extension of audio and stands in for one that is missing', async () => {
    const kinds = async (...argv: string[]) =>
      (await plan(['hi', ...argv])).outputs.map(({ kind }: { kind: string }) => kind);
    assert.deepEqual(await kinds('-o', at('a.wav'), '--format', 'raw'), ['raw']);
    assert.deepEqual(await kinds('-o', at('a'), '--format', 'wav'), ['wav']);
    assert.deepEqual(await kinds('-o', at('A.WAV'), '-o', at('b.textgrid')), ['wav', 'textgrid']);
    assert.deepEqual(await kinds('-o', '-', '--format', 'raw', '-o', at('a.srt')), ['raw', 'srt']);
  });

  it('an unknown extension is a usage error that lists the known ones', async () => {
    const mp3 =
      /\.mp3 is not known\n.*\.wav \.raw .*for \.mp3 pipe it: aloud say … -o - \| ffmpeg -loglevel error -i - out\.mp3\n$/;
    refuses(await run(['say', 'hi', '-o', at('a.mp3')]), 2, mp3);
    refuses(await run(['say', 'hi', '-o', at('a.doc')]), 2, /\.doc is not known\n.*\.wav \.raw .*--format wav/);
    refuses(await run(['say', 'hi', '-o', at('noext')]), 2, /no extension/);
    refuses(await run(['say', 'hi', '-o', '']), 2, /cannot tell what to write/);
  });

  it('-o - is a WAV on stdout and nothing else; --format raw gives the samples', async () => {
    const wav = await run(['say', 'hi', '-o', '-', '-o', at('side.raw')]);
    assert.equal(wav.code, 0, wav.stderr);
    assert.equal(wav.bytes.toString('latin1', 0, 4), 'RIFF');
    const raw = await readFile(at('side.raw'));
    assert.deepEqual(wav.bytes.subarray(wav.bytes.indexOf('data') + 8).subarray(0, raw.length), raw);
    assert.equal(existsSync(at('-')), false);
    const plain = await run(['say', 'hi', '-o', '-', '--format', 'raw']);
    assert.deepEqual(plain.bytes, raw);
  });

  it('audio is refused to a terminal; text is not', async () => {
    refuses(await run(['say', 'hi', '-o', '-'], TTY), 2, /not written to a terminal\n {2}pipe it/);
    const srt = await run(['say', 'hi', '--srt', '-', '--no-play'], TTY);
    assert.equal(srt.code, 0, srt.stderr);
    assert.match(srt.stdout, /-->/);
  });

  it('two outputs that claim stdout are a usage error, --json is one of them', async () => {
    refuses(await run(['say', 'hi', '-o', '-', '--srt', '-']), 2, /two outputs want standard output/);
    refuses(await run(['say', 'hi', '-o', '-', '-o', '-']), 2, /two outputs want standard output/);
    const json = await run(['say', 'hi', '-o', '-', '--json']);
    assert.equal(json.code, 2);
    assert.equal(JSON.parse(json.stdout).error.code, 'usage');
  });

  it('one file for two outputs is a usage error', async () => {
    refuses(await run(['say', 'hi', '-o', at('a.wav'), '-o', `${folder}/./a.wav`]), 2, /named twice/);
    refuses(await run(['say', 'hi', '-o', at('a.srt'), '--srt', at('a.srt')]), 2, /named twice/);
  });

  it('a missing folder, a folder as target and a file as folder are told before anything is sent', async () => {
    refuses(await run(['say', 'hi', '-o', at('no/a.wav')]), 6, /the folder .*no does not exist\n {2}make it first/);
    refuses(await run(['say', 'hi', '-o', folder, '--format', 'wav']), 6, /it is a folder/);
    await writeFile(at('plain'), '');
    refuses(await run(['say', 'hi', '-o', at('plain/a.wav')]), 6, /cannot write/);
    refuses(await run(['say', 'hi', '-o', `${folder}/-`, '--format', 'wav']), 2, /not the name of a file/);
  });

  it('an output that cannot be opened leaves none of the others behind', async () => {
    const earlier = await readdir(folder);
    refuses(await run(['say', 'hi', '-o', at('first.wav'), '-o', at('no/second.wav')]), 6, /does not exist/);
    assert.deepEqual(await readdir(folder), earlier);
  });

  it('--no-clobber refuses to replace a file and leaves it alone; without it the file is replaced', async () => {
    await writeFile(at('old.wav'), 'old');
    refuses(await run(['say', 'hi', '-o', at('old.wav'), '--no-clobber']), 2, /exists already/);
    assert.equal(await readFile(at('old.wav'), 'utf8'), 'old');
    const outcome = await run(['say', 'hi', '-o', at('old.wav')]);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.equal((await readFile(at('old.wav'))).toString('latin1', 0, 4), 'RIFF');
  });

  it('a sidecar that cannot be written does not cost the audio, and the message says what is whole (O9)', async () => {
    const outcome = await run(['say', 'Hello', '-o', at('safe.wav'), '--srt', '/dev/full']);
    refuses(outcome, 6, /\/dev\/full: no space is left[^\n]*\n {2}what is complete: .*safe\.wav/);
    assert.equal((await readFile(at('safe.wav'))).toString('latin1', 0, 4), 'RIFF');
  });
});

describe('flags (INTERFACE §4)', () => {
  const BAD: readonly (readonly [flag: string, ...values: string[]])[] = [
    ['--provider', 'nobody', '', 'LOCAL '],
    ['--encoding', 'mp3', 'PCM_S16LE'],
    ['--sample-rate', '11025', '24e3', '-8000', '24000Hz'],
    ['--speed', '0.5', '1.51', 'faster', '', 'NaN', '1,5', '0x1'],
    ['--volume', '0.4', '2.1', 'Infinity'],
    ['--rate', '100', '300', 'x'],
    ['--language', '9', 'english please', '../..'],
    ['--voice', '', ' ', 'a\nb'],
    ['--model', ''],
    ['--emotion', ''],
    ['--pronunciation-dict', ''],
    ['--api-version', '2026-13-01', 'yesterday', '2026-02-30'],
    [
      '--base-url',
      'ws://example.com',
      'http://10.0.0.1',
      'ftp://localhost',
      'wss://u:p@example.com',
      'wss://e.com/?a=b',
      'nonsense',
    ],
    ['--auth', 'body'],
    ['--timeout', '0', '-1', 'soon'],
    ['--connect-timeout', '0', '1e3'],
    ['--retries', '-1', '1.5', '101'],
    ['--max-buffer-delay', '5001', '-1', '0.5'],
    ['--format', 'mp3', 'WAV'],
    ['--cues', 'letter'],
    ['--player', 'vlc'],
    ['--audio-device', ''],
    ['--lead-in', '-1', '60001'],
    ['--tail', 'x'],
  ];
  for (const [flag, ...values] of BAD) {
    it(`${flag} refuses ${values.map(value => JSON.stringify(value)).join(', ')}, saying what it must be`, async () => {
      for (const value of values)
        refuses(await run(['say', 'hi', `${flag}=${value}`]), 2, new RegExp(`${flag} must be `));
    });
  }

  it('--speed takes a name too, for the models that take nothing else', async () => {
    const { stdout } = await run(['say', 'hi', '--speed', 'slow', '-n']);
    assert.equal(JSON.parse(stdout).speed, 'slow');
  });

  it('--emotion takes any name, and one that no service is known to have gets a warning', async () => {
    for (const provider of ['cartesia', 'slng']) {
      const env = { CARTESIA_API_KEY: 'canary-key', SLNG_API_KEY: 'canary-key' };
      const say = (emotion: string) =>
        run(['say', 'hi', '--dry-run', '--provider', provider, '--emotion', emotion], { env });
      const slip = await say('exited');
      assert.deepEqual([slip.code, JSON.parse(slip.stdout).emotion], [0, 'exited']);
      assert.match(slip.stderr, /^warning: no emotion is known as "exited"; did you mean excited\?$/m);
      assert.match((await say('qqqqqqqqqq')).stderr, /^warning: no emotion is known as "qqqqqqqqqq"$/m);
      for (const known of ['excited', 'Joking/Comedic']) assert.equal((await say(known)).stderr, '');
    }
  });

  it('-r counts words a minute as say on macOS does, and excludes --speed', async () => {
    refuses(await run(['say', 'hi', '--speed', '1', '-r', '175']), 2, /rate and speed exclude each other/);
    assert.equal((await run(['say', 'hi', '-n', '-r', '175'])).code, 0);
  });

  const IDLE: readonly (readonly [string, ...string[]])[] = [
    ['--phonemes', '-o', 'a.wav', '--srt'],
    ['--phonemes'],
    ['--normalized-timestamps', '-o', 'a.wav'],
    ['--cues=word', '-o', 'a.wav', '--timestamps'],
    ['--format=raw', '-o', 'a.srt'],
    ['--lead-in=5', '-o', 'a.wav'],
    ['--tail=5', '-o', 'a.wav'],
    ['-aX', '-o', 'a.wav'],
    ['-aX', '--player', 'none'],
    ['--keep-partial'],
    ['--keep-partial', '-o', '-'],
    ['--no-clobber'],
    ['--no-clobber', '-o', '-'],
  ];
  for (const argv of IDLE) {
    it(`${argv.join(' ')} is refused: the flag would do nothing`, async () => {
      refuses(await run(['say', 'hi', ...argv]), 2, /would do nothing here\n {2}it needs /);
    });
  }

  for (const argv of [
    ['--base-url', 'ws://127.0.0.1:1'],
    ['--auth', 'query'],
    ['--api-version', '2026-03-01'],
    ['--connect-timeout', '3'],
    ['--retries', '1'],
    ['--region', 'eu'],
    ['--world-part', 'eu'],
  ]) {
    it(`${argv[0]} means nothing to the built-in voice, so it is refused`, async () => {
      refuses(await run(['say', 'hi', '--provider', 'local', ...argv]), 2, new RegExp(`^aloud: ${argv[0]} `, 'm'));
    });
  }

  for (const [flag, file] of [
    ['--api-key-file', 'key'],
    ['--access-token-file', 'token'],
  ] as const) {
    it(`${flag} is refused for the built-in voice, which takes none`, async () => {
      refuses(
        await run(['say', 'hi', '--provider', 'local', flag, at(file)]),
        2,
        /--api-key-file|--access-token-file|local/,
      );
    });
  }

  for (const [argv, cannot] of [
    [['--emotion', 'happy'], /cannot show emotion/],
    [['--pronunciation-dict', 'x'], /cannot use a pronunciation dictionary/],
    [['--model', 'sonic-3'], /has no model "sonic-3"/],
    [['--normalized-timestamps', '--timestamps', '-'], /cannot tell the times of words as spoken/],
    [['--language', 'tlh'], /no built-in voice speaks "tlh"/],
  ] as const) {
    it(`the built-in voice says that it ${cannot.source} before anything is opened`, async () => {
      refuses(await run(['say', 'hi', ...argv]), 2, cannot);
    });
  }

  it('flags that contradict each other are refused', async () => {
    refuses(await run(['say', 'hi', '--play', '--player', 'none']), 2, /--play contradicts --player none/);
    refuses(await run(['say', 'hi', '--no-play', '--player', 'aplay']), 2, /contradict/);
    refuses(await run(['say', 'hi', '-q', '--verbose']), 2, /cannot be used with/);
    refuses(await run(['say', 'hi', '--verbose', '--quiet']), 2, /cannot be used with/);
  });

  it('a voice is found by id, by name or by a unique beginning; an ambiguous one lists the candidates', async () => {
    assert.equal((await plan(['hi', '-v', 'en-gb'])).voice, 'en-gb');
    assert.equal((await plan(['hi', '-v', 'Afrikaans'])).voice, 'af');
    assert.equal((await plan(['hi', '-v', 'swah'])).voice, 'sw');
    refuses(
      await run(['say', 'hi', '-v', 'en-']),
      2,
      /"en-" could be \d+ voices:\n[\s\S]*\n {2}en-gb, English \(Great Britain\)\n[\s\S]*\n {2}say which by its id\n/,
    );
    refuses(await run(['say', 'hi', '-v', 'Swahilo']), 2, /no voice is called "Swahilo"\n {2}did you mean Swahili\?/);
  });

  it('with a language and no voice the first voice of that language speaks', async () => {
    const { voice, language } = await plan(['hi', '-l', 'fr']);
    assert.deepEqual({ voice, language }, { voice: 'fr', language: 'fr' });
    assert.equal((await plan(['hi'])).voice, 'en-us');
  });

  it('the provider is the flag, else the setting, else whose key is set, else the built-in voice, said once', async () => {
    const provider = async (argv: string[], env: Record<string, string>) =>
      (await plan(['hi', ...argv], { env })).provider;
    const key = { CARTESIA_API_KEY: 'sk_car_test' };
    assert.equal(await provider([], key), 'cartesia');
    assert.equal(await provider([], { ...key, ALOUD_PROVIDER: 'local' }), 'local');
    assert.equal(await provider(['--provider', 'cartesia'], { ...key, ALOUD_PROVIDER: 'local' }), 'cartesia');
    const outcome = await run(['say', 'hi', '--player', 'none']);
    assert.equal(outcome.stderr.match(/no key is set .*, so the built-in voice speaks/g)?.length, 1);
    const quiet = await run(['say', 'hi', '--player', 'none', '-q']);
    assert.equal(quiet.stderr, '');
    for (const argv of [['config'], ['config', '--origin'], ['completion', 'bash']])
      assert.equal((await run(argv)).stderr, '', argv.join(' '));
  });

  it('a service is asked for its own model and voice unless others are named', async () => {
    const env = { CARTESIA_API_KEY: 'sk_car_test' };
    const { model, voice } = await plan(['hi'], { env });
    assert.deepEqual({ model, voice }, { model: 'sonic-3', voice: 'a0e99841-438c-4a64-b679-ae501e7d6091' });
    // An id needs no list of voices, so nobody is asked.
    const id = '694f9389-aac1-45b6-b726-9d9369183238';
    const other = await plan(['hi', '-m', 'sonic-9', '-v', id], { env });
    assert.deepEqual([other.model, other.voice], ['sonic-9', id]);
  });

  it('a flag that means nothing to a service is refused there, too', async () => {
    const env = { CARTESIA_API_KEY: 'sk_car_test' };
    refuses(await run(['say', 'hi', '--region', 'eu'], { env }), 2, /--region means nothing to provider cartesia/);
  });

  it('--dry-run needs no key, as it asks nobody', async () => {
    for (const argv of [
      ['say', 'hi', '-n', '-o', at('dry.wav')],
      ['voices-test', 'a-voice', '-n'],
    ]) {
      const { code, stdout, stderr } = await run([...argv, '--provider', 'cartesia']);
      assert.equal(code, 0, stderr);
      assert.equal(JSON.parse(stdout).provider, 'cartesia');
    }
    refuses(await run(['voices-test', '--all', '-n', '--provider', 'cartesia']), 3, /there is no key for cartesia/);
  });

  it('--dry-run sends, writes and plays nothing', async () => {
    const { code, stdout } = await run(['say', 'hi', '-n', '-o', at('dry.wav'), '--srt']);
    assert.equal(code, 0);
    const { dry_run, transcript, outputs } = JSON.parse(stdout);
    assert.deepEqual({ dry_run, transcript }, { dry_run: true, transcript: 'hi' });
    assert.deepEqual(outputs, [
      { path: at('dry.wav'), kind: 'wav' },
      { path: at('dry.srt'), kind: 'srt' },
    ]);
    assert.equal(existsSync(at('dry.wav')), false);
  });

  it('no document on stdout holds what a terminal would obey', async () => {
    const hostile = 'a\u009b31mb\u202ec\u2028d\ufeffe\u007f';
    const { code, stdout, stderr } = await run(['say', '--dry-run', hostile]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /a\\u009b31mb\\u202ec\\u2028d\\ufeffe\\u007f/);
    assert.equal(JSON.parse(stdout).transcript, hostile);
  });

  it('--json is one document on stdout, for what went well and for what did not', async () => {
    const good = await run(['say', 'Hello there', '--json', '-o', at('j.wav'), '--srt']);
    assert.equal(good.code, 0, good.stderr);
    const { outputs, duration, words, provider, voice } = JSON.parse(good.stdout);
    assert.deepEqual(
      outputs.map(({ path }: { path: string }) => path),
      [at('j.wav'), at('j.srt')],
    );
    assert.ok(duration > 0.3);
    assert.deepEqual([words, provider, voice], [2, 'local', 'en-us']);

    const bad = await run(['say', 'hi', '--json', '-o', at('no/such.wav')]);
    assert.equal(bad.code, 6);
    assert.equal(bad.stderr, '');
    const { error } = JSON.parse(bad.stdout);
    assert.deepEqual(Object.keys(error), [
      'code',
      'message',
      'hint',
      'retryable',
      'provider',
      'provider_code',
      'request_id',
    ]);
    assert.equal(error.code, 'output');
  });

  it('flags after -- are text, also --json and --debug', async () => {
    refuses(await run(['say', '--speed', '9', '--', '--json', '--debug']), 2, /--speed must be/);
  });

  it('--debug adds where an error came from, without what a terminal would obey', async () => {
    const { code, stderr } = await run(['say', 'hi', '--debug', '--speed', '9']);
    assert.equal(code, 2);
    assert.match(stderr, /^ {2}at /m);
  });
});

describe('exit codes (INTERFACE §5)', () => {
  it('1 is a bug of ours: the only one with a stack, and a word on what to do', async () => {
    const broken = Object.assign(new Writable(), { isTTY: false });
    Object.defineProperty(broken, 'write', { value: () => assert.fail('the stream is broken') });
    const { code, stderr } = await run(['config', 'path'], { stdout: broken });
    assert.equal(code, 1);
    assert.match(stderr, /^aloud: AssertionError.*the stream is broken\n {2}this is a bug of aloud: please report it/);
    assert.match(stderr, /^ {2}at /m);
  });

  it('3 is a missing key, with the way to set it', async () => {
    refuses(await run(['say', 'hi', '--provider', 'cartesia']), 3, /no key for cartesia\n {2}set CARTESIA_API_KEY/);
  });

  it('3 is a setting that cannot be read, with its file and its key', async () => {
    const home = join(folder, 'settings');
    await mkdir(home);
    await writeFile(join(home, '.aloudrc.json'), '{"voize": "x"}');
    refuses(await run(['say', 'hi'], { cwd: home, env: { HOME: '/nowhere' } }), 3, /voize.*\.aloudrc\.json/);
    refuses(await run(['say', 'hi'], { env: { ALOUD_SPEED: '9' } }), 3, /ALOUD_SPEED must be/);
  });

  it('3 is a key with blanks or quotes in it, which is never shown (U13)', async () => {
    for (const key of ['sk car', '"sk_car"', 'sk\ncar']) {
      const outcome = await run(['say', 'hi'], { env: { CARTESIA_API_KEY: key } });
      refuses(outcome, 3, /CARTESIA_API_KEY has /);
      assert.equal(outcome.stderr.includes(key), false);
    }
  });

  it('6 is an output that cannot take the sound, and says how much it took', async () => {
    refuses(
      await run(['say', 'hi', '-o', '/dev/full', '--format', 'raw']),
      6,
      /no space is left .*\(\d+ bytes were written\)/,
    );
  });

  it('6 is a player that is not there', async () => {
    refuses(await run(['say', 'hi', '--player', 'aplay'], { env: { PATH: '/nonexistent' } }), 6, /aplay/);
    refuses(await run(['say', 'hi'], { env: { PATH: '' } }), 6, /play/);
  });

  it('a full stdout is 6 even where the error itself was to go there', async () => {
    const stdout = Object.assign(createWriteStream('', { fd: openSync('/dev/full', 'w') }), { isTTY: false });
    const { code, stderr } = await run(['say', '--json', '--speed', '9', 'hi'], { stdout });
    assert.equal(code, 2);
    assert.match(stderr, /--speed must be/);
  });

  it('0 is also a reader of stdout that went away', async () => {
    const gone = () => Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    const stdout = Object.assign(new Writable({ write: (_chunk, _encoding, done) => done(gone()) }), { isTTY: false });
    const { code, stderr } = await run(['say', 'hi', '-q', '-o', '-'], { stdout });
    assert.deepEqual([code, stderr], [0, '']);
  });
});

describe('streams, terminals, signals (INTERFACE §6)', () => {
  it('no spinner turns with --quiet or --json, also on a terminal', async () => {
    for (const flag of ['-q', '--json']) {
      const { stderr } = await run(['say', 'hi', '--player', 'none', flag], TTY);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: a spinner is made of them
      assert.doesNotMatch(stderr, /[\u001b\r]/);
    }
  });

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    it(`${signal} while waiting for text ends at once with ${code}`, async () => {
      const host = fakeHost({ argv: ['say', '-o', at('never.wav')], cwd: folder, stdin: new Readable({ read() {} }) });
      const running = main(host);
      while (host.listeners(signal) === 0) await new Promise(setImmediate);
      host.signal(signal);
      assert.equal(await running, code);
      assert.equal(host.listeners(signal), 0);
      assert.equal(existsSync(at('never.wav')), false);
    });
  }

  it('a second signal ends the process there and then, unless it is the first one delivered twice', async () => {
    let now = 0;
    const clock = { ...systemClock, now: () => now };
    const host = fakeHost({ argv: ['say'], cwd: folder, stdin: new Readable({ read() {} }), clock });
    const running = main(host);
    while (host.listeners('SIGINT') === 0) await new Promise(setImmediate);
    host.signal('SIGINT');
    // As `timeout` does: to the process, and then to its group.
    now = 100;
    host.signal('SIGINT');
    assert.deepEqual(host.exits, []);
    now = 250;
    assert.throws(() => host.signal('SIGINT'), /exit 130/);
    assert.equal(await running, 130);
  });
});

describe('settings (INTERFACE §7)', () => {
  it('a flag beats the environment, that the project, that the user, that the default', async () => {
    const home = at('home');
    const project = at('project');
    await mkdir(join(home, '.config/aloud'), { recursive: true });
    await mkdir(project);
    const rate = async (argv: string[], env = {}) =>
      (await plan(['hi', ...argv], { cwd: project, env: { HOME: home, ...env } })).sample_rate;
    assert.equal(await rate([]), 24000);
    await writeFile(join(home, '.config/aloud/config.json'), '{"sample_rate": 8000}');
    assert.equal(await rate([]), 8000);
    await writeFile(join(project, '.aloudrc.json'), '{"sample_rate": 16000}');
    assert.equal(await rate([]), 16000);
    assert.equal(await rate([], { ALOUD_SAMPLE_RATE: '22050' }), 22050);
    assert.equal(await rate(['--sample-rate', '48000'], { ALOUD_SAMPLE_RATE: '22050' }), 48000);
  });

  it('no_color turns colour off, from wherever it comes', async () => {
    await writeFile(at('.aloudrc.json'), '{"no_color": true}');
    try {
      for (const argv of [['doctor'], ['config', '--origin']]) {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: colour is made of them
        const colour = /\u001b/;
        assert.match((await run(argv, { ...TTY, env: { ALOUD_NO_COLOR: '0' } })).stdout, colour);
        assert.doesNotMatch((await run(argv, { ...TTY, env: { ALOUD_NO_COLOR: '1' } })).stdout, colour);
        assert.doesNotMatch((await run(argv, TTY)).stdout, colour);
      }
    } finally {
      await rm(at('.aloudrc.json'));
    }
  });

  it('config --origin says where each came from, and shows no key', async () => {
    const env = { CARTESIA_API_KEY: 'canary-key', ALOUD_VOICE: 'x' };
    const { code, stdout } = await run(['config', '--origin', '--speed', '1.1'], { env });
    assert.equal(code, 0);
    assert.match(stdout, /^speed +1\.1 +flag --speed$/m);
    assert.match(stdout, /^voice +x +env ALOUD_VOICE$/m);
    assert.match(stdout, /^sample_rate +24000 +default$/m);
    assert.doesNotMatch(stdout, /canary/);
  });
});

describe('voices and doctor', () => {
  it('voices lists one voice a line, tab-separated in a pipe and as a table on a terminal', async () => {
    const piped = await run(['voices', '-q']);
    assert.equal(piped.code, 0);
    assert.match(piped.stdout, /^en-us\tEnglish \(America\)\ten-US\t/im);
    assert.equal(piped.stderr, '');
    const shown = await run(['voices'], TTY);
    assert.match(shown.stdout, /^ID +NAME +LANGUAGE +GENDER\n/);
  });

  it('voices --language keeps those who speak it, or says that nobody does', async () => {
    const { stdout } = await run(['voices', '--language', 'fr', '--json']);
    const languages = JSON.parse(stdout).map(({ language }: { language: string }) => language.slice(0, 2));
    assert.deepEqual([...new Set(languages)], ['fr']);
    refuses(await run(['voices', '-l', 'tlh']), 2, /no voice of local speaks tlh/);
  });

  it('doctor names what it looked at, and exits 0 when nothing is wrong', async () => {
    const { code, stdout } = await run(['doctor', '--json']);
    const { ok, checks } = JSON.parse(stdout);
    assert.deepEqual([code, ok], [0, true]);
    assert.ok(checks.length >= 5);
  });
});
