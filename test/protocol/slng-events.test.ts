/** What a server says on SLNG's native route: valid by the schemas, read without trust, errors by code and status. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeBase64 } from '../../src/protocol/base64.ts';
import type { Message } from '../../src/protocol/dialect.ts';
import { Refusal, type RefusalFacts } from '../../src/protocol/refusal.ts';
import {
  errorCodeOf,
  readSlngEvent,
  writeAudioChunk,
  writeAudioEnd,
  writeSlngError,
} from '../../src/protocol/slng-events.ts';
import { assertValid } from '../support/schemas.ts';

const read = (message: unknown) =>
  readSlngEvent(Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)), false);

/** The audio of a message, or what kind of message it is. */
function heard(message: Message | undefined): Buffer | string | undefined {
  if (message?.type !== 'event') return message?.type;
  assert.equal(message.event.type, 'audio');
  return message.event.type === 'audio' ? Buffer.from(message.event.chunk) : undefined;
}

function failureOf(message: unknown) {
  const found = read(message);
  assert.ok(found?.type === 'error', JSON.stringify(message));
  return found.failure;
}

const id = fc.string({ unit: 'binary' });

describe('what SLNG says', () => {
  it('G15: is valid, whatever is in it, and is read as it was meant', () => {
    fc.assert(
      fc.property(id, fc.uint8Array({ minLength: 1 }), fc.nat(), fc.string(), (contextId, audio, flushId, words) => {
        const chunk = writeAudioChunk(contextId, audio, flushId, 12.5);
        assertValid('slng.server.message.json', JSON.parse(chunk));
        assert.deepEqual(read(chunk), {
          type: 'event',
          contextId,
          event: { type: 'audio', chunk: Buffer.from(audio) },
          segment: flushId,
        });
        const end = writeAudioEnd(contextId);
        assertValid('slng.server.message.json', JSON.parse(end));
        assert.deepEqual(read(end), { type: 'done', contextId });
        const facts: RefusalFacts = { status: 400, title: 'Invalid request', message: words, contextId };
        const error = writeSlngError(facts, 'req-1');
        assertValid('slng.server.message.json', JSON.parse(error));
        assert.equal(read(error)?.contextId, contextId);
      }),
    );
  });

  it('G7: the end has status 200, a chunk 206', () => {
    assert.deepEqual(JSON.parse(writeAudioEnd('c')), {
      type: 'audio_end',
      context_id: 'c',
      status_code: 200,
      done: true,
    });
    assert.equal(JSON.parse(writeAudioChunk('c', new Uint8Array(2), 0, 1)).status_code, 206);
  });

  it('the messages of the document are read', () => {
    const chunk = {
      type: 'audio_chunk',
      context_id: '9baf38d7-799e-40f2-88d1-daeacbdb3910',
      status_code: 206,
      done: false,
      data: 'AAF+/dD7',
      step_time: 67.49622,
      flush_id: 0,
    };
    assert.deepEqual(heard(read(chunk)), Buffer.from('AAF+/dD7', 'base64'));
    assert.deepEqual(read({ type: 'audio_end', context_id: 'c', status_code: 200, done: true }), {
      type: 'done',
      contextId: 'c',
    });
  });

  it('G6 F4: ready, flushed and the unknown are ignored', () => {
    for (const type of [
      'ready',
      'flushed',
      'cleared',
      'segment_start',
      'metadata',
      'timestamps',
      'weather',
      '',
      5,
      null,
    ]) {
      assert.equal(read({ type, context_id: 'c', data: 'AAAA' }), undefined, String(type));
    }
    for (const message of [{}, [], null, 42, 'chunk']) assert.equal(read(JSON.stringify(message)), undefined);
  });

  it('G16 F9: a binary frame is audio as it is', () => {
    const frame = Buffer.from([1, 2, 3]);
    assert.deepEqual(readSlngEvent(frame, true), {
      type: 'event',
      contextId: undefined,
      event: { type: 'audio', chunk: frame },
    });
  });

  it('other names for audio and its end are known, in any case', () => {
    for (const type of ['audio', 'chunk', 'Audio', 'AUDIO_CHUNK']) {
      assert.deepEqual(heard(read({ type, data: 'AAAA' })), Buffer.alloc(3), type);
    }
    for (const type of ['end', 'done', 'Audio_End']) assert.equal(read({ type })?.type, 'done', type);
  });

  it('E3: a chunk that is marked as the last is', () => {
    const found = read({ type: 'audio_chunk', data: 'AAAA', done: true });
    assert.equal(found?.type === 'event' && found.last, true);
  });

  it('F3: a chunk is understood however it is written', () => {
    const forms = [
      '{"data":"AAEC","type":"audio_chunk","context_id":"c"}',
      '{ "type" : "audio_chunk" ,\n "data" : "AAEC", "context_id": "c" }',
      '{"type":"audio_chunk","data":"AAEC\\n","context_id":"c"}',
      '{"type":"audio_chunk","dat\\u0061":"AAEC","context_id":"c"}',
      '{"nested":{"data":"////"},"type":"audio_chunk","data":"AAEC","context_id":"c"}',
      '{"type":"audio_chunk","data":"////","data":"AAEC","context_id":"c","__proto__":{"type":"error"}}',
      '{"type":"audio_chunk","data":"AAE=","data":"AAEC","context_id":"c"}',
    ];
    for (const form of forms) assert.deepEqual(heard(read(form)), Buffer.from([0, 1, 2]), form);
  });

  it('F3 F6: whatever stands in a chunk, the whole parser agrees', () => {
    const member = fc.tuple(
      fc.constantFrom('data', 'type', 'context_id', 'done', 'x', 'dat\\u0061'),
      fc.oneof(
        fc.constantFrom('"AAEC"', '"AAE="', '"AAE"', '"A"', '""', '"audio_chunk"', '"\\u0041AEC"', '{"data":"AAAA"}'),
        fc.json({ maxDepth: 1 }),
      ),
    );
    fc.assert(
      fc.property(fc.array(member, { maxLength: 6 }), fc.boolean(), (members, spaced) => {
        const all = [['type', '"audio_chunk"'], ...members].map(
          ([name, value]) => `"${name}"${spaced ? ' : ' : ':'}${value}`,
        );
        const frame = `{${all.join(',')}}`;
        const { type, data } = JSON.parse(frame) as { type: unknown; data: unknown };
        const found = heard(read(frame));
        if (type !== 'audio_chunk') return;
        const audio = typeof data === 'string' ? decodeBase64(data) : undefined;
        assert.deepEqual(found, audio === undefined ? 'broken' : Buffer.from(audio), frame);
      }),
    );
  });

  it('F1 F2: what is not JSON is broken, and nothing throws', () => {
    assert.equal(read('{"type":"audio_chunk"')?.type, 'broken');
    assert.equal(read('')?.type, 'broken');
    assert.equal(read(`${'['.repeat(200_000)}`)?.type, 'broken');
    fc.assert(
      fc.property(fc.uint8Array(), fc.boolean(), (bytes, isBinary) => {
        readSlngEvent(Buffer.from(bytes), isBinary);
      }),
    );
    fc.assert(
      fc.property(fc.json(), fc.constantFrom('error', 'audio_chunk', 'audio_end'), (json, type) => {
        read(json);
        read({
          type,
          data: JSON.parse(json),
          error: JSON.parse(json),
          message: JSON.parse(json),
          context_id: JSON.parse(json),
        });
      }),
    );
  });
});

