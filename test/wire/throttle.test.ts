import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createThrottle, type Throttle, type Visit } from '../../src/wire/throttle.ts';

const calm = () => new AbortController().signal;
const turn = () => new Promise(resolve => setImmediate(resolve));

/** Asks for a place `count` times; tells who is in. */
function crowd(throttle: Throttle, count: number) {
  const inside: Visit[] = [];
  for (let i = 0; i < count; i++) void throttle.enter(throttle.ticket(), calm()).then(visit => inside.push(visit));
  return inside;
}

describe('how many contexts are begun at once', () => {
  it('few at first, and one more for each that is heard', async () => {
    const inside = crowd(createThrottle(Number.POSITIVE_INFINITY), 20);
    await turn();
    assert.equal(inside.length, 4);
    for (const visit of [...inside]) visit.heard();
    await turn();
    assert.equal(inside.length, 8);
    inside[0]?.heard();
    await turn();
    assert.equal(inside.length, 8, 'once each');
    inside[0]?.leave();
    inside[0]?.leave();
    await turn();
    assert.equal(inside.length, 9);
  });

  it('never more than were asked for', async () => {
    const inside = crowd(createThrottle(2), 5);
    await turn();
    for (const visit of inside) visit.heard();
    await turn();
    assert.equal(inside.length, 2);
  });

  it('E6: as many as were not refused, and one at least', async () => {
    const throttle = createThrottle(Number.POSITIVE_INFINITY);
    const inside = crowd(throttle, 20);
    await turn();
    inside[3]?.refused();
    inside[2]?.refused();
    await turn();
    assert.equal(inside.length, 4);
    inside[0]?.leave();
    await turn();
    assert.equal(inside.length, 5, 'two at a time');
    for (const visit of [...inside]) visit.refused();
    await turn();
    assert.equal(inside.length, 6);
  });

  it('one alone where those that were begun get no further, and more as soon as it does', async () => {
    const inside = crowd(createThrottle(Number.POSITIVE_INFINITY), 40);
    await turn();
    for (const visit of [...inside]) visit.heard();
    await turn();
    assert.equal(inside.length, 8);
    for (const visit of inside.splice(0)) visit.stuck();
    await turn();
    assert.equal(inside.length, 1);
    inside[0]?.heard();
    await turn();
    assert.equal(inside.length, 2);
    inside[1]?.heard();
    await turn();
    assert.equal(inside.length, 3);
  });

  it('whoever was refused comes before those who came later', async () => {
    const throttle = createThrottle(1);
    const order: string[] = [];
    const tickets = [throttle.ticket(), throttle.ticket()] as const;
    const first = await throttle.enter(tickets[0], calm());
    void throttle.enter(tickets[1], calm()).then(visit => order.push('second') && visit);
    void throttle.enter(throttle.ticket(), calm()).then(() => order.push('third'));
    void throttle.enter(tickets[0], calm()).then(visit => {
      order.push('first');
      visit.leave();
    });
    first.refused();
    await turn();
    assert.deepEqual(order, ['first', 'second']);
  });

  it('an abort gives up the turn', async () => {
    const throttle = createThrottle(1);
    const first = await throttle.enter(throttle.ticket(), calm());
    const stop = new AbortController();
    const waiting = throttle.enter(throttle.ticket(), stop.signal);
    const last = throttle.enter(throttle.ticket(), calm());
    stop.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
    await assert.rejects(throttle.enter(throttle.ticket(), stop.signal), /enough/);
    first.leave();
    await last;
  });

  it('L1: finds a limit that nobody told it, uses all of it, and seldom goes beyond', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), async limit => {
        const { refusals, rounds } = await simulate(600, () => limit);
        assert.ok(refusals <= 18, `${refusals} of 600 refused at a limit of ${limit}`);
        const ideal = Math.ceil(600 / limit);
        assert.ok(rounds <= ideal * 1.1 + 4, `${rounds} rounds for ${ideal} at a limit of ${limit}`);
      }),
      { numRuns: 15 },
    );
  });

  it('goes down fast where there is suddenly less room, and up again where there is more', async () => {
    const { refusals, rounds } = await simulate(600, round => (round < 10 || round > 40 ? 16 : 3));
    assert.ok(refusals <= 40, `${refusals} refusals`);
    assert.ok(rounds < 110, `${rounds} rounds`);
  });
});

/** Contexts of a round each, at a service that refuses at once what is beyond its limit. */
async function simulate(count: number, limitAt: (round: number) => number) {
  const throttle = createThrottle(Number.POSITIVE_INFINITY);
  const entered: { readonly ticket: number; readonly visit: Visit }[] = [];
  const ask = (ticket: number) => void throttle.enter(ticket, calm()).then(visit => entered.push({ ticket, visit }));
  for (let i = 0; i < count; i++) ask(throttle.ticket());
  let refusals = 0;
  let done = 0;
  let rounds = 0;
  for (; done < count; rounds++) {
    assert.ok(rounds < 10 * count, 'it comes to an end');
    const running: Visit[] = [];
    const again: number[] = [];
    for (await turn(); entered.length > 0; await turn()) {
      for (const { ticket, visit } of entered.splice(0)) {
        if (running.length < limitAt(rounds)) {
          running.push(visit);
          visit.heard();
        } else {
          refusals++;
          again.push(ticket);
          visit.refused();
        }
      }
    }
    done += running.length;
    for (const visit of running) visit.leave();
    for (const ticket of again) ask(ticket);
  }
  return { refusals, rounds };
}
