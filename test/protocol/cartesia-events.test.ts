import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeBase64 } from '../../src/protocol/base64.ts';
import {
  readEvent,
  type ServerMessage,
  writeChunk,
  writeDone,
  writeError,
  writeFlushDone,
  writeTimestamps,
} from '../../src/protocol/cartesia-events.ts';
import { KNOWN_VERSIONS } from '../../src/protocol/versions.ts';
import { assertValid } from '../support/schemas.ts';

const read = (text: string) => readEvent(Buffer.from(text));

/** How a frame is to be understood as far as audio goes, by nothing but `JSON.parse`. */
function reference(frame: Buffer): { contextId: string; audio: Uint8Array | undefined } | 'other' {
  let message: unknown;
  try {
    message = JSON.parse(frame.toString('utf8'));
  } catch {
    return 'other';
  }
  if (typeof message !== 'object' || message === null || Array.isArray(message)) return 'other';
  const own = (name: string) => Object.getOwnPropertyDescriptor(message, name)?.value as unknown;
  const [type, contextId, data] = [own('type'), own('context_id'), own('data')];
  if (type !== 'chunk' || typeof contextId !== 'string') return 'other';
  return { contextId, audio: typeof data === 'string' ? decodeBase64(data) : undefined };
}

/** Fails where a frame is understood in another way than it should be. */
function assertSame(frame: Buffer): void {
  const wanted = reference(frame);
  const found: ServerMessage | undefined = readEvent(Buffer.from(frame));
  const text = frame.toString('latin1');
  const kind = wanted === 'other' ? 'other' : wanted.audio === undefined ? 'broken' : 'chunk';
  assert.equal(wanted === 'other' && found?.type !== 'chunk' ? 'other' : found?.type, kind, text);
  if (wanted === 'other') return;
  assert.equal(found?.contextId, wanted.contextId, text);
  if (found?.type === 'chunk' && wanted.audio)
    assert.deepEqual(Buffer.from(found.audio), Buffer.from(wanted.audio), text);
}

const id = fc.string({ unit: 'binary', minLength: 1 });
// A server sends no chunk without audio.
const audio = fc.uint8Array({ minLength: 1, maxLength: 100 });
const spans = fc.array(
  fc.record(
    { text: fc.string({ unit: 'binary' }), start: fc.double({ noNaN: true, min: 0, max: 1e6 }), end: fc.nat() },
    { noNullPrototype: true },
  ),
);

describe('what a server writes', () => {
  it('is valid, whatever is in it, and is read as it was meant', () => {
    fc.assert(
      fc.property(id, audio, spans, fc.nat(), (contextId, bytes, times, flushId) => {
        const frames = [
          writeChunk(contextId, bytes, flushId, 12.5),
          writeTimestamps(contextId, 'word', times, flushId),
          writeTimestamps(contextId, 'phoneme', times, flushId),
          writeFlushDone(contextId, flushId),
          writeDone(contextId),
        ];
        for (const frame of frames) {
          assertValid('cartesia.server.message.emit.json', JSON.parse(frame));
          assertValid('cartesia.server.message.json', JSON.parse(frame));
        }
        const [chunk, words, phonemes, flushed, done] = frames.map(read);
        // Half of a character cannot be sent as UTF-8.
        const name = Buffer.from(contextId).toString();
        const known = (text: string) => Buffer.from(text).toString();
        const seen = times.map(span => ({ ...span, text: known(span.text), start: span.start + 0 }));
        assert.deepEqual(chunk, { type: 'chunk', contextId: name, audio: Buffer.from(bytes), flushId, last: false });
        assert.deepEqual(words, { type: 'timestamps', contextId: name, granularity: 'word', spans: seen });
        assert.deepEqual(phonemes, { type: 'timestamps', contextId: name, granularity: 'phoneme', spans: seen });
        assert.deepEqual(flushed, { type: 'flush_done', contextId: name, flushId });
        assert.deepEqual(done, { type: 'done', contextId: name });
      }),
      { numRuns: 200 },
    );
  });

  it('audio in the middle of a larger buffer is that audio', () => {
    const whole = new Uint8Array(100).map((_, i) => i);
    const message = read(writeChunk('c', whole.subarray(10, 20), 0, 0));
    assert.ok(message?.type === 'chunk');
    assert.deepEqual(Buffer.from(message.audio), Buffer.from(whole.subarray(10, 20)));
  });

  for (const version of KNOWN_VERSIONS) {
    it(`an error for ${version} is valid and says title and message`, () => {
      const facts = { status: 404, title: 'No voice', message: 'none of that id', code: 'voice_not_found' };
      for (const strict of [false, true]) {
        const frame = writeError({ ...facts, contextId: 'c' }, { version, requestId: 'r-1', strict });
        assertValid('cartesia.server.message.emit.json', JSON.parse(frame));
        const message = read(frame);
        assert.ok(message?.type === 'error' && message.contextId === 'c');
        assert.equal(message.failure.message, 'No voice: none of that id');
        assert.equal(message.failure.details.status, 404);
      }
    });
  }
});

