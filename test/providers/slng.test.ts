/** SLNG as a provider: what it refuses, how it gets there, and speech against servers of every temper. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { openEngine } from '../../src/engine/index.ts';
import { findVoice } from '../../src/engine/voices.ts';
import type { Access } from '../../src/providers/index.ts';
import { local } from '../../src/providers/local.ts';
import { slng } from '../../src/providers/slng.ts';
import { createSpeechServer } from '../../src/server/local-server.ts';
import type { Connection, Piece, SpeechRequest } from '../../src/speech.ts';
import { accessTo } from '../support/access.ts';
import { manualClock } from '../support/clock.ts';
import { collect, from } from '../support/collect.ts';
import { failsWith } from '../support/folder.ts';
import { listen } from '../support/plain-client.ts';
import { assertValid } from '../support/schemas.ts';
import { answer, type Peer, type Said, type ScriptedServer, scriptedServer } from '../support/scripted-server.ts';
import { echo, scripted } from '../support/scripted-synthesizer.ts';
import { audioOf, CANARY, calm, iterate, outcome } from '../support/wire.ts';

const REQUEST: SpeechRequest = {
  model: 'sonic-3',
  voice: 'f786b574-daa5-4673-aa0c-cbe3e8534c02',
  format: { encoding: 'pcm_s16le', sampleRate: 24000 },
  timestamps: [],
};
function connect(t: TestContext, server: ScriptedServer | URL, more: Partial<Access> = {}): Connection {
  const connection = slng.connect(accessTo('url' in server ? server.url : server, more), calm());
  t.after(() => connection.close());
  return connection;
}

const chunk = (contextId: string, audio: Uint8Array, more: object = {}) => ({
  type: 'audio_chunk',
  context_id: contextId,
  status_code: 206,
  done: false,
  data: Buffer.from(audio).toString('base64'),
  step_time: 1,
  flush_id: 0,
  ...more,
});
const end = (contextId: string) => ({ type: 'audio_end', context_id: contextId, status_code: 200, done: true });

/** Hears utterances, whole, and lets `speak` answer each. */
function whole(speak: (text: string, peer: Peer, index: number) => unknown) {
  return async (peer: Peer) => {
    let text = '';
    for (let index = 0; ; ) {
      const message = await peer.next();
      assertValid('slng.client.message.json', message);
      if (message.type !== 'text') continue;
      text += String(message.text);
      if (message.continue === true) continue;
      await speak(text, peer, index++);
      text = '';
    }
  };
}

/** Samples that say which text they belong to: two bytes per character. */
const voiceOf = (text: string) => Buffer.from(text, 'utf16le');

const spoken = async (connection: Connection, ...pieces: Piece[]) =>
  audioOf(await collect(connection.synthesize(from(...pieces), REQUEST, calm())));

const typesOf = (said: readonly Said[]) => said.map(message => message.type);

describe('what SLNG cannot give', () => {
  it('times of words or phonemes are refused', () => {
    for (const timestamps of [['word'], ['phoneme'], ['word', 'phoneme']] as const) {
      assert.throws(() => slng.check({ ...REQUEST, timestamps }), failsWith('usage', /no times of/, /--provider/));
    }
  });

  it('samples of 32 bits are refused, the others are not', () => {
    const check = (encoding: SpeechRequest['format']['encoding']) => () =>
      slng.check({ ...REQUEST, format: { encoding, sampleRate: 8000 } });
    assert.throws(check('pcm_f32le'), failsWith('usage', /cannot send pcm_f32le/, /pcm_s16le/));
    for (const encoding of ['pcm_s16le', 'pcm_mulaw', 'pcm_alaw'] as const) check(encoding)();
  });

  it('it has no list of voices, and a default', async () => {
    assert.equal(await slng.voices(accessTo(new URL('ws://localhost')), calm()), undefined);
    assert.equal(slng.defaultVoice('fr').id, 'f786b574-daa5-4673-aa0c-cbe3e8534c02');
    assert.equal(slng.defaultModel, 'sonic-3');
  });
});

