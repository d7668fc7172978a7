import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createBatch } from '../../src/sinks/batch.ts';

describe('a batch', () => {
  it('stores what was added, in order, whatever becomes of the memory it came in', async () => {
    const sizes = fc.array(fc.oneof(fc.nat(300), fc.nat(70_000), fc.constantFrom(65_535, 65_536, 65_537, 200_000)), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(sizes, async all => {
        const stored: Buffer[] = [];
        const batch = createBatch(async chunks => {
          await new Promise(resolve => setImmediate(resolve));
          stored.push(...chunks.map(chunk => Buffer.from(chunk)));
        });
        const expected: Buffer[] = [];
        for (const [i, size] of all.entries()) {
          const chunk = Buffer.alloc(size, i + 1);
          expected.push(Buffer.from(chunk));
          await batch.add(chunk);
          chunk.fill(0xaa);
        }
        await batch.flush();
        assert.ok(Buffer.concat(stored).equals(Buffer.concat(expected)));
      }),
      { numRuns: 50 },
    );
  });

  it('hands the very chunks on to those who may keep them', async () => {
    const stored: Uint8Array[] = [];
    const batch = createBatch(async chunks => void stored.push(...chunks), { mayKeep: true });
    const chunks = [Buffer.alloc(10), Buffer.alloc(100_000)];
    for (const chunk of chunks) await batch.add(chunk);
    await batch.flush();
    assert.deepEqual(
      stored.map(chunk => chunk === chunks[stored.indexOf(chunk)]),
      [true, true],
    );
  });
});
