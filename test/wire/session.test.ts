import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../../src/errors.ts';
import { cartesia } from '../../src/protocol/cartesia.ts';
import type { Piece, SpeechEvent } from '../../src/speech.ts';
import { createSession } from '../../src/wire/session.ts';
import { manualClock } from '../support/clock.ts';
import { collect, from } from '../support/collect.ts';
import { assertValid } from '../support/schemas.ts';
import { answer, frames, type Peer, type Said, scriptedServer, voiceOf, whole } from '../support/scripted-server.ts';
import { audioOf, calm, iterate, outcome, REQUEST, sessionWith } from '../support/wire.ts';

/** Speaks every text at once, in one chunk. */
const echo = whole((id, text, peer) => {
  peer.send(frames.chunk(id, voiceOf(text)));
  peer.send(frames.done(id));
});

const idOf = (message: Said) => String(message.context_id);

/** A transcript that is written while it is being read. */
function writer() {
  const queue: { piece?: Piece }[] = [];
  let wake = () => {};
  async function* read(): AsyncGenerator<Piece> {
    for (;;) {
      const next = queue.shift();
      if (next === undefined) await new Promise<void>(resolve => (wake = resolve));
      else if (next.piece === undefined) return;
      else yield next.piece;
    }
  }
  const put = (entry: { piece?: Piece }) => {
    queue.push(entry);
    wake();
  };
  return { transcript: read(), write: (piece: Piece) => put({ piece }), end: () => put({}) };
}

