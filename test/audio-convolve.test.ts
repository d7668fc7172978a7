import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createConvolver } from '../src/audio-convolve.ts';

const numbers = (length: number, seed: number) =>
  Float64Array.from({ length }, (_, i) => Math.fround(Math.sin((i + 1) * seed) * 10 ** ((i % 9) - 4)));

describe('the inner loop of the resampler', () => {
  it('gives the same bits with vectors as in script', () => {
    const bank = fc.record({
      taps: fc.integer({ min: 1, max: 30 }).map(quarter => 4 * quarter),
      up: fc.integer({ min: 1, max: 40 }),
      down: fc.integer({ min: 1, max: 90 }),
    });
    fc.assert(
      fc.property(
        bank,
        fc.nat(50),
        fc.nat(5000),
        fc.double({ min: 0.1, max: 9 }),
        ({ taps, up, down }, at, count, seed) => {
          const filters = numbers(up * taps, seed);
          const phase = at % up;
          const line = numbers(at + Math.floor((phase + count * down) / up) + taps, seed + 1);
          const [vectors, script] = (['vectors', 'script'] as const).map(how => {
            const out = new Float32Array(count);
            createConvolver({ filters, taps, up, down }, how)(line, at, phase, out);
            return new Uint32Array(out.buffer);
          });
          assert.deepEqual(vectors, script);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('multiplies what lies at a place with the filter of its phase', () => {
    const bank = { filters: Float64Array.from([1, 0, 0, 0, 0, 0, 0, 1]), taps: 4, up: 2, down: 1 };
    const line = Float64Array.from([10, 11, 12, 13, 14, 15, 16]);
    for (const how of ['vectors', 'script'] as const) {
      const out = new Float32Array(4);
      createConvolver(bank, how)(line, 1, 1, out);
      assert.deepEqual([...out], [14, 12, 15, 13]);
    }
  });
});