describe('what a client reads', () => {
  it('F3: odd ways to write a chunk give what JSON.parse gives', () => {
    const data = Buffer.from('some audio').toString('base64');
    const odd = [
      `{"data":"${data}","type":"chunk","context_id":"c"}`,
      ` { "data" : "${data}" , "type" : "chunk" , "context_id" : "c" } `,
      `{"type":"chunk","context_id":"c","d\\u0061ta":"${data}"}`,
      `{"type":"chunk","context_id":"c","data":"${data.replace('a', '\\u0061')}"}`,
      `{"type":"chunk","context_id":"c","data":"${data.replaceAll('/', '\\/')}"}`,
      `{"type":"chunk","context_id":"c","data":"AAAA","data":"${data}"}`,
      `{"type":"chunk","context_id":"c","data":"${data}","data":""}`,
      `{"type":"chunk","context_id":"c","x":{"data":"AAAA"},"data":"${data}"}`,
      `{"type":"chunk","context_id":"c","data":"${data}","x":{"data":"AAAA"}}`,
      `{"type":"chunk","context_id":"c","x":{"data":"AAAA"}}`,
      `{"type":"chunk","context_id":"c","x":[{"data":"AAAA"}],"data":null}`,
      `{"type":"chunk","context_id":"c","x":"\\"data\\":\\"AAAA\\"","data":"${data}"}`,
      `{"__proto__":{"data":"AAAA","type":"chunk"},"context_id":"c"}`,
      `{"type":"done","type":"chunk","context_id":"c","data":"${data}"}`,
      `{"type":"chunk","type":"done","context_id":"c","data":"${data}"}`,
      `{"type":"chunk","context_id":"c","data":"${data}"`,
      `{"type":"chunk","context_id":"c","data":"${data}"} x`,
      `{"type":"chunk","context_id":"c","data":"${data}`,
      `{"type":"chunk","context_id":"c","data":"AA\nAA"}`,
      `{"type":"chunk","context_id":"c","data":"AA\\nAA"}`,
      `{"type":"chunk","context_id":"c","data":"ŁAAA"}`,
      `{"type":"chunk","context_id":"c\\u0000","data":""}`,
      `\ufeff{"type":"chunk","context_id":"c","data":"${data}"}`,
    ];
    for (const text of odd) assertSame(Buffer.from(text));
  });

  it('a frame with a few bytes changed never crashes it, and is understood as JSON.parse does', () => {
    const members = [
      '"data":"AAAA"',
      '"data":"',
      '"',
      '\\"',
      '{',
      '}',
      ',',
      '"type":"chunk"',
      '\\',
      '=',
      '-',
      '_',
      'é',
    ];
    const change = fc.record({
      at: fc.nat(),
      remove: fc.nat({ max: 12 }),
      put: fc.oneof(fc.constantFrom(...members), fc.string(), fc.constant('')),
      byte: fc.option(fc.nat({ max: 255 })),
    });
    fc.assert(
      fc.property(id, audio, fc.array(change, { minLength: 1, maxLength: 4 }), (contextId, bytes, changes) => {
        let frame = Buffer.from(writeChunk(contextId, bytes, 1, 2));
        for (const { at, remove, put, byte } of changes) {
          const from = at % (frame.length + 1);
          const middle = byte === null ? Buffer.from(put) : Buffer.of(byte);
          frame = Buffer.concat([frame.subarray(0, from), middle, frame.subarray(from + remove)]);
        }
        assertSame(frame);
      }),
      { numRuns: 3000 },
    );
  });

  it('any JSON and any bytes are survived', () => {
    fc.assert(
      fc.property(fc.json(), text => assertSame(Buffer.from(text))),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.uint8Array(), bytes => assertSame(Buffer.from(bytes))),
      { numRuns: 500 },
    );
  });

  it('any value in any known member is survived', () => {
    const names = ['type', 'context_id', 'data', 'word_timestamps', 'phoneme_timestamps', 'title', 'message', 'error'];
    const types = fc.constantFrom('chunk', 'timestamps', 'phoneme_timestamps', 'flush_done', 'done', 'error');
    const more = fc.dictionary(
      fc.constantFrom(...names, 'done', 'status_code', 'flush_id', 'request_id'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(more, types, (members, type) => {
        assertSame(Buffer.from(JSON.stringify({ type, context_id: 'c', ...members })));
      }),
      { numRuns: 1000 },
    );
  });

  it('F2: what is no object is ignored, and depth does no harm', () => {
    for (const text of ['null', '[]', '42', '"chunk"', 'true']) assert.equal(read(text), undefined);
    assert.equal(read('')?.type, 'broken');
    assert.equal(read(`${'['.repeat(200_000)}${']'.repeat(200_000)}`), undefined);
    const deep = `{"x":${'{"x":'.repeat(200_000)}1${'}'.repeat(200_000)},"type":"done","context_id":"c"}`;
    assert.deepEqual(read(deep), { type: 'done', contextId: 'c' });
  });

  it('F4 F5: unknown kinds and unusable context ids are ignored', () => {
    for (const type of ['"news"', 'null', '7', '["chunk"]', '{}', '"Chunk"']) {
      assert.equal(read(`{"type":${type},"context_id":"c","data":"AAAA"}`), undefined);
    }
    for (const contextId of ['7', 'null', '["c"]', '{}', 'true']) {
      assert.equal(read(`{"type":"chunk","context_id":${contextId},"data":"AAAA"}`), undefined);
    }
    assert.equal(read('{"type":"chunk","data":"AAAA"}'), undefined);
  });

  it('C17: a flush id may be anything', () => {
    const flushId = (value: string) => {
      const message = read(`{"type":"chunk","context_id":"c","data":"AAAA"${value}}`);
      return message?.type === 'chunk' ? message.flushId : assert.fail();
    };
    assert.equal(flushId(''), 0);
    for (const [value, wanted] of Object.entries({ null: 0, 0: 0, 1: 1, '-3': -3, '"x"': 0, '1e999': 0, '{}': 0 })) {
      assert.equal(flushId(`,"flush_id":${value}`), wanted);
    }
  });

  it('F6: audio that is missing, of another type or cut off is broken, and tied to its context', () => {
    for (const data of ['null', '7', '["AAAA"]', '"no base64!"', '"AAAAA"', '{}']) {
      const message = read(`{"type":"chunk","context_id":"c","data":${data}}`);
      assert.ok(message?.type === 'broken' && message.contextId === 'c', data);
      assert.equal(message.failure.kind, 'service');
    }
    assert.equal(read('{"type":"chunk","context_id":"c"}')?.type, 'broken');
  });

  it('F13: times are taken as far as they are times', () => {
    const spansOf = (times: unknown) => {
      const message = read(JSON.stringify({ type: 'timestamps', context_id: 'c', word_timestamps: times }));
      return message?.type === 'timestamps' ? message.spans : assert.fail();
    };
    assert.deepEqual(spansOf({ words: ['a', 'b', 'c'], start: [0, 1], end: [1, 2, 3, 4] }), [
      { text: 'a', start: 0, end: 1 },
      { text: 'b', start: 1, end: 2 },
    ]);
    assert.deepEqual(spansOf({ words: ['a', 7, 'c', 'd'], start: [0, 1, '2', 3], end: [1, 2, 3, null] }), [
      { text: 'a', start: 0, end: 1 },
    ]);
    for (const times of [undefined, null, 7, [], {}, { words: 'abc', start: [], end: [] }, { words: ['a'] }]) {
      assert.deepEqual(spansOf(times), []);
    }
    const huge = read(
      '{"type":"timestamps","context_id":"c","word_timestamps":{"words":["a"],"start":[1e999],"end":[2]}}',
    );
    assert.ok(huge?.type === 'timestamps' && huge.spans.length === 0);
  });

  it('reads the singular of timestamps, which the oldest page has', () => {
    const message = read(
      '{"type":"timestamp","context_id":"c","word_timestamps":{"words":["a"],"start":[0],"end":[1]}}',
    );
    assert.ok(message?.type === 'timestamps' && message.spans.length === 1);
  });

  it('E5: an error is read in both shapes, or with next to nothing', () => {
    const failure = (members: object) => {
      const message = read(JSON.stringify({ type: 'error', done: true, ...members }));
      return message?.type === 'error' ? message : assert.fail();
    };
    const structured = failure({
      status_code: 400,
      error_code: 'model_not_found',
      title: 'No model',
      message: 'none',
      request_id: 'r',
      context_id: 'c',
    });
    assert.equal(structured.contextId, 'c');
    assert.equal(structured.failure.message, 'No model: none');
    assert.equal(structured.failure.retryable, false);
    assert.deepEqual(
      [structured.failure.details.providerCode, structured.failure.details.requestId],
      ['model_not_found', 'r'],
    );
    assert.equal(failure({ status_code: 500, error: 'Title: text' }).failure.message, 'Title: text');
    const bare = failure({});
    assert.equal(bare.contextId, undefined);
    assert.match(bare.failure.message, /said nothing/);
    const odd = failure({ status_code: '429', title: 7, message: ['x'], error: {}, error_code: null, context_id: 9 });
    assert.equal(odd.contextId, undefined);
    assert.equal(odd.failure.details.status, 500);
    const rude = failure({ message: `\u001b[31m${'x'.repeat(1_000_000)}`, request_id: 'r'.repeat(10_000) });
    assert.ok(rude.failure.message.length < 5000 && !rude.failure.message.includes('\u001b'));
    assert.ok(Number(rude.failure.details.requestId?.length) < 5000);
  });
});
