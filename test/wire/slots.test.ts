import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSlots } from '../../src/wire/slots.ts';

const calm = () => new AbortController().signal;

describe('slots', () => {
  it('let in as many as there are, and the others in order as places come free', async () => {
    const slots = createSlots(2);
    const entered: number[] = [];
    const enter = async (who: number) => {
      const leave = await slots.take(calm());
      entered.push(who);
      return leave;
    };
    const places = [1, 2, 3, 4].map(enter);
    const [first] = await Promise.all(places.slice(0, 2));
    assert.deepEqual(entered, [1, 2]);
    first?.();
    first?.();
    await places[2];
    await new Promise(resolve => setImmediate(resolve));
    assert.deepEqual(entered, [1, 2, 3]);
  });

  it('whoever gives up leaves no gap', async () => {
    const slots = createSlots(1);
    const leave = await slots.take(calm());
    const stop = new AbortController();
    const impatient = slots.take(stop.signal);
    const patient = slots.take(calm());
    stop.abort('enough');
    await assert.rejects(impatient, error => error === 'enough');
    leave();
    await patient;
    await assert.rejects(slots.take(stop.signal), error => error === 'enough');
  });
});
