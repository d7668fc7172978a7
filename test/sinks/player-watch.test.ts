import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createWatch, type Sight } from '../../src/sinks/player-watch.ts';
import { manualClock } from '../support/clock.ts';

function watched(sight: (look: number) => Sight) {
  const clock = manualClock();
  const seen = { looks: 0, stalled: 0 };
  const watch = createWatch(
    clock,
    () => sight(seen.looks++),
    () => {
      seen.stalled += 1;
    },
  );
  return { clock, seen, watch };
}

describe('the watch over a player', () => {
  it('ends by itself when there is nothing to wait for, and begins again', async () => {
    const { clock, seen, watch } = watched(look => ({
      progress: look,
      remainingMs: look < 2 ? 100 : 0,
      isBusy: false,
    }));
    watch.start();
    watch.start();
    await clock.advance(1000);
    assert.deepEqual([seen.looks, clock.pending], [3, 0]);
    watch.start();
    assert.equal(seen.looks, 4);
  });

  it('notices a player that does nothing for ten seconds, and not one that plays slowly', async () => {
    const still = watched(() => ({ progress: 7, remainingMs: 0, isBusy: true }));
    still.watch.start();
    await still.clock.advance(9900);
    assert.equal(still.seen.stalled, 0);
    await still.clock.advance(400);
    assert.deepEqual([still.seen.stalled, still.clock.pending], [1, 0]);

    const slow = watched(look => ({ progress: Math.floor(look / 30), remainingMs: 0, isBusy: true }));
    slow.watch.start();
    await slow.clock.advance(60_000);
    assert.equal(slow.seen.stalled, 0);
    slow.watch.stop();
    assert.equal(slow.clock.pending, 0);
  });

  it('does not look any more once it is stopped', async () => {
    const { clock, seen, watch } = watched(look => ({ progress: look, remainingMs: 50, isBusy: true }));
    watch.start();
    watch.stop();
    watch.start();
    await clock.advance(1000);
    assert.equal(seen.looks, 1);
  });
});
