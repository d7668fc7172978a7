import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createPlayhead } from '../../src/sinks/playhead.ts';
import { manualClock } from '../support/clock.ts';

const start = (latencyMs = 0) => {
  const clock = manualClock();
  return { clock, head: createPlayhead({ bytesPerSecond: 1000, latencyMs, clock }) };
};

describe('the playhead', () => {
  it('moves with the clock and stops at the end of what was sent', async () => {
    const { clock, head } = start();
    head.sent(500);
    await clock.advance(200);
    assert.equal(head.heard(), 0.2);
    assert.equal(head.remainingMs(), 300);
    await clock.advance(1000);
    assert.equal(head.heard(), 0.5);
    assert.equal(head.remainingMs(), 0);
  });

  it('waits for the latency of the player at the start and after running dry, and only then', async () => {
    const { clock, head } = start(100);
    head.sent(500);
    assert.equal(head.remainingMs(), 600);
    await clock.advance(150);
    assert.equal(head.heard(), 0.05);
    head.sent(100);
    await clock.advance(550);
    assert.equal(head.heard(), 0.6);
    head.sent(100);
    await clock.advance(100);
    assert.equal(head.heard(), 0.6);
    await clock.advance(60);
    assert.equal(head.heard(), 0.66);
  });

  it('lets silence take time without counting it as speech', async () => {
    const { clock, head } = start();
    head.sent(300, true);
    head.sent(200);
    head.sent(100, true);
    head.sent(200);
    const heard: number[] = [];
    for (let look = 0; look < 9; look += 1) {
      heard.push(Math.round(head.heard() * 1000));
      await clock.advance(100);
    }
    assert.deepEqual(heard, [0, 0, 0, 0, 100, 200, 200, 300, 400]);
  });

  it('believes what the player reports', async () => {
    const { clock, head } = start();
    head.sent(1000);
    head.bound(0, 100);
    await clock.advance(300);
    assert.equal(head.heard(), 0.1);
    head.bound(400, 600);
    assert.equal(head.heard(), 0.4);
    await clock.advance(900);
    assert.equal(head.heard(), 0.6);
    head.finish();
    assert.equal(head.heard(), 1);
  });

  it('L4: stands still while the process is stopped', async () => {
    const { clock, head } = start();
    head.sent(10_000);
    await clock.advance(100);
    assert.equal(head.heard(), 0.1);
    await clock.advance(30_000);
    assert.equal(head.heard(), 0.1);
    await clock.advance(100);
    assert.equal(head.heard(), 0.2);
  });

  it('never goes back and never passes what was sent', async () => {
    const step = fc.record({
      ms: fc.integer({ min: 0, max: 3000 }),
      bytes: fc.integer({ min: 0, max: 2000 }),
      silent: fc.boolean(),
      low: fc.option(fc.integer({ min: -500, max: 20_000 })),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async steps => {
        const { clock, head } = start(20);
        let speech = 0;
        let before = 0;
        for (const { ms, bytes, silent, low } of steps) {
          head.sent(bytes, silent);
          if (!silent) speech += bytes / 1000;
          if (low !== null) head.bound(low, low + 500);
          await clock.advance(ms);
          const heard = head.heard();
          assert.ok(heard >= before - 1e-9 && heard <= speech + 1e-9, `${before} ${heard} ${speech}`);
          before = heard;
        }
        head.finish();
        assert.ok(Math.abs(head.heard() - speech) < 1e-9);
      }),
      { numRuns: 50 },
    );
  });
});
