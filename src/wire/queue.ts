/** What has arrived for a context and has not been taken yet. */

/** First in, first out, for one taker. Nothing is allocated per item while the taker is behind. */
export interface Queue<T> {
  push(item: T): void;
  /** No more will come: what waits can still be taken. */
  end(): void;
  take(): T | undefined;
  /** Whether it has ended and everything has been taken. */
  readonly ended: boolean;
  /** Resolves when there is something to take or the queue has ended, for all who wait. */
  ready(): Promise<void>;
}

/** Taken places at the front are given back in steps of this many, so that taking stays cheap. */
const STEP = 1024;

/** @param join two neighbours as one, where they can be: what waits together is taken together */
export function createQueue<T>(join?: (last: T, next: T) => T | undefined): Queue<T> {
  /** The next one. Who keeps up never has more than one waiting, and there is no list to be made. */
  let next: T | undefined;
  let items: (T | undefined)[] = [];
  let head = 0;
  let ended = false;
  let wake: (() => void) | undefined;
  let waiting = Promise.resolve();

  const isEmpty = () => next === undefined && head === items.length;
  const rouse = () => {
    const resolve = wake;
    wake = undefined;
    resolve?.();
  };
  return {
    push(item) {
      if (ended) return;
      const isNext = head === items.length;
      const last = isNext ? next : items[items.length - 1];
      const joined = last === undefined ? item : join?.(last, item);
      if (joined === undefined) items.push(item);
      else if (isNext) next = joined;
      else items[items.length - 1] = joined;
      if (wake !== undefined) rouse();
    },
    end() {
      ended = true;
      rouse();
    },
    take() {
      if (next !== undefined || head === items.length) {
        const first = next;
        next = undefined;
        return first;
      }
      const item = items[head];
      items[head++] = undefined;
      if (head === items.length) {
        items = [];
        head = 0;
      } else if (head >= STEP && head * 2 >= items.length) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
    get ended() {
      return ended && isEmpty();
    },
    ready() {
      if (ended || !isEmpty()) return Promise.resolve();
      if (wake === undefined) {
        waiting = new Promise(resolve => {
          wake = resolve;
        });
      }
      return waiting;
    },
  };
}
