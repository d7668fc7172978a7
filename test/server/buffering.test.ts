/** Text waits for the end of its sentence, but not for ever (protocol §4.3). */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createBuffering } from '../../src/server/buffering.ts';
import { manualClock } from '../support/clock.ts';

function buffered(delayMs: number) {
  const clock = manualClock();
  const ready: [string, boolean][] = [];
  let weight = 0;
  const buffering = createBuffering({
    delayMs,
    clock,
    onReady: (text, now) => ready.push([text, now]),
    onWeight: change => {
      weight += change;
    },
  });
  return { clock, ready, buffering, weight: () => weight };
}

describe('buffering', () => {
  it('lets everything through at once without a delay', () => {
    const { buffering, ready, clock } = buffered(0);
    for (const text of ['Hel', '', 'lo. ', ' ']) buffering.push(text);
    assert.deepEqual(ready, [
      ['Hel', false],
      ['lo. ', false],
      [' ', false],
    ]);
    assert.equal(clock.pending, 0);
  });

  it('counts the delay from the first waiting character', async () => {
    const { buffering, ready, clock } = buffered(1000);
    buffering.push('One. Tw');
    await clock.advance(600);
    buffering.push('o and');
    await clock.advance(399);
    // What is whole waits for nothing, and neither does what has waited long enough.
    assert.deepEqual(ready, [['One. ', true]]);
    await clock.advance(1);
    assert.deepEqual(ready.at(-1), ['Two and', true]);
    assert.equal(buffering.waiting, false);
  });

  it('does not hurry for white space', async () => {
    const { buffering, ready, clock } = buffered(1000);
    buffering.push('One.');
    buffering.push(' ');
    assert.equal(buffering.waiting, false);
    await clock.advance(5000);
    assert.deepEqual(ready, [['One.', true]]);
    buffering.push('Two.');
    assert.deepEqual(ready.at(-1), [' Two.', true]);
  });

  it('loses nothing, adds nothing, and weighs what waits', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), texts => {
        const { buffering, ready, weight } = buffered(1000);
        for (const text of texts) buffering.push(text);
        assert.equal(weight() + ready.map(([text]) => text.length).reduce((a, b) => a + b, 0), texts.join('').length);
        buffering.drain();
        assert.equal(ready.map(([text]) => text).join(''), texts.join(''));
        assert.equal(weight(), 0);
      }),
    );
  });

  it('lets go of text and timer when stopped', async () => {
    const { buffering, ready, clock, weight } = buffered(1000);
    buffering.push('Unfin');
    buffering.stop();
    assert.equal(clock.pending, 0);
    assert.equal(weight(), 0);
    await clock.advance(2000);
    assert.deepEqual(ready, []);
  });
});
