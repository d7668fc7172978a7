/** Text that is hard to keep whole, through the whole command line to a service that writes down what it is sent. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { aloud, BIN, requireBuild, shell } from './support/cli.ts';
import { frames, scriptedServer } from './support/scripted-server.ts';

let folder = '';
before(async () => {
  requireBuild();
  folder = await mkdtemp(join(tmpdir(), 'aloud-text-'));
});
after(() => rm(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

/** What comes of `command` with `text` on stdin, and every input that the service was sent, in the order of the text. */
async function spoken(command: readonly string[], text: string | Uint8Array | Readable) {
  await using server = await scriptedServer({
    async serve(peer) {
      for (;;) {
        const { context_id: id, transcript, continue: goesOn, cancel } = await peer.next();
        if (cancel === true) continue;
        // As long as a slow voice takes: text is not pushed far ahead of the speech.
        const seconds = (String(transcript).length * 3) / 14;
        if (seconds > 0) peer.send(frames.chunk(String(id), Buffer.alloc(Math.ceil(seconds * 8000), 0x7f)));
        if (goesOn !== true) peer.send(frames.done(String(id)));
      }
    },
  });
  const service = [
    '--provider',
    'cartesia',
    '--base-url',
    `ws://127.0.0.1:${server.url.port}`,
    '-o',
    at('out.wav'),
  ].concat(['--encoding', 'pcm_mulaw', '--sample-rate', '8000', '--timeout', '5']);
  const outcome = await aloud([...command, ...service], { cwd: folder, env: { CARTESIA_API_KEY: 'k' }, stdin: text });
  // Long text is spoken in several contexts at once, which are begun in the order of the text.
  const contexts = new Map<unknown, string[]>();
  for (const { context_id, transcript, cancel } of server.peers.flatMap(({ said }) => said)) {
    if (cancel === true) continue;
    contexts.set(context_id, [...(contexts.get(context_id) ?? []), String(transcript)]);
  }
  return { ...outcome, inputs: [...contexts.values()].flat() };
}

const HARD: Readonly<Record<string, string>> = {
  'a word of 6,000 letters': 'a'.repeat(6000),
  'Chinese without a blank': '永和九年岁在癸丑暮春之初会于会稽山阴之兰亭'.repeat(130),
  'Thai without a blank': 'ภาษาไทยไม่มีช่องว่างระหว่างคำ'.repeat(150),
  'right to left': `${'שלום עולם. مرحبا بالعالم؟ '.repeat(180)}`,
  'combining marks': `Z${'\u0351\u0302'.repeat(1200)} e\u0301\u0327 ${'n\u0303'.repeat(1200)}`,
  'families of emoji': `Look: ${'👨‍👩‍👧‍👦👩🏽‍🚀🏳️‍🌈'.repeat(250)} done.`,
  'characters beyond the basic plane, odd in number': `a${'𝒜𠮷🂡'.repeat(901)}`,
};

describe('text that is hard to cut', () => {
  for (const [what, text] of Object.entries(HARD)) {
    for (const command of [['say'], ['stream'], ['stream', '--by', 'sentence']]) {
      it(`T3: ${what} arrives whole with ${command.join(' ')}, and is cut inside no character`, async () => {
        // A pipe cuts where it likes.
        const bytes = Buffer.from(text);
        const pieces = Array.from({ length: Math.ceil(bytes.length / 999) }, (_, i) =>
          bytes.subarray(i * 999, i * 999 + 999),
        );
        const { code, stderr, inputs } = await spoken(command, Readable.from(pieces, { objectMode: false }));
        assert.equal(code, 0, stderr);
        assert.ok(inputs.join('') === text, `${inputs.join('').length} of ${text.length}`);
        for (const input of inputs) assert.ok(!/\p{Cs}/u.test(input), 'half a character');
      });
    }
  }
});