describe('getting there', () => {
  it('the upgrade bears the key, the region and the part of the world', async t => {
    await using server = await scriptedServer({
      serve: whole((text, peer) => {
        peer.send(chunk('c', voiceOf(text)));
        peer.send(end('c'));
      }),
    });
    const connection = connect(t, server, { region: ['eu-west-1', 'eu-west-2'], worldPart: 'eu' });
    await spoken(connection, 'Hello.');
    const { url, headers } = server.upgrades[0] ?? assert.fail();
    assert.equal(url, '/v1/tts/cartesia/sonic:3');
    assert.equal(headers.authorization, `Bearer ${CANARY}`);
    assert.equal(headers['x-region-override'], 'eu-west-1,eu-west-2');
    assert.equal(headers['x-world-part-override'], 'eu');
    assert.equal(headers['user-agent'], 'aloud/test');
    assert.equal(server.upgrades.length, 1);
  });

  it('with --auth query the key is in the address and nowhere else', async t => {
    await using server = await scriptedServer({
      serve: whole((_text, peer) => {
        peer.send(chunk('c', voiceOf('x')));
        peer.send(end('c'));
      }),
    });
    await spoken(connect(t, server, { auth: 'query' }), 'Hello.');
    assert.equal(server.upgrades[0]?.url, `/v1/tts/cartesia/sonic:3?${new URLSearchParams({ token: CANARY })}`);
    assert.equal(server.upgrades[0]?.headers.authorization, undefined);
  });

  it('the model that is likely is connected to at once, another when it is asked for', async t => {
    await using server = await scriptedServer({
      serve: whole((_text, peer) => {
        peer.send(chunk('c', voiceOf('x')));
        peer.send(end('c'));
      }),
    });
    const connection = connect(t, server, { model: 'sonic-3.5' });
    await server.accept();
    assert.equal(server.upgrades[0]?.url, '/v1/tts/cartesia/sonic:3.5');
    await spoken(connection, 'Hello.');
    assert.deepEqual(
      server.upgrades.map(({ url }) => url),
      ['/v1/tts/cartesia/sonic:3.5', '/v1/tts/cartesia/sonic:3'],
    );
    assert.equal(server.peers[1]?.said[0]?.model_id, 'sonic-3');
  });

  it('C4 U1: a refused key is an auth failure that names the variable and not the key', async t => {
    await using server = await scriptedServer({
      upgrade: (_request, socket) =>
        answer(
          socket,
          401,
          JSON.stringify({ message: `bad key ${CANARY}`, error_code: 'auth_error', request_id: 'r-1' }),
          {
            'Content-Type': 'application/json',
          },
        ),
    });
    const { error } = await outcome(connect(t, server).synthesize(from('Hello.'), REQUEST, calm()));
    failsWith('auth', /401\): bad key \[secret\]/, /SLNG_API_KEY/)(error);
  });
});

