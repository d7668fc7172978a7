import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ENCODINGS, SAMPLE_RATES } from '../../src/audio.ts';
import { DEFAULT_BUFFER_DELAY_MS, readRequest, writeCancel, writeInput } from '../../src/protocol/cartesia-requests.ts';
import { Refusal } from '../../src/protocol/refusal.ts';
import type { Encoding, SpeechRequest } from '../../src/speech.ts';
import { assertValid } from '../support/schemas.ts';
import { REQUEST } from '../support/wire.ts';

const READING = { version: '2026-03-01' };
const option = <T>(name: string, values: fc.Arbitrary<T>) =>
  fc.option(
    values.map(value => ({ [name]: value })),
    { nil: {} },
  );
const double = (min: number, max: number) => fc.double({ min, max, noNaN: true }).map(value => value + 0);

/** Every request that may be made. */
const requests: fc.Arbitrary<SpeechRequest> = fc
  .tuple(
    fc.record({ model: fc.string({ minLength: 1 }), voice: fc.string({ minLength: 1 }) }, { noNullPrototype: true }),
    fc.record(
      {
        encoding: fc.constantFrom(...(Object.keys(ENCODINGS) as Encoding[])),
        sampleRate: fc.constantFrom(...SAMPLE_RATES),
      },
      { noNullPrototype: true },
    ),
    fc.subarray(['word', 'phoneme'] as const),
    option('language', fc.constantFrom('en', 'fr', 'ja')),
    option('speed', double(0.6, 1.5)),
    option('volume', double(0.5, 2)),
    option('emotion', fc.constantFrom('Happy', 'sad', 'ANGRY')),
    option('pronunciationDict', fc.string({ minLength: 1 })),
    option('normalizedTimestamps', fc.boolean()),
    option('maxBufferDelayMs', fc.integer({ min: 0, max: 5000 })),
  )
  .map(([names, format, timestamps, ...more]) => Object.assign({ ...names, format, timestamps }, ...more));

const inputs = fc.record(
  { contextId: fc.uuid(), transcript: fc.string({ unit: 'binary' }), continue: fc.boolean(), flush: fc.boolean() },
  { noNullPrototype: true },
);

describe('what a client writes', () => {
  it('C7: is valid for every request and input', () => {
    fc.assert(
      fc.property(requests, inputs, (request, input) => {
        // The schema knows the names of emotions, in small letters or with a capital.
        assertValid('cartesia.client.generation-request.json', JSON.parse(writeInput(request, input)));
      }),
      { numRuns: 300 },
    );
  });

  it('C14: the buffering delay is said only when the request says it', () => {
    const said = (request: SpeechRequest) =>
      JSON.parse(writeInput(request, { contextId: 'c', transcript: 'x', continue: false }));
    assert.equal('max_buffer_delay_ms' in said(REQUEST), false);
    assert.equal(said({ ...REQUEST, maxBufferDelayMs: 0 }).max_buffer_delay_ms, 0);
  });

  it('is read by a server as what was meant', () => {
    fc.assert(
      fc.property(
        requests,
        inputs.filter(input => input.transcript !== ''),
        (request, input) => {
          const read = readRequest(writeInput(request, input), READING);
          assert.ok(read.kind === 'generation');
          const { contextId, transcript, continue: more, flush } = read;
          assert.deepEqual({ contextId, transcript, continue: more, flush }, input);
          assert.equal(read.model, request.model);
          assert.equal(read.voice, request.voice);
          assert.deepEqual(read.format, request.format);
          assert.equal(read.words, request.timestamps.includes('word'));
          assert.equal(read.phonemes, request.timestamps.includes('phoneme'));
          assert.equal(read.normalizedTimestamps, request.normalizedTimestamps ?? false);
          assert.equal(read.maxBufferDelayMs, request.maxBufferDelayMs ?? DEFAULT_BUFFER_DELAY_MS);
          assert.deepEqual(
            [read.language, read.speed, read.volume, read.emotion, read.pronunciationDict],
            [
              request.language,
              request.speed,
              request.volume,
              request.emotion?.toLowerCase(),
              request.pronunciationDict,
            ],
          );
        },
      ),
    );
  });

  it('C8: a cancel is two members and nothing else', () => {
    const frame = JSON.parse(writeCancel('c'));
    assert.deepEqual(frame, { context_id: 'c', cancel: true });
    assertValid('cartesia.client.cancel-request.json', frame);
    assert.deepEqual(readRequest(writeCancel('c'), READING), { kind: 'cancel', contextId: 'c' });
  });
});

describe('what a server reads', () => {
  it('any bytes and any JSON are read or refused with 400, never a crash', () => {
    const survive = (text: string) => {
      try {
        readRequest(text, { ...READING, makeContextId: () => 'made' });
      } catch (error) {
        assert.ok(error instanceof Refusal, String(error));
        assert.equal(error.facts.status, 400);
      }
    };
    fc.assert(fc.property(fc.oneof(fc.json(), fc.string({ unit: 'binary' })), survive), { numRuns: 500 });
    const valid = JSON.parse(writeInput(REQUEST, { contextId: 'c', transcript: 'x', continue: false }));
    const names = Object.keys(valid).concat('cancel', 'generation_config', 'speed', 'max_buffer_delay_ms', 'language');
    const spoilt = fc.dictionary(fc.constantFrom(...names), fc.jsonValue(), { maxKeys: 3 });
    fc.assert(
      fc.property(spoilt, members => survive(JSON.stringify({ ...valid, ...members }))),
      { numRuns: 1000 },
    );
  });

  it('a refusal is tied to its context where one is named', () => {
    for (const [text, contextId] of [
      ['{"context_id":"c","transcript":"x"}', 'c'],
      ['{"transcript":"x"}', undefined],
      ['nonsense', undefined],
    ] as const) {
      assert.throws(
        () => readRequest(text, READING),
        (error: unknown) => error instanceof Refusal && error.facts.contextId === contextId,
      );
    }
  });
});
