import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createDelivery } from '../../src/engine/delivery.ts';
import type { Stretches } from '../../src/engine/timeline.ts';
import type { AudioFormat, SpeechEvent } from '../../src/speech.ts';

const FORMAT: AudioFormat = { encoding: 'pcm_s16le', sampleRate: 24000 };
const NOTHING: Stretches = { words: [], phonemes: [] };

const noise = (length: number) => Int16Array.from({ length }, (_, i) => ((i * 7919) % 20011) - 10000);

const bytesOf = (events: readonly SpeechEvent[]) =>
  Buffer.concat(events.flatMap(event => (event.type === 'audio' ? [event.chunk] : [])));

describe('the delivery of a sentence', () => {
  it('gives the same bytes however the sound was cut, with the silence at its end', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(6000), { maxLength: 8 }), fc.nat(9000), (cuts, silence) => {
        const samples = noise(cuts.reduce((sum, cut) => sum + cut, 0));
        const whole = createDelivery(FORMAT);
        const cut = createDelivery(FORMAT);
        let at = 0;
        const events = cuts.flatMap(length => {
          at += length;
          return [...cut.sound(samples.subarray(at - length, at), NOTHING)];
        });
        const bytes = bytesOf([...events, ...cut.end(silence, NOTHING)]);
        assert.deepEqual(bytes, bytesOf([...whole.sound(samples, NOTHING), ...whole.end(silence, NOTHING)]));
        assert.equal(bytes.length, 2 * Math.round(((samples.length + silence) * 24000) / 22050));
      }),
      { numRuns: 40 },
    );
  });

  it('cuts chunks as the service makes them, anew for each sentence', () => {
    const delivery = createDelivery({ encoding: 'pcm_mulaw', sampleRate: 22050 });
    for (let sentence = 0; sentence < 2; sentence++) {
      const events = [...delivery.sound(noise(9000), NOTHING), ...delivery.end(1000, NOTHING)];
      assert.deepEqual(
        events.map(event => event.type === 'audio' && event.chunk.length),
        [4096, 4096, 1808],
      );
    }
  });

  it('tells of spans before the first chunk that ends after they were settled, in seconds of the whole call', () => {
    const delivery = createDelivery({ encoding: 'pcm_s16le', sampleRate: 8000 });
    const stretch = (text: string, start: number, end: number) => ({ text, start, end });
    const events = [
      ...delivery.sound(noise(22050), NOTHING),
      ...delivery.end(0, NOTHING),
      ...delivery.sound(noise(100), { words: [stretch('a', 0, 11025)], phonemes: [] }),
      ...delivery.end(0, { words: [stretch('b', 11025, 22051)], phonemes: [stretch('ə', 0, 7)] }),
      ...delivery.end(0, { words: [], phonemes: [stretch('x', 0, 0)] }),
    ];
    const told = events.map(event =>
      event.type === 'timestamps' ? [event.granularity, ...event.spans.map(span => Object.values(span))] : event.type,
    );
    assert.deepEqual(told, [
      'audio',
      'audio',
      ['word', ['a', 1, 1.5], ['b', 1.5, 2]],
      ['phoneme', ['ə', 1, 1.00025]],
      'audio',
      ['phoneme', ['x', 1 + 36 / 8000, 1 + 36 / 8000]],
    ]);
  });

  it('passes nothing on where nothing was said', () => {
    const delivery = createDelivery(FORMAT);
    assert.deepEqual([...delivery.sound(new Int16Array(0), NOTHING), ...delivery.end(0, NOTHING)], []);
  });
});
