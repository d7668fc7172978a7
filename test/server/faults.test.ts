/** Faults happen where and as often as asked, by whoever asks (V38). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import { Failure } from '../../src/errors.ts';
import { FAULTS, type FaultName, parseFault } from '../../src/server/faults.ts';
import { createSpeechServer } from '../../src/server/local-server.ts';
import type { ServerOptions } from '../../src/server/options.ts';
import { manualClock } from '../support/clock.ts';
import { failsWith } from '../support/folder.ts';
import { audioOf, type DialOptions, dial, type Frame, generation, kindsOf, refused } from '../support/plain-client.ts';
import { echo } from '../support/scripted-synthesizer.ts';

function serve(t: TestContext, faults: readonly string[] = [], options: ServerOptions = {}) {
  const server = createSpeechServer(echo(), {
    faults: faults.map(parseFault),
    limits: { chunkBytes: 160 },
    ...options,
  });
  t.after(() => server.close());
  return server;
}

/** Five chunks and the end of the context: six frames. */
function speak(client: { send(message: unknown): void }, id = 'c'): void {
  client.send(generation(id, 'Hello'));
}

/** A socket whose frames are kept as they come, whatever they are. */
async function dialRaw(server: ReturnType<typeof serve>, options: DialOptions = {}) {
  const client = await dial(server, options);
  const texts: string[] = [];
  client.socket.removeAllListeners('message');
  client.socket.on('message', data => texts.push(String(data)));
  return { ...client, texts };
}

/** Waits until the server has read and answered everything so far. */
async function answered(socket: { ping(callback: () => void): void; once(name: 'pong', hear: () => void): unknown }) {
  const pong = new Promise<void>(resolve => socket.once('pong', resolve));
  socket.ping(() => {});
  await pong;
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise<void>(resolve => setImmediate(resolve));
}

describe('faults are written', () => {
  it('as help says', () => {
    assert.deepEqual(parseFault('drop@3'), { name: 'drop', value: 0, frame: 3 });
    assert.deepEqual(parseFault('error-mid-stream:429@2x1'), {
      name: 'error-mid-stream',
      value: 429,
      frame: 2,
      times: 1,
    });
    assert.deepEqual(parseFault('upgrade-status'), { name: 'upgrade-status', value: 503, frame: 1 });
    assert.deepEqual(parseFault('upgrade-status:401x2'), { name: 'upgrade-status', value: 401, frame: 1, times: 2 });
    assert.deepEqual(parseFault('close:4429'), { name: 'close', value: 4429, frame: 2 });
    assert.deepEqual(parseFault('rate-limitx2'), { name: 'rate-limit', value: 0, frame: 1, times: 2 });
    assert.deepEqual(parseFault('truncated-base64@4'), { name: 'truncated-base64', value: 0, frame: 4 });
    assert.deepEqual(parseFault('truncated-base64x4'), { name: 'truncated-base64', value: 0, frame: 1, times: 4 });
    for (const name of Object.keys(FAULTS) as FaultName[]) assert.equal(parseFault(name).name, name);
  });

  it('in no other way', () => {
    const wrong = [
      '',
      'x',
      'drop@5x0',
      'drop@x',
      'dropx',
      'dorp',
      'drop@',
      'drop:3',
      'error-mid-stream:200',
      'close:1005',
      'close:5000',
      'close:2000',
    ];
    for (const text of [...wrong, 'toString', 'drop@1@2', 'slow-upgrade@2', 'slow-upgrade:999999', 'close=1000']) {
      assert.throws(
        () => parseFault(text),
        (error: unknown) => error instanceof Failure && error.kind === 'usage' && error.hint !== undefined,
        text,
      );
    }
  });
});

