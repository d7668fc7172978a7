import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { changed, type Flow, flowing, flowOf } from '../src/flow.ts';
import { createQueue } from '../src/wire/queue.ts';
import { collect, from } from './support/collect.ts';

interface Item {
  readonly name: string;
}

const item = (name: string): Item => ({ name });
const names = (items: readonly Item[]) => items.map(({ name }) => name).join(' ');
const turn = () => new Promise<void>(resolve => setImmediate(resolve));

/** A flow that is told what flows, how it ends, and notes that nobody wants more of it. */
function source(log: string[] = []) {
  const queue = createQueue<Item>();
  let failure: { readonly error: unknown } | undefined;
  const flow: Flow<Item> = {
    take: () => queue.take(),
    ended() {
      if (queue.ended && failure !== undefined) throw failure.error;
      return queue.ended;
    },
    ready: () => queue.ready(),
    async leave() {
      log.push('left');
      queue.end();
    },
  };
  const end = (error?: unknown) => {
    if (error !== undefined) failure = { error };
    queue.end();
  };
  return { flow, push: (name: string) => queue.push(item(name)), end };
}

/** All that is in a flow, as its taker gets it. */
async function drain(flow: Flow<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for (;;) {
    const taken = flow.take();
    if (taken !== undefined) items.push(taken);
    else if (flow.ended()) return items;
    else await flow.ready();
  }
}

describe('a flow', () => {
  it('gives items, and those of flows among them, in order, to whoever takes or iterates, whatever the rhythm', async () => {
    const parts = fc.array(fc.oneof(fc.constant('item'), fc.array(fc.constantFrom('turn', 'push'), { maxLength: 8 })), {
      maxLength: 8,
    });
    for (const take of [drain, collect]) {
      await fc.assert(
        fc.asyncProperty(parts, async script => {
          let count = 0;
          async function* steps(): AsyncGenerator<Item | Flow<Item>> {
            for (const part of script) {
              if (part === 'item') yield item(String(count++));
              else yield played(part);
            }
          }
          const played = (part: readonly string[]) => {
            const { flow, push, end } = source();
            void (async () => {
              for (const act of part) {
                if (act === 'push') push(String(count++));
                else await turn();
              }
              end();
            })();
            return flow;
          };
          const taken = await take(flowing(steps()));
          assert.equal(names(taken), Array.from({ length: count }, (_, i) => i).join(' '));
        }),
        { numRuns: 50 },
      );
    }
  });

  it('throws what a flow failed with where it was given, behind all that had come, and goes on from there', async () => {
    const { flow, push, end } = source();
    const caught: unknown[] = [];
    async function* steps(): AsyncGenerator<Item | Flow<Item>> {
      try {
        yield flow;
      } catch (error) {
        caught.push(error);
      }
      yield item('after');
    }
    push('a');
    end('broken');
    assert.equal(names(await drain(flowing(steps()))), 'a after');
    assert.deepEqual(caught, ['broken']);
  });

  it('ends with what is not caught', async () => {
    const { flow, push, end } = source();
    const all = flowing<Item>(from<Item | Flow<Item>>(item('first'), flow));
    push('a');
    end(new Error('broken'));
    const taken: Item[] = [];
    await assert.rejects(async () => {
      for await (const each of all) taken.push(each);
    }, /broken/);
    assert.equal(names(taken), 'first a');
  });

  it('does nothing before somebody takes or waits', async () => {
    let isBegun = false;
    const all = flowing<Item>(
      (async function* () {
        isBegun = true;
        yield item('a');
      })(),
    );
    await turn();
    assert.equal(isBegun, false);
    assert.equal(all.take(), undefined);
    assert.equal(names(await drain(all)), 'a');
  });

  it('is left from the inside out, and gives nothing afterwards', async () => {
    const log: string[] = [];
    const { flow, push } = source(log);
    async function* steps(): AsyncGenerator<Item | Flow<Item>> {
      try {
        yield flow;
      } finally {
        log.push('let go');
      }
    }
    const all = flowing(steps());
    push('a');
    for await (const each of all) {
      assert.equal(each.name, 'a');
      push('b');
      break;
    }
    assert.deepEqual(log, ['left', 'let go']);
    assert.equal(all.take(), undefined);
    assert.equal(all.ended(), true);
  });

  it('wakes who waits when it is left', async () => {
    const { flow } = source();
    const all = flowing<Item>(from(flow));
    const iterator = all[Symbol.asyncIterator]();
    const next = iterator.next();
    await turn();
    await iterator.return?.();
    assert.deepEqual(await next, { done: true, value: undefined });
  });

  it('leaves what comes after it was left', async () => {
    const log: string[] = [];
    const { flow } = source(log);
    const all = flowing<Item>(
      (async function* () {
        await turn();
        yield flow;
      })(),
    );
    void all.ready();
    await all.leave();
    assert.deepEqual(log, ['left']);
    assert.equal(all.ended(), true);
  });

  it('answers those who ask before they were answered in turn', async () => {
    const { flow, push, end } = source();
    const iterator = flowing<Item>(from(flow))[Symbol.asyncIterator]();
    const asked = [iterator.next(), iterator.next(), iterator.next()];
    await turn();
    push('a');
    push('b');
    end();
    assert.deepEqual(
      (await Promise.all(asked)).map(({ value }) => value?.name),
      ['a', 'b', undefined],
    );
  });
});

describe('anything as a flow', () => {
  it('is what it was if it is one', () => {
    const all = flowing<Item>(from(item('a')));
    assert.equal(flowOf(all), all);
  });

  it('gives what can be iterated, fails as that does, and tells it when nobody wants more', async () => {
    const log: string[] = [];
    async function* items(): AsyncGenerator<Item> {
      try {
        yield item('a');
        yield item('b');
        throw new Error('broken');
      } finally {
        log.push('let go');
      }
    }
    await assert.rejects(drain(flowOf(items())), /broken/);
    const left = flowOf(items());
    await left.ready();
    assert.equal(left.take()?.name, 'a');
    await left.leave?.();
    assert.deepEqual(log, ['let go', 'let go']);
  });
});

describe('a flow that is changed', () => {
  it('gives for each item none, one or several, and ends as the other does', async () => {
    const double = ({ name }: Item) => Array.from({ length: Number(name) }, () => item(name));
    assert.equal(names(await drain(changed(flowOf(from(...['2', '0', '1', '3'].map(item))), double))), '2 2 1 3 3 3');
    const { flow, push, end } = source();
    push('2');
    end(new Error('broken'));
    const all = changed(flow, double);
    assert.deepEqual([all.take()?.name, all.ended(), all.take()?.name, all.take()], ['2', false, '2', undefined]);
    assert.throws(() => all.ended(), /broken/);
  });

  it('leaves the flow when an item cannot be changed, before whoever gave it hears of that', async () => {
    const log: string[] = [];
    const { flow, push } = source(log);
    async function* steps(): AsyncGenerator<Item | Flow<Item>> {
      try {
        yield changed(flow, () => {
          throw new Error('impossible');
        });
      } catch (error) {
        log.push(String(error));
      }
    }
    push('a');
    assert.deepEqual(await drain(flowing(steps())), []);
    assert.deepEqual(log, ['left', 'Error: impossible']);
  });
});
