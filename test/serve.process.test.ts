/** `aloud serve` as a process: the same bytes as without it, its log, its end, and what it refuses to start with. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it, type TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { KNOWN_VERSIONS } from '../src/protocol/versions.ts';
import { ended, start } from './support/cli.ts';
import { type Frame, generation } from './support/plain-client.ts';
import { type Serving, startServing } from './support/serving.ts';

const TEXT = 'Hello, world. These are two sentences, with a pause; and they cost $3.50!';
const KEY = 'sk_car_canary_0123456789';

let home = '';
let open: Serving;
let locked: Serving;

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'aloud-serve-'));
  await writeFile(join(home, 'key.txt'), `${KEY}\n`, { mode: 0o600 });
  open = await startServing([], home);
  locked = await startServing(['--api-key-file', join(home, 'key.txt')], home);
});

after(async () => {
  await Promise.all([open?.stop(), locked?.stop()]);
  await rm(home, { recursive: true, force: true });
});

/** One more server, for one test. */
async function serve(t: TestContext, argv: readonly string[], folder = home): Promise<Serving> {
  const serving = await startServing(argv, folder);
  t.after(() => serving.child.kill('SIGKILL'));
  return serving;
}

const at = (name: string) => join(home, name);

async function aloud(argv: readonly string[], env: Record<string, string> = {}) {
  return ended(start(argv, { env: { HOME: home, ...env } }));
}

async function say(name: string, argv: readonly string[], env: Record<string, string> = {}): Promise<Buffer> {
  const outcome = await aloud(['say', TEXT, '-q', '-o', at(name), ...argv], env);
  assert.equal(outcome.code, 0, outcome.stderr);
  return readFile(at(name));
}

/** A socket that has opened. */
async function dial({ url }: Serving, query = ''): Promise<WebSocket> {
  const socket = new WebSocket(`${url}/tts/websocket?cartesia_version=2026-03-01${query}`);
  socket.on('error', () => {});
  await once(socket, 'open');
  return socket;
}

function keep(socket: WebSocket): Frame[] {
  const frames: Frame[] = [];
  socket.on('message', data => frames.push(JSON.parse(String(data)) as Frame));
  return frames;
}

async function framesUntil(socket: WebSocket, fits: (frame: Frame) => boolean): Promise<Frame[]> {
  const frames = keep(socket);
  while (!frames.some(fits)) await once(socket, 'message');
  return frames;
}

describe('speech through aloud serve', () => {
  it('is byte for byte that of the local provider: audio, subtitles and times', async () => {
    const sidecars = (name: string) => ['--srt', at(`${name}.srt`), '--timestamps', at(`${name}.json`), '--phonemes'];
    const [local, served] = await Promise.all([
      say('local.wav', ['--provider', 'local', ...sidecars('local')]),
      say('served.wav', ['--provider', 'cartesia', '--base-url', open.url, ...sidecars('served')]),
    ]);
    assert.ok(local.length > 100_000);
    assert.deepEqual(served, local);
    assert.equal(await readFile(at('served.srt'), 'utf8'), await readFile(at('local.srt'), 'utf8'));
    const times = async (name: string) => {
      const { words, phonemes } = JSON.parse(await readFile(at(name), 'utf8')) as Record<string, unknown>;
      assert.ok(Array.isArray(words) && words.length > 10);
      return { words, phonemes };
    };
    assert.deepEqual(await times('served.json'), await times('local.json'));
  });

  it('is the same for every version and both ways to send it, with a key and over TLS', async () => {
    const local = await say('plain.wav', ['--provider', 'local']);
    const common = ['--provider', 'cartesia', '--base-url', locked.secureUrl];
    for (const auth of ['header', 'query']) {
      const served = KNOWN_VERSIONS.map(version =>
        say(
          `${auth}-${version}.wav`,
          [...common, '--api-version', version, '--auth', auth, '--api-key-file', at('key.txt')],
          { NODE_EXTRA_CA_CERTS: locked.certificate },
        ),
      );
      for (const audio of await Promise.all(served)) assert.deepEqual(audio, local);
    }
  });

  it("comes through SLNG's route too, with another voice", async () => {
    const slng = await say('slng.wav', ['--provider', 'slng', '--base-url', open.url]);
    assert.ok(slng.length > 100_000);
  });

  it('is refused without the key, and the key is never repeated', async () => {
    const wrong = await aloud(['say', 'Hello', '-o', at('no.wav'), '--provider', 'cartesia', '--base-url', locked.url]);
    assert.equal(wrong.code, 3);
    assert.match(wrong.stderr, /Unauthorized/);
    assert.ok(!locked.log.join('\n').includes(KEY));
    await locked.logged(line => line.includes('"status":401'));
  });
});