describe('speaking', () => {
  it('G5: init goes first and text follows without waiting for anything', async t => {
    await using server = await scriptedServer();
    const connection = connect(t, server);
    const speech = iterate(connection.synthesize(from('Hello.'), { ...REQUEST, language: 'en', speed: 1.1 }, calm()));
    const first = speech.next();
    const peer = await server.accept();
    assert.deepEqual(await peer.next(), {
      type: 'init',
      model_id: 'sonic-3',
      voice: REQUEST.voice,
      encoding: 'linear16',
      sample_rate: 24000,
      language: 'en',
      generation_config: { speed: 1.1 },
    });
    assert.deepEqual(await peer.next(), { type: 'text', text: 'Hello.', continue: false });
    peer.send(chunk('theirs', voiceOf('x')));
    peer.send(end('theirs'));
    await first;
    assert.deepEqual(typesOf((await collect(speech)) as never), ['audio']);
  });

  it('G6: ready, flushed and unknown messages change nothing, binary frames are audio', async t => {
    await using server = await scriptedServer({
      serve: whole((_text, peer) => {
        peer.send({ type: 'ready', session_id: 's' });
        peer.send({ type: 'weather', context_id: 'c', data: 'AAAA' });
        peer.send(chunk('c', voiceOf('a')));
        peer.send(voiceOf('b'));
        peer.send({ type: 'flushed' });
        peer.send(chunk('c', voiceOf('c')));
        peer.send({ type: 'cleared' });
        peer.send(end('c'));
      }),
    });
    assert.deepEqual(await spoken(connect(t, server), 'Hello.'), voiceOf('abc'));
  });

  it('G9: utterances go one after the other over one socket, with one init', async t => {
    await using server = await scriptedServer({
      serve: whole((text, peer, i) => {
        peer.send(chunk(`c${i}`, voiceOf(text)));
        peer.send(end(`c${i}`));
      }),
    });
    const connection = connect(t, server);
    for (const text of ['One.', 'Two.', 'Three.']) assert.deepEqual(await spoken(connection, text), voiceOf(text));
    assert.equal(server.peers.length, 1);
    assert.deepEqual(typesOf(server.peers[0]?.said ?? []), ['init', 'text', 'text', 'text']);
  });

  it('several at once have sockets of their own, and no more of them than needed', async t => {
    await using server = await scriptedServer({
      serve: whole((text, peer, i) => {
        peer.send(chunk(`c${i}`, voiceOf(text)));
        peer.send(end(`c${i}`));
      }),
    });
    const connection = connect(t, server);
    const texts = ['One.', 'Two.', 'Three.'];
    for (let round = 0; round < 2; round++) {
      const heard = await Promise.all(texts.map(text => spoken(connection, text)));
      assert.deepEqual(heard, texts.map(voiceOf));
    }
    assert.equal(server.peers.length, 3);
  });

  it('another voice needs another socket, and the old one is left with a word', async t => {
    await using server = await scriptedServer({
      serve: whole((text, peer, i) => {
        peer.send(chunk(`c${i}`, voiceOf(text)));
        peer.send(end(`c${i}`));
      }),
    });
    const connection = connect(t, server);
    await spoken(connection, 'One.');
    await collect(connection.synthesize(from('Two.'), { ...REQUEST, voice: 'other' }, calm()));
    assert.deepEqual(
      server.peers.map(({ said }) => said[0]?.voice),
      [REQUEST.voice, 'other'],
    );
    assert.equal((await server.peers[0]?.closed)?.code, 1000);
    assert.deepEqual(typesOf(server.peers[0]?.said ?? []), ['init', 'text', 'close']);
  });

  it('E3 F5: what still comes of an utterance that is over is not part of the next one', async t => {
    await using server = await scriptedServer({
      serve: whole((text, peer, i) => {
        if (i > 0) {
          peer.send(end('c0'));
          peer.send(chunk('c0', voiceOf('late')));
        }
        peer.send(chunk(`c${i}`, voiceOf(text)));
        if (i > 0) peer.send(end('c0'));
        peer.send(end(`c${i}`));
        peer.send(end(`c${i}`));
      }),
    });
    const connection = connect(t, server);
    for (const text of ['One.', 'Two.']) assert.deepEqual(await spoken(connection, text), voiceOf(text));
    assert.equal(server.peers.length, 1);
  });

  it('G14: an error fails the utterance by its code, and the next one has a new socket', async t => {
    await using server = await scriptedServer({
      serve: whole((text, peer) => {
        if (text === 'Bad.')
          return peer.send({ type: 'error', data: { code: 'invalid_request', message: 'no such voice' } });
        peer.send(chunk('c', voiceOf(text)));
        peer.send(end('c'));
      }),
    });
    const connection = connect(t, server, { retries: 2 });
    const { error } = await outcome(connection.synthesize(from('Bad.'), REQUEST, calm()));
    failsWith('service', /^no such voice$/)(error);
    assert.deepEqual(await spoken(connection, 'Good.'), voiceOf('Good.'));
    assert.equal(server.peers.length, 2);
  });

  it('what may go well the next time is tried again, and the person can be told', async t => {
    await using server = await scriptedServer({
      serve: whole((text, peer) => {
        const code = server.peers.length === 1 ? 'provider_error' : 'backpressure';
        if (server.peers.length < 3) return peer.send({ type: 'error', code, message: `${code} happened` });
        peer.send(chunk('c', voiceOf(text)));
        peer.send(end('c'));
      }),
    });
    const told: string[] = [];
    const connection = connect(t, server, { retries: 2, warn: line => told.push(line) });
    assert.deepEqual(await spoken(connection, 'Hello.'), voiceOf('Hello.'));
    assert.equal(told.length, 2);
    assert.match(told[0] ?? '', /provider_error happened/);
  });

  it('E2: a close before the end is a failure, whatever the code', async t => {
    await using server = await scriptedServer({
      serve: whole((_text, peer) => {
        peer.send(chunk('c', voiceOf('x')));
        peer.ws.close(1000);
      }),
    });
    const { items, error } = await outcome(connect(t, server).synthesize(from('Hello.'), REQUEST, calm()));
    failsWith('incomplete', /closed the connection/)(error);
    assert.deepEqual(audioOf(items), voiceOf('x'));
  });

  it('C30 E9: an abort says cancel and close, and leaves the socket', async t => {
    await using server = await scriptedServer({ serve: whole((_text, peer) => peer.send(chunk('c', voiceOf('x')))) });
    const connection = connect(t, server);
    const abort = new AbortController();
    const speech = iterate(connection.synthesize(from('Hello.'), REQUEST, abort.signal));
    await speech.next();
    await speech.next();
    abort.abort(new Error('enough'));
    await assert.rejects(speech.next(), /enough/);
    const peer = server.peers[0] ?? assert.fail();
    assert.equal((await peer.closed).code, 1000);
    assert.deepEqual(typesOf(peer.said), ['init', 'text', 'cancel', 'close']);
  });

  it('a boundary is a flush; an end that is not known in time is an empty text', async t => {
    await using server = await scriptedServer();
    const connection = connect(t, server);
    let finish: () => void = () => {};
    async function* pieces(): AsyncGenerator<Piece> {
      yield 'One. ';
      yield { flush: true };
      yield 'Two.';
      await new Promise<void>(resolve => {
        finish = resolve;
      });
    }
    const speech = outcome(connection.synthesize(pieces(), REQUEST, calm()));
    const peer = await server.accept();
    await peer.until(message => message.text === 'Two.');
    finish();
    await peer.until(message => message.continue === false);
    peer.send(chunk('c', voiceOf('x')));
    peer.send(end('c'));
    assert.equal((await speech).error, undefined);
    assert.deepEqual(peer.said.slice(1), [
      { type: 'text', text: 'One. ', continue: true },
      { type: 'flush' },
      { type: 'text', text: 'Two.', continue: true },
      { type: 'text', text: '', continue: false },
    ]);
  });

  it('the connection says so when nothing is said for long, and goodbye in the end', async t => {
    const manual = manualClock();
    const waits: number[] = [];
    const after = (ms: number, callback: () => void) => {
      waits.push(ms);
      return manual.after(ms, callback);
    };
    const clock = { now: manual.now, after, advance: manual.advance };
    await using server = await scriptedServer();
    const connection = slng.connect(accessTo(server.url, { clock }), calm());
    t.after(() => connection.close());
    const peer = await server.accept();
    // Until the client has seen that the socket is open too.
    while (!waits.includes(20_000)) await new Promise(resolve => setImmediate(resolve));
    await clock.advance(20_000);
    assert.deepEqual(await peer.next(), { type: 'keepalive' });
    await connection.close();
    assert.deepEqual(await peer.next(), { type: 'close' });
    assert.equal((await peer.closed).code, 1000);
    assert.equal(manual.pending, 0);
  });
});

