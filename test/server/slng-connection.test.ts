/** A session on SLNG's native route (protocol §6.3, G4–G15). */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { parseFault } from '../../src/server/faults.ts';
import { createSpeechServer } from '../../src/server/local-server.ts';
import type { ContextRecord, ServerOptions } from '../../src/server/options.ts';
import type { AudioFormat, Synthesizer } from '../../src/speech.ts';
import { manualClock } from '../support/clock.ts';
import { echo, echoOf, type RecordedSynthesizer, recorded } from '../support/scripted-synthesizer.ts';
import { audioIn, dialSlng, INIT } from '../support/slng-client.ts';

const FORMAT: AudioFormat = { encoding: 'pcm_s16le', sampleRate: 8000 };

async function connect(t: TestContext, synthesizer: Synthesizer = echo(), options: ServerOptions = {}) {
  const server = createSpeechServer(synthesizer, options);
  t.after(() => server.close());
  return dialSlng(server);
}

/** Speaks a first bit of each text and goes on, for at most `length` characters, only when it is told to. */
function held(length?: number): RecordedSynthesizer & { release(): void } {
  let open: () => void = () => {};
  const gate = new Promise<void>(resolve => {
    open = resolve;
  });
  const synthesizer = recorded(async function* (transcript, { format }, signal) {
    const stopped = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()));
    for await (const piece of transcript) {
      if (typeof piece !== 'string') continue;
      yield { type: 'audio', chunk: echoOf(piece.slice(0, 1), format) };
      await Promise.race([gate, stopped]);
      yield { type: 'audio', chunk: echoOf(piece.slice(1, length), format) };
    }
  });
  return Object.assign(synthesizer, { release: () => open() });
}

/** Lets things happen until it is so. */
async function settled(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(resolve => setImmediate(resolve));
}

const text = (words: string, goesOn = false) => ({ type: 'text', text: words, continue: goesOn });