describe('aloud token', () => {
  it('gets a token with the key, and the token opens the door', async () => {
    const argv = ['token', '--expires', '60', '--base-url', locked.url, '--api-key-file', at('key.txt')];
    const made = await aloud(argv);
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /^aloud_[\w-]{32}\n$/);
    const json = JSON.parse((await aloud([...argv, '--json'])).stdout) as { token: string; expires_in: number };
    assert.equal(json.expires_in, 60);
    const env = { CARTESIA_ACCESS_TOKEN: made.stdout.trim() };
    assert.deepEqual(
      await say('token.wav', ['--provider', 'cartesia', '--base-url', locked.url], env),
      await say('again.wav', ['--provider', 'local']),
    );
    const another = await aloud(['token', '--base-url', locked.url, '--api-key-file', at('token.txt')]);
    assert.equal(another.code, 3);
    const refused = await aloud(['token', '--base-url', locked.url]);
    assert.equal(refused.code, 3);
    assert.match(refused.stderr, /Unauthorized/);
  });
});

describe('the log', () => {
  it('has a line for each context, with --json as an object', async () => {
    const socket = await dial(open);
    socket.send(JSON.stringify(generation('log-1', 'Hello.')));
    await framesUntil(socket, frame => frame.done === true);
    socket.send(JSON.stringify({ ...generation('log-2', 'Hello.'), model_id: 'nonsense' }));
    socket.send(JSON.stringify(generation('log-3', 'A long text. '.repeat(100), { continue: true })));
    socket.send(JSON.stringify({ context_id: 'log-3', cancel: true }));
    const line = JSON.parse(await open.logged(text => text.includes('log-1'))) as Record<string, unknown>;
    const { event, context_id, outcome, chars } = line;
    assert.deepEqual([event, context_id, outcome, chars], ['context', 'log-1', 'done', 6]);
    assert.ok(Number(line.audio_seconds) > 0.2 && Number(line.first_audio_ms) > 0);
    assert.equal(JSON.parse(await open.logged(text => text.includes('"status":400'))).event, 'refused');
    assert.equal(JSON.parse(await open.logged(text => text.includes('log-3'))).outcome, 'cancelled');
    socket.close();
  });

  it('for people says where the server is, what to trust and what to try', async t => {
    const child = start(['serve', '--port', '0'], { env: { HOME: home } });
    t.after(() => child.kill('SIGKILL'));
    let said = '';
    child.stderr?.on('data', data => {
      said += data;
    });
    while (!said.includes('try:')) await once(child.stderr as NonNullable<typeof child.stderr>, 'data');
    const [, port] = /^listening on ws:\/\/127\.0\.0\.1:(\d+) and wss:\/\/localhost:\1$/m.exec(said) ?? [];
    assert.match(said, /^certificate: \/.*localhost\.pem$/m);
    assert.match(
      said,
      new RegExp(`try: aloud say --provider cartesia --base-url ws://127.0.0.1:${port} "Hello, world"`),
    );
    const socket = await dial({ ...open, url: `ws://127.0.0.1:${port}` });
    socket.send(JSON.stringify(generation('log', 'Hello.')));
    await framesUntil(socket, frame => frame.done === true);
    while (!said.includes('log ')) await once(child.stderr as NonNullable<typeof child.stderr>, 'data');
    assert.match(said, /^log done 6 chars, 0\.\d+ s, first after \d+ ms$/m);
    socket.close();
    child.kill('SIGTERM');
    await once(child, 'close');
  });
});

describe('the end of aloud serve', () => {
  it('on SIGTERM finishes what is spoken, takes nothing new, closes with 1001 and exits with 143', async t => {
    const serving = await serve(t, ['--pace', 'realtime']);
    const [socket, other] = await Promise.all([dial(serving), dial(serving)]);
    const closed = [socket, other].map(each => once(each, 'close'));
    socket.send(JSON.stringify(generation('last', 'One two three.')));
    const speaking = framesUntil(socket, frame => frame.done === true);
    await once(socket, 'message');
    const end = serving.stop('SIGTERM');
    const refused = framesUntil(other, frame => frame.type === 'error');
    // Until the signal has arrived, contexts are still let in.
    const asking = setInterval(() => other.send(JSON.stringify(generation(`n${Math.random()}`, 'No.'))), 20);
    assert.equal((await refused).at(-1)?.status_code, 503);
    clearInterval(asking);
    assert.equal((await speaking).at(-1)?.type, 'done');
    for (const [code] of await Promise.all(closed)) assert.equal(code, 1001);
    assert.equal((await end).code, 143);
    await assert.rejects(dial(serving));
    assert.doesNotMatch(serving.log.join('\n'), /interrupted|aloud:/);
  });

  it('on SIGINT is at once, with 130', async t => {
    const serving = await serve(t, ['--pace', 'realtime']);
    const socket = await dial(serving);
    const closed = once(socket, 'close');
    socket.send(JSON.stringify(generation('cut', 'A long text. '.repeat(100))));
    await once(socket, 'message');
    assert.equal((await serving.stop('SIGINT')).code, 130);
    assert.equal((await closed)[0], 1001);
    assert.match(serving.log.join('\n'), /"context_id":"cut".*"outcome":"disconnected"/);
  });
});

