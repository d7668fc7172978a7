/** Many contexts on one socket: which inputs are taken, which refused, and what ends what (protocol §4, §7, V15–V40). */
import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { Failure } from '../../src/errors.ts';
import { createSpeechServer } from '../../src/server/local-server.ts';
import type { ContextRecord, ServerOptions } from '../../src/server/options.ts';
import type { Synthesizer } from '../../src/speech.ts';
import { manualClock } from '../support/clock.ts';
import { audioOf, type DialOptions, dial, type Frame, generation, kindsOf } from '../support/plain-client.ts';
import { echo, echoOf, recorded } from '../support/scripted-synthesizer.ts';

const S16 = { encoding: 'pcm_s16le', sampleRate: 8000 } as const;

async function open(
  t: TestContext,
  options: ServerOptions & { dial?: DialOptions } = {},
  synthesizer: Synthesizer = echo(),
) {
  const server = createSpeechServer(synthesizer, options);
  t.after(() => server.close());
  return dial(server, options.dial);
}

/** Speaks a chunk, then nothing until it is aborted. */
function endless() {
  return recorded(async function* (_transcript, _request, signal) {
    yield { type: 'audio', chunk: new Uint8Array(2) };
    await new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  });
}

function errorOf(frames: readonly Frame[], contextId: string): Frame | undefined {
  return frames.find(frame => frame.type === 'error' && frame.context_id === contextId);
}

function assertClosed(frames: readonly Frame[], contextId: string): void {
  const error = errorOf(frames, contextId);
  assert.equal(error?.status_code, 400);
  assert.equal(error.error_code, 'context_closed');
  assert.equal(error.title, 'Context has closed');
  assert.equal(error.done, true);
}