describe('a session', () => {
  it('G7 G8: init and text give audio, then one end of the same context', async t => {
    const client = await connect(t);
    client.say(INIT, { type: 'text', text: 'Hello, this is Cartesia Sonic 3.' });
    const end = await client.until('audio_end');
    assert.equal(end.status_code, 200);
    assert.equal(end.done, true);
    assert.match(String(end.context_id), /^[0-9a-f-]{36}$/);
    assert.deepEqual(new Set(client.frames.map(frame => frame.context_id)), new Set([end.context_id]));
    assert.deepEqual(audioIn(client.frames), echoOf('Hello, this is Cartesia Sonic 3.', FORMAT));
    assert.deepEqual([...new Set(client.frames.map(frame => frame.type))], ['audio_chunk', 'audio_end']);
  });

  it('the synthesizer is asked for what init says, and for what a text says beside', async t => {
    const synthesizer = echo();
    const client = await connect(t, synthesizer);
    client.say({ ...INIT, encoding: 'mulaw', language: 'fr', generation_config: { speed: 1.2 } }, text('One.'));
    await client.until('audio_end');
    client.say({ ...text('Two.'), speed: 0.8, emotion: 'sad' });
    await client.until('audio_end', 2);
    const asked = synthesizer.calls.map(({ request }) => request);
    assert.deepEqual(
      asked.map(({ model, voice, language, speed, emotion, format, timestamps }) => ({
        model,
        voice,
        language,
        speed,
        emotion,
        ...format,
        timestamps,
      })),
      [
        {
          model: 'sonic-3',
          voice: 'v',
          language: 'fr',
          speed: 1.2,
          emotion: undefined,
          encoding: 'pcm_mulaw',
          sampleRate: 8000,
          timestamps: [],
        },
        {
          model: 'sonic-3',
          voice: 'v',
          language: 'fr',
          speed: 0.8,
          emotion: 'sad',
          encoding: 'pcm_mulaw',
          sampleRate: 8000,
          timestamps: [],
        },
      ],
    );
  });

  it('an init of nothing speaks with the model of the address', async t => {
    const synthesizer = echo();
    const client = await connect(t, synthesizer);
    client.say({ type: 'init' }, text('Hello.'));
    await client.until('audio_end');
    const { model, voice, format } = synthesizer.calls[0]?.request ?? assert.fail();
    assert.deepEqual([model, voice, format.sampleRate], ['sonic-3', 'f786b574-daa5-4673-aa0c-cbe3e8534c02', 24000]);
  });

  it('G4: text before init is an error, and the session stays usable', async t => {
    const client = await connect(t);
    client.say(text('too early'), { type: 'flush' });
    const error = await client.until('error', 2);
    assert.deepEqual([error.error_code, error.status_code, error.done], ['invalid_request', 400, true]);
    client.say(INIT, text('Now.'));
    await client.until('audio_end');
  });

  it('G9: each utterance has a context of its own, the first the one that init names', async t => {
    const client = await connect(t);
    client.say({ ...INIT, context_id: 'mine' }, text('One.'));
    await client.until('audio_end');
    client.say(text('Two.'));
    const second = await client.until('audio_end', 2);
    assert.equal(client.frames[0]?.context_id, 'mine');
    assert.notEqual(second.context_id, 'mine');
    assert.deepEqual(audioIn(client.frames, second.context_id), echoOf('Two.', FORMAT));
  });

  it('texts said at once are spoken one after the other, never mixed', async t => {
    const client = await connect(t);
    const texts = Array.from({ length: 20 }, (_, i) => `Number ${i}.`);
    client.say(INIT, ...texts.map(words => text(words)));
    await client.until('audio_end', texts.length);
    const ids = [...new Set(client.frames.map(frame => frame.context_id))];
    assert.equal(ids.length, texts.length);
    assert.deepEqual(
      ids.map(id => audioIn(client.frames, id).toString('hex')),
      texts.map(words => echoOf(words, FORMAT).toString('hex')),
    );
    const order = client.frames.map(frame => ids.indexOf(frame.context_id));
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    );
  });

  it('an utterance in parts is one context; an empty last part ends it', async t => {
    const synthesizer = echo();
    const client = await connect(t, synthesizer);
    client.say(INIT, text('Hel', true), text('lo, ', true), text('world', true), text(''));
    await client.until('audio_end');
    assert.equal(synthesizer.calls.length, 1);
    assert.equal(synthesizer.calls[0]?.text, 'Hello, world');
  });

  it('parts that wait for their turn are put together as well', async t => {
    const synthesizer = held();
    const client = await connect(t, synthesizer);
    client.say(INIT, text('One.'), text('Tw', true), { type: 'flush' }, text('o.'), text('Three.'));
    await client.until('audio_chunk');
    synthesizer.release();
    await client.until('audio_end', 3);
    assert.deepEqual(
      synthesizer.calls.map(call => call.text),
      ['One.', 'Two.', 'Three.'],
    );
  });

  it('G10: a flush is not answered, and later chunks count it', async t => {
    const client = await connect(t);
    client.say(INIT, text('One', true), { type: 'flush' }, text('two', true), { type: 'flush' }, text('three.'));
    await client.until('audio_end');
    const chunks = client.frames.filter(frame => frame.type === 'audio_chunk');
    assert.deepEqual(
      chunks.map(chunk => chunk.flush_id),
      [0, 1, 2],
    );
    assert.equal(client.frames.length, 4);
  });

  it('a flush with nothing to flush means nothing', async t => {
    const client = await connect(t);
    client.say(INIT, { type: 'flush' }, text('One.'), { type: 'flush' });
    await client.until('audio_end');
    client.say({ type: 'flush' }, text('Two.'));
    await client.until('audio_end', 2);
    assert.deepEqual(new Set(client.frames.map(frame => frame.type)), new Set(['audio_chunk', 'audio_end']));
    assert.deepEqual(new Set(client.frames.map(frame => frame.flush_id)), new Set([0, undefined]));
  });

  it('G11: cancel stops the audio and what waits, says nothing, and leaves the session usable', async t => {
    const synthesizer = held();
    const records: ContextRecord[] = [];
    const client = await connect(t, synthesizer, { onLog: record => records.push(record) });
    client.say(INIT, text('One.'), text('Two.'));
    await client.until('audio_chunk');
    client.say({ type: 'cancel' }, text('Three.'));
    await settled(() => synthesizer.calls[0]?.signal.aborted === true);
    synthesizer.release();
    const end = await client.until('audio_end');
    assert.deepEqual(
      synthesizer.calls.map(call => call.text),
      ['One.', 'Three.'],
    );
    assert.equal(synthesizer.calls[0]?.signal.aborted, true);
    assert.deepEqual(audioIn(client.frames, end.context_id), echoOf('Three.', FORMAT));
    assert.equal(client.frames.filter(frame => frame.context_id !== end.context_id).length, 1);
    assert.deepEqual(
      records.map(({ outcome }) => outcome),
      ['cancelled', 'done'],
    );
  });

  it('the end of what was cancelled, or of what failed, means nothing', async t => {
    const client = await connect(t);
    client.say(INIT, text('One', true), { type: 'cancel' }, text(''), text('...', true), text(''), text('Two.'));
    const end = await client.until('audio_end');
    assert.deepEqual(audioIn(client.frames, end.context_id), echoOf('Two.', FORMAT));
    assert.equal(client.frames.filter(frame => frame.type === 'error').length, 1);
  });

  it('G12: close ends the socket with 1000 and no more audio', async t => {
    const synthesizer = held();
    const client = await connect(t, synthesizer);
    client.say(INIT, text('One.'), text('Two.'));
    await client.until('audio_chunk');
    client.say({ type: 'close' });
    assert.equal((await client.closed).code, 1000);
    assert.equal(client.frames.length, 1);
    assert.equal(synthesizer.calls.length, 1);
    assert.equal(synthesizer.calls[0]?.signal.aborted, true);
  });

  it('G13: keepalive keeps the socket open and is not answered; silence ends it with a word', async t => {
    const clock = manualClock();
    const client = await connect(t, echo(), { clock, idleMs: 60_000 });
    client.say(INIT);
    const processed = async () => {
      for (let i = 0; i < 20; i++) await new Promise(resolve => setImmediate(resolve));
    };
    for (let i = 0; i < 4; i++) {
      await processed();
      await clock.advance(50_000);
      client.say({ type: 'keepalive' });
    }
    await processed();
    assert.equal(client.frames.length, 0);
    assert.equal(client.socket.readyState, client.socket.OPEN);
    await clock.advance(60_001);
    const error = await client.until('error');
    assert.deepEqual([error.error_code, error.status_code], ['idle_timeout_exceeded', 408]);
    assert.deepEqual(await client.closed, { code: 1000, reason: 'connection idle timeout' });
  });

  it('a context waits for more as long as the session does', async t => {
    const clock = manualClock();
    const client = await connect(t, echo(), { clock });
    client.say(INIT, text('One. ', true), { type: 'flush' });
    const { context_id } = await client.until('audio_chunk');
    await clock.advance(60_000);
    client.say(text('Two.'));
    assert.equal((await client.until('audio_end')).context_id, context_id);
  });
});