describe('FAULTS V3, V4: aloud serve does not start', () => {
  it('beyond loopback without a key', async () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.com']) {
      const outcome = await aloud(['serve', '--port', '0', '--host', host]);
      assert.equal(outcome.code, 3, host);
      assert.match(outcome.stderr, /no key is asked for[\s\S]*--api-key-file/);
    }
  });

  it('where the port is taken', async t => {
    const taken = createServer().listen(0, '127.0.0.1');
    t.after(() => taken.close());
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const outcome = await aloud(['serve', '--port', String(port)]);
    assert.equal(outcome.code, 3);
    assert.match(outcome.stderr, /something else listens there[\s\S]*--port/);
  });

  it('with a certificate that cannot be read, half of one, or a key that is none', async () => {
    await writeFile(at('broken.pem'), 'nonsense');
    await writeFile(at('empty.txt'), '\n', { mode: 0o600 });
    for (const [argv, code, message] of [
      [['--cert', at('none.pem'), '--key', at('none.pem')], 3, /--cert .* does not exist/],
      [['--cert', at('broken.pem'), '--key', at('broken.pem')], 3, /make no certificate/],
      [['--cert', at('broken.pem')], 2, /--cert and --key go together/],
      [['--api-key-file', at('empty.txt')], 3, /is empty/],
      [['--port', '70000'], 2, /--port must be a whole number from 0 to 65535/],
      [['--latency', 'soon'], 2, /--latency must be/],
      [['--concurrency', '0'], 2, /--concurrency must be/],
      [['--pace', 'slow'], 2, /realtime, fast/],
      [['--fault', 'nonsense'], 2, /there is no fault/],
      [['--host', ''], 2, /--host is empty/],
    ] as const) {
      const outcome = await aloud(['serve', ...argv]);
      assert.equal(outcome.code, code, outcome.stderr);
      assert.match(outcome.stderr, message);
    }
  });

  it('L6: but without a place for a certificate it does, plain only', async t => {
    await mkdir(at('bare'));
    await writeFile(at('bare/.local'), '');
    const serving = await serve(t, [], at('bare'));
    assert.equal(serving.secureUrl, null);
    await serving.logged(line => /warning: cannot keep a certificate.*no wss/.test(line));
    assert.ok((await dial(serving)).readyState === WebSocket.OPEN);
  });
});

describe('an unkind server', () => {
  it('speaks late, in real time, within its limit, and strictly', async t => {
    const serving = await serve(t, ['--pace', 'realtime', '--latency', '300', '--concurrency', '1', '--strict'], home);
    const socket = await dial(serving);
    const begin = performance.now();
    socket.send(JSON.stringify(generation('a', 'One two three.')));
    socket.send(JSON.stringify(generation('b', 'No room.')));
    socket.send(JSON.stringify({ ...generation('c', 'Nobody.'), voice: { mode: 'id', id: 'nobody' } }));
    const frames = await framesUntil(socket, frame => frame.type === 'chunk');
    assert.ok(performance.now() - begin >= 299);
    const errors = frames.filter(frame => frame.type === 'error').map(frame => [frame.context_id, frame.error_code]);
    assert.deepEqual(errors, [
      ['b', 'concurrency_limited'],
      ['c', 'voice_not_found'],
    ]);
    await framesUntil(socket, frame => frame.done === true);
    assert.ok(performance.now() - begin >= 1000);
  });

  it('breaks connections as told, and the program gets over it', async t => {
    const serving = await serve(t, ['--fault', 'drop@1x1', '--fault', 'upgrade-status:503x1']);
    const [local, served] = await Promise.all([
      say('whole.wav', ['--provider', 'local']),
      say('mended.wav', ['--provider', 'cartesia', '--base-url', serving.url]),
    ]);
    assert.deepEqual(served, local);
  });
});