describe('with our own server', () => {
  it('the built-in voice sounds the same behind the route as it does without', async t => {
    const engine = await openEngine();
    // A clock that stands still: however long the engine takes, no text is cut and nobody gives up.
    const clock = manualClock();
    const server = createSpeechServer(engine, { voices: { resolve: id => findVoice(id)?.id }, clock });
    const url = new URL(`ws://127.0.0.1:${await listen(server)}`);
    const near = local.connect(accessTo(url, { clock }), calm());
    const far = connect(t, url, { clock });
    t.after(() => Promise.all([near.close(), server.close(), engine.close()]));
    const request: SpeechRequest = { ...REQUEST, voice: 'en-us' };
    // As `say` does it: at once, or a sentence at a time.
    for (const pieces of [['Hello there. This is “quoted”, isn’t it? And 3.14 more'], ['One. ', 'Two? ', 'And then']]) {
      const wanted = { ...request, model: local.defaultModel, maxBufferDelayMs: 0 };
      const here = await collect(near.synthesize(from(...pieces), wanted, calm()));
      const there = await collect(far.synthesize(from(...pieces), request, calm()));
      assert.ok(audioOf(here).length > 0);
      assert.ok(audioOf(here).equals(audioOf(there)), JSON.stringify(pieces));
    }
  });

  it('a synthesizer behind the route is the synthesizer, however the text is cut', async t => {
    const server = createSpeechServer(echo());
    t.after(() => server.close());
    const url = new URL(`ws://127.0.0.1:${await listen(server)}`);
    const connection = connect(t, url);
    const piece = fc.oneof(
      { weight: 4, arbitrary: fc.string({ unit: 'grapheme' }) },
      { weight: 1, arbitrary: fc.constant<Piece>({ flush: true }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async rest => {
        const pieces: Piece[] = ['Begin ', ...rest];
        const text = pieces.filter(part => typeof part === 'string').join('');
        const wanted = await collect(echo().synthesize(from(text), REQUEST, calm()));
        assert.deepEqual(await spoken(connection, ...pieces), audioOf(wanted));
      }),
      { numRuns: 40 },
    );
  });

  it('audio arrives as it was made, whatever it is', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 2, maxLength: 40_000, size: 'xlarge' }), { minLength: 1 }),
        async chunks => {
          const even = chunks.map(bytes => bytes.subarray(0, bytes.length & ~1));
          const server = createSpeechServer(scripted(even.map(bytes => ({ type: 'audio', chunk: bytes }))));
          const connection = slng.connect(accessTo(new URL(`ws://127.0.0.1:${await listen(server)}`)), calm());
          assert.deepEqual(await spoken(connection, 'Anything.'), Buffer.concat(even));
          await connection.close();
          await server.close();
        },
      ),
      { numRuns: 20 },
    );
  });
});
