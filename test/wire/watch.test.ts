import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createWatch } from '../../src/wire/watch.ts';
import { manualClock } from '../support/clock.ts';

function watching(limit: { ms: number | undefined }) {
  const clock = manualClock();
  const silences: number[] = [];
  const watch = createWatch({ clock, limitMs: () => limit.ms, silent: () => silences.push(clock.now()) });
  return { clock, silences, watch };
}

describe('a watch', () => {
  it('speaks once when the silence has lasted', async () => {
    const { clock, silences, watch } = watching({ ms: 100 });
    watch.expect();
    await clock.advance(1000);
    assert.deepEqual(silences, [100]);
    watch.expect();
    await clock.advance(1000);
    assert.deepEqual(silences, [100, 1100]);
  });

  it('begins anew with everything that comes, without a timer for each', async () => {
    const { clock, silences, watch } = watching({ ms: 100 });
    watch.expect();
    for (let i = 0; i < 10; i++) {
      await clock.advance(60);
      watch.touch();
      watch.expect();
      assert.equal(clock.pending, 1);
    }
    assert.deepEqual(silences, []);
    await clock.advance(100);
    assert.deepEqual(silences, [700]);
  });

  it('looks at a limit that has become shorter', async () => {
    const limit = { ms: 1000 as number | undefined };
    const { clock, silences, watch } = watching(limit);
    watch.expect();
    limit.ms = 10;
    watch.expect();
    await clock.advance(50);
    assert.deepEqual(silences, [10]);
  });

  it('says nothing while nothing is due, or after it was stopped', async () => {
    const limit = { ms: 100 as number | undefined };
    const { clock, silences, watch } = watching(limit);
    watch.expect();
    limit.ms = undefined;
    await clock.advance(1000);
    watch.expect();
    assert.equal(clock.pending, 0);
    limit.ms = 100;
    watch.expect();
    watch.stop();
    await clock.advance(1000);
    assert.deepEqual(silences, []);
    assert.equal(clock.pending, 0);
  });

  it('L4: a timer that fires late grants another silence', async () => {
    const clock = manualClock();
    let slept = 0;
    let silences = 0;
    const sleepy = { now: () => clock.now() + slept, after: clock.after };
    const watch = createWatch({ clock: sleepy, limitMs: () => 1000, silent: () => silences++ });
    watch.expect();
    slept = 30_000;
    await clock.advance(1000);
    assert.equal(silences, 0);
    await clock.advance(999);
    assert.equal(silences, 0);
    await clock.advance(1);
    assert.equal(silences, 1);
  });
});
