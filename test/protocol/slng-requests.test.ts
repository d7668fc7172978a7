/** What a client says to SLNG: valid by the schemas, in the words of its documents, and read back as it was meant. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ENCODINGS, SAMPLE_RATES } from '../../src/audio.ts';
import { Refusal } from '../../src/protocol/refusal.ts';
import {
  CANCEL,
  CLOSE,
  encodingName,
  FLUSH,
  KEEPALIVE,
  modelId,
  readMessage,
  writeInit,
  writeText,
} from '../../src/protocol/slng-requests.ts';
import type { Encoding, SpeechRequest } from '../../src/speech.ts';
import { assertValid } from '../support/schemas.ts';

const REQUEST: SpeechRequest = {
  model: 'sonic-3',
  voice: 'f786b574-daa5-4673-aa0c-cbe3e8534c02',
  format: { encoding: 'pcm_s16le', sampleRate: 24000 },
  timestamps: [],
};

const text = fc.string({ unit: 'binary' });
const requests: fc.Arbitrary<SpeechRequest> = fc.record(
  {
    model: text,
    voice: text.filter(id => id !== ''),
    language: text,
    format: fc.record({
      encoding: fc.constantFrom(...(Object.keys(ENCODINGS) as Encoding[])),
      sampleRate: fc.constantFrom(...SAMPLE_RATES),
    }),
    speed: fc.double({ min: 0.6, max: 1.5, noNaN: true }),
    volume: fc.double({ min: 0.5, max: 2, noNaN: true }),
    emotion: text,
    timestamps: fc.constant([]),
    maxBufferDelayMs: fc.integer({ min: 0, max: 5000 }),
  },
  { requiredKeys: ['model', 'voice', 'format', 'timestamps'] },
);

describe('what a client says to SLNG', () => {
  it('the init of the document is written member by member', () => {
    assert.deepEqual(JSON.parse(writeInit(REQUEST)), {
      type: 'init',
      model_id: 'sonic-3',
      voice: 'f786b574-daa5-4673-aa0c-cbe3e8534c02',
      encoding: 'linear16',
      sample_rate: 24000,
    });
  });

  it('controls are named only where they are asked for, and buffering never', () => {
    const asked: SpeechRequest = { ...REQUEST, language: 'fr', emotion: 'Happy', speed: 1.2, maxBufferDelayMs: 0 };
    const init = JSON.parse(writeInit(asked));
    assert.equal(init.language, 'fr');
    assert.deepEqual(init.generation_config, { emotion: 'happy', speed: 1.2 });
    assert.equal('max_buffer_delay_ms' in init, false);
  });

  it('encodings have the names of this wire; one has none', () => {
    assert.deepEqual((Object.keys(ENCODINGS) as Encoding[]).map(encodingName), [
      'linear16',
      undefined,
      'mulaw',
      'alaw',
    ]);
  });

  it('G15: everything is valid, whatever the request', () => {
    fc.assert(
      fc.property(requests, text, fc.boolean(), (request, words, goesOn) => {
        assertValid('slng.client.message.json', JSON.parse(writeInit(request)));
        assertValid('slng.client.init.json', JSON.parse(writeInit(request)));
        assertValid('slng.client.message.json', JSON.parse(writeText(words, goesOn)));
      }),
    );
    for (const command of [FLUSH, CANCEL, CLOSE, KEEPALIVE]) {
      assertValid('slng.client.message.json', JSON.parse(command));
      assert.equal(Object.keys(JSON.parse(command)).length, 1);
    }
  });

  it('the server reads what the client wrote', () => {
    fc.assert(
      fc.property(requests, text, fc.boolean(), (request, words, goesOn) => {
        const { kind, format, voice, language, speed, volume, emotion } = readMessage(writeInit(request)) as never as {
          kind: string;
        } & SpeechRequest;
        assert.equal(kind, 'init');
        assert.deepEqual({ ...format }, { ...request.format });
        assert.deepEqual(
          [voice, language, speed, volume, emotion],
          [request.voice, request.language, request.speed, request.volume, request.emotion?.toLowerCase()],
        );
        assert.deepEqual(readMessage(writeText(words, goesOn)), {
          kind: 'text',
          text: words,
          continue: goesOn,
          flush: false,
        });
      }),
    );
  });
});

describe('what a server hears on SLNG', () => {
  const read = (message: object) => readMessage(JSON.stringify(message));

  it('the messages of the document are read', () => {
    assert.deepEqual(
      read({ type: 'init', model_id: 'sonic-3', voice: 'v', encoding: 'linear16', sample_rate: 24000 }),
      { kind: 'init', model: 'sonic-3', voice: 'v', format: { encoding: 'pcm_s16le', sampleRate: 24000 } },
    );
    assert.deepEqual(read({ type: 'text', text: 'Hello.' }), {
      kind: 'text',
      text: 'Hello.',
      continue: false,
      flush: false,
    });
    for (const kind of ['flush', 'cancel', 'close', 'keepalive', 'clear'])
      assert.deepEqual(read({ type: kind }), { kind });
  });

  it('an init of nothing is one of defaults', () => {
    assert.deepEqual(read({ type: 'init' }), { kind: 'init', format: { encoding: 'pcm_s16le', sampleRate: 24000 } });
  });

  it("the bridge's init is read: settings nested, its name of the model", () => {
    const message = read({
      type: 'init',
      model: 'cartesia/sonic:3.5',
      voice: 'v',
      language: 'en',
      config: { language: 'de', encoding: 'mulaw', sample_rate: 8000, speed: 1.1, stability: 0.3 },
    });
    assert.deepEqual(message, {
      kind: 'init',
      model: 'sonic-3.5',
      voice: 'v',
      language: 'en',
      speed: 1.1,
      format: { encoding: 'pcm_mulaw', sampleRate: 8000 },
    });
  });

  it('controls may stand flat or nested, on init and on text; null is absence', () => {
    for (const type of ['init', 'text']) {
      const flat = read({ type, text: 'x', speed: 0.7, volume: 2, emotion: 'sad', language: null });
      const nested = read({
        type,
        text: 'x',
        generation_config: { speed: 0.7, volume: 2, emotion: 'sad' },
        speed: null,
      });
      assert.deepEqual(flat, nested);
      assert.equal((flat as { speed?: number }).speed, 0.7);
      assert.equal('language' in flat, false);
    }
  });

  it('an encoding goes by either name, and a type by any case', () => {
    const formatOf = (encoding: string) =>
      (read({ type: 'INIT', encoding }) as { format: { encoding: string } }).format.encoding;
    assert.deepEqual(['linear16', 'mulaw', 'alaw'].map(formatOf), ['pcm_s16le', 'pcm_mulaw', 'pcm_alaw']);
    assert.deepEqual(Object.keys(ENCODINGS).map(formatOf), Object.keys(ENCODINGS));
  });

  it('a voice may be what Cartesia calls one', () => {
    assert.deepEqual((read({ type: 'init', voice: { mode: 'id', id: 'v' } }) as { voice: string }).voice, 'v');
    assert.deepEqual((read({ type: 'init', voice_id: 'v' }) as { voice: string }).voice, 'v');
  });

  it("a model's name is Cartesia's in the end", () => {
    assert.deepEqual(['sonic-3', 'sonic:3', 'cartesia/sonic:3.5', 'slng/cartesia/sonic:3', 'espeak-ng'].map(modelId), [
      'sonic-3',
      'sonic-3',
      'sonic-3.5',
      'sonic-3',
      'espeak-ng',
    ]);
  });

  it('what is out of range, of another type or unknown is refused with its name', () => {
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      [{ type: 'init', encoding: 'mp3' }, /encoding must be one of linear16, mulaw, alaw/],
      [{ type: 'init', encoding: 16 }, /encoding/],
      [{ type: 'init', encoding: '__proto__' }, /encoding/],
      [{ type: 'init', sample_rate: 12345 }, /sample_rate must be one of 8000/],
      [{ type: 'init', config: { sample_rate: '8000' } }, /sample_rate/],
      [{ type: 'init', config: [] }, /config must be an object/],
      [{ type: 'init', voice: '' }, /voice/],
      [{ type: 'init', voice: { embedding: [1] } }, /voice/],
      [{ type: 'init', speed: 9 }, /speed must be a number from 0.6 to 1.5/],
      [{ type: 'init', context_id: 5 }, /context_id must be a string/],
      [{ type: 'text' }, /text is required/],
      [{ type: 'text', text: 5 }, /text must be a string/],
      [{ type: 'text', text: 'x', continue: 'yes' }, /continue must be true or false/],
      [{ type: 'weather' }, /type must be one of/],
      [{ type: 5 }, /type must be a string/],
      [{}, /type is required/],
      [[], /not an object/],
      [null, /not an object/],
    ];
    for (const [message, reason] of wrong) {
      assert.throws(
        () => readMessage(JSON.stringify(message)),
        (error: Error) => error instanceof Refusal && error.facts.status === 400 && reason.test(error.message),
        JSON.stringify(message),
      );
    }
    assert.throws(() => readMessage('{'), /not JSON/);
  });

  it('V1: anything at all is read or refused, and nothing else happens', () => {
    const junk = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .record({
          type: fc.constantFrom('init', 'text', 'flush', 'clear'),
          text: fc.anything(),
          config: fc.anything(),
          voice: fc.anything(),
          encoding: fc.anything(),
        })
        .map(value => {
          try {
            return JSON.stringify(value) ?? '';
          } catch {
            return '';
          }
        }),
    );
    fc.assert(
      fc.property(junk, message => {
        try {
          readMessage(message);
        } catch (error) {
          assert.ok(error instanceof Refusal, String(error));
        }
      }),
    );
  });
});
