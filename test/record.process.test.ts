/** `aloud serve --record` and `--replay` as processes: what is replayed is what was recorded, byte for byte, and no key is in it. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { ended, start } from './support/cli.ts';
import { type Serving, startServing } from './support/serving.ts';

const TEXT = 'Hello, world. These are two sentences, with a pause; and they cost $3.50!';
const KEY = 'sk_car_canary_9876543210';

let home = '';
/** Stands in for the service: another server, with its key at the door. */
let service: Serving;

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'aloud-record-'));
  await writeFile(join(home, 'key.txt'), KEY, { mode: 0o600 });
  service = await startServing(['--api-key-file', join(home, 'key.txt')], home);
});
after(async () => {
  await service?.stop();
  await rm(home, { recursive: true, force: true });
});

const at = (name: string) => join(home, name);

async function serve(t: TestContext, argv: readonly string[], env: Record<string, string> = {}): Promise<Serving> {
  const serving = await startServing(argv, home, env);
  t.after(() => serving.child.kill('SIGKILL'));
  return serving;
}

function record(t: TestContext, cassette: string, upstream: string): Promise<Serving> {
  const argv = ['--record', at(cassette), '--upstream', upstream, '--upstream-url', service.url];
  return serve(t, argv, upstream === 'slng' ? { SLNG_API_KEY: KEY } : { CARTESIA_API_KEY: KEY });
}

async function say(name: string, { url }: Serving, argv: readonly string[] = [], input?: string) {
  const sidecars = argv.includes('slng') ? [] : ['--srt', at(`${name}.srt`), '--timestamps', at(`${name}.json`)];
  const provider = argv.includes('--provider') ? [] : ['--provider', 'cartesia'];
  const child = start(
    ['say', input ?? TEXT, '-q', '-o', at(`${name}.wav`), '--base-url', url, ...provider, ...sidecars, ...argv],
    { env: { HOME: home } },
  );
  return ended(child);
}

async function files(name: string): Promise<readonly (string | Buffer)[]> {
  const [wav, srt, json] = await Promise.all([
    readFile(at(`${name}.wav`)),
    readFile(at(`${name}.srt`), 'utf8'),
    readFile(at(`${name}.json`), 'utf8'),
  ]);
  const { context_ids: _, request_ids: __, ...times } = JSON.parse(json) as Record<string, unknown>;
  return [wav, srt, JSON.stringify(times)];
}

