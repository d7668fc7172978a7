import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createThrottle, workThrough } from '../../src/commands/pool.ts';

const calm = () => new AbortController().signal;
const turn = () => new Promise<void>(resolve => setImmediate(resolve));

describe('working through a list', () => {
  it('does every item once, begun in order, never more at once than allowed', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 1, max: 8 }),
        fc.infiniteStream(fc.nat(3)),
        async (count, limit, waits) => {
          const items = Array.from({ length: count }, (_, i) => i);
          const begun: number[] = [];
          let atWork = 0;
          let most = 0;
          await workThrough(items, createThrottle(limit), calm(), async item => {
            begun.push(item);
            most = Math.max(most, ++atWork);
            for (let left = waits.next().value ?? 0; left > 0; left--) await turn();
            atWork--;
          });
          assert.deepEqual(begun, items);
          assert.ok(most <= limit);
          assert.equal(atWork, 0);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('the first that fails ends it: nothing new is begun, the others are told, and it waits for them', async () => {
    const begun: number[] = [];
    let told = 0;
    const failed = workThrough([0, 1, 2, 3, 4], createThrottle(3), calm(), async (item, signal) => {
      begun.push(item);
      if (item === 1) throw new Error('one');
      await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()));
      await turn();
      told++;
    });
    await assert.rejects(failed, /^Error: one$/);
    assert.deepEqual(begun, [0, 1, 2]);
    assert.equal(told, 2);
  });

  it('a signal ends it with its reason, also before it has begun', async () => {
    const controller = new AbortController();
    const work = workThrough([1, 2], createThrottle(1), controller.signal, async (_item, signal) => {
      controller.abort(new Error('stop'));
      signal.throwIfAborted();
    });
    await assert.rejects(work, /stop/);
    await assert.rejects(
      workThrough([1], createThrottle(1), controller.signal, async () => assert.fail()),
      /stop/,
    );
  });

  it('halves what it does at once when that is too much, and grows again by one while all goes well', () => {
    const throttle = createThrottle(8);
    throttle.ease();
    assert.equal(throttle.limit, 4);
    for (let i = 0; i < 4; i++) throttle.ease();
    assert.equal(throttle.limit, 1);
    throttle.succeeded();
    assert.equal(throttle.limit, 2);
    throttle.succeeded();
    assert.equal(throttle.limit, 2);
    throttle.succeeded();
    assert.equal(throttle.limit, 3);
    for (let i = 0; i < 1000; i++) throttle.succeeded();
    assert.equal(throttle.limit, 8);
  });
});
