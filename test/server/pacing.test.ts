/** Slow and vanishing clients, idle sockets, and how sockets are closed (protocol §4.6, §7.3, V35–V37; FAULTS V1, V2). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import { createSpeechServer } from '../../src/server/local-server.ts';
import type { ContextRecord, ServerOptions } from '../../src/server/options.ts';
import type { Synthesizer } from '../../src/speech.ts';
import { manualClock } from '../support/clock.ts';
import { audioOf, dial, generation, listen, refused } from '../support/plain-client.ts';
import { echo, recorded } from '../support/scripted-synthesizer.ts';

function serve(t: TestContext, synthesizer: Synthesizer, options: ServerOptions = {}) {
  const server = createSpeechServer(synthesizer, options);
  t.after(() => server.close());
  return server;
}

/** Audio without end, and how much of it was asked for. */
function fountain() {
  const chunk = new Uint8Array(16 * 1024);
  const state = { bytes: 0 };
  const synthesizer = recorded(async function* (_transcript, _request, signal) {
    for (;;) {
      signal.throwIfAborted();
      state.bytes += chunk.length;
      yield { type: 'audio', chunk };
    }
  });
  return { state, synthesizer };
}

const turn = () => new Promise<void>(resolve => setImmediate(resolve));

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}

describe('pacing', () => {
  it('V35: five minutes without a generation close the socket, pings notwithstanding', async t => {
    const clock = manualClock();
    const client = await dial(serve(t, echo(), { clock }));
    await clock.advance(200_000);
    client.send(generation('c', 'Hello'));
    await client.end('c');
    for (let i = 0; i < 2; i++) {
      await clock.advance(149_000);
      client.socket.ping();
      await once(client.socket, 'pong');
      client.send({ context_id: 'x', cancel: true });
    }
    await client.settle();
    await clock.advance(1999);
    await client.settle();
    await clock.advance(1);
    assert.deepEqual(await client.closed, { code: 1000, reason: 'connection idle timeout' });
  });

  it('V35: the time can be changed and switched off', async t => {
    const clock = manualClock();
    const short = await dial(serve(t, echo(), { clock, idleMs: 10 }));
    const never = await dial(serve(t, echo(), { clock, idleMs: 0 }));
    await clock.advance(10);
    assert.equal((await short.closed).code, 1000);
    await clock.advance(3_600_000);
    await never.settle();
  });

  it('V35: a socket that still speaks is not idle', async t => {
    const clock = manualClock();
    let next = () => {};
    const slow = recorded(async function* () {
      for (;;) {
        yield { type: 'audio', chunk: new Uint8Array(2) };
        await new Promise<void>(resolve => {
          next = resolve;
        });
      }
    });
    const client = await dial(serve(t, slow, { clock }));
    client.send(generation('c', 'Hello'));
    for (let i = 1; i < 5; i++) {
      await client.until(() => client.frames.length === i);
      await clock.advance(299_000);
      next();
    }
    await client.settle();
  });

  for (const inside of [true, false]) {
    it(`V36: a client that vanishes frees its contexts and stops the work (${inside ? 'inside' : 'TCP'})`, async t => {
      const { synthesizer } = fountain();
      const records: ContextRecord[] = [];
      let written = () => {};
      const all = new Promise<void>(resolve => {
        written = resolve;
      });
      const server = serve(t, synthesizer, {
        concurrency: 2,
        onLog(record) {
          records.push(record);
          if (records.length === 2) written();
        },
      });
      const how = inside ? {} : { port: await listen(server) };
      const client = await dial(server, how);
      client.send(generation('a', 'a', { continue: true }));
      client.send(generation('b', 'b'));
      await client.until(frame => frame.context_id === 'b');
      client.socket.terminate();
      await all;
      await turns(3);
      assert.deepEqual(
        records.map(record => record.outcome),
        ['disconnected', 'disconnected'],
      );
      for (const call of synthesizer.calls) assert.notEqual(call.ending, undefined);
      const other = await dial(server, how);
      other.send(generation('c', 'c'));
      await other.until(frame => frame.type === 'chunk');
      other.socket.terminate();
    });
  }

  it('V37: no more audio is asked for than a slow reader takes', async t => {
    const { state, synthesizer } = fountain();
    const client = await dial(serve(t, synthesizer));
    client.socket.pause();
    client.send(generation('a', 'a'));
    client.send(generation('b', 'b'));
    await turns(500);
    const waiting = state.bytes;
    assert.ok(waiting < 2 * 1024 * 1024, `${waiting} bytes`);
    await turns(500);
    assert.equal(state.bytes, waiting);
    client.socket.resume();
    await client.until(() => client.frames.length > 200);
    assert.ok(state.bytes > waiting, 'it goes on');
    client.socket.terminate();
  });

  it('V37: over TCP as well, and a cancel is heard while audio waits', async t => {
    const { state, synthesizer } = fountain();
    const server = serve(t, synthesizer);
    const client = await dial(server, { port: await listen(server) });
    client.socket.pause();
    client.send(generation('a', 'a'));
    let before = -1;
    // The network's own buffers fill first: until nothing moves between two looks.
    while (state.bytes !== before || state.bytes === 0) {
      before = state.bytes;
      await turns(2000);
    }
    assert.ok(state.bytes < 64 * 1024 * 1024, `${state.bytes} bytes`);
    client.send({ context_id: 'a', cancel: true });
    client.socket.resume();
    await client.settle();
    const { length } = client.frames;
    await turns(100);
    assert.equal(client.frames.length, length);
  });

  it('a fast synthesizer leaves room for incoming messages', async t => {
    const { synthesizer } = fountain();
    const client = await dial(serve(t, synthesizer, { limits: { bufferedBytes: Number.POSITIVE_INFINITY } }));
    client.send(generation('a', 'a'));
    await client.until(frame => frame.type === 'chunk');
    client.send({ context_id: 'a', cancel: true });
    await client.settle();
  });

  it('text is not read faster than it is spoken, and all of it is', async t => {
    const clock = manualClock();
    let go = () => {};
    const gate = new Promise<void>(resolve => {
      go = resolve;
    });
    // One byte for each character: the audio is as long as the text.
    const synthesizer = recorded(async function* (transcript) {
      await gate;
      for await (const piece of transcript) {
        if (typeof piece === 'string') yield { type: 'audio', chunk: new Uint8Array(piece.length) };
      }
    });
    const server = serve(t, synthesizer, { clock, limits: { waitingChars: 10_000 } });
    const client = await dial(server);
    const format = { output_format: { container: 'raw', encoding: 'pcm_mulaw', sample_rate: 8000 } };
    const text = 'Nobody is listening yet. '.repeat(40);
    for (let i = 0; i < 1500; i++) client.send(generation('c', text, { continue: true, ...format }));
    client.send(generation('c', '', { continue: false }));
    await turns(200);
    assert.ok(client.socket.bufferedAmount > 1_000_000, `${client.socket.bufferedAmount} bytes were kept back`);
    go();
    const frames = await client.end('c');
    assert.equal(audioOf(frames, 'c').length, text.length * 1500);
  });

  it('a client that asks for nothing but errors, and reads none, is not read either', async t => {
    const client = await dial(serve(t, echo()));
    client.socket.pause();
    const nonsense = 'x'.repeat(1000);
    for (let i = 0; i < 4000; i++) client.send(nonsense);
    await turns(500);
    assert.ok(client.socket.bufferedAmount > 1_000_000, `${client.socket.bufferedAmount} bytes were kept back`);
    client.socket.resume();
    await client.until(() => client.frames.length === 4000);
  });

  it('a frame above the limit closes with 1009', async t => {
    const client = await dial(serve(t, echo()));
    client.send('x'.repeat(1024 * 1024 + 1));
    assert.equal((await client.closed).code, 1009);
  });

  it('shutting down closes with 1001 and stops the work', async t => {
    const { synthesizer } = fountain();
    const server = serve(t, synthesizer);
    const clients = [await dial(server), await dial(server, { port: await listen(server) })];
    for (const client of clients) client.send(generation('a', 'a'));
    for (const client of clients) await client.until(frame => frame.type === 'chunk');
    await server.close();
    for (const client of clients)
      assert.deepEqual(await client.closed, { code: 1001, reason: 'the server is shutting down' });
    for (const call of synthesizer.calls) assert.equal(call.signal.aborted, true);
    assert.equal((await refused(server)).status, 503);
  });

  it('a client that does not answer the close is cut off', async t => {
    const clock = manualClock();
    const server = serve(t, echo(), { clock });
    const client = await dial(server);
    client.socket.pause();
    const closed = server.close();
    await clock.advance(1000);
    await closed;
    client.socket.resume();
    await client.closed;
  });

  it('a fault of our own ends every context with 500 and the socket with 1011, others go on', async t => {
    let broken = false;
    const voices = {
      resolve(id: string) {
        if (broken) throw new TypeError('a bug');
        return id;
      },
    };
    const server = serve(t, echo(), { voices });
    const client = await dial(server);
    const other = await dial(server);
    for (const id of ['a', 'b']) client.send(generation(id, 'Hel', { continue: true }));
    other.send(generation('o', 'Hel', { continue: true }));
    await client.settle();
    broken = true;
    client.send(generation('c', 'c'));
    assert.equal((await client.closed).code, 1011);
    assert.deepEqual(
      client.frames.map(frame => [frame.type, frame.status_code, frame.context_id]),
      ['c', 'a', 'b'].map(id => ['error', 500, id]),
    );
    other.send(generation('o', 'lo'));
    assert.equal((await other.end('o')).at(-1)?.type, 'done');
  });
});
