import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createSampleQueue } from '../../src/sinks/sample-queue.ts';
import { assertLinear } from '../support/growth.ts';

describe('a queue of samples', () => {
  it('gives what was added, in order, in pieces of at most what was asked for', () => {
    const step = fc.oneof(
      fc.uint8Array({ maxLength: 20 }).map(add => ({ add })),
      fc.integer({ min: 1, max: 12 }).map(take => ({ take })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        const queue = createSampleQueue();
        const added: number[] = [];
        const taken: number[] = [];
        for (const step of steps) {
          if ('add' in step) {
            queue.add(step.add);
            added.push(...step.add);
          } else if (queue.bytes > 0) {
            const piece = queue.take(step.take);
            assert.ok(piece.length <= step.take);
            taken.push(...piece);
          }
          assert.equal(queue.bytes, added.length - taken.length);
        }
        while (queue.bytes > 0) taken.push(...queue.take(7));
        assert.deepEqual(taken, added);
      }),
    );
  });

  it('stays exact over a hundred thousand chunks, in linear time', async () => {
    const chunk = new Uint8Array(10);
    const pass = (chunks: number) => {
      const queue = createSampleQueue();
      for (let index = 0; index < chunks; index += 1) queue.add(chunk);
      let pieces = 0;
      for (; queue.bytes > 0; pieces += 1) queue.take(10);
      assert.equal(pieces, chunks);
    };
    await assertLinear(pass, 12_500, 'a queue');
  });

  it('is empty when cleared', () => {
    const queue = createSampleQueue();
    queue.add(new Uint8Array(4));
    queue.clear();
    assert.equal(queue.bytes, 0);
    queue.add(Uint8Array.of(1, 2));
    assert.deepEqual(queue.take(9), Uint8Array.of(1, 2));
  });
});
