import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { abortable, delay, settlesPromptly } from '../../src/wire/wait.ts';
import { manualClock } from '../support/clock.ts';

const never = new Promise<never>(() => {});

describe('waiting', () => {
  it('gives what the promise gives, and leaves no listener', async () => {
    const { signal } = new AbortController();
    assert.equal(await abortable(Promise.resolve(1), signal), 1);
    await assert.rejects(abortable(Promise.reject(new Error('no')), signal), /no/);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  it('ends with the reason of the signal, before or while it waits', async () => {
    const stop = new AbortController();
    const waiting = abortable(never, stop.signal);
    stop.abort('why');
    await assert.rejects(waiting, error => error === 'why');
    await assert.rejects(abortable(Promise.reject(new Error('unheard')), stop.signal), error => error === 'why');
  });

  it('a delay ends in time, or with the first of its signals, and leaves nothing', async () => {
    const clock = manualClock();
    const [one, two] = [new AbortController(), new AbortController()];
    let over = false;
    const first = delay(clock, 100, one.signal, two.signal).then(() => (over = true));
    await clock.advance(99);
    assert.equal(over, false);
    await clock.advance(1);
    await first;
    const second = delay(clock, 100, one.signal, two.signal);
    two.abort('why');
    await assert.rejects(second, error => error === 'why');
    await assert.rejects(delay(clock, 100, one.signal, two.signal), error => error === 'why');
    assert.equal(clock.pending, 0);
    assert.equal(getEventListeners(one.signal, 'abort').length, 0);
  });

  it('what settles within a turn of the event loop is prompt', async () => {
    assert.equal(await settlesPromptly(Promise.resolve()), true);
    assert.equal(await settlesPromptly(Promise.reject(new Error('no'))), true);
    assert.equal(await settlesPromptly((async () => void (await null))()), true);
    assert.equal(await settlesPromptly(never), false);
  });
});