describe('what a session refuses', () => {
  it('V1: nonsense is an error and hurts nobody', async t => {
    const synthesizer = held();
    const client = await connect(t, synthesizer);
    client.say(INIT, text('One.'));
    await client.until('audio_chunk');
    client.say('{', '[]', '{"type":"weather"}', '{"type":"text"}', '{"type":"init","encoding":"mp3"}');
    client.socket.send(Buffer.from([1, 2, 3]));
    await client.until('error', 6);
    synthesizer.release();
    await client.until('audio_end');
    assert.deepEqual(audioIn(client.frames), echoOf('One.', FORMAT));
  });

  it('another init is taken between utterances only', async t => {
    const synthesizer = held();
    const client = await connect(t, synthesizer);
    client.say(INIT, text('One.'));
    await client.until('audio_chunk');
    client.say({ ...INIT, voice: 'other' });
    assert.match(String((await client.until('error')).message), /while something is spoken/);
    synthesizer.release();
    await client.until('audio_end');
    client.say({ ...INIT, voice: 'other' }, text('Two.'));
    await client.until('audio_end', 2);
    assert.deepEqual(
      synthesizer.calls.map(({ request }) => request.voice),
      ['v', 'other'],
    );
  });

  it('an unknown model, text without words and text without end', async t => {
    const client = await connect(t, echo(), { limits: { transcriptChars: 100 } });
    client.say({ ...INIT, model_id: 'sonic-99' });
    assert.equal((await client.until('error')).error_code, 'invalid_request');
    client.say(INIT, text('...'));
    const second = await client.until('error', 2);
    assert.deepEqual([second.status_code, typeof second.context_id], [400, 'string']);
    client.say(text('x'.repeat(101)));
    const third = await client.until('error', 3);
    assert.deepEqual([third.error_code, third.status_code], ['payload_too_large', 413]);
    client.say(text(''));
    assert.equal((await client.until('error', 3)).error_code, 'payload_too_large');
    client.say(text('Fine.'));
    await client.until('audio_end');
  });

  it('an empty utterance, where none has failed before', async t => {
    const client = await connect(t);
    client.say(INIT, text(''));
    assert.match(String((await client.until('error')).message), /empty/);
  });

  it('one context too many', async t => {
    const synthesizer = held();
    const server = createSpeechServer(synthesizer, { concurrency: 1 });
    t.after(() => server.close());
    const [one, two] = await Promise.all([dialSlng(server), dialSlng(server)]);
    one?.say(INIT, text('One.'));
    await one?.until('audio_chunk');
    two?.say(INIT, text('Two.'));
    const error = await two?.until('error');
    assert.deepEqual([error?.error_code, error?.status_code], ['rate_limit', 429]);
    synthesizer.release();
    await one?.until('audio_end');
    two?.say(text('Two.'));
    await two?.until('audio_end');
  });

  it('a failure of the synthesizer ends its utterance, and the next one is spoken', async t => {
    let failed = false;
    const synthesizer = recorded(async function* (transcript, { format }) {
      for await (const piece of transcript) {
        if (!failed) {
          failed = true;
          throw new Error('inside information');
        }
        if (typeof piece === 'string') yield { type: 'audio', chunk: echoOf(piece, format) };
      }
    });
    const client = await connect(t, synthesizer);
    client.say(INIT, text('One.'), text('Two.'));
    const end = await client.until('audio_end');
    const [error] = client.frames;
    assert.deepEqual([error?.type, error?.status_code, error?.error_code], ['error', 500, 'provider_error']);
    assert.doesNotMatch(JSON.stringify(error), /inside/);
    assert.deepEqual(audioIn(client.frames, end.context_id), echoOf('Two.', FORMAT));
  });

  it('what is refused later is refused in its turn', async t => {
    const client = await connect(t);
    client.say(INIT, text('One.'), text('...'), text('Two.'));
    await client.until('audio_end', 2);
    const kinds = client.frames.map(frame => frame.type);
    assert.deepEqual(kinds, ['audio_chunk', 'audio_end', 'error', 'audio_chunk', 'audio_end']);
  });

  it('V2: text that nobody takes is not read without end, and is not lost', async t => {
    const synthesizer = held(2);
    const client = await connect(t, synthesizer, { limits: { waitingChars: 10_000 } });
    client.say(INIT, text('First.'));
    await client.until('audio_chunk');
    const long = `A text. ${'x'.repeat(15_000)}`;
    for (let i = 0; i < 100; i++) client.say(text(long));
    for (let i = 0; i < 200; i++) await new Promise(resolve => setImmediate(resolve));
    assert.ok(client.socket.bufferedAmount > 500_000, `${client.socket.bufferedAmount} bytes wait at the client`);
    client.say({ type: 'keepalive' });
    synthesizer.release();
    await client.until('audio_end', 101);
    assert.equal(synthesizer.calls.length, 101);
    assert.equal(client.socket.bufferedAmount, 0);
  });

  it('faults happen here as well', async t => {
    const failing = await connect(t, echo(), { faults: [parseFault('error-mid-stream:503@1')] });
    failing.say(INIT, text('One.'));
    const error = await failing.until('error');
    assert.deepEqual([error.status_code, error.error_code], [503, 'backpressure']);
  });
});
