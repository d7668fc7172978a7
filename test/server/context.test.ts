/** The life of one context, from the first input to the last frame (protocol §4, V8–V24). */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { ENCODINGS, SAMPLE_RATES } from '../../src/audio.ts';
import { createSpeechServer } from '../../src/server/local-server.ts';
import type { ServerOptions } from '../../src/server/options.ts';
import type { Encoding, Synthesizer } from '../../src/speech.ts';
import { manualClock } from '../support/clock.ts';
import { audioOf, dial, type Frame, generation, kindsOf, listen } from '../support/plain-client.ts';
import { echo, echoOf, recorded, SECONDS_PER_CHAR } from '../support/scripted-synthesizer.ts';

const S16 = { encoding: 'pcm_s16le', sampleRate: 8000 } as const;

async function open(t: TestContext, options: ServerOptions = {}, synthesizer: Synthesizer = echo()) {
  const server = createSpeechServer(synthesizer, options);
  t.after(() => server.close());
  return dial(server);
}

function wordsOf(frames: readonly Frame[]): string[] {
  const lists = frames.filter(frame => frame.type === 'timestamps').map(frame => frame.word_timestamps);
  return lists.flatMap(list => (list as { words: string[] }).words);
}

describe('a context', () => {
  it('V8: ended by a single blank yields one done and no error', async t => {
    const client = await open(t);
    const options = { max_buffer_delay_ms: 0, add_timestamps: true };
    client.send(generation('c', 'Hello there. ', { continue: true, ...options }));
    client.send(generation('c', 'How are you? ', { continue: true, ...options }));
    client.send(generation('c', ' ', { continue: false, ...options }));
    const frames = await client.end('c');
    assert.equal(frames.filter(frame => frame.type === 'done').length, 1);
    assert.equal(frames.filter(frame => frame.type === 'error').length, 0);
    assert.deepEqual(audioOf(frames, 'c'), echoOf('Hello there. How are you?  ', S16));
  });

  for (const inside of [true, false]) {
    it(`V10: one shot gives chunks, then one done, then nothing (${inside ? 'inside' : 'TCP'})`, async t => {
      const server = createSpeechServer(echo());
      t.after(() => server.close());
      const client = await dial(server, inside ? {} : { port: await listen(server) });
      client.send(generation('c', 'Hello, world'));
      await client.end('c');
      await client.settle();
      assert.deepEqual(kindsOf(client.frames, 'c'), ['chunk', 'done']);
      assert.equal(client.frames.at(-1)?.type, 'done');
      assert.deepEqual(audioOf(client.frames, 'c'), echoOf('Hello, world', S16));
    });
  }

  it('V11: done comes after all timestamps', async t => {
    const client = await open(t);
    client.send(generation('c', 'One. Two. Three.', { add_timestamps: true, add_phoneme_timestamps: true }));
    const frames = await client.end('c');
    await client.settle();
    assert.equal(client.frames.length, frames.length);
    assert.ok(frames.some(frame => frame.type === 'phoneme_timestamps'));
  });

  it('V12: chunks are cut on sample boundaries, however the synthesizer cuts', async t => {
    for (const encoding of Object.keys(ENCODINGS) as Encoding[]) {
      const audio = Buffer.from(Array.from({ length: 64_000 }, (_, i) => (i * 7) & 0xff));
      const odd = recorded(async function* () {
        for (let from = 0; from < audio.length; from += 4999) {
          yield { type: 'audio', chunk: audio.subarray(from, from + 4999) };
          yield { type: 'audio', chunk: new Uint8Array(0) };
        }
      });
      const client = await open(t, { limits: { chunkBytes: 3001 } }, odd);
      client.send(generation('c', 'a', { output_format: { container: 'raw', encoding, sample_rate: 8000 } }));
      const frames = await client.end('c');
      const sizes = frames
        .filter(frame => frame.type === 'chunk')
        .map(frame => Buffer.from(String(frame.data), 'base64').length);
      for (const size of sizes) assert.ok(size % ENCODINGS[encoding].bytesPerSample === 0 && size <= 3001, `${size}`);
      assert.deepEqual(audioOf(frames, 'c'), audio);
    }
  });

  it('a synthesizer that stops inside a sample has failed', async t => {
    const client = await open(
      t,
      {},
      recorded(async function* () {
        yield { type: 'audio', chunk: new Uint8Array(3) };
      }),
    );
    client.send(generation('c', 'a'));
    const last = (await client.end('c')).at(-1);
    assert.deepEqual([last?.type, last?.status_code], ['error', 500]);
  });

  it('V13: the audio is as long as rate and encoding make it, for all 24 formats', async t => {
    const client = await open(t);
    const formats = (Object.keys(ENCODINGS) as Encoding[]).flatMap(encoding =>
      SAMPLE_RATES.map(sampleRate => ({ encoding, sampleRate })),
    );
    assert.equal(formats.length, 24);
    for (const [i, format] of formats.entries()) {
      const output = { container: 'raw', encoding: format.encoding, sample_rate: format.sampleRate };
      client.send(generation(`c${i}`, 'abc', { output_format: output }));
      const bytes = audioOf(await client.end(`c${i}`), `c${i}`).length;
      const seconds = bytes / ENCODINGS[format.encoding].bytesPerSample / format.sampleRate;
      assert.ok(Math.abs(seconds - 3 * SECONDS_PER_CHAR) <= 3 / format.sampleRate);
    }
  });

  it('V14: a text cut anyhow gives the words and the audio of the whole', async t => {
    const client = await open(t);
    // No mark with a closing quote behind it: cut between the two, the mark ends the sentence (protocol §4.3).
    const text =
      'Dr. Smith paid $3.50 for 2 apples. Why? “Because,” she said, and nobody knew! It was 5 p.m. already; e.g. late';
    let count = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(text.length), { maxLength: 12 }), async cuts => {
        const id = `c${count++}`;
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        // The first input must have something to say.
        const inputs = places
          .slice(1)
          .map((to, i) => text.slice(places[i], to))
          .filter((part, i) => i > 0 || part !== '');
        if (inputs[0] === '') inputs.shift();
        for (const input of inputs.filter(part => part !== '')) {
          client.send(generation(id, input, { continue: true, add_timestamps: true }));
        }
        client.send(generation(id, '', { continue: false }));
        const frames = (await client.end(id)).filter(frame => frame.context_id === id);
        assert.equal(frames.at(-1)?.type, 'done');
        assert.deepEqual(audioOf(frames, id), echoOf(text, S16));
        assert.deepEqual(wordsOf(frames), text.split(' '));
        client.frames.length = 0;
      }),
      { numRuns: 40 },
    );
  });

  it('V16: inputs sent in a burst are answered in order', async t => {
    const client = await open(t);
    const inputs = Array.from({ length: 200 }, (_, i) => `Number ${i}. `);
    for (const input of inputs) client.send(generation('c', input, { continue: true, add_timestamps: true }));
    client.send(generation('c', '', { continue: false }));
    const frames = await client.end('c');
    assert.deepEqual(audioOf(frames, 'c'), echoOf(inputs.join(''), S16));
    assert.deepEqual(wordsOf(frames), inputs.join('').trim().split(' '));
  });

  it('V17: without delay each input is spoken at once and acknowledged unasked', async t => {
    const client = await open(t, { clock: manualClock() });
    client.send(generation('c', 'Hel', { continue: true, max_buffer_delay_ms: 0 }));
    await client.until(frame => frame.type === 'flush_done' && frame.flush_id === 1);
    client.send(generation('c', 'lo ', { continue: true, max_buffer_delay_ms: 0, flush: true }));
    await client.until(frame => frame.type === 'flush_done' && frame.flush_id === 2);
    client.send(generation('c', '', { continue: false, max_buffer_delay_ms: 0 }));
    const frames = await client.end('c');
    assert.deepEqual(kindsOf(frames, 'c'), ['chunk', 'flush_done', 'chunk', 'flush_done', 'done']);
    assert.deepEqual(audioOf(frames, 'c'), echoOf('Hello ', S16));
  });

  for (const [stated, ms] of [
    [undefined, 3000],
    [250, 250],
    [5000, 5000],
  ] as const) {
    it(`V18: an unfinished sentence waits ${ms} ms and is spoken then`, async t => {
      const clock = manualClock();
      const client = await open(t, { clock });
      client.send(
        generation('c', 'Hello wor', {
          continue: true,
          ...(stated === undefined ? {} : { max_buffer_delay_ms: stated }),
        }),
      );
      await client.settle();
      await clock.advance(ms - 1);
      await client.settle();
      assert.deepEqual(client.frames, []);
      await clock.advance(1);
      await client.until(frame => frame.type === 'chunk');
      await client.settle();
      assert.deepEqual(kindsOf(client.frames, 'c'), ['chunk']);
      assert.deepEqual(audioOf(client.frames, 'c'), echoOf('Hello wor', S16));
    });
  }

  it('a whole sentence is spoken without waiting, the rest waits from then on', async t => {
    const clock = manualClock();
    const client = await open(t, { clock });
    client.send(generation('c', 'One', { continue: true }));
    await client.settle();
    await clock.advance(2000);
    client.send(generation('c', ' is done. Two is', { continue: true }));
    await client.until(frame => frame.type === 'chunk');
    await clock.advance(2999);
    await client.settle();
    assert.deepEqual(audioOf(client.frames, 'c'), echoOf('One is done. ', S16));
    await clock.advance(1);
    await client.until(frame => frame !== client.frames[0] && frame.type === 'chunk');
    assert.deepEqual(audioOf(client.frames, 'c'), echoOf('One is done. Two is', S16));
  });

  it('V19: a flush makes waiting text audible, flush_done comes after its audio', async t => {
    const client = await open(t, { clock: manualClock() });
    client.send(generation('c', 'Hello wor', { continue: true }));
    client.send(generation('c', '', { continue: true, flush: true }));
    const frames = await client.until(frame => frame.type === 'flush_done');
    assert.deepEqual(kindsOf(frames, 'c'), ['chunk', 'flush_done']);
    assert.deepEqual(audioOf(frames, 'c'), echoOf('Hello wor', S16));
  });

  const numberings = {
    A: { chunks: [0, 1, 2], flushes: [1, 2] },
    B: { chunks: [0, 1, 2], flushes: [0, 1] },
    C: { chunks: [1, 2, 3], flushes: [1, 2] },
  } as const;
  for (const numbering of ['A', 'B', 'C'] as const) {
    it(`V20: chunks and flush_done bear the numbers of model ${numbering}`, async t => {
      const client = await open(t, { flushNumbering: numbering });
      client.send(generation('c', 'one', { continue: true, flush: true, add_timestamps: true }));
      client.send(generation('c', 'two', { continue: true, flush: true, add_timestamps: true }));
      client.send(generation('c', 'three', { continue: false, add_timestamps: true }));
      const frames = await client.end('c');
      const ids = (type: string) => frames.filter(frame => frame.type === type).map(frame => frame.flush_id);
      assert.deepEqual(ids('chunk'), numberings[numbering].chunks);
      assert.deepEqual(ids('timestamps'), numberings[numbering].chunks);
      assert.deepEqual(ids('flush_done'), numberings[numbering].flushes);
    });
  }

  it('V21: a flush on a message with text flushes that text too', async t => {
    const client = await open(t, { clock: manualClock() });
    client.send(generation('c', 'Hello wor', { continue: true, flush: true }));
    const frames = await client.until(frame => frame.type === 'flush_done');
    assert.deepEqual(audioOf(frames, 'c'), echoOf('Hello wor', S16));
  });

  it('V22: an empty end yields done, with or without text waiting', async t => {
    const client = await open(t, { clock: manualClock() });
    client.send(generation('a', 'Done.', { continue: true }));
    await client.until(frame => frame.type === 'chunk');
    client.send(generation('a', '', { continue: false }));
    await client.end('a');
    client.send(generation('b', 'Not don', { continue: true }));
    client.send({ context_id: 'b', transcript: '', continue: false });
    const frames = await client.end('b');
    assert.deepEqual(audioOf(frames, 'b'), echoOf('Not don', S16));
    assert.equal(frames.filter(frame => frame.type === 'done').length, 2);
  });

  it('V22: a synthesizer that never answers boundaries still gives flush_done before done', async t => {
    const mute = recorded(async function* (transcript) {
      for await (const piece of transcript)
        if (typeof piece === 'string') yield { type: 'audio', chunk: new Uint8Array(2) };
    });
    const client = await open(t, {}, mute);
    client.send(generation('c', 'a', { continue: true, flush: true }));
    client.send(generation('c', '', { continue: false }));
    assert.deepEqual(kindsOf(await client.end('c'), 'c'), ['chunk', 'flush_done', 'done']);
  });

  it('a synthesizer that ends before the text does ends the context', async t => {
    const client = await open(
      t,
      {},
      recorded(async function* () {
        yield { type: 'audio', chunk: new Uint8Array(2) };
      }),
    );
    client.send(generation('c', 'a.', { continue: true }));
    assert.deepEqual(kindsOf(await client.end('c'), 'c'), ['chunk', 'done']);
  });
});
