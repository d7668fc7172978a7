import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Failure } from '../../src/errors.ts';
import { cartesia } from '../../src/protocol/cartesia.ts';
import type { SpeechEvent } from '../../src/speech.ts';
import { createSession } from '../../src/wire/session.ts';
import type { Socket } from '../../src/wire/socket.ts';
import { type ManualClock, manualClock } from '../support/clock.ts';
import { collect, from } from '../support/collect.ts';
import { acceptance, frames, type Peer, rawServer, scriptedServer, whole } from '../support/scripted-server.ts';
import {
  audioOf,
  CANARY,
  calm,
  iterate,
  open,
  outcome,
  REQUEST,
  type SessionSetup,
  sessionWith,
} from '../support/wire.ts';

const SAMPLES = Buffer.from('0123456789');

/** Opens sockets, and tells when one is paused by us for longer than the moment in which a quick taker would be back. */
function pausable(url: URL, clock: ManualClock) {
  let pauses = 0;
  let paused = () => {};
  const pausing = new Promise<void>(resolve => (paused = resolve));
  const dial = async (signal: AbortSignal) => {
    const socket = await open(url, {}, signal);
    const pause = () => {
      socket.pause();
      pauses++;
      if (pauses === 1) void clock.advance(100);
      else paused();
    };
    return Object.create(socket, { pause: { value: pause } }) as Socket;
  };
  return { dial, pausing };
}

/** One utterance against a server that answers the whole text with `reply`. */
async function speak(reply: (id: string, peer: Peer) => unknown, setup: SessionSetup = {}, text = 'hello') {
  await using server = await scriptedServer({ serve: whole((id, _, peer) => reply(id, peer)), requestId: 'up-1' });
  const session = sessionWith(server.url, setup);
  const { items, error } = await outcome(session.synthesize(from(text), REQUEST, calm()));
  await session.close();
  return { audio: audioOf(items), items, error, said: server.peers[0]?.said ?? [] };
}

function assertFailure(error: unknown, kind: string, retryable: boolean, message?: RegExp): asserts error is Failure {
  assert.ok(error instanceof Failure, String(error));
  assert.equal(error.kind, kind, error.message);
  assert.equal(error.retryable, retryable, error.message);
  if (message) assert.match(error.message, message);
}

/** A message as it goes over the wire. */
function bytesOf(message: object): Buffer {
  const payload = Buffer.from(JSON.stringify(message));
  return Buffer.concat([Buffer.of(0x81, 126, payload.length >> 8, payload.length & 255), payload]);
}

