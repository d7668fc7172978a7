import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createQueue } from '../../src/wire/queue.ts';

describe('a queue', () => {
  it('gives what was put in, in order, whatever the rhythm', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -2000, max: 2000 }), { maxLength: 50 }), steps => {
        const queue = createQueue<number>();
        let put = 0;
        let taken = 0;
        for (const step of steps) {
          for (let i = 0; i < step; i++) queue.push(put++);
          for (let i = 0; i < -step && taken < put; i++) assert.equal(queue.take(), taken++);
        }
        while (taken < put) assert.equal(queue.take(), taken++);
        assert.equal(queue.take(), undefined);
      }),
    );
  });

  it('joins what waits together where that can be, and gives all of it, in order', () => {
    const join = (last: string, next: string) => (last.length + next.length > 5 ? undefined : last + next);
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ minLength: 1, maxLength: 6 }), fc.constant(undefined))), steps => {
        const queue = createQueue(join);
        const taken: string[] = [];
        let waiting = '';
        for (const step of [...steps, ...steps.map(() => undefined)]) {
          if (step !== undefined) {
            queue.push(step);
            waiting += step;
            continue;
          }
          const item = queue.take();
          if (item !== undefined) taken.push(item);
        }
        assert.equal(taken.join(''), waiting);
      }),
    );
    const queue = createQueue(join);
    for (const letter of 'abcdefg') queue.push(letter);
    assert.deepEqual([queue.take(), queue.take(), queue.take()], ['abcde', 'fg', undefined]);
  });

  it('wakes the taker for the first item and for the end', async () => {
    const queue = createQueue<string>();
    const first = queue.ready();
    queue.push('a');
    await first;
    await queue.ready();
    assert.equal(queue.take(), 'a');
    const end = queue.ready();
    queue.end();
    await end;
    await queue.ready();
    assert.equal(queue.ended, true);
  });

  it('wakes all who wait', async () => {
    const queue = createQueue<string>();
    const waiting = [queue.ready(), queue.ready()];
    queue.push('a');
    await Promise.all(waiting);
    assert.equal(queue.take(), 'a');
  });

  it('has ended only when everything was taken, and takes nothing in afterwards', () => {
    const queue = createQueue<string>();
    queue.push('a');
    queue.end();
    queue.push('b');
    assert.equal(queue.ended, false);
    assert.equal(queue.take(), 'a');
    assert.equal(queue.ended, true);
    assert.equal(queue.take(), undefined);
  });
});