describe('mark-up', () => {
  for (const text of [
    'if a < b and b > c then <stop>',
    '<speed ratio="1.2"/>Fast, <spell>abc</spell> and <break time="1s"/> open: <emotion value="calm"',
    '<spell>never closed, and <volume ratio="0.5"> in it </spell',
    '</spell></spell><<>><break/><break time=',
  ]) {
    it(`T4: ${text} is sent whole, in one piece and letter by letter`, async () => {
      const letters = () =>
        Readable.from(
          [...text].map(each => Buffer.from(each)),
          { objectMode: false },
        );
      for (const command of [['say'], ['stream']]) {
        for (const stdin of [text, letters()]) {
          const { code, stderr, inputs } = await spoken(command, stdin);
          assert.equal(code, 0, stderr);
          assert.equal(inputs.join(''), text);
        }
      }
    });
  }

  it('T4: is prose to the built-in voice where it is no mark-up of ours', async () => {
    const run = async (text: string) => {
      const argv = [
        'say',
        '--provider',
        'local',
        '--json',
        '-o',
        at('local.wav'),
        '--timestamps',
        at('local.json'),
        '--',
        text,
      ];
      const { code, stdout, stderr } = await aloud(argv, { cwd: folder });
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout) as { words: number; duration: number };
    };
    const [with_, without] = [await run('one <two> three < four'), await run('one three four')];
    assert.ok(with_.words > without.words && with_.duration > without.duration);
  });
});

describe('text with nothing in it', () => {
  for (const text of ['', ' \n\t', '...', '—“”', '\u200b\ufeff', '🙂', '<break time="1s"/>', '\u0000']) {
    it(`T2: ${JSON.stringify(text)} is 2 with nothing sent, or spoken`, async () => {
      for (const command of ['say', 'stream']) {
        const { code, stderr, inputs } = await spoken([command], text);
        assert.ok(code === 0 || code === 2, stderr);
        assert.equal(inputs.join('') !== '', code === 0, `${command} ${code} ${JSON.stringify(inputs)}`);
        if (code === 2) assert.match(stderr, /^(warning: .*\n)*aloud: .*\n {2}.*\n$/);
      }
    });
  }

  it('T7: half a character in any argument is 2, and nothing is sent', async () => {
    for (const argv of [
      ['say', 'a\ud800b'],
      ['say', 'hi', '--voice', '\udfff'],
      ['say', 'hi', '--model', 'x\ud800'],
      ['say', 'hi', '--emotion', '\ud800'],
      ['voices-test', 'v', '--text', '\ud800'],
    ]) {
      const { code, stderr, inputs } = await spoken(argv, '');
      assert.equal(code, 2, stderr);
      assert.deepEqual(inputs, []);
    }
  });
});

describe('a line of a hundred and twenty megabytes', () => {
  it('T1: without end, blank or full stop is read in flat memory', async () => {
    const wrapper = at('wrapper.mjs');
    await writeFile(
      wrapper,
      `process.on('exit', () => process.stderr.write(String(process.resourceUsage().maxRSS)));
       process.argv[1] = ${JSON.stringify(BIN)}; await import(${JSON.stringify(BIN)});`,
    );
    const peak = async (bytes: number) => {
      const line = `head -c ${bytes} /dev/zero | tr '\\0' a | "$NODE" '${wrapper}' say -q --dry-run --provider local -o x.wav`;
      const { code, stdout, stderr } = await shell(line, { cwd: folder, env: { HOME: folder } });
      assert.equal(code, 0, stderr);
      assert.equal((JSON.parse(stdout) as { characters: number }).characters, bytes);
      return Number(stderr) / 1024;
    };
    const [short, long] = [await peak(1e6), await peak(1.2e8)];
    // Newer versions of Node let garbage lie longer; the line itself would be more.
    assert.ok(long - short < 90, `${short} MiB for a megabyte, ${long} MiB for a hundred and twenty`);
  });
});
