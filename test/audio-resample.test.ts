import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createResampler } from '../src/audio-resample.ts';

const RATES = [8000, 16000, 24000, 44100, 48000];

function tone(rate: number, hertz: number, length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / rate + 0.3));
}

function resample(from: number, to: number, samples: Float32Array | Int16Array): Float32Array {
  const resampler = createResampler(from, to);
  return Float32Array.from([...resampler.push(samples), ...resampler.end()]);
}

/** Decibels between a tone and what is left of the output when the tone is taken away, far from the ends. */
function fidelity(from: number, to: number, hertz: number): number {
  const out = resample(from, to, tone(from, hertz, from / 4));
  const ideal = tone(to, hertz, out.length);
  const middle = { start: Math.floor(out.length * 0.15), end: Math.floor(out.length * 0.85) };
  let signal = 0;
  let noise = 0;
  for (let i = middle.start; i < middle.end; i++) {
    signal += (ideal[i] ?? 0) ** 2;
    noise += ((out[i] ?? 0) - (ideal[i] ?? 0)) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

describe('the resampler', () => {
  for (const rate of RATES) {
    it(`keeps tones up to 85 % of the band within -100 dB from 22050 to ${rate} Hz`, () => {
      const band = Math.min(22050, rate) / 2;
      for (const part of [0.02, 0.1, 0.3, 0.5, 0.7, 0.8, 0.85]) {
        const decibels = fidelity(22050, rate, band * part);
        assert.ok(decibels >= 100, `${Math.round(band * part)} Hz: ${decibels.toFixed(1)} dB`);
      }
    });
  }

  it('lets nothing of what lies beyond the band come back as another tone', () => {
    for (const to of [8000, 16000]) {
      for (const part of [1.06, 1.1, 1.3]) {
        const out = resample(22050, to, tone(22050, (to / 2) * part, 6000));
        const middle = out.subarray(Math.floor(out.length * 0.15), Math.floor(out.length * 0.85));
        const power = middle.reduce((sum, value) => sum + value * value, 0) / middle.length;
        assert.ok(10 * Math.log10(power / 0.125) < -100, `${to} Hz, ${part}`);
      }
    }
  });

  it('gives the same samples however the stream is cut, as many as the rates say', () => {
    const lengths = fc.array(fc.nat(700), { maxLength: 12 });
    fc.assert(
      fc.property(fc.constantFrom(...RATES, 11025, 22051), lengths, fc.nat(1000), (to, cuts, rest) => {
        const total = cuts.reduce((sum, cut) => sum + cut, rest);
        const samples = Int16Array.from({ length: total }, (_, i) => ((i * 7919) % 20011) - 10000);
        const whole = resample(22050, to, samples);
        const resampler = createResampler(22050, to);
        const pieces: number[] = [];
        let at = 0;
        for (const cut of [...cuts, rest]) {
          pieces.push(...resampler.push(samples.subarray(at, at + cut)));
          at += cut;
        }
        pieces.push(...resampler.end());
        assert.deepEqual(Float32Array.from(pieces), whole);
        assert.equal(whole.length, Math.round((total * to) / 22050));
      }),
      { numRuns: 60 },
    );
  });

  it('is as new after the end', () => {
    const samples = tone(22050, 440, 3000);
    const resampler = createResampler(22050, 24000);
    const first = [...resampler.push(samples), ...resampler.end()];
    const second = [...resampler.push(samples), ...resampler.end()];
    assert.deepEqual(second, first);
    assert.deepEqual([...resampler.end()], []);
  });

  it('keeps the scale and a constant', () => {
    const out = resample(22050, 48000, new Int16Array(4000).fill(12345));
    for (const value of out.subarray(2000, 6000)) assert.ok(Math.abs(value - 12345) < 0.01);
  });

  it('passes everything through between equal rates', () => {
    assert.deepEqual([...resample(16000, 16000, Int16Array.of(1, -2, 3))], [1, -2, 3]);
  });
});