describe('a session', () => {
  it('C4: a refused key is asked about once, however many contexts there are', async () => {
    await using server = await scriptedServer({ upgrade: (_request, socket) => answer(socket, 401, 'no') });
    const session = sessionWith(server.url);
    for (let i = 0; i < 3; i++) {
      await assert.rejects(collect(session.synthesize(from('x'), REQUEST, calm())), { kind: 'auth' });
    }
    assert.equal(server.upgrades.length, 1);
    await session.close();
  });

  it('C1: many utterances go over one socket', async () => {
    await using server = await scriptedServer({ serve: echo });
    const session = sessionWith(server.url);
    for (const text of ['one', 'two', 'three']) {
      const events = await collect(session.synthesize(from(text), REQUEST, calm()));
      assert.deepEqual(audioOf(events), voiceOf(text));
    }
    const both = ['four', 'five'].map(text => collect(session.synthesize(from(text), REQUEST, calm())));
    await Promise.all(both);
    assert.equal(server.upgrades.length, 1);
    await session.close();
  });

  for (const [joinsChunks, sizes, how] of [
    [false, [8, 16, 24], 'as they came'],
    [true, [48], 'as one where that is wished'],
  ] as const) {
    it(`chunks that wait are taken ${how}`, async () => {
      const chunks = [Buffer.alloc(8, 'a'), Buffer.alloc(16, 'b'), Buffer.alloc(24, 'c')];
      await using server = await scriptedServer({
        serve: whole((id, _, peer) => {
          for (const chunk of chunks) peer.send(frames.chunk(id, chunk));
          peer.send(frames.done(id));
        }),
      });
      const session = sessionWith(server.url, { joinsChunks });
      const first = iterate(session.synthesize(from('one'), REQUEST, calm()));
      await first.next();
      // By the end of the second all of the first has come.
      await collect(session.synthesize(from('two'), REQUEST, calm()));
      const events = await collect(first);
      assert.deepEqual(audioOf(events), Buffer.concat(chunks));
      assert.deepEqual(
        events.map(event => (event.type === 'audio' ? event.chunk.length : event.type)),
        sizes,
      );
      await session.close();
    });
  }

  it('the socket is opened before anybody speaks', async () => {
    await using server = await scriptedServer({ serve: echo });
    const session = sessionWith(server.url);
    await session.ready();
    assert.equal(server.upgrades.length, 1);
    await session.close();
  });

  it('C7 C10: every input validates and repeats the same parameters', async () => {
    await using server = await scriptedServer({ serve: echo });
    const session = sessionWith(server.url);
    const request = {
      ...REQUEST,
      language: 'en',
      speed: 1.2,
      volume: 2,
      emotion: 'Happy',
      timestamps: ['word', 'phoneme'],
      normalizedTimestamps: false,
      pronunciationDict: 'dict',
      maxBufferDelayMs: 250,
    } as const;
    await collect(session.synthesize(from<Piece>('a', { flush: true }, 'b', 'c'), request, calm()));
    const said = server.peers[0]?.said ?? [];
    assert.equal(said.length, 4);
    for (const message of said) assertValid('cartesia.client.generation-request.json', message);
    const rest = said.map(({ transcript, continue: _, flush, ...parameters }) => JSON.stringify(parameters));
    assert.equal(new Set(rest).size, 1);
    await session.close();
  });

  it('C9: every utterance has an id of its own', async () => {
    await using server = await scriptedServer({ serve: echo });
    const session = sessionWith(server.url);
    const ids = new Set<string>();
    for (let i = 0; i < 20; i++) {
      const [first] = await collect(session.synthesize(from('x'), REQUEST, calm()));
      assert.ok(first?.type === 'context' && /^[0-9a-f-]{36}$/.test(first.contextId));
      ids.add(first.contextId);
    }
    assert.equal(ids.size, 20);
    assert.deepEqual(new Set(server.peers[0]?.said.map(idOf)), ids);
    await session.close();
  });

  it('the context comes first, with the request id of the upgrade', async () => {
    await using server = await scriptedServer({ serve: echo, requestId: 'req-7' });
    const session = sessionWith(server.url, { makeContextId: () => 'mine' });
    const [first] = await collect(session.synthesize(from('x'), REQUEST, calm()));
    assert.deepEqual(first, { type: 'context', contextId: 'mine', requestId: 'req-7' });
    await session.close();
  });

  it('C11 C12: pieces go out verbatim and the last input, and no other, ends the context', async () => {
    await using server = await scriptedServer({ serve: echo });
    const session = sessionWith(server.url);
    const pieces = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constant(''), fc.constant(' ')));
    await fc.assert(
      fc.asyncProperty(pieces, async texts => {
        const text = texts.map(piece => Buffer.from(piece).toString());
        const before = server.peers[0]?.said.length ?? 0;
        await outcome(session.synthesize(from(...text), REQUEST, calm()));
        const said = server.peers[0]?.said.slice(before) ?? [];
        assert.equal(said.map(message => message.transcript).join(''), text.join(''));
        const continues = said.map(message => message.continue);
        assert.deepEqual(
          continues,
          continues.map((_, i) => i < said.length - 1),
        );
        assert.ok(said.every((message, i) => message.transcript !== '' || i === said.length - 1));
      }),
      { numRuns: 50 },
    );
    await session.close();
  });

  it('one piece is one input that ends the context', async () => {
    await using server = await scriptedServer({ serve: echo });
    const session = sessionWith(server.url);
    await collect(session.synthesize(from('', 'all of it', ''), REQUEST, calm()));
    assert.deepEqual(
      server.peers[0]?.said.map(({ transcript, continue: more }) => [transcript, more]),
      [['all of it', false]],
    );
    await session.close();
  });

  it('a piece is sent when the next one is not there yet, and the end is an empty input', async () => {
    await using server = await scriptedServer();
    const session = sessionWith(server.url);
    const text = writer();
    const events = collect(session.synthesize(text.transcript, REQUEST, calm()));
    const peer = await server.accept();
    text.write('Hello ');
    const first = await peer.next();
    text.write('world.');
    const second = await peer.next();
    text.end();
    const third = await peer.next();
    assert.deepEqual(
      [first, second, third].map(message => [message.transcript, message.continue]),
      [
        ['Hello ', true],
        ['world.', true],
        ['', false],
      ],
    );
    peer.send(frames.chunk(idOf(first), Buffer.alloc(2)));
    peer.send(frames.done(idOf(first)));
    await events;
    await session.close();
  });

  it('a boundary is an empty input with flush, and there is none before text', async () => {
    await using server = await scriptedServer({ serve: echo });
    const session = sessionWith(server.url);
    const flush = { flush: true } as const;
    await collect(session.synthesize(from<Piece>(flush, 'a', flush, flush, 'b', flush), REQUEST, calm()));
    const said = server.peers[0]?.said.map(message => [message.transcript, message.continue, message.flush ?? false]);
    assert.deepEqual(said, [
      ['a', true, false],
      ['', true, true],
      ['', true, true],
      ['b', true, false],
      ['', true, true],
      ['', false, false],
    ]);
    await session.close();
  });

  it('no text is no context', async () => {
    await using server = await scriptedServer({ serve: echo });
    const session = sessionWith(server.url);
    await session.ready();
    assert.deepEqual(await collect(session.synthesize(from('', ''), REQUEST, calm())), []);
    assert.deepEqual(server.peers[0]?.said, []);
    await session.close();
  });

  it('C16 C18: interleaved contexts are told apart by id, and unknown ids are dropped', async () => {
    await using server = await scriptedServer();
    const session = sessionWith(server.url);
    const runs = ['a', 'b'].map(text => collect(session.synthesize(from(text), REQUEST, calm())));
    const peer = await server.accept();
    const ids = [idOf(await peer.next()), idOf(await peer.next())];
    for (const unknown of ['nobody', '__proto__', 'toString', 7, null]) {
      peer.send({ ...frames.chunk('x', Buffer.from('not yours')), context_id: unknown });
      peer.send({ ...frames.done('x'), context_id: unknown });
    }
    const { context_id: _, ...nameless } = frames.chunk('x', Buffer.from('not yours'));
    peer.send(nameless);
    for (let i = 0; i < 50; i++) for (const id of ids) peer.send(frames.chunk(id, Buffer.from(`${id}${i};`)));
    for (const id of ids) peer.send(frames.done(id));
    const results = await Promise.all(runs);
    const sounds = results.map(events => audioOf(events).toString());
    const wanted = ids.map(id => Array.from({ length: 50 }, (_, i) => `${id}${i};`).join(''));
    assert.deepEqual(new Set(sounds), new Set(wanted));
    await session.close();
  });

  it('C17 C19 C20 F4 F12 F14: flush ids, unasked flushes and unknown messages change nothing', async () => {
    await using server = await scriptedServer({
      serve: whole((id, text, peer) => {
        const [a, b] = [voiceOf(text).subarray(0, 2), voiceOf(text).subarray(2)];
        peer.send(frames.flushDone(id));
        peer.send({ type: 'news', context_id: id, done: true });
        peer.send({ context_id: id, data: 'AAAA' });
        peer.send({ ...frames.flushDone(id, 0), data: '', flush_id: null });
        peer.send(frames.chunk(id, a, { flush_id: null, step_time: -1 }));
        peer.send(Buffer.from('binary'));
        const { step_time: _, ...chunk } = frames.chunk(id, b, { flush_id: 9, status_code: 999, extra: {} });
        peer.send(chunk);
        peer.send(frames.flushDone(id));
        peer.send(frames.done(id));
      }),
    });
    const session = sessionWith(server.url);
    const events = await collect(session.synthesize(from('hello'), REQUEST, calm()));
    assert.deepEqual(audioOf(events), voiceOf('hello'));
    await session.close();
  });

  it('C21 F7: chunks may be cut inside a sample', async () => {
    await using server = await scriptedServer({
      serve: whole((id, text, peer) => {
        for (const byte of voiceOf(text)) peer.send(frames.chunk(id, Buffer.of(byte)));
        peer.send(frames.done(id));
      }),
    });
    const session = sessionWith(server.url);
    const events = await collect(session.synthesize(from('odd'), REQUEST, calm()));
    assert.deepEqual(audioOf(events), voiceOf('odd'));
    await session.close();
  });

  it('C33: times are passed on as they come, before or after their audio, or not at all', async () => {
    await using server = await scriptedServer({
      serve: whole((id, text, peer) => {
        peer.send(frames.words(id, ['a'], [0], [0.5]));
        peer.send(frames.chunk(id, voiceOf(text)));
        peer.send({ ...frames.words(id, [], [], []), word_timestamps: null });
        peer.send(frames.done(id));
      }),
    });
    const session = sessionWith(server.url);
    const events = await collect(session.synthesize(from('a'), { ...REQUEST, timestamps: ['word'] }, calm()));
    assert.deepEqual(
      events.map(event => event.type),
      ['context', 'timestamps', 'audio', 'timestamps'],
    );
    assert.deepEqual(events[1], {
      type: 'timestamps',
      granularity: 'word',
      spans: [{ text: 'a', start: 0, end: 0.5 }],
    });
    await session.close();
  });

  it('C34: contexts beyond the limit wait their turn, in order', async () => {
    let open = 0;
    let most = 0;
    const order: string[] = [];
    await using server = await scriptedServer({
      serve: whole(async (id, text, peer) => {
        open++;
        most = Math.max(most, open);
        order.push(text);
        await new Promise(resolve => setImmediate(resolve));
        open--;
        peer.send(frames.chunk(id, voiceOf(text)));
        peer.send(frames.done(id));
      }),
    });
    const session = sessionWith(server.url, { maxContexts: 2 });
    const texts = Array.from({ length: 20 }, (_, i) => `t${String(i).padStart(2, '0')}`);
    await Promise.all(texts.map(text => collect(session.synthesize(from(text), REQUEST, calm()))));
    assert.ok(most <= 2, `${most} at once`);
    assert.deepEqual(order, texts);
    await session.close();
  });

  it('C34: whoever waits for a turn can give up', async () => {
    await using server = await scriptedServer();
    const session = sessionWith(server.url, { maxContexts: 1 });
    const first = collect(session.synthesize(from('first'), REQUEST, calm()));
    const peer = await server.accept();
    const id = idOf(await peer.next());
    const stop = new AbortController();
    const second = outcome(session.synthesize(from('second'), REQUEST, stop.signal));
    const third = collect(session.synthesize(from('third'), REQUEST, calm()));
    const reason = new Error('enough');
    stop.abort(reason);
    assert.equal((await second).error, reason);
    peer.send(frames.chunk(id, Buffer.alloc(2)));
    peer.send(frames.done(id));
    await first;
    const next = await peer.next();
    assert.equal(next.transcript, 'third');
    peer.send(frames.chunk(idOf(next), Buffer.alloc(2)));
    peer.send(frames.done(idOf(next)));
    await third;
    await session.close();
  });

  it('C34: a reader that is slow to take what has arrived does not keep the next context waiting', async () => {
    await using server = await scriptedServer({ serve: echo });
    const session = sessionWith(server.url, { maxContexts: 1 });
    const slow = iterate(session.synthesize(from('slow'), REQUEST, calm()));
    await slow.next();
    const [events] = await Promise.all([collect(session.synthesize(from('next'), REQUEST, calm()))]);
    assert.deepEqual(audioOf(events), voiceOf('next'));
    assert.deepEqual(audioOf(await collect(slow)), voiceOf('slow'));
    await session.close();
  });

  it('C35: a socket that was idle for more than 4.5 minutes is not used again', async () => {
    await using server = await scriptedServer({ serve: echo });
    const clock = manualClock();
    const session = sessionWith(server.url, { clock });
    await collect(session.synthesize(from('a'), REQUEST, calm()));
    await clock.advance(260_000);
    await collect(session.synthesize(from('b'), REQUEST, calm()));
    assert.equal(server.upgrades.length, 1);
    await clock.advance(271_000);
    await collect(session.synthesize(from('c'), REQUEST, calm()));
    assert.equal(server.upgrades.length, 2);
    assert.equal((await server.peers[0]?.closed)?.code, 1000);
    await session.close();
  });

  it('a socket that closed between utterances is replaced', async () => {
    await using server = await scriptedServer({ serve: echo });
    const session = sessionWith(server.url);
    await collect(session.synthesize(from('a'), REQUEST, calm()));
    server.peers[0]?.ws.close(1000, 'connection idle timeout');
    await server.peers[0]?.closed;
    const events = await collect(session.synthesize(from('b'), REQUEST, calm()));
    assert.deepEqual(audioOf(events), voiceOf('b'));
    assert.equal(server.upgrades.length, 2);
    await session.close();
  });

  it('C30: an abort sends one cancel, drops what waits and what comes late, and throws its reason', async () => {
    await using server = await scriptedServer();
    const session = sessionWith(server.url);
    const stop = new AbortController();
    const events = iterate(session.synthesize(from('a long story'), REQUEST, stop.signal));
    const seen: SpeechEvent[] = [];
    await events.next();
    const peer = await server.accept();
    const id = idOf(await peer.next());
    peer.send(frames.chunk(id, Buffer.from('ab')));
    const { value } = await events.next();
    seen.push(value);
    const reason = new Error('interrupted');
    stop.abort(reason);
    const cancel = await peer.next();
    assert.deepEqual(cancel, { context_id: id, cancel: true });
    assertValid('cartesia.client.cancel-request.json', cancel);
    peer.send(frames.chunk(id, Buffer.from('late')));
    peer.send(frames.done(id));
    await assert.rejects(events.next(), error => error === reason);
    // The socket is still good for others, and nothing else was said about the cancelled context.
    const other = collect(session.synthesize(from('b'), REQUEST, calm()));
    const next = await peer.next();
    assert.equal(next.transcript, 'b');
    peer.send(frames.chunk(idOf(next), Buffer.alloc(2)));
    peer.send(frames.done(idOf(next)));
    await other;
    assert.equal(peer.said.filter(message => message.cancel === true).length, 1);
    await session.close();
  });

  it('C8: leaving the iteration early cancels the context and ends the transcript', async () => {
    await using server = await scriptedServer();
    const session = sessionWith(server.url);
    let ended = false;
    async function* endless() {
      try {
        for (;;) yield 'more and more ';
      } finally {
        ended = true;
      }
    }
    const run = (async () => {
      for await (const event of session.synthesize(endless(), REQUEST, calm())) if (event.type === 'audio') break;
    })();
    const peer = await server.accept();
    const id = idOf(await peer.next());
    peer.send(frames.chunk(id, Buffer.alloc(2)));
    await run;
    const cancel = await peer.until(message => message.cancel === true);
    assert.deepEqual(cancel, { context_id: id, cancel: true });
    assert.equal(ended, true);
    await session.close();
  });

  it('an abort while the next piece is being written is felt at once', async () => {
    await using server = await scriptedServer();
    const session = sessionWith(server.url);
    const text = writer();
    const stop = new AbortController();
    const early = outcome(session.synthesize(writer().transcript, REQUEST, stop.signal));
    const run = outcome(session.synthesize(text.transcript, REQUEST, stop.signal));
    const peer = await server.accept();
    text.write('begin');
    const id = idOf(await peer.next());
    stop.abort('why');
    assert.equal((await run).error, 'why');
    assert.equal((await early).error, 'why');
    assert.deepEqual(await peer.next(), { context_id: id, cancel: true });
    await session.close();
  });

  it('a transcript that fails cancels the context and throws what it threw', async () => {
    await using server = await scriptedServer();
    const session = sessionWith(server.url);
    const wrong = new Error('stdin broke');
    let fail = () => {};
    async function* broken() {
      yield 'begin';
      await new Promise<void>(resolve => (fail = resolve));
      throw wrong;
    }
    const run = outcome(session.synthesize(broken(), REQUEST, calm()));
    const peer = await server.accept();
    const id = idOf(await peer.next());
    fail();
    assert.equal((await run).error, wrong);
    assert.deepEqual(await peer.next(), { context_id: id, cancel: true });
    await session.close();
  });

  it('C40: closing cancels what is open and closes with 1000', async () => {
    await using server = await scriptedServer();
    const session = sessionWith(server.url);
    const run = outcome(session.synthesize(from('a'), REQUEST, calm()));
    const peer = await server.accept();
    const id = idOf(await peer.next());
    await session.close();
    assert.deepEqual(await peer.next(), { context_id: id, cancel: true });
    assert.equal((await peer.closed).code, 1000);
    const { error } = await run;
    assert.ok(error instanceof Failure && error.kind === 'interrupted');
  });

  it('whoever gives up waiting for the socket leaves it to the others', async () => {
    await using server = await scriptedServer({ serve: echo });
    const session = sessionWith(server.url);
    const stop = new AbortController();
    const impatient = outcome(session.synthesize(from('a'), REQUEST, stop.signal));
    await new Promise(resolve => setImmediate(resolve));
    stop.abort('enough');
    assert.equal((await impatient).error, 'enough');
    assert.deepEqual(audioOf(await collect(session.synthesize(from('b'), REQUEST, calm()))), voiceOf('b'));
    assert.equal(server.upgrades.length, 1);
    await session.close();
  });

  it('a socket that does not come about gives its turn back, ends the transcript, and is tried anew', async () => {
    await using server = await scriptedServer({
      serve: echo,
      upgrade: (_request, socket, index) => index === 0 && answer(socket, 400),
    });
    const session = sessionWith(server.url, { maxContexts: 1 });
    let ended = false;
    async function* text() {
      try {
        yield 'a';
        yield 'b';
      } finally {
        ended = true;
      }
    }
    const { error } = await outcome(session.synthesize(text(), REQUEST, calm()));
    assert.ok(error instanceof Failure && error.details.status === 400);
    assert.equal(ended, true);
    assert.deepEqual(audioOf(await collect(session.synthesize(from('b'), REQUEST, calm()))), voiceOf('b'));
    await session.close();
  });

  it('nothing is opened after closing', async () => {
    let opened = 0;
    const dial = async () => {
      opened++;
      throw new Failure('network', 'no');
    };
    const session = createSession(cartesia, dial, { clock: manualClock(), timeoutMs: 1 });
    await session.close();
    const { error } = await outcome(session.synthesize(from('a'), REQUEST, calm()));
    assert.ok(error instanceof Failure && error.kind === 'interrupted');
    await assert.rejects(session.ready(), { kind: 'interrupted' });
    assert.equal(opened, 1);
  });

  it('what keeps a socket from even being tried is for who speaks, and so is the next time', async () => {
    let opened = 0;
    const dial = () => {
      throw new Failure('config', `no proxy ${++opened}`);
    };
    const session = createSession(cartesia, dial, { clock: manualClock(), timeoutMs: 1 });
    for (const message of ['no proxy 1', 'no proxy 2']) {
      const { error } = await outcome(session.synthesize(from('a'), REQUEST, calm()));
      assert.ok(error instanceof Failure && error.message === message, String(error));
    }
    await session.close();
  });

  it('closing while the socket is still being opened leaves nothing behind', async () => {
    await using server = await scriptedServer({ upgrade: () => true });
    const clock = manualClock();
    const session = sessionWith(server.url, { socketClock: clock });
    const run = outcome(session.synthesize(from('a'), REQUEST, calm()));
    await new Promise(resolve => setImmediate(resolve));
    await session.close();
    const { error } = await run;
    assert.ok(error instanceof Failure && error.kind === 'interrupted');
    assert.equal(clock.pending, 0);
  });

  it('no timer is left when a context has ended', async () => {
    await using server = await scriptedServer({ serve: echo });
    const clock = manualClock();
    const session = sessionWith(server.url, { clock });
    await collect(session.synthesize(from('a'), REQUEST, calm()));
    assert.equal(clock.pending, 0);
    await session.close();
  });

  it('E7: a socket on which nothing comes any more is left: the next context gets another, and it is closed', async () => {
    const clock = manualClock();
    await using server = await scriptedServer({
      serve: (peer, index) => index > 0 && echo(peer),
    });
    const session = sessionWith(server.url, { clock, timeoutMs: 20_000 });
    const first = outcome(session.synthesize(from('a'), REQUEST, calm()));
    const peer = await server.accept();
    await peer.next();
    await clock.advance(10_000);
    const second = outcome(session.synthesize(from('b'), REQUEST, calm()));
    await peer.until(({ transcript }) => transcript === 'b');
    await clock.advance(10_000);
    assert.ok((await first).error instanceof Failure);
    // Whoever is still on it keeps it, and nobody new comes.
    assert.deepEqual(audioOf(await collect(session.synthesize(from('c'), REQUEST, calm()))), voiceOf('c'));
    assert.equal(server.peers.length, 2);
    assert.equal(peer.ws.readyState, peer.ws.OPEN);
    await clock.advance(10_000);
    assert.ok((await second).error instanceof Failure);
    await peer.closed;
    assert.deepEqual(audioOf(await collect(session.synthesize(from('d'), REQUEST, calm()))), voiceOf('d'));
    assert.equal(server.peers.length, 2);
    await session.close();
  });

  it('E9: what still comes of a context that was cancelled reaches nobody, and harms no other', async () => {
    await using server = await scriptedServer();
    const session = sessionWith(server.url);
    const stop = new AbortController();
    const cancelled = outcome(session.synthesize(from('a'), REQUEST, stop.signal));
    const other = collect(session.synthesize(from('b'), REQUEST, calm()));
    const peer = await server.accept();
    const gone = idOf(await peer.until(({ transcript }) => transcript === 'a'));
    const id = idOf(await peer.until(({ transcript }) => transcript === 'b'));
    stop.abort(new Error('enough'));
    await peer.until(({ cancel }) => cancel === true);
    const { items, error } = await cancelled;
    assert.deepEqual([audioOf(items).length, String(error)], [0, 'Error: enough']);
    for (let i = 0; i < 3; i++) peer.send(frames.chunk(gone, voiceOf('late')));
    peer.send(frames.error(gone, 500));
    peer.send(frames.done(gone));
    peer.send(frames.chunk(id, voiceOf('b')));
    peer.send(frames.done(id));
    assert.deepEqual(audioOf(await other), voiceOf('b'));
    await session.close();
  });

  it('a stall of one context alone leaves the socket to the others', async () => {
    const clock = manualClock();
    await using server = await scriptedServer();
    const session = sessionWith(server.url, { clock, timeoutMs: 20_000 });
    const stalled = outcome(session.synthesize(from('a'), REQUEST, calm()));
    const peer = await server.accept();
    await peer.next();
    const busy = collect(session.synthesize(from('b'), REQUEST, calm()));
    const id = String((await peer.until(({ transcript }) => transcript === 'b')).context_id);
    await clock.advance(15_000);
    peer.send(frames.chunk(id, voiceOf('b')));
    const pong = once(peer.ws, 'pong');
    peer.ws.ping();
    await pong;
    await clock.advance(5000);
    assert.ok((await stalled).error instanceof Failure);
    const next = outcome(session.synthesize(from('c'), REQUEST, calm()));
    const after = String((await peer.until(({ transcript }) => transcript === 'c')).context_id);
    for (const each of [id, after]) {
      peer.send(frames.chunk(each, voiceOf('x')));
      peer.send(frames.done(each));
    }
    assert.equal((await next).error, undefined);
    await busy;
    assert.equal(server.peers.length, 1);
    await session.close();
  });

  it('L2 O2: one reader that does not read holds up nobody, and loses nothing', async () => {
    const chunk = Buffer.alloc(256 * 1024, 7);
    await using server = await scriptedServer({
      serve: whole(async (id, text, peer: Peer) => {
        for (let i = 0; i < Number(text); i++) peer.send(frames.chunk(id, chunk));
        peer.send(frames.done(id));
      }),
    });
    const session = sessionWith(server.url);
    // More than a socket alone may hold, less than all may hold together.
    const lazy = iterate(session.synthesize(from('120'), REQUEST, calm()));
    await lazy.next();
    const other = session.synthesize(from('1'), REQUEST, calm());
    assert.equal(audioOf(await collect(other)).length, chunk.length);
    assert.equal(audioOf(await collect(lazy)).length, 120 * chunk.length);
    await session.close();
  });

  it('a long text does not run far ahead of the speech', async () => {
    let most = 0;
    await using server = await scriptedServer({
      serve: async peer => {
        const roundTrip = async () => {
          peer.ws.ping();
          await once(peer.ws, 'pong');
        };
        // Speaks a thousand characters whenever the client has nothing more to say for now.
        for (let spoken = 0; ; ) {
          const before = peer.said.length;
          for (let i = 0; i < 3; i++) await roundTrip();
          const last = peer.said.at(-1);
          if (last === undefined || peer.said.length > before) continue;
          const unspoken = peer.said.map(message => String(message.transcript)).join('').length - spoken;
          most = Math.max(most, unspoken);
          const some = Math.min(unspoken, 1000);
          spoken += some;
          peer.send(frames.chunk(idOf(last), Buffer.alloc(2 * Math.round((some / 14) * 24000))));
          if (last.continue === false) return peer.send(frames.done(idOf(last)));
        }
      },
    });
    const session = sessionWith(server.url, { clock: manualClock() });
    const sentence = 'The quick brown fox jumps over the lazy dog, and so on and on. ';
    const pieces = Array.from({ length: 200 }, () => sentence);
    await collect(session.synthesize(from(...pieces), REQUEST, calm()));
    assert.ok(most > 3000 && most <= 4001, `${most} characters were ahead`);
    assert.equal(server.peers[0]?.said.map(message => message.transcript).join(''), sentence.repeat(200));
    await session.close();
  });
});
