/** Work as it comes: so much at a time as is borne, and again where there was too much. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { persist, workAsTheyCome } from '../../src/commands/jobs.ts';
import { createThrottle } from '../../src/commands/pool.ts';
import { Failure } from '../../src/errors.ts';
import { manualClock } from '../support/clock.ts';

const signal = new AbortController().signal;
const crowded = new Failure('quota', 'too many', { retryable: true, status: 429 });

async function* numbers(count: number, taken: number[] = []): AsyncGenerator<number> {
  for (let i = 0; i < count; i++) {
    taken.push(i);
    yield i;
  }
}

describe('work as it comes', () => {
  it('is begun in order, never more at a time than the limit, and not read far ahead', async () => {
    const [begun, taken]: [number[], number[]] = [[], []];
    let atWork = 0;
    await workAsTheyCome(
      numbers(20, taken),
      () => 3,
      signal,
      async item => {
        begun.push(item);
        assert.ok(++atWork <= 3);
        assert.ok(taken.length <= begun.length + 1);
        await new Promise(resolve => setImmediate(resolve));
        atWork--;
      },
    );
    assert.deepEqual(
      begun,
      Array.from({ length: 20 }, (_, i) => i),
    );
  });

  it('ends with the first that rejects: the others are told and waited for', async () => {
    const trouble = new Error('trouble');
    const told: number[] = [];
    const work = async (item: number, stop: AbortSignal) => {
      if (item === 2) throw trouble;
      await new Promise<void>(resolve => stop.addEventListener('abort', () => resolve(), { once: true }));
      told.push(item);
    };
    await assert.rejects(
      workAsTheyCome(numbers(9), () => 3, signal, work),
      trouble,
    );
    assert.deepEqual(told, [0, 1]);
  });

  it('ends with what its source fails of, and with its signal', async () => {
    async function* fails(): AsyncGenerator<number> {
      yield 1;
      throw new Error('no more');
    }
    await assert.rejects(
      workAsTheyCome(
        fails(),
        () => 2,
        signal,
        async () => {},
      ),
      /no more/,
    );
    const stop = new AbortController();
    const end = workAsTheyCome(
      numbers(100),
      () => 2,
      stop.signal,
      async item => {
        if (item === 5) stop.abort(new Error('enough'));
      },
    );
    await assert.rejects(end, /enough/);
  });
});

describe('persistence', () => {
  it('waits, with less at a time, and longer each time: L1', async () => {
    const clock = manualClock();
    const throttle = createThrottle(8);
    const times: number[] = [];
    const attempt = async () => {
      times.push(clock.now());
      if (times.length < 4) throw crowded;
      return 'done';
    };
    const end = persist(attempt, throttle, { successes: 0 }, clock, signal);
    await clock.advance(60_000);
    assert.equal(await end, 'done');
    // Down to one, and one more for what went well.
    assert.equal(throttle.limit, 2);
    assert.deepEqual(times, [0, 2000, 6000, 14_000]);
    assert.equal(clock.pending, 0);
  });

  it('waits as long as it is asked to', async () => {
    const clock = manualClock();
    let attempts = 0;
    const attempt = async () => {
      if (++attempts === 1) throw crowded.with({ retryAfterMs: 30_000 });
    };
    const end = persist(attempt, createThrottle(2), { successes: 0 }, clock, signal);
    await clock.advance(29_000);
    assert.equal(attempts, 1);
    await clock.advance(2000);
    await end;
    assert.equal(attempts, 2);
  });

  it('gives up when nothing gets through, and at once what cannot be helped', async () => {
    const clock = manualClock();
    let attempts = 0;
    const end = persist(
      async () => {
        attempts++;
        throw crowded;
      },
      createThrottle(2),
      { successes: 0 },
      clock,
      signal,
    );
    const rejected = assert.rejects(end, crowded);
    await clock.advance(600_000);
    await rejected;
    assert.equal(attempts, 4);
    for (const failure of [new Failure('quota', 'no money'), new Failure('network', 'gone', { retryable: true })]) {
      await assert.rejects(
        persist(() => Promise.reject(failure), createThrottle(2), { successes: 0 }, clock, signal),
        failure,
      );
    }
  });

  it('goes on as long as others get through, and stops when it is told', async () => {
    const clock = manualClock();
    const progress = { successes: 0 };
    let attempts = 0;
    const stop = new AbortController();
    const end = persist(
      async () => {
        attempts++;
        progress.successes++;
        throw crowded;
      },
      createThrottle(2),
      progress,
      clock,
      stop.signal,
    );
    const rejected = assert.rejects(end, /enough/);
    await clock.advance(60_000);
    assert.ok(attempts > 10, String(attempts));
    stop.abort(new Error('enough'));
    await rejected;
    assert.equal(clock.pending, 0);
  });
});