describe('errors of SLNG', () => {
  it('G14: one of the document has no title, and is read whole', () => {
    const failure = failureOf({
      type: 'error',
      message: 'Provider returned an unexpected error',
      status_code: 500,
      error_code: 'provider_error',
      done: true,
      request_id: 'req-9b1c2f',
      doc_url: 'https://docs.cartesia.ai/errors/provider_error',
      context_id: 'demo-context-123',
    });
    assert.equal(failure.message, 'Provider returned an unexpected error');
    assert.deepEqual(failure.details, {
      retryable: true,
      status: 500,
      providerCode: 'provider_error',
      requestId: 'req-9b1c2f',
    });
  });

  const table: readonly (readonly [string, number, string, boolean])[] = [
    ['auth_error', 401, 'auth', false],
    ['config_error', 400, 'service', false],
    ['invalid_request', 400, 'service', false],
    ['payload_too_large', 413, 'service', false],
    ['rate_limit', 429, 'quota', true],
    ['rate_limit_exceeded', 429, 'quota', true],
    ['idle_timeout_exceeded', 408, 'service', true],
    ['max_connection_duration_exceeded', 408, 'service', true],
    ['not_ready', 503, 'service', true],
    ['backpressure', 503, 'service', true],
    ['translation_error', 500, 'service', true],
    ['provider_error', 502, 'service', true],
    ['backend_error', 502, 'service', true],
    ['backend_connection_failed', 502, 'service', true],
  ];
  for (const [code, status, kind, retryable] of table) {
    it(`G14: ${code} is ${status}, ${retryable ? 'worth' : 'not worth'} another attempt, in each of its shapes`, () => {
      for (const shape of [
        { type: 'error', error_code: code, message: 'm' },
        { type: 'error', code, message: 'm' },
        { type: 'Error', data: { code, message: 'm' } },
        { type: 'error', error: { code: code.toUpperCase(), message: 'm' } },
      ]) {
        const failure = failureOf(shape);
        assert.deepEqual([failure.kind, failure.retryable, failure.details.status], [kind, retryable, status]);
        assert.equal(failure.message, 'm');
      }
    });
  }

  it('G14: only a fault in translation is worth no more than one further attempt', () => {
    const most = table.map(([code]) => [code, failureOf({ type: 'error', code, message: 'm' }).details.mostRetries]);
    assert.deepEqual(
      most.filter(([, retries]) => retries !== undefined),
      [['translation_error', 1]],
    );
  });

  it('an unknown code is judged by the status, and without one is the service failing', () => {
    assert.equal(failureOf({ type: 'error', code: 'odd', status_code: 429 }).kind, 'quota');
    assert.equal(failureOf({ type: 'error', code: 'odd', status_code: 404 }).retryable, false);
    assert.equal(failureOf({ type: 'error', code: 425 }).retryable, true);
    assert.equal(failureOf({ type: 'error', code: 'odd' }).details.status, 500);
    assert.equal(failureOf({ type: 'error', code: '__proto__' }).details.status, 500);
  });

  it('a key that the provider behind rejects is not tried again', () => {
    const failure = failureOf({ type: 'error', data: { code: 'backend_connection_failed', status_code: 401 } });
    assert.deepEqual([failure.kind, failure.retryable], ['auth', false]);
  });

  it('E5: one that says nothing says so; one that says much is bounded and without control characters', () => {
    assert.match(failureOf({ type: 'error' }).message, /reported an error \(500\) and said nothing/);
    assert.match(failureOf({ type: 'error', message: '  ', error: 'old shape' }).message, /^old shape$/);
    const failure = failureOf({
      type: 'error',
      message: `\u001b[31m${'x'.repeat(1_000_000)}`,
      request_id: 'r'.repeat(9000),
    });
    assert.ok(failure.message.length <= 2000);
    assert.ok(!failure.message.includes('\u001b'));
    assert.ok(Number(failure.details.requestId?.length) <= 2000);
  });

  it('a refusal of ours goes by a code of the table', () => {
    const codeFor = (status: number, code?: string) =>
      errorCodeOf(new Refusal({ status, title: 't', message: 'm', ...(code === undefined ? {} : { code }) }).facts);
    assert.deepEqual(
      [400, 401, 403, 404, 408, 413, 429, 500, 502, 503].map(status => codeFor(status)),
      [
        'invalid_request',
        'auth_error',
        'auth_error',
        'invalid_request',
        'idle_timeout_exceeded',
        'payload_too_large',
        'rate_limit',
        'provider_error',
        'provider_error',
        'backpressure',
      ],
    );
    assert.equal(codeFor(400, 'config_error'), 'config_error');
    assert.equal(codeFor(429, 'concurrency_limited'), 'rate_limit');
  });
});
