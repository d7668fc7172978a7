/** Ended contexts are remembered for a while, and not without end. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTombstones } from '../../src/server/tombstones.ts';
import { manualClock } from '../support/clock.ts';

describe('tombstones', () => {
  it('last as long as they were told', async () => {
    const clock = manualClock();
    const tombstones = createTombstones(clock, 100, 10);
    tombstones.add('a');
    await clock.advance(99);
    assert.equal(tombstones.has('a'), true);
    tombstones.add('b');
    await clock.advance(1);
    assert.equal(tombstones.has('a'), false);
    assert.equal(tombstones.has('b'), true);
    assert.equal(clock.pending, 0);
  });

  it('are renewed by another end', async () => {
    const clock = manualClock();
    const tombstones = createTombstones(clock, 100, 10);
    tombstones.add('a');
    await clock.advance(60);
    tombstones.add('a');
    await clock.advance(60);
    assert.equal(tombstones.has('a'), true);
  });

  it('are no more than so many, the newest', () => {
    const tombstones = createTombstones(manualClock(), 100, 3);
    for (const id of ['a', 'b', 'c', 'a', 'd']) tombstones.add(id);
    const known = ['a', 'b', 'c', 'd'].filter(id => tombstones.has(id));
    assert.deepEqual(known, ['a', 'c', 'd']);
  });
});
