/** Items that come in time, for one taker: what is there is taken at once, and only who has to wait gets a promise. */

export interface Flow<T> {
  /** What is there, in order; undefined when nothing is. */
  take(): T | undefined;
  /** Whether everything has been taken and nothing will come; throws why, unless that is as it should be. */
  ended(): boolean;
  /** Resolves when there is something to take, or nothing will come any more. Never rejects. */
  ready(): Promise<void>;
  /** What is still to come is not wanted. Resolves when whoever gives it has let go. */
  leave?(): Promise<void>;
}

/** A flow that may be iterated, too. */
export interface Flowing<T> extends Flow<T>, AsyncIterable<T> {
  leave(): Promise<void>;
}

/** What a generator of a flow gives: items, and flows whose items come in its place, as `yield*` has it. */
type Steps<T> = Pick<AsyncIterator<T | Flow<T>, unknown, void>, 'next' | 'return' | 'throw'>;

const NOW = Promise.resolve();

/**
 * What `steps` gives, in order. An item of a flow that it gives passes by it: through an async generator each would
 * take several turns and promises, and those that wait are what V8 copies around. How such a flow ends is told to
 * `steps`, where it gave it: it goes on there, or gets what the flow failed with thrown.
 */
export function flowing<T extends object>(steps: Steps<T>): Flowing<T> {
  let item: T | undefined;
  let inner: Flow<T> | undefined;
  let stepping: Promise<void> | undefined;
  let outcome: { readonly error?: unknown } | undefined;

  function step(result: Promise<IteratorResult<T | Flow<T>, unknown>>): Promise<void> {
    inner = undefined;
    stepping = result.then(
      result => {
        stepping = undefined;
        if (result.done) outcome ??= {};
        else if (outcome === undefined) accept(result.value);
        // Who has left wants none of it.
        else if (isFlow<T>(result.value)) void result.value.leave?.().catch(() => {});
      },
      error => {
        stepping = undefined;
        outcome ??= { error };
      },
    );
    return stepping;
  }

  function accept(given: T | Flow<T>): void {
    if (isFlow<T>(given)) inner = given;
    else item = given;
  }

  function take(): T | undefined {
    const first = item;
    item = undefined;
    return first ?? (inner === undefined ? undefined : takeFrom(inner));
  }

  function takeFrom(flow: Flow<T>): T | undefined {
    try {
      const taken = flow.take();
      if (taken === undefined && flow.ended()) void step(steps.next());
      return taken;
    } catch (error) {
      void step(fail(flow, error));
      return undefined;
    }
  }

  /** It may not be the flow itself that failed, but what was to be made of its items. */
  async function fail(flow: Flow<T>, error: unknown): Promise<IteratorResult<T | Flow<T>, unknown>> {
    await flow.leave?.().catch(() => {});
    if (steps.throw === undefined) throw error;
    return steps.throw(error);
  }

  function ended(): boolean {
    if (outcome !== undefined && 'error' in outcome) throw outcome.error;
    return outcome !== undefined;
  }

  function ready(): Promise<void> {
    if (item !== undefined || outcome !== undefined) return NOW;
    return inner?.ready() ?? stepping ?? step(steps.next());
  }

  async function leave(): Promise<void> {
    const left = inner;
    inner = undefined;
    item = undefined;
    outcome ??= {};
    try {
      await left?.leave?.();
    } finally {
      await steps.return?.();
    }
  }

  async function nextOf(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      const value = take();
      if (value !== undefined) return { done: false, value };
      if (ended()) return { done: true, value: undefined };
      await ready();
    }
  }

  const iterator: AsyncIterator<T, undefined> = {
    next: nextOf,
    async return() {
      await leave();
      return { done: true, value: undefined };
    },
  };
  return { take, ended, ready, leave, [Symbol.asyncIterator]: () => iterator };
}

/** The items of `source` as a flow: where it is one, they are taken as they are there. */
export function flowOf<T extends object>(source: AsyncIterable<T>): Flow<T> {
  if (isFlow<T>(source)) return source;
  const iterator = source[Symbol.asyncIterator]();
  return flowing<T>({
    next: () => iterator.next(),
    return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
  });
}

/** What `change` makes of each item of `flow`: none, one, or several. */
export function changed<T, U>(flow: Flow<T>, change: (item: T) => readonly U[]): Flow<U> {
  let items: readonly U[] = [];
  let at = 0;
  return {
    take() {
      while (at === items.length) {
        const item = flow.take();
        if (item === undefined) return undefined;
        items = change(item);
        at = 0;
      }
      return items[at++];
    },
    ended: () => at === items.length && flow.ended(),
    ready: () => (at < items.length ? NOW : flow.ready()),
    async leave() {
      await flow.leave?.();
    },
  };
}

function isFlow<T>(value: object): value is Flow<T> {
  return 'take' in value;
}
