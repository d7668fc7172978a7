import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cutMemory, giveBack } from '../src/slabs.ts';

describe('memory for chunks', () => {
  it('is nobody else’s until all of it has been given back', () => {
    const step = fc.record({ size: fc.nat(40_000), gives: fc.nat(3), joins: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), steps => {
        const out: { chunk: Uint8Array; mark: number }[] = [];
        let mark = 0;
        for (const { size, gives, joins } of steps) {
          mark = (mark + 1) & 255;
          const chunk: Uint8Array = cutMemory(size).fill(mark);
          const last = out.at(-1);
          const isBeside =
            last?.chunk.buffer === chunk.buffer && last.chunk.byteOffset + last.chunk.length === chunk.byteOffset;
          // Neighbours may be given back as one.
          if (joins && isBeside) {
            const { buffer, byteOffset, length } = last.chunk;
            last.chunk = new Uint8Array(buffer, byteOffset, length + size).fill(mark);
            last.mark = mark;
          } else out.push({ chunk, mark });
          for (let i = 0; i < gives; i++) {
            const [given] = out.splice((mark * 7) % (out.length + 1), 1);
            if (given !== undefined) giveBack(given.chunk);
          }
          for (const kept of out) assert.ok(kept.chunk.every(byte => byte === kept.mark));
        }
        for (const { chunk } of out) giveBack(chunk);
      }),
      { numRuns: 30 },
    );
  });

  it('waits for the last one who has some of it', () => {
    const chunks = Array.from({ length: 40 }, () => cutMemory(8192));
    const [last, ...others] = chunks.map(chunk => chunk.fill(1));
    for (const chunk of others) giveBack(chunk);
    const more = Array.from({ length: 400 }, () => cutMemory(8192).fill(2));
    assert.ok(last?.every(byte => byte === 1));
    for (const chunk of more) giveBack(chunk);
  });

  it('is used again, however much is cut, when it is given back', () => {
    const buffers = new Set<ArrayBufferLike>();
    for (let i = 0; i < 10_000; i++) {
      const chunk = cutMemory(8192);
      buffers.add(chunk.buffer);
      giveBack(chunk);
    }
    assert.ok(buffers.size <= 2, `${buffers.size}`);
  });

  it('is used again for many who are behind, and for nobody who keeps it', () => {
    const waiting: Uint8Array[] = [];
    const buffers = new Set<ArrayBufferLike>();
    for (let i = 0; i < 10_000; i++) {
      const chunk = cutMemory(8000);
      buffers.add(chunk.buffer);
      waiting.push(chunk);
      const first = waiting.length > 100 ? waiting.shift() : undefined;
      if (first !== undefined) giveBack(first);
    }
    assert.ok(buffers.size <= 12, `${buffers.size}`);
    const kept = Array.from({ length: 1000 }, (_, i) => cutMemory(8192).fill(i & 255));
    for (const [i, chunk] of kept.entries()) assert.ok(chunk.every(byte => byte === (i & 255)));
    const fresh = new Set(
      Array.from({ length: 100 }, () => {
        const chunk = cutMemory(8192);
        giveBack(chunk);
        return chunk.buffer;
      }),
    );
    assert.ok(fresh.size <= 2, 'what is never given back does not stand in the way');
  });

  it('is used again when those have caught up who had held on to a little of much', () => {
    const buffers = () => {
      const cut = Array.from({ length: 40 * 16 }, () => cutMemory(8192));
      const [held, free] = [cut.filter((_, i) => i % 16 === 0), cut.filter((_, i) => i % 16 !== 0)];
      for (const chunk of [...free, ...held]) giveBack(chunk);
      return new Set(cut.map(chunk => chunk.buffer));
    };
    // What the tests before have kept makes room first.
    for (let i = 0; i < 3; i++) buffers();
    const known = buffers();
    assert.deepEqual(
      [...buffers()].filter(buffer => !known.has(buffer)),
      [],
    );
  });

  it('begins at a multiple of eight, and takes no notice of what is not its own', () => {
    for (const size of [1, 2, 3, 9, 8191, 100_000]) assert.equal(cutMemory(size).byteOffset % 8, 0);
    giveBack(new Uint8Array(10));
    giveBack(Buffer.from('from elsewhere'));
  });
});
