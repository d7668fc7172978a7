/** Faults happen where and as often as asked (V38). */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Failure } from '../../src/errors.ts';
import { FAULTS, type FaultKind, parseFault } from '../../src/server/faults.ts';
import { createSpeechServer } from '../../src/server/local-server.ts';
import { dial, type Frame, generation, refused } from '../support/plain-client.ts';
import { echo } from '../support/scripted-synthesizer.ts';

async function serve(t: TestContext, ...faults: string[]) {
  const server = createSpeechServer(echo(), { faults: faults.map(parseFault), limits: { chunkBytes: 160 } });
  t.after(() => server.close());
  return server;
}

/** Frames by number, counted from 1. */
function speak(client: { send(message: unknown): void }): void {
  client.send(generation('c', 'Hello'));
}

describe('faults', () => {
  it('are read as they are written in help', () => {
    assert.deepEqual(parseFault('drop@3'), { kind: 'drop', value: 0, frame: 3 });
    assert.deepEqual(parseFault('error=429@2x1'), { kind: 'error', value: 429, frame: 2, times: 1 });
    assert.deepEqual(parseFault('refuse'), { kind: 'refuse', value: 503, frame: 1 });
    assert.deepEqual(parseFault('close=4429'), { kind: 'close', value: 4429, frame: 1 });
    for (const kind of Object.keys(FAULTS) as FaultKind[]) assert.equal(parseFault(kind).kind, kind);
    for (const text of ['', 'x', 'drop@', 'error=200', 'close=1005', 'close=5000', 'toString', 'drop@1@2']) {
      assert.throws(
        () => parseFault(text),
        (error: unknown) => error instanceof Failure && error.kind === 'usage',
        text,
      );
    }
  });

  it('V38: drop breaks the connection in place of a frame', async t => {
    const client = await dial(await serve(t, 'drop@3'));
    speak(client);
    assert.equal((await client.closed).code, 1006);
    assert.equal(client.frames.length, 2);
  });

  it('V38: close ends it with the code given', async t => {
    const client = await dial(await serve(t, 'close=1012@2'));
    speak(client);
    assert.equal((await client.closed).code, 1012);
    assert.equal(client.frames.length, 1);
  });

  it('V38: error ends the context, not the socket', async t => {
    const client = await dial(await serve(t, 'error=429@2'));
    speak(client);
    const frames = await client.end('c');
    assert.deepEqual(
      frames.map(frame => frame.type),
      ['chunk', 'error'],
    );
    assert.equal(frames.at(-1)?.status_code, 429);
    client.send(generation('d', 'a'));
    assert.equal((await client.end('d')).at(-1)?.type, 'done');
  });

  it('V38: stall sends nothing more and lets go when the client does', async t => {
    const synthesizer = echo();
    const server = createSpeechServer(synthesizer, { faults: [parseFault('stall')] });
    t.after(() => server.close());
    const client = await dial(server);
    speak(client);
    await new Promise(resolve => client.socket.ping(resolve));
    await new Promise(resolve => client.socket.once('pong', resolve));
    assert.deepEqual(client.frames, []);
    client.socket.terminate();
    await client.closed;
    await server.close();
    await new Promise<void>(resolve => setImmediate(resolve));
    assert.notEqual(synthesizer.calls[0]?.ending, undefined);
  });

  it('V38: split cuts a chunk inside a sample and loses nothing', async t => {
    const whole = await dial(await serve(t));
    const split = await dial(await serve(t, 'split@2'));
    speak(whole);
    speak(split);
    const [expected, frames] = [await whole.end('c'), await split.end('c')];
    assert.equal(frames.length, expected.length + 1);
    assert.deepEqual(bytesOf(frames), bytesOf(expected));
    assert.ok(
      frames.some(frame => Buffer.from(String(frame.data ?? ''), 'base64').length % 2 === 1),
      'it is cut',
    );
  });

  it('V38: unknown adds members and a message of its own', async t => {
    const server = await serve(t, 'unknown');
    const { socket } = await dial(server);
    const kinds: unknown[] = [];
    socket.removeAllListeners('message');
    const done = new Promise<void>(resolve => {
      socket.on('message', data => {
        const frame = JSON.parse(String(data));
        kinds.push([frame.type, frame.colour]);
        if (frame.done) resolve();
      });
    });
    socket.send(JSON.stringify(generation('c', 'a')));
    await done;
    assert.deepEqual(kinds, [
      ['weather', undefined],
      ['chunk', 'blue'],
      ['done', undefined],
    ]);
  });

  it('V38: a fault that is to happen once happens on one socket only', async t => {
    const server = await serve(t, 'refuse=429x1', 'drop@2x1');
    assert.equal((await refused(server)).status, 429);
    const first = await dial(server);
    speak(first);
    assert.equal((await first.closed).code, 1006);
    const second = await dial(server);
    speak(second);
    assert.equal((await second.end('c')).at(-1)?.type, 'done');
  });
});

function bytesOf(frames: readonly Frame[]): Buffer {
  return Buffer.concat(frames.map(frame => Buffer.from(String(frame.data ?? ''), 'base64')));
}
