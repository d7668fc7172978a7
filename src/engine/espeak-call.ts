/** One `synthesize()` of the built-in engine: sentences go to the thread as the listener keeps up, events come back. */
import { Failure, printable } from '../errors.ts';
import type { AudioFormat, SpeechEvent } from '../speech.ts';
import { createDelivery } from './delivery.ts';
import { type Manner, NATIVE_RATE } from './espeak-messages.ts';
import type { CallReport, Thread } from './espeak-thread.ts';
import type { Prosody } from './markup.ts';

export interface EspeakCall {
  /** Resolves when the next sentence may be spoken; false if nobody listens any more. */
  ready(): Promise<boolean>;
  speak(text: string, prosody: Prosody): void;
  flush(): void;
  /** No more sentences come. */
  finish(): void;
  /** Ends `events` with `error`, before what waits to be heard. */
  fail(error: unknown): void;
  /** Ends when all that was given has been delivered. */
  events(): AsyncGenerator<SpeechEvent, void>;
  /** Stops the thread's work for this call. */
  close(): void;
}

/** Jobs that the thread has at once: one it works at, and some to go on with while we are busy with what it said. */
const JOBS = 3;
/** No new sentence is begun while so many seconds wait to be heard. */
const AHEAD = 1;

export function createCall(thread: Thread, manner: Manner, format: AudioFormat): EspeakCall {
  const delivery = createDelivery(format);
  const gone = new Int32Array(new SharedArrayBuffer(4));
  const reports: CallReport[] = [];
  let jobs = 0;
  /** Samples of espeak-ng that wait to be heard. */
  let waiting = 0;
  let isFinished = false;
  let isClosed = false;
  let failure: { readonly error: unknown } | undefined;
  const listener = createSignal();
  const feeder = createSignal();
  const call = thread.join({ report, fail });

  function report(heard: CallReport): void {
    reports.push(heard);
    if (heard.type === 'sound') waiting += heard.samples.length;
    else jobs -= 1;
    listener.notify();
    feeder.notify();
  }

  function fail(error: unknown): void {
    failure ??= { error };
    listener.notify();
    feeder.notify();
  }

  function check(): void {
    if (failure !== undefined) throw failure.error;
  }

  function* eventsOf(heard: CallReport): Generator<SpeechEvent> {
    if (heard.type === 'flushed') yield { type: 'flushed' };
    if (heard.type === 'broken') {
      throw new Failure('bug', `the built-in engine broke: ${printable(heard.message, 200)}`);
    }
    if (heard.type === 'sound') yield* delivery.sound(heard.samples, heard.settled);
    if (heard.type === 'spoken') yield* delivery.end(heard.silence, heard.settled);
  }

  return {
    async ready() {
      const limit = AHEAD * NATIVE_RATE;
      while (!isClosed && failure === undefined && (jobs >= JOBS || waiting > limit)) await feeder.wait();
      return !isClosed && failure === undefined;
    },
    speak(text, prosody) {
      jobs += 1;
      thread.post({ type: 'sentence', call, text, manner, prosody, gone });
    },
    flush() {
      jobs += 1;
      thread.post({ type: 'flush', call });
    },
    finish() {
      isFinished = true;
      listener.notify();
    },
    fail,
    async *events() {
      for (;;) {
        check();
        const heard = reports.shift();
        if (heard !== undefined) {
          if (heard.type === 'sound') waiting -= heard.samples.length;
          feeder.notify();
          for (const event of eventsOf(heard)) {
            check();
            yield event;
          }
        } else if (isFinished && jobs === 0) return;
        else await listener.wait();
      }
    },
    close() {
      isClosed = true;
      Atomics.store(gone, 0, 1);
      thread.leave(call);
      feeder.notify();
    },
  };
}

interface Signal {
  /** Resolves at the next `notify`, or at once if there has been one since the last wait. */
  wait(): Promise<void>;
  notify(): void;
}

function createSignal(): Signal {
  let isSet = false;
  let resume: (() => void) | undefined;
  return {
    async wait() {
      if (!isSet) {
        await new Promise<void>(resolve => {
          resume = resolve;
        });
      }
      isSet = false;
    },
    notify() {
      isSet = true;
      resume?.();
      resume = undefined;
    },
  };
}
