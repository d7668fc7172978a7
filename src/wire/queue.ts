/** What has arrived for a context and has not been taken yet. */

/** First in, first out, for one taker. Nothing is allocated per item while the taker is behind. */
export interface Queue<T> {
  push(item: T): void;
  /** No more will come: what waits can still be taken. */
  end(): void;
  take(): T | undefined;
  /** Whether it has ended and everything has been taken. */
  readonly ended: boolean;
  /** Resolves when there is something to take or the queue has ended. */
  ready(): Promise<void>;
}

/** Taken places at the front are given back in steps of this many, so that taking stays cheap. */
const STEP = 1024;

/** @param join two neighbours as one, where they can be: what waits together is taken together */
export function createQueue<T>(join?: (last: T, next: T) => T | undefined): Queue<T> {
  let items: (T | undefined)[] = [];
  let head = 0;
  let ended = false;
  let wake: (() => void) | undefined;

  const rouse = () => {
    const resolve = wake;
    wake = undefined;
    resolve?.();
  };
  return {
    push(item) {
      if (ended) return;
      const last = head === items.length ? undefined : items[items.length - 1];
      const joined = last === undefined ? undefined : join?.(last, item);
      if (joined === undefined) items.push(item);
      else items[items.length - 1] = joined;
      if (wake !== undefined) rouse();
    },
    end() {
      ended = true;
      rouse();
    },
    take() {
      if (head === items.length) return undefined;
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
      return ended && head === items.length;
    },
    ready() {
      if (ended || head < items.length) return Promise.resolve();
      return new Promise(resolve => {
        wake = resolve;
      });
    },
  };
}