describe('a fault written wrong', () => {
  const says = (text: string, message: RegExp) => assert.throws(() => parseFault(text), failsWith('usage', message));

  it('is told what is wrong: the name, a number, or that it would never happen', () => {
    for (const text of ['drop@x', 'drop@', 'drop@-1', 'dropx', 'dropx1.5', 'close:99999999', 'error-mid-stream:4x4x4'])
      says(text, /^a number in ".*" is wrong$/);
    for (const text of ['dorp', 'dropping', 'drops@2', 'toString']) says(text, /^there is no fault "/);
    says('drop@5x0', /^drop with x0 would never happen$/);
  });
});

describe('V38: at the upgrade', () => {
  it('upgrade-status refuses with the status given, as often as given', async t => {
    const server = serve(t, ['upgrade-status:429x1']);
    assert.equal((await refused(server)).status, 429);
    await dial(server);
  });

  it('slow-upgrade answers late', async t => {
    const clock = manualClock();
    const server = serve(t, ['slow-upgrade:5000'], { clock });
    const upgraded = dial(server);
    let isOpen = false;
    void upgraded.then(() => {
      isOpen = true;
    });
    await until(() => clock.pending > 0);
    await clock.advance(4999);
    await new Promise(resolve => setImmediate(resolve));
    assert.equal(isOpen, false);
    await clock.advance(1);
    await upgraded;
  });

  it('a server that closes does not wait for upgrades that are late', async t => {
    const server = serve(t, ['slow-upgrade:600000']);
    const stream = server.connect();
    const ended = once(stream, 'end');
    stream.write(
      'GET /tts/websocket?cartesia_version=2026-03-01 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n' +
        'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n',
    );
    await once(server.httpServer, 'upgrade');
    stream.resume();
    await server.close();
    await ended;
  });
});

describe('V38: on a socket', () => {
  it('drop breaks the connection in place of a frame', async t => {
    const client = await dial(serve(t, ['drop@3']));
    speak(client);
    assert.equal((await client.closed).code, 1006);
    assert.equal(client.frames.length, 2);
  });

  it('close ends it with the code given', async t => {
    const client = await dial(serve(t, ['close:1012']));
    speak(client);
    assert.equal((await client.closed).code, 1012);
    assert.equal(client.frames.length, 1);
  });

  it('error-mid-stream ends the context, not the socket', async t => {
    const client = await dial(serve(t, ['error-mid-stream:502']));
    speak(client);
    const frames = await client.end('c');
    assert.deepEqual(
      frames.map(frame => frame.type),
      ['chunk', 'error'],
    );
    assert.equal(frames.at(-1)?.status_code, 502);
    speak(client, 'd');
    assert.equal((await client.end('d')).at(-1)?.type, 'done');
  });

  it('rate-limit refuses every context in place of its first frame, or as many as given', async t => {
    const server = serve(t, ['rate-limitx3']);
    const client = await dial(server);
    for (const id of ['a', 'b', 'c']) speak(client, id);
    for (const id of ['a', 'b', 'c']) await client.end(id);
    for (const frame of client.frames) {
      assert.deepEqual([frame.type, frame.status_code, frame.error_code], ['error', 429, 'concurrency_limited']);
    }
    speak(client, 'd');
    assert.equal((await client.end('d')).at(-1)?.type, 'done');
  });

  it('stall sends nothing more and lets go when the client does', async t => {
    const synthesizer = echo();
    const server = createSpeechServer(synthesizer, { faults: [parseFault('stall@1')] });
    t.after(() => server.close());
    const client = await dial(server);
    speak(client);
    await answered(client.socket);
    assert.deepEqual(client.frames, []);
    client.socket.terminate();
    await client.closed;
    await server.close();
    await until(() => synthesizer.calls[0]?.ending !== undefined);
  });

  it('bad-json sends half a frame', async t => {
    const client = await dialRaw(serve(t, ['bad-json']));
    speak(client);
    await until(() => client.texts.length === 6);
    const broken = client.texts.filter(text => !isJson(text));
    assert.equal(broken.length, 1);
    assert.equal(client.texts.indexOf(broken[0] ?? ''), 1);
  });

  it('truncated-base64 cuts audio where no base64 ends', async t => {
    const client = await dialRaw(serve(t, ['truncated-base64']));
    speak(client);
    await until(() => client.texts.length === 6);
    const data = client.texts.map(text => (JSON.parse(text) as Frame).data as string | undefined);
    assert.deepEqual(
      data.slice(0, 5).map(text => (text?.length ?? 0) % 4),
      [1, 0, 0, 0, 0],
    );
  });

  it('odd-chunks cuts every chunk inside a sample and loses nothing', async t => {
    const whole = await dial(serve(t));
    const split = await dial(serve(t, ['odd-chunks']));
    speak(whole);
    speak(split);
    const [expected, frames] = [await whole.end('c'), await split.end('c')];
    assert.equal(frames.length, 2 * expected.length - 1);
    assert.deepEqual(audioOf(frames, 'c'), audioOf(expected, 'c'));
    const lengths = frames.slice(0, -1).map(frame => Buffer.from(String(frame.data), 'base64').length);
    assert.ok(lengths.every(length => length % 2 === 1));
  });

  it('unknown-type adds members and a message of its own', async t => {
    const client = await dialRaw(serve(t, ['unknown-type']));
    speak(client);
    await until(() => client.texts.length === 7);
    const kinds = client.texts.map(text => JSON.parse(text) as Frame).map(({ type, colour }) => [type, colour]);
    assert.deepEqual(kinds.slice(0, 3), [
      ['weather', undefined],
      ['chunk', 'blue'],
      ['chunk', undefined],
    ]);
  });

  it('no-done leaves out the end of every context', async t => {
    const client = await dial(serve(t, ['no-done']));
    for (const id of ['c', 'd']) {
      speak(client, id);
      await until(() => client.frames.filter(frame => frame.context_id === id).length === 5);
      await answered(client.socket);
      assert.deepEqual(kindsOf(client.frames, id), ['chunk']);
    }
  });

  it('done-twice says the end of every context twice', async t => {
    const client = await dial(serve(t, ['done-twice']));
    for (const id of ['c', 'd']) {
      speak(client, id);
      await until(() => client.frames.filter(frame => frame.context_id === id).length === 7);
      assert.deepEqual(
        client.frames.slice(-2).map(frame => [frame.type, frame.context_id]),
        [
          ['done', id],
          ['done', id],
        ],
      );
    }
  });

  it('late-frames-after-cancel goes on with what was cancelled, and with nothing else', async t => {
    const client = await dial(serve(t, ['late-frames-after-cancel']));
    client.send(generation('c', 'Hello. ', { continue: true }));
    await client.until(frame => frame.type === 'chunk');
    await answered(client.socket);
    const before = client.frames.length;
    client.send({ context_id: 'nobody', cancel: true });
    client.send({ context_id: 'c', cancel: true });
    client.send({ context_id: 'c', cancel: true });
    await answered(client.socket);
    assert.deepEqual(
      client.frames.slice(before).map(frame => [frame.type, frame.context_id]),
      Array.from({ length: 3 }, () => ['chunk', 'c']),
    );
  });
});

describe('V38: faults are asked for', () => {
  it('once in all, on whichever socket comes first', async t => {
    const server = serve(t, ['drop@2x1']);
    const first = await dial(server);
    speak(first);
    assert.equal((await first.closed).code, 1006);
    const second = await dial(server);
    speak(second);
    assert.equal((await second.end('c')).at(-1)?.type, 'done');
  });

  it('by one client for its own connection, beside those of the server', async t => {
    const server = serve(t, ['done-twice']);
    const own = await dial(server, { query: 'fault=odd-chunks&fault=drop@7' });
    const other = await dial(server);
    speak(own);
    speak(other);
    await until(() => other.frames.length === 7);
    await until(() => own.frames.length === 12);
    speak(own, 'd');
    assert.equal((await own.closed).code, 1006);
    assert.equal((await refused(server, { query: 'fault=upgrade-status:418' })).status, 418);
    assert.equal((await refused(server, { query: 'fault=nonsense' })).status, 400);
    assert.equal((await refused(server, { query: 'fault=upgrade-status:200' })).status, 400);
  });

  it("on SLNG's route too", async t => {
    const server = serve(t, ['done-twice', 'odd-chunks'], { models: ['sonic-3'] });
    const client = await dialRaw(server, { path: '/v1/tts/cartesia/sonic:3', version: null });
    client.send({ type: 'init', model_id: 'sonic-3', voice: 'a', encoding: 'linear16', sample_rate: 8000 });
    client.send({ type: 'text', text: 'Hello' });
    await until(() => client.texts.length === 12);
    const kinds = client.texts.map(text => (JSON.parse(text) as Frame).type);
    assert.deepEqual(kinds.slice(-2), ['audio_end', 'audio_end']);
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
