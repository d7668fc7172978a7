/** What a message may say, and in what shape the answer comes (protocol §2.3, §5, §7, V9, V30–V34, V39, V40). */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { KNOWN_VERSIONS } from '../../src/protocol/versions.ts';
import { createSpeechServer } from '../../src/server/local-server.ts';
import { MODELS, SUNSET_MODELS } from '../../src/server/models.ts';
import type { ServerOptions } from '../../src/server/options.ts';
import { type DialOptions, dial, generation, kindsOf } from '../support/plain-client.ts';
import { echo } from '../support/scripted-synthesizer.ts';

async function open(t: TestContext, options: ServerOptions = {}, how: DialOptions = {}, synthesizer = echo()) {
  const server = createSpeechServer(synthesizer, options);
  t.after(() => server.close());
  return dial(server, how);
}

const before = KNOWN_VERSIONS.filter(version => version < '2026-03-01');
const since = KNOWN_VERSIONS.filter(version => version >= '2026-03-01');

describe('messages', () => {
  for (const version of before) {
    it(`V30: an error for ${version} has the string and, unless strict, the structure beside it`, async t => {
      const lenient = await open(t, {}, { version });
      const strict = await open(t, { strict: true }, { version });
      for (const client of [lenient, strict]) client.send(generation('c', 'a', { model_id: 'x' }));
      const [both] = await lenient.end('c');
      const [bare] = await strict.end('c');
      assert.match(String(both?.error), /^Invalid model: /);
      assert.equal(both?.error_code, 'model_not_found');
      assert.equal(both.title, 'Invalid model');
      assert.deepEqual(Object.keys(bare ?? {}).sort(), ['context_id', 'done', 'error', 'status_code', 'type']);
    });
  }

  for (const version of since) {
    it(`V30: an error for ${version} has title, message, code and request id, and no string`, async t => {
      const client = await open(t, {}, { version });
      client.send(generation('c', 'a', { model_id: 'x' }));
      const [error] = await client.end('c');
      assert.ok(error !== undefined, 'there is one');
      for (const name of ['title', 'message', 'error_code', 'request_id']) assert.equal(typeof error[name], 'string');
      assert.equal('error' in error, false);
    });
  }

  it('V31: the models of the service and those of the options are known, others are not', async t => {
    const client = await open(t, { models: ['espeak-ng'] });
    for (const model of [...MODELS, 'espeak-ng']) {
      client.send(generation(`c-${model}`, 'a', { model_id: model }));
      assert.equal((await client.end(`c-${model}`)).at(-1)?.type, 'done');
    }
    const codes = { model_sunsetted: SUNSET_MODELS, model_not_found: ['', 'SONIC-3', 'sonic-4', '__proto__'] };
    for (const [code, models] of Object.entries(codes)) {
      for (const model of models) {
        client.send(generation(`c-${model}`, 'a', { model_id: model }));
        const error = (await client.end(`c-${model}`)).at(-1);
        assert.deepEqual([error?.status_code, error?.error_code], [400, code]);
      }
    }
  });

  const wrong: Record<string, object> = {
    'an odd rate': { output_format: { container: 'raw', encoding: 'pcm_s16le', sample_rate: 11025 } },
    'an unknown encoding': { output_format: { container: 'raw', encoding: 'pcm_s24le', sample_rate: 8000 } },
    'another container': { output_format: { container: 'wav', encoding: 'pcm_s16le', sample_rate: 8000 } },
    'no format': { output_format: undefined },
    'no model': { model_id: undefined },
    'no voice': { voice: undefined },
    'a voice that is a number': { voice: 7 },
    'a number as transcript': { transcript: 7 },
    'no transcript': { transcript: undefined },
    'too long a delay': { max_buffer_delay_ms: 5001 },
    'half a millisecond': { max_buffer_delay_ms: 0.5 },
    'too much speed': { generation_config: { speed: 1.6 } },
    'too much volume': { generation_config: { volume: 2.1 } },
    'yes for true': { continue: 'yes' },
    'too long a transcript': { transcript: 'a'.repeat(20_001) },
    'too long an id': { context_id: 'c'.repeat(1001) },
  };
  for (const [name, change] of Object.entries(wrong)) {
    it(`V31: ${name} is refused with 400 and the context's id`, async t => {
      const client = await open(t);
      const message = { ...generation('c', 'a'), ...change };
      client.send(message);
      const [error] = await client.until(() => true);
      assert.deepEqual([error?.type, error?.status_code], ['error', 400]);
      assert.equal(error?.context_id, Reflect.get(message, 'context_id'));
      client.send(generation('next', 'a'));
      assert.equal((await client.end('next')).at(-1)?.type, 'done');
    });
  }

  it('a transcript may have 20 000 characters', async t => {
    const client = await open(t);
    client.send(generation('c', 'a'.repeat(20_000)));
    assert.equal((await client.end('c')).at(-1)?.type, 'done');
  });

  for (const [version, status] of [
    ['2025-11-04', 400],
    ['2026-03-01', 404],
  ] as const) {
    it(`V31: an unknown voice is refused with ${status} for ${version} if strict, else another speaks`, async t => {
      const voices = { resolve: (id: string) => (id === 'known' ? 'own-id' : undefined), substitute: () => 'any-id' };
      const synthesizer = echo();
      const strict = await open(t, { strict: true, voices }, { version });
      const lenient = await open(t, { voices }, { version }, synthesizer);
      strict.send(generation('c', 'a'));
      const [error] = await strict.end('c');
      assert.deepEqual([error?.type, error?.status_code], ['error', status]);
      lenient.send(generation('c', 'a'));
      lenient.send(generation('d', 'a', { voice: 'known' }));
      await lenient.end('c');
      await lenient.end('d');
      assert.deepEqual(
        synthesizer.calls.map(call => call.request.voice),
        ['any-id', 'own-id'],
      );
    });
  }

  for (const text of [
    '{',
    '',
    'null',
    '[]',
    '42',
    '"chunk"',
    '{"context_id":"c"} x',
    `${'['.repeat(200_000)}`,
    '{"__proto__":1}',
  ]) {
    it(`V32: ${JSON.stringify(text.slice(0, 20))} gets an error, the socket stays usable`, async t => {
      const client = await open(t, { strict: true });
      client.send(text);
      const [error] = await client.until(() => true);
      assert.deepEqual([error?.type, error?.status_code, error?.context_id], ['error', 400, undefined]);
      client.send(generation('c', 'a'));
      assert.equal((await client.end('c')).at(-1)?.type, 'done');
    });
  }

  it('V32: a binary frame gets an error, even if it holds a request', async t => {
    const client = await open(t);
    client.socket.send(Buffer.from(JSON.stringify(generation('c', 'a'))));
    const [error] = await client.until(() => true);
    assert.deepEqual([error?.type, error?.status_code, error?.context_id], ['error', 400, undefined]);
    client.send(generation('c', 'a'));
    assert.equal((await client.end('c')).at(-1)?.type, 'done');
  });

  it('V33: times come only if asked for, in arrays of one length, and never step back', async t => {
    const client = await open(t);
    const asked: [string, object, string[]][] = [
      ['none', {}, []],
      ['words', { add_timestamps: true }, ['timestamps']],
      ['phonemes', { add_phoneme_timestamps: true }, ['phoneme_timestamps']],
      ['both', { add_timestamps: true, add_phoneme_timestamps: true }, ['timestamps', 'phoneme_timestamps']],
    ];
    for (const [id, options, kinds] of asked) {
      client.send(generation(id, 'Hello there. And ', { continue: true, ...options }));
      client.send(generation(id, 'goodbye', options));
      const frames = (await client.end(id)).filter(frame => frame.context_id === id);
      const times = frames.filter(frame => frame.type.endsWith('timestamps'));
      assert.deepEqual([...new Set(times.map(frame => frame.type))], kinds);
      assertGrowing(times.filter(frame => frame.type === 'timestamps').map(frame => frame.word_timestamps as Times));
    }
  });

  it('V34: there are as many words as blanks divide', async t => {
    const client = await open(t);
    const text = 'The quick brown fox. Jumps over the lazy dog, twice!';
    client.send(generation('c', text, { add_timestamps: true }));
    const lists = (await client.end('c')).filter(frame => frame.type === 'timestamps');
    assert.deepEqual(
      lists.flatMap(frame => (frame.word_timestamps as Times).words),
      text.split(' '),
    );
  });

  it('V39: a voice may be a string, an object with an id, one with a mode; an embedding only before 2026-03-01', async t => {
    const synthesizer = echo();
    const embedding = { mode: 'embedding', embedding: Array.from({ length: 192 }, (_, i) => i / 192) };
    const older = await open(t, {}, { version: '2025-11-04' }, synthesizer);
    const newer = await open(t, {}, { version: '2026-08-14' }, synthesizer);
    for (const client of [older, newer]) {
      for (const [i, voice] of ['v', { id: 'v' }, { mode: 'id', id: 'v' }].entries()) {
        client.send(generation(`c${i}`, 'a', { voice }));
        assert.equal((await client.end(`c${i}`)).at(-1)?.type, 'done');
        assert.equal(synthesizer.calls.at(-1)?.request.voice, 'v');
      }
      client.send(generation('e', 'a', { voice: embedding }));
    }
    assert.equal((await older.end('e')).at(-1)?.type, 'done');
    assert.equal((await newer.end('e')).at(-1)?.status_code, 400);
  });

  it('an embedding of anything but numbers is refused, however deep', async t => {
    const client = await open(t, {}, { version: '2024-06-10' });
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    client.send(
      JSON.stringify(generation('c', 'a', { voice: { mode: 'embedding', embedding: 0 } })).replace(':0', `:${deep}`),
    );
    assert.equal((await client.end('c'))[0]?.status_code, 400);
  });

  it('V40: null is absence', async t => {
    const names = ['language', 'continue', 'flush', 'max_buffer_delay_ms', 'add_timestamps', 'add_phoneme_timestamps'];
    names.push('use_normalized_timestamps', 'pronunciation_dict_id', 'generation_config', 'speed');
    const synthesizer = echo();
    const client = await open(t, {}, {}, synthesizer);
    client.send(generation('a', 'Hello'));
    client.send(generation('b', 'Hello', Object.fromEntries(names.map(name => [name, null]))));
    assert.deepEqual(kindsOf(await client.end('a'), 'a'), kindsOf(await client.end('b'), 'b'));
    assert.deepEqual(synthesizer.calls[0]?.request, synthesizer.calls[1]?.request);
  });

  it('a request without a context id gets one, unless strict', async t => {
    const lenient = await open(t);
    const strict = await open(t, { strict: true });
    for (const client of [lenient, strict]) client.send(generation('', 'a', { context_id: null }));
    const frames = await lenient.until(frame => frame.type === 'done');
    assert.match(String(frames[0]?.context_id), /^[0-9a-f-]{36}$/);
    assert.equal((await strict.until(() => true))[0]?.status_code, 400);
  });

  it('the synthesizer is asked for what the client asked for, and not to wait for more', async t => {
    const synthesizer = echo();
    const client = await open(t, {}, {}, synthesizer);
    client.send(
      generation('c', 'a', {
        language: 'pt-BR',
        generation_config: { speed: 0.6, volume: 2, emotion: 'Sad' },
        pronunciation_dict_id: 'dict',
        add_timestamps: true,
        use_normalized_timestamps: true,
        max_buffer_delay_ms: 100,
      }),
    );
    await client.end('c');
    assert.deepEqual(synthesizer.calls[0]?.request, {
      model: 'sonic-3',
      voice: 'a0e99841-438c-4a64-b679-ae501e7d6091',
      format: { encoding: 'pcm_s16le', sampleRate: 8000 },
      language: 'pt-BR',
      speed: 0.6,
      volume: 2,
      emotion: 'Sad',
      pronunciationDict: 'dict',
      timestamps: ['word'],
      normalizedTimestamps: true,
      maxBufferDelayMs: 0,
    });
  });
});

interface Times {
  readonly words: string[];
  readonly start: number[];
  readonly end: number[];
}

function assertGrowing(lists: readonly Times[]): void {
  let last = 0;
  for (const { words, start, end } of lists) {
    assert.ok(words.length === start.length && words.length === end.length, 'one length');
    for (const [i, from] of start.entries()) {
      assert.ok(from >= last && (end[i] ?? 0) >= from, `${from} is not before ${last}`);
      last = from;
    }
  }
}