describe('aloud serve --replay', () => {
  it('gives the bytes of the recorded run, sidecars too, with nobody behind it', async t => {
    const book = `${TEXT} `.repeat(60);
    const recorder = await record(t, 'talk.jsonl', 'cartesia');
    const takes = [
      ['plain', [], TEXT],
      ['voice', ['-v', 'f786b574-daa5-4673-aa0c-cbe3e8534c02', '--phonemes', '--encoding', 'pcm_mulaw'], TEXT],
      ['book', [], book],
    ] as const;
    for (const [name, argv, text] of takes) {
      const { code, stderr } = await say(`${name}-recorded`, recorder, argv, text);
      assert.equal(code, 0, stderr);
    }
    assert.equal((await recorder.stop()).code, 143);
    const direct = await say('direct', service, ['--api-key-file', at('key.txt')]);
    assert.equal(direct.code, 0, direct.stderr);
    assert.deepEqual(await files('direct'), await files('plain-recorded'));

    const player = await serve(t, ['--replay', at('talk.jsonl'), '--strict']);
    // In another order, and one of them twice.
    for (const [name, argv, text] of [...takes].reverse().concat([takes[0]])) {
      const { code, stderr } = await say(`${name}-replayed`, player, argv, text);
      assert.equal(code, 0, stderr);
      assert.deepEqual(await files(`${name}-replayed`), await files(`${name}-recorded`), name);
    }
    assert.ok(!(await readFile(at('talk.jsonl'), 'utf8')).includes(KEY));
    assert.ok(![...recorder.log, ...player.log].join('\n').includes(KEY));
  });

  it('refuses with --strict what was not recorded, and else has the built-in voice speak it, and says so', async t => {
    const recorder = await record(t, 'short.jsonl', 'cartesia');
    assert.equal((await say('short', recorder)).code, 0);
    await recorder.stop();
    const strict = await serve(t, ['--replay', at('short.jsonl'), '--strict']);
    const refused = await say('refused', strict, [], 'Something else.');
    assert.equal(refused.code, 4);
    assert.match(refused.stderr, /this text was not recorded: "Something else\."/);
    assert.match(refused.stderr, /\n {2}record it again, or start the server without --strict\n/);
    assert.match(
      (await say('refused', strict, ['--speed', '1.2'])).stderr,
      /nothing was recorded with these parameters/,
    );
    const mild = await serve(t, ['--replay', at('short.jsonl')]);
    assert.equal((await say('mild', mild, [], 'Something else.')).code, 0);
    const line = JSON.parse(await mild.logged(text => text.includes('not_recorded'))) as Record<string, unknown>;
    assert.deepEqual([line.text, line.refused], ['Something else.', false]);
    const direct = await say('other', service, ['--api-key-file', at('key.txt')], 'Something else.');
    assert.equal(direct.code, 0, direct.stderr);
    assert.deepEqual(await files('mild'), await files('other'));
  });

  it('answers over any protocol what was recorded over any: SLNG recorded, SLNG replayed', async t => {
    const recorder = await record(t, 'slng.jsonl', 'slng');
    assert.equal((await say('slng-recorded', recorder, ['--provider', 'slng'])).code, 0);
    await recorder.stop();
    const player = await serve(t, ['--replay', at('slng.jsonl'), '--strict']);
    const { code, stderr } = await say('slng-replayed', player, ['--provider', 'slng']);
    assert.equal(code, 0, stderr);
    assert.deepEqual(await readFile(at('slng-replayed.wav')), await readFile(at('slng-recorded.wav')));
    assert.ok(!(await readFile(at('slng.jsonl'), 'utf8')).includes(KEY));
  });

  it('speaks to text that is piped in while it is written, as the recording did', async t => {
    const recorder = await record(t, 'live.jsonl', 'cartesia');
    const stream = async ({ url }: Serving, name: string) => {
      const child = start(['stream', '-q', '-o', at(name), '--provider', 'cartesia', '--base-url', url], {
        env: { HOME: home },
        stdio: ['pipe', 'pipe', 'pipe'],
      });
      child.stdin?.write('The first sentence is here. ');
      child.stdin?.end('And the second.\n');
      return ended(child);
    };
    assert.equal((await stream(recorder, 'live-recorded.wav')).code, 0);
    await recorder.stop();
    const player = await serve(t, ['--replay', at('live.jsonl'), '--strict']);
    const { code, stderr } = await stream(player, 'live-replayed.wav');
    assert.equal(code, 0, stderr);
    assert.deepEqual(await readFile(at('live-replayed.wav')), await readFile(at('live-recorded.wav')));
  });

  it('records a refusal as well, and a wrong key is not in it', async t => {
    const argv = ['--record', at('no.jsonl'), '--upstream', 'cartesia', '--upstream-url', service.url];
    const recorder = await serve(t, argv, { CARTESIA_API_KEY: 'sk_car_wrong_canary_1' });
    const refused = await say('no', recorder);
    assert.notEqual(refused.code, 0);
    await recorder.stop();
    const text = await readFile(at('no.jsonl'), 'utf8');
    assert.match(text, /"end":"failed","failure":\{"kind":"auth"/);
    assert.ok(!text.includes('sk_car_wrong'));
    const player = await serve(t, ['--replay', at('no.jsonl'), '--strict']);
    const again = await say('no', player);
    const withoutIds = (said: string) => said.replace(/request id: .*/, '');
    assert.deepEqual([again.code, withoutIds(again.stderr)], [refused.code, withoutIds(refused.stderr)]);
  });
});

describe('aloud serve does not start', () => {
  it('to record or replay what it cannot', async () => {
    await writeFile(at('notes.txt'), 'Dear diary,\n');
    const upstream = ['--upstream', 'cartesia', '--upstream-url', service.url];
    for (const [argv, code, message] of [
      [['--record', at('x.jsonl')], 2, /--record and --upstream go together/],
      [['--upstream', 'slng'], 2, /--record and --upstream go together/],
      [['--record', at('x.jsonl'), '--upstream', 'local'], 2, /cartesia, slng/],
      [['--record', at('x.jsonl'), '--replay', at('y.jsonl'), ...upstream], 2, /cannot be used with/],
      [
        ['--record', at('x.jsonl'), '--upstream', 'cartesia', '--upstream-url', 'nonsense'],
        2,
        /--upstream-url must be/,
      ],
      [['--record', at('x.jsonl'), '--upstream', 'cartesia'], 3, /no key for cartesia\n {2}set CARTESIA_API_KEY$/m],
      [['--record', at('notes.txt'), ...upstream], 2, /is not a cassette/],
      [['--record', at('none/x.jsonl'), ...upstream], 6, /cannot write/],
      [['--replay', at('none.jsonl')], 2, /cannot read/],
      [['--replay', at('notes.txt')], 2, /is not a cassette of this version: line 1/],
    ] as const) {
      const child = start(['serve', '--port', '0', ...argv], { env: { HOME: home } });
      const outcome = await ended(child);
      assert.equal(outcome.code, code, outcome.stderr);
      assert.match(outcome.stderr, message);
    }
    assert.equal(await readFile(at('notes.txt'), 'utf8'), 'Dear diary,\n');
  });
});