describe('contexts on a socket', () => {
  it('V15: are answered concurrently and never mixed', async t => {
    const client = await open(t, { limits: { chunkBytes: 160 } });
    const texts = { a: 'a'.repeat(300), b: 'b'.repeat(300), c: 'c'.repeat(300) };
    for (const [id, text] of Object.entries(texts)) client.send(generation(id, text));
    await Promise.all(Object.keys(texts).map(client.end));
    for (const [id, text] of Object.entries(texts)) assert.deepEqual(audioOf(client.frames, id), echoOf(text, S16));
    const order = client.frames.map(frame => frame.context_id);
    const changes = order.filter((id, i) => id !== order[i - 1]).length;
    assert.ok(changes > 500, `they take turns, ${changes} times`);
  });

  it('one that stands still does not hold up the others', async t => {
    const stuck = endless();
    const quick = echo();
    const client = await open(
      t,
      {},
      {
        synthesize: (transcript, request, signal) =>
          (request.language === 'fr' ? stuck : quick).synthesize(transcript, request, signal),
      },
    );
    client.send(generation('slow', 'Bonjour', { language: 'fr' }));
    client.send(generation('fast', 'Hello'));
    assert.deepEqual(audioOf(await client.end('fast'), 'fast'), echoOf('Hello', S16));
  });

  for (const text of ['', ' ', '...', ' — “”!? ', '\u200b', '<<<', '^ ` |>']) {
    it(`V23: a first input of ${JSON.stringify(text)} is refused with its context`, async t => {
      const client = await open(t);
      client.send(generation('c', text, { continue: true }));
      const error = (await client.end('c'))[0];
      assert.equal(error?.type, 'error');
      assert.equal(error.status_code, 400);
      assert.match(String(error.message), /^transcript empty or contains only punctuation/);
    });
  }

  it('V23: a later input may be empty or punctuation', async t => {
    const client = await open(t);
    client.send(generation('c', 'Hm', { continue: true }));
    client.send(generation('c', '', { continue: true }));
    client.send(generation('c', '...', { continue: true }));
    client.send(generation('c', ' '));
    assert.deepEqual(audioOf(await client.end('c'), 'c'), echoOf('Hm... ', S16));
  });

  it('V24: text after done, cancel or error finds the context closed, others go on', async t => {
    const client = await open(t);
    client.send(generation('other', 'I go on. ', { continue: true }));
    client.send(generation('done', 'a'));
    await client.end('done');
    client.send(generation('cancelled', 'a', { continue: true }));
    client.send({ context_id: 'cancelled', cancel: true });
    client.send(generation('failed', '', { continue: true }));
    await client.end('failed');
    client.frames.length = 0;
    for (const id of ['done', 'cancelled', 'failed']) {
      client.send(generation(id, 'more', { continue: true }));
      assertClosed(await client.end(id), id);
    }
    client.send(generation('other', 'To the end.'));
    const frames = await client.until(frame => frame.type === 'done');
    assert.equal(frames.at(-1)?.context_id, 'other');
  });

  it('V24: text after continue:false ends the context with an error, and nothing follows', async t => {
    const synthesizer = endless();
    const client = await open(t, {}, synthesizer);
    client.send(generation('c', 'a'));
    await client.until(frame => frame.type === 'chunk');
    client.send(generation('c', 'b'));
    assertClosed(await client.end('c'), 'c');
    await client.settle();
    assert.equal(client.frames.at(-1)?.type, 'error');
    assert.equal(synthesizer.calls[0]?.signal.aborted, true);
  });

  it('V24: an empty end of what has ended, or is ending, is borne in silence', async t => {
    const client = await open(t);
    client.send(generation('c', 'a'));
    client.send(generation('c', '', { continue: false }));
    await client.end('c');
    client.send(generation('c', '', { continue: false }));
    client.send(generation('c', ' ', { continue: false }));
    await client.settle();
    assert.deepEqual(kindsOf(client.frames, 'c'), ['chunk', 'done']);
    client.send(generation('c', '', { continue: true, flush: true }));
    assertClosed(await client.until(frame => frame.type === 'error'), 'c');
  });

  it('V24: an id is free again after 60 s, on other sockets at once', async t => {
    const clock = manualClock();
    const server = createSpeechServer(echo(), { clock });
    t.after(() => server.close());
    const client = await dial(server);
    client.send(generation('c', 'a'));
    await client.end('c');
    const other = await dial(server);
    other.send(generation('c', 'a'));
    assert.equal((await other.end('c')).at(-1)?.type, 'done');
    await clock.advance(59_999);
    client.frames.length = 0;
    client.send(generation('c', 'a'));
    assertClosed(await client.end('c'), 'c');
    await clock.advance(60_000);
    client.frames.length = 0;
    client.send(generation('c', 'a'));
    assert.equal((await client.end('c')).at(-1)?.type, 'done');
  });

  it('V25: one second after its last audio a context is gone without a word', async t => {
    const clock = manualClock();
    const records: ContextRecord[] = [];
    const synthesizer = echo();
    const client = await open(t, { clock, onLog: record => records.push(record) }, synthesizer);
    client.send(generation('c', 'Hello.', { continue: true }));
    await client.until(frame => frame.type === 'chunk');
    await clock.advance(999);
    client.send(generation('c', '', { continue: true }));
    await client.settle();
    await clock.advance(999);
    await client.settle();
    assert.equal(records.length, 0, 'an input, even an empty one, has prolonged its life');
    await clock.advance(1);
    await client.settle();
    assert.deepEqual(kindsOf(client.frames, 'c'), ['chunk']);
    assert.deepEqual(
      records.map(record => record.outcome),
      ['expired'],
    );
    assert.equal(synthesizer.calls[0]?.signal.aborted, true);
    client.send(generation('c', 'more', { continue: true }));
    assertClosed(await client.end('c'), 'c');
  });

  it('V25: text that waits for its delay, and audio still to come, keep a context alive', async t => {
    const clock = manualClock();
    let speakNow = () => {};
    const slow = recorded(async function* (transcript) {
      const pieces = transcript[Symbol.asyncIterator]();
      // Reads ahead: it asks for more before it has spoken.
      await pieces.next();
      const more = pieces.next();
      await new Promise<void>(resolve => {
        speakNow = resolve;
      });
      yield { type: 'audio', chunk: new Uint8Array(2) };
      await more;
      yield { type: 'flushed' };
      for (let next = await pieces.next(); !next.done; next = await pieces.next()) {
        if (typeof next.value !== 'string') yield { type: 'flushed' };
      }
    });
    const records: ContextRecord[] = [];
    const client = await open(t, { clock, onLog: record => records.push(record) }, slow);
    client.send(generation('c', 'Unfinished', { continue: true }));
    await client.settle();
    await clock.advance(3000);
    await clock.advance(10_000);
    assert.equal(records.length, 0);
    speakNow();
    await client.until(frame => frame.type === 'chunk');
    await clock.advance(2000);
    await clock.advance(2000);
    assert.deepEqual(
      records.map(record => record.outcome),
      ['expired'],
    );
    await client.settle();
    assert.deepEqual(kindsOf(client.frames, 'c'), ['chunk']);
  });

  it('V25: the time can be changed and switched off', async t => {
    for (const [expiryMs, outcomes] of [
      [5000, ['expired']],
      [0, []],
    ] as const) {
      const clock = manualClock();
      const records: ContextRecord[] = [];
      const client = await open(t, { clock, expiryMs, onLog: record => records.push(record) });
      client.send(generation('c', 'Hello.', { continue: true }));
      await client.until(frame => frame.type === 'chunk');
      await clock.advance(4999);
      assert.equal(records.length, 0);
      await clock.advance(60_000);
      await client.settle();
      assert.deepEqual(
        records.map(record => record.outcome),
        outcomes,
      );
    }
  });

  const others = {
    model: { model_id: 'sonic-2' },
    voice: { voice: { mode: 'id', id: 'other' } },
    language: { language: 'fr' },
    encoding: { output_format: { container: 'raw', encoding: 'pcm_f32le', sample_rate: 8000 } },
    rate: { output_format: { container: 'raw', encoding: 'pcm_s16le', sample_rate: 16000 } },
  };
  for (const [name, other] of Object.entries(others)) {
    it(`V26: text with another ${name} is an error, an empty input with it is not`, async t => {
      const client = await open(t);
      client.send(generation('a', 'Hello', { continue: true }));
      client.send(generation('a', '', { continue: true, flush: true, ...other }));
      client.send(generation('a', '', { continue: false, ...other }));
      assert.deepEqual(kindsOf(await client.end('a'), 'a'), ['chunk', 'flush_done', 'done']);
      client.send(generation('b', 'Hello', { continue: true }));
      client.send(generation('b', 'world', { continue: true, ...other }));
      assertClosed(await client.end('b'), 'b');
    });
  }

  it('V26: only strictly does every parameter have to stay', async t => {
    const more = { generation_config: { speed: 1.2 } };
    const lenient = await open(t);
    const strict = await open(t, { strict: true });
    for (const client of [lenient, strict]) {
      client.send(generation('c', 'Hello ', { continue: true, ...more }));
      client.send(generation('c', 'world'));
    }
    assert.equal((await lenient.end('c')).at(-1)?.type, 'done');
    assertClosed(await strict.end('c'), 'c');
  });

  it('V27: after a cancel nothing more of that context is sent', async t => {
    const synthesizer = endless();
    const records: ContextRecord[] = [];
    const client = await open(t, { onLog: record => records.push(record) }, synthesizer);
    client.send(generation('c', 'a'));
    await client.until(frame => frame.type === 'chunk');
    client.send({ context_id: 'c', cancel: true, transcript: 'ignored', continue: true });
    await client.settle();
    assert.deepEqual(kindsOf(client.frames, 'c'), ['chunk']);
    assert.equal(synthesizer.calls[0]?.ending, 'thrown');
    assert.deepEqual(
      records.map(record => record.outcome),
      ['cancelled'],
    );
  });

  it('V27: a cancel on the heels of the input stops it before it starts', async t => {
    const synthesizer = echo();
    const client = await open(t, {}, synthesizer);
    const stream = Reflect.get(client.socket, '_socket') as Duplex;
    stream.cork();
    client.send(generation('c', 'a'));
    client.send({ context_id: 'c', cancel: true });
    stream.uncork();
    await client.settle();
    assert.deepEqual(client.frames, []);
    assert.equal(synthesizer.calls.length, 0);
  });

  it('V28: a cancel of an unknown context is ignored', async t => {
    const client = await open(t);
    client.send({ context_id: 'nobody', cancel: true });
    client.send(generation('nobody', 'a'));
    assert.equal((await client.end('nobody')).at(-1)?.type, 'done');
  });

  it('V29: a context above the limit is refused, one after another has ended is not', async t => {
    const server = createSpeechServer(endless(), { concurrency: 2 });
    t.after(() => server.close());
    const [one, two] = [await dial(server), await dial(server)];
    one.send(generation('a', 'a', { continue: true }));
    one.send(generation('a', 'more inputs are free', { continue: true }));
    two.send(generation('b', 'b'));
    await one.until(frame => frame.type === 'chunk');
    await two.until(frame => frame.type === 'chunk');
    two.send(generation('c', 'c'));
    const error = errorOf(await two.end('c'), 'c');
    assert.deepEqual([error?.status_code, error?.error_code], [429, 'concurrency_limited']);
    one.send({ context_id: 'a', cancel: true });
    await one.settle();
    two.send(generation('d', 'd'));
    await two.until(frame => frame.context_id === 'd' && frame.type === 'chunk');
  });

  it('V29: who has read done may open another at once', async t => {
    const client = await open(t, { concurrency: 1 });
    for (let i = 0; i < 20; i++) {
      client.send(generation(`c${i}`, 'a'));
      assert.equal((await client.end(`c${i}`)).at(-1)?.type, 'done');
    }
  });

  it('a synthesizer that fails ends its context only, and says no more than it should', async t => {
    const failures: Record<string, { error: unknown; status: number; says: RegExp; code?: string }> = {
      usage: { error: new Failure('usage', 'no such language'), status: 400, says: /^no such language$/ },
      status: {
        error: new Failure('quota', 'no credit', { status: 402, providerCode: 'quota_exceeded' }),
        status: 402,
        says: /^no credit$/,
        code: 'quota_exceeded',
      },
      bug: { error: new TypeError('secret inside'), status: 500, says: /^the server failed/ },
      nothing: { error: undefined, status: 500, says: /^the server failed/ },
    };
    const quick = echo();
    const client = await open(
      t,
      {},
      {
        synthesize(transcript, request, signal) {
          const failure = failures[request.language ?? ''];
          if (failure !== undefined) throw failure.error;
          return quick.synthesize(transcript, request, signal);
        },
      },
    );
    client.send(generation('well', 'a', { continue: true }));
    for (const [name, { status, says, code }] of Object.entries(failures)) {
      client.send(generation(name, 'a', { language: name }));
      const error = errorOf(await client.end(name), name);
      assert.equal(error?.status_code, status);
      assert.match(String(error?.message), says);
      assert.equal(error?.error_code, code ?? null);
    }
    client.send(generation('well', 'b'));
    assert.equal((await client.end('well')).at(-1)?.type, 'done');
  });

  it('every context is written down once, with how it ended', async t => {
    const clock = manualClock();
    const records: ContextRecord[] = [];
    const client = await open(t, { clock, onLog: record => records.push(record) });
    client.send(generation('c', 'Hello, ', { continue: true }));
    client.send(generation('c', 'world'));
    await client.end('c');
    client.send(generation('d', 'Hel', { continue: true }));
    await client.settle();
    client.socket.terminate();
    await client.closed;
    await clock.advance(0);
    assert.deepEqual(records, [
      { contextId: 'c', requestId: client.requestId, chars: 12, audioSeconds: 0.12, firstAudioMs: 0, outcome: 'done' },
      {
        contextId: 'd',
        requestId: client.requestId,
        chars: 3,
        audioSeconds: 0,
        firstAudioMs: undefined,
        outcome: 'disconnected',
      },
    ]);
  });
});