describe('how a context ends', () => {
  for (const code of [1000, 1001, 1005, 1006, 1011, 1012, 1013, 4429]) {
    it(`C27 E2: a close with ${code} before done is a failure, and may be tried again`, async () => {
      const end = (peer: Peer) =>
        code === 1006 ? peer.ws.terminate() : code === 1005 ? peer.ws.close() : peer.ws.close(code, 'because');
      const silent = await speak((_, peer) => end(peer));
      assertFailure(silent.error, code === 4429 ? 'quota' : 'network', true, new RegExp(`code ${code}`));
      const cut = await speak((id, peer) => {
        peer.send(frames.chunk(id, SAMPLES));
        end(peer);
      });
      assert.deepEqual(cut.audio, SAMPLES);
      assertFailure(cut.error, 'incomplete', true);
      assert.equal(cut.error.exitCode, 7);
    });
  }

  for (const code of [1002, 1003, 1007, 1008, 1009, 1010, 3000, 4000]) {
    it(`E2: after a close with ${code} nothing is tried again`, async () => {
      const { error } = await speak((_, peer) => peer.ws.close(code));
      assertFailure(error, 'network', false);
    });
  }

  it('E2: the reason of a close is shown without control characters and keys', async () => {
    const { error } = await speak((_, peer) => peer.ws.close(1011, `no \u001b[31m${CANARY}`));
    assertFailure(error, 'network', true, /code 1011, no \[31m\[secret\]/);
  });

  it('F1: no part of a secret is in what is said of a frame that is not JSON', async () => {
    for (let before = 0; before <= 600; before += 7) {
      const { error } = await speak((_, peer) => peer.send(`${'x'.repeat(before)}${CANARY} and so on`));
      assertFailure(error, 'service', true, /not JSON: x*(\[secret\]|…| and|\[s)/);
      assert.doesNotMatch(String(error), /sk_|x+s…/);
    }
  });

  it('F1: no part of a secret is in the number of a request, or in a code', async () => {
    for (const before of [80, 95, 190, 195]) {
      const echo = `${'x'.repeat(before)}${CANARY} and so on`;
      const { error } = await speak((id, peer) =>
        peer.send(frames.error(id, 500, { request_id: echo, error_code: echo })),
      );
      assert.doesNotMatch(JSON.stringify(error), /xs|sk_/);
    }
  });

  it('E2: a connection that breaks inside a frame is a failure', async () => {
    const { error, audio } = await speak((id, peer) => {
      peer.send(frames.chunk(id, SAMPLES));
      const socket = peer.request.socket;
      socket.end(Buffer.concat([Buffer.of(0x81, 126, 4, 0), Buffer.from('{"type":"done"')]));
    });
    assert.deepEqual(audio, SAMPLES);
    assertFailure(error, 'incomplete', true);
  });

  it('E3: done twice and audio after done are dropped', async () => {
    const { audio, error } = await speak((id, peer) => {
      peer.send(frames.chunk(id, SAMPLES));
      peer.send(frames.done(id));
      peer.send(frames.chunk(id, SAMPLES));
      peer.send(frames.done(id));
    });
    assert.equal(error, undefined);
    assert.deepEqual(audio, SAMPLES);
  });

  it('E3: a last chunk marked done ends the speech after a moment, and what follows it is not lost', async () => {
    const clock = manualClock();
    await using server = await scriptedServer();
    const session = sessionWith(server.url, { clock });
    const events = iterate(session.synthesize(from('x'), REQUEST, calm()));
    const first = events.next();
    const peer = await server.accept();
    const id = String((await peer.next()).context_id);
    await first;
    peer.send(frames.chunk(id, SAMPLES, { done: true }));
    await events.next();
    await clock.advance(900);
    peer.send(frames.chunk(id, SAMPLES, { done: true }));
    await events.next();
    await clock.advance(900);
    const end = events.next();
    await clock.advance(200);
    assert.deepEqual(await end, { done: true, value: undefined });
    await session.close();
  });

  it('E3: a last chunk marked done may be followed by the end of the socket', async () => {
    const { audio, error } = await speak((id, peer) => {
      peer.send(frames.chunk(id, SAMPLES, { done: true }));
      peer.ws.close(1000);
    });
    assert.equal(error, undefined);
    assert.deepEqual(audio, SAMPLES);
  });

  it('E3: a chunk marked done while text is still coming ends nothing', async () => {
    const clock = manualClock();
    await using server = await scriptedServer();
    const session = sessionWith(server.url, { clock });
    let finish = () => {};
    async function* text() {
      yield 'first';
      await new Promise<void>(resolve => (finish = resolve));
    }
    const events = iterate(session.synthesize(text(), REQUEST, calm()));
    await events.next();
    const peer = await server.accept();
    const id = String((await peer.next()).context_id);
    peer.send(frames.chunk(id, SAMPLES, { done: true }));
    await events.next();
    finish();
    await peer.next();
    await clock.advance(4000);
    peer.send(frames.chunk(id, Buffer.alloc(0)));
    peer.send(frames.chunk(id, SAMPLES));
    peer.send(frames.done(id));
    const rest = await collect(events);
    assert.deepEqual(
      rest.map(event => event.type === 'audio' && event.chunk.length),
      [SAMPLES.length],
      'a chunk without audio is no event',
    );
    await session.close();
  });

  it('E4: done with no audio for text is a failure', async () => {
    const { error } = await speak((id, peer) => {
      peer.send(frames.chunk(id, Buffer.alloc(0)));
      peer.send(frames.done(id));
    });
    assertFailure(error, 'incomplete', true, /no audio/);
  });

  it('E4: done with no audio for mark-up that no voice understands is a failure', async () => {
    const { error } = await speak((id, peer) => peer.send(frames.done(id)), {}, '<foo bar>');
    assertFailure(error, 'incomplete', true, /no audio/);
  });

  for (const text of ['…', ' ', '🙂', '<break time="1s"/>']) {
    it(`C23: done with no audio for ${JSON.stringify(text)} is a quiet end`, async () => {
      const { error, audio } = await speak((id, peer) => peer.send(frames.done(id)), {}, text);
      assert.equal(error, undefined);
      assert.equal(audio.length, 0);
    });
  }

  it('a service that is done before all text was sent has not spoken it', async () => {
    await using server = await scriptedServer();
    const session = sessionWith(server.url);
    let write = () => {};
    async function* text() {
      yield 'first half, ';
      await new Promise<void>(resolve => (write = resolve));
      yield 'second half';
    }
    const run = outcome(session.synthesize(text(), REQUEST, calm()));
    const peer = await server.accept();
    const id = String((await peer.next()).context_id);
    peer.send(frames.chunk(id, SAMPLES));
    peer.send(frames.done(id));
    assertFailure((await run).error, 'incomplete', true, /more to be said/);
    write();
    await session.close();
    assert.equal(peer.said.length, 1);
  });

  it('F8: audio that ends inside a sample is incomplete', async () => {
    const { error } = await speak((id, peer) => {
      peer.send(frames.chunk(id, SAMPLES.subarray(1)));
      peer.send(frames.done(id));
    });
    assertFailure(error, 'incomplete', false, /middle of a sample/);
  });

  it('C22 F6: audio that is not base64 fails its utterance, which is cancelled', async () => {
    const { error, said } = await speak((id, peer) => peer.send({ ...frames.chunk(id, SAMPLES), data: 'no base64!' }));
    assertFailure(error, 'service', true, /base64/);
    const [input, cancel] = said;
    assert.deepEqual(cancel, { context_id: input?.context_id, cancel: true });
  });

  it('C24 E5: a structured error fails its context only, and says everything it knows', async () => {
    await using server = await scriptedServer();
    const session = sessionWith(server.url);
    const runs = ['bad', 'good'].map(text => outcome(session.synthesize(from(text), REQUEST, calm())));
    const peer = await server.accept();
    const ids: Record<string, string> = {};
    for (let i = 0; i < 2; i++) {
      const { transcript, context_id } = await peer.next();
      ids[String(transcript)] = String(context_id);
    }
    const details = { title: 'No model', message: 'no such model', error_code: 'model_not_found', request_id: 'r-9' };
    peer.send(frames.error(ids.bad, 400, details));
    peer.send(frames.chunk(ids.good ?? '', SAMPLES));
    peer.send(frames.done(ids.good ?? ''));
    const [bad, good] = await Promise.all(runs);
    assertFailure(bad?.error, 'service', false, /^No model: no such model$/);
    assert.equal(bad.error.details.providerCode, 'model_not_found');
    assert.equal(bad.error.details.requestId, 'r-9');
    assert.equal(good?.error, undefined);
    assert.deepEqual(audioOf(good?.items ?? []), SAMPLES);
    await session.close();
    assert.ok(peer.said.every(message => message.cancel !== true));
  });

  it('C25: a legacy error is shown in full', async () => {
    const { error } = await speak((id, peer) =>
      peer.send({ type: 'error', done: true, status_code: 400, error: 'Invalid model: no such thing', context_id: id }),
    );
    assertFailure(error, 'service', false, /^Invalid model: no such thing$/);
  });

  it('C26 F1: an error without a context, or what is no JSON, fails all open contexts', async () => {
    for (const frame of [frames.error(undefined, 500), '{"type":', '{} garbage', Buffer.from('\u001b[0mno')]) {
      await using server = await scriptedServer();
      const session = sessionWith(server.url);
      const runs = ['a', 'b', 'c'].map(text => outcome(session.synthesize(from(text), REQUEST, calm())));
      const peer = await server.accept();
      for (let i = 0; i < 3; i++) await peer.next();
      if (Buffer.isBuffer(frame)) peer.ws.send(frame, { binary: false });
      else peer.send(frame);
      for (const { error } of await Promise.all(runs)) assertFailure(error, 'service', true);
      await session.close();
    }
  });

  it('E5: what a service says is bounded, stripped and without keys', async () => {
    const { error } = await speak((id, peer) =>
      peer.send(
        frames.error(id, 500, {
          title: `${'x'.repeat(480)}${CANARY}`,
          message: `\u001b]0;evil\u0007${CANARY} `.repeat(20_000),
          error_code: CANARY,
          request_id: `${CANARY.slice(0, 5)}\u0000${CANARY.slice(5)}`,
        }),
      ),
    );
    assertFailure(error, 'service', true);
    const all = JSON.stringify([error.message, error.details]);
    assert.ok(!all.includes(CANARY.slice(0, 10)), all);
    assert.ok(error.message.length <= 500);
    assert.ok(!all.includes('\\u00'), all);
  });

  it('E5: an error after audio lets the audio through first', async () => {
    const { audio, error } = await speak((id, peer) => {
      peer.send(frames.chunk(id, SAMPLES));
      peer.send(frames.error(id, 500));
    });
    assert.deepEqual(audio, SAMPLES);
    assertFailure(error, 'service', true);
  });

  it('F2 F3: odd JSON is ignored, and odd ways to write a chunk give the same audio', async () => {
    const data = SAMPLES.toString('base64');
    const { audio, error } = await speak((id, peer) => {
      for (const odd of ['null', '[]', '42', '"chunk"', '{}', '{"type":[]}']) peer.send(odd);
      peer.send(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
      peer.send(`{ "data" : "${data}" ,\n "context_id":"${id}", "type":"chunk", "done":false }`);
      peer.send(`{"type":"chunk","d\\u0061ta":"${data}","context_id":"${id}"}`);
      peer.send(`{"x":{"data":"AAAA"},"type":"chunk","data":"${data}","context_id":"${id}"}`);
      peer.send(`{"data":"AAAA","type":"chunk","data":"${data}","context_id":"${id}"}`);
      peer.send(`{"__proto__":{"data":"AAAA"},"type":"chunk","data":"${data}","context_id":"${id}"}`);
      peer.send(frames.done(id));
    });
    assert.equal(error, undefined);
    assert.deepEqual(audio, Buffer.concat([SAMPLES, SAMPLES, SAMPLES, SAMPLES, SAMPLES]));
  });
});

describe('silence', () => {
  /** A session whose clock stands still, and a context that has said all its text. */
  async function listening(text: AsyncIterable<string> = from('hello'), request = REQUEST) {
    const clock = manualClock();
    const server = await scriptedServer();
    const session = sessionWith(server.url, { clock, timeoutMs: 20_000 });
    const seen: SpeechEvent[] = [];
    const run = (async () => {
      for await (const event of session.synthesize(text, request, calm())) seen.push(event);
    })().then(
      () => undefined,
      (error: unknown) => error,
    );
    const peer = await server.accept();
    const id = String((await peer.next()).context_id);
    const arrived = async (count: number) => {
      while (seen.length < count) await new Promise(resolve => setImmediate(resolve));
    };
    const end = async () => {
      await session.close();
      await server[Symbol.asyncDispose]();
    };
    return { clock, run, peer, id, arrived, end };
  }

  it('C29 E1 E7: nothing for the limit fails the context within a second, and cancels it', async () => {
    const { clock, run, peer, id, end } = await listening();
    await clock.advance(19_999);
    assert.equal(peer.said.length, 1);
    await clock.advance(1);
    assertFailure(await run, 'network', true, /20 seconds/);
    assert.deepEqual(await peer.next(), { context_id: id, cancel: true });
    await end();
  });

  it('E7: a stall in the middle is incomplete', async () => {
    const { clock, run, peer, id, arrived, end } = await listening();
    await clock.advance(15_000);
    peer.send(frames.chunk(id, SAMPLES));
    await arrived(2);
    await clock.advance(15_000);
    peer.send(frames.words(id, ['a'], [0], [1]));
    await arrived(3);
    await clock.advance(19_999);
    await clock.advance(1);
    assertFailure(await run, 'incomplete', true);
    await end();
  });

  it('E11: a message that comes a byte at a time is no silence, until it comes no more', async () => {
    const { clock, run, peer, id, arrived, end } = await listening();
    const frame = bytesOf(frames.chunk(id, SAMPLES));
    const socket = peer.request.socket;
    const drip = async (bytes: Buffer) => {
      socket.write(bytes);
      // A ping could not come in between, so time is given to the loop instead.
      for (let i = 0; i < 20; i++) await new Promise(resolve => setImmediate(resolve));
    };
    for (const length of [10, 5]) {
      for (let at = 0; at < length; at++) {
        await drip(frame.subarray(at, at + 1));
        await clock.advance(15_000);
      }
      await drip(frame.subarray(length));
      await arrived(length === 10 ? 2 : 3);
    }
    await drip(frame.subarray(0, 3));
    await clock.advance(40_000);
    assertFailure(await run, 'incomplete', true, /20 seconds/);
    await end();
  });

  it('E7: pings are no sign that the service goes on speaking', async () => {
    const { clock, run, peer, end } = await listening();
    for (let i = 0; i < 4; i++) {
      const pong = new Promise(resolve => peer.ws.once('pong', resolve));
      peer.ws.ping('are you there');
      await pong;
      await clock.advance(5000);
    }
    assertFailure(await run, 'network', true);
    await end();
  });

  it('a stall of one context is seen while others are busy', async () => {
    const clock = manualClock();
    await using server = await scriptedServer();
    const session = sessionWith(server.url, { clock, timeoutMs: 20_000 });
    const stalled = outcome(session.synthesize(from('stalled'), REQUEST, calm()));
    const peer = await server.accept();
    await peer.next();
    const busy = iterate(session.synthesize(from('busy'), REQUEST, calm()));
    const context = await busy.next();
    const id = context.value?.contextId;
    // A part of the next message is always on its way, and it is not for the one that is stalled.
    const frame = bytesOf(frames.chunk(id, SAMPLES));
    const { socket } = peer.request;
    for (let i = 0; i < 5; i++) {
      socket.write(i === 0 ? frame : frame.subarray(10));
      socket.write(frame.subarray(0, 10));
      await busy.next();
      await clock.advance(4000);
    }
    assertFailure((await stalled).error, 'network', true);
    socket.write(frame.subarray(10));
    peer.send(frames.done(id));
    await busy.next();
    assert.equal((await busy.next()).done, true);
    await session.close();
  });

  it('O2: a pause of our own, because nobody takes what has come, is no silence', async () => {
    const clock = manualClock();
    const chunk = Buffer.alloc(1 << 20);
    await using server = await scriptedServer({
      serve: whole((id, _, peer) => {
        for (let i = 0; i < 40; i++) peer.send(frames.chunk(id, chunk));
        peer.send(frames.done(id));
      }),
    });
    const { dial, pausing } = pausable(server.url, clock);
    const session = createSession(cartesia, dial, { clock, timeoutMs: 20_000 });
    const events = iterate(session.synthesize(from('x'), REQUEST, calm()));
    await events.next();
    await pausing;
    await clock.advance(100_000);
    assert.equal(audioOf(await collect(events)).length, 40 * chunk.length);
    await session.close();
  });

  it('L2: speech that nobody takes, even when it is whole, does not hold up other speech for ever', async () => {
    const clock = manualClock();
    const chunk = Buffer.alloc(1 << 20);
    await using server = await scriptedServer({
      serve: async peer => {
        const ids: string[] = [];
        while (ids.length < 3) ids.push(String((await peer.next()).context_id));
        const [most = '', much = '', little = ''] = ids;
        for (let i = 0; i < 36; i++) peer.send(frames.chunk(most, chunk));
        peer.send(frames.done(most));
        for (let i = 0; i < 30; i++) peer.send(frames.chunk(much, chunk));
        for (const id of [much, little]) {
          peer.send(frames.chunk(id, SAMPLES));
          peer.send(frames.done(id));
        }
      },
    });
    const { dial, pausing } = pausable(server.url, clock);
    const session = createSession(cartesia, dial, { clock, timeoutMs: 20_000 });
    const speak = async () => {
      const events = iterate(session.synthesize(from('x'), REQUEST, calm()));
      await events.next();
      return events;
    };
    const [most, much, little] = [await speak(), await speak(), await speak()];
    await pausing;
    const rest = collect(little);
    await clock.advance(19_000);
    await clock.advance(21_000);
    assert.deepEqual(audioOf(await rest), SAMPLES);
    assertFailure((await outcome(most)).error, 'output', false, /nobody took the speech for 20 seconds/);
    assert.equal(audioOf(await collect(much)).length, 30 * chunk.length + SAMPLES.length);
    await session.close();
  });

  it('T5: a writer may pause as long as it likes once everything was spoken', async () => {
    let write: (text: string | undefined) => void = () => {};
    async function* text() {
      let next: string | undefined = 'Hello. ';
      while (next !== undefined) {
        yield next;
        next = await new Promise<string | undefined>(resolve => (write = resolve));
      }
    }
    const { clock, run, peer, id, arrived, end } = await listening(text());
    peer.send(frames.chunk(id, SAMPLES));
    await arrived(2);
    await clock.advance(600_000);
    write(' ');
    await peer.next();
    await clock.advance(600_000);
    write('Bye.');
    await peer.next();
    write(undefined);
    await peer.next();
    peer.send(frames.chunk(id, SAMPLES));
    peer.send(frames.done(id));
    assert.equal(await run, undefined);
    await end();
  });

  it('the buffering delay is added while text may still come', async () => {
    async function* text() {
      yield 'Hello';
      await new Promise(() => {});
    }
    const { clock, run, end } = await listening(text(), { ...REQUEST, maxBufferDelayMs: 5000 });
    let over = false;
    void run.then(() => (over = true));
    await clock.advance(24_999);
    assert.equal(over, false);
    await clock.advance(1);
    assertFailure(await run, 'network', true);
    await end();
  });

  it('L4: time in which this process slept is not silence', async () => {
    const clock = manualClock();
    // A clock that is found thirty seconds on when a timer fires, as after SIGSTOP.
    let slept = 0;
    const sleepy = {
      now: () => clock.now() + slept,
      after: (ms: number, callback: () => void) =>
        clock.after(ms, () => {
          if (slept === 0) slept = 30_000;
          callback();
        }),
    };
    await using server = await scriptedServer();
    const session = sessionWith(server.url, { clock: sleepy, timeoutMs: 20_000 });
    const run = outcome(session.synthesize(from('hello'), REQUEST, calm()));
    const peer = await server.accept();
    const id = String((await peer.next()).context_id);
    await clock.advance(20_000);
    peer.send(frames.chunk(id, SAMPLES));
    peer.send(frames.done(id));
    assert.equal((await run).error, undefined);
    await session.close();
  });

  it('E7: a service that stops reading is noticed', async () => {
    const clock = manualClock();
    await using deaf = await rawServer(socket => {
      socket.once('data', request => {
        socket.write(acceptance(request));
        socket.pause();
      });
    });
    const session = sessionWith(deaf.url, { clock, timeoutMs: 20_000 });
    // More than the buffers of the two ends hold.
    const run = outcome(session.synthesize(from('x'.repeat(20_000_000), 'end'), REQUEST, calm()));
    await session.ready();
    for (let i = 0; i < 50; i++) await new Promise(resolve => setImmediate(resolve));
    await clock.advance(23_000);
    assertFailure((await run).error, 'network', true);
    await session.close();
  });
});

describe('the order of things', () => {
  it('everything that came before the end can still be taken after it', async () => {
    await using server = await scriptedServer({
      serve: whole((id, _, peer) => {
        for (let i = 0; i < 5000; i++) peer.send(frames.chunk(id, Buffer.from([i & 255, i >> 8])));
        peer.send(frames.done(id));
        peer.ws.close(1000);
      }),
    });
    const session = sessionWith(server.url);
    const events = iterate(session.synthesize(from('x'), REQUEST, calm()));
    await events.next();
    await server.peers[0]?.closed;
    const audio = audioOf(await collect(events));
    assert.deepEqual(audio, Buffer.concat(Array.from({ length: 5000 }, (_, i) => Buffer.from([i & 255, i >> 8]))));
    await session.close();
  });
});
