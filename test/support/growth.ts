/** Tells linear work from quadratic by the processor time it takes, which other programs on the machine hardly change. */
import assert from 'node:assert/strict';

const FACTOR = 8;
/** Linear work takes 8 times as long for 8 times as much, quadratic 64 times. */
const MOST = 28;
const ATTEMPTS = 5;
/** Below this the clock says more about itself: in microseconds. */
const SHORTEST = 1000;

/** Fails if `work(8 * size)` takes far more than 8 times what `work(size)` takes, in each of several attempts. */
export async function assertLinear(work: (size: number) => unknown, size: number, what: string): Promise<void> {
  // The first run is slower: it is compiled on the way.
  await work(size);
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < ATTEMPTS && least > MOST; attempt++) {
    const small = await cost(work, size);
    const large = await cost(work, size * FACTOR);
    least = Math.min(least, large / Math.max(SHORTEST, small));
  }
  assert.ok(least <= MOST, `${what}: ${FACTOR} times as much took ${least.toFixed(0)} times as long`);
}

async function cost(work: (size: number) => unknown, size: number): Promise<number> {
  const before = process.cpuUsage();
  await work(size);
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
