/** When text that has arrived is spoken: at once, at the end of a sentence, or when it has waited long enough (protocol §4.3). */
import type { Clock } from '../speech.ts';
import { createSentenceBuffer } from '../text/sentences.ts';

export interface BufferingOptions {
  /** How long text may wait for the rest of its sentence; 0 makes each push ready at once. */
  readonly delayMs: number;
  readonly language?: string | undefined;
  readonly clock: Clock;
  /** More text waits, or less (negative), in UTF-16 code units. */
  readonly onWeight: (change: number) => void;
  /** Told of text that is to be spoken; `now`: not even the synthesizer is to wait for what follows. */
  readonly onReady: (text: string, now: boolean) => void;
}

export interface Buffering {
  push(text: string): void;
  /** Makes everything ready. */
  drain(): void;
  /** True while text with something to say in it waits. */
  readonly waiting: boolean;
  /** Lets go of the text and the timer. */
  stop(): void;
}

export function createBuffering({ delayMs, language, clock, onWeight, onReady }: BufferingOptions): Buffering {
  const buffer = createSentenceBuffer({ language });
  let cancelTimer: (() => void) | undefined;
  let weight = 0;
  /** White space alone is in no hurry: it goes with what follows. */
  let waiting = false;

  const settle = () => {
    cancelTimer?.();
    cancelTimer = undefined;
    waiting = false;
  };
  const weigh = () => {
    const change = buffer.length - weight;
    weight = buffer.length;
    if (change !== 0) onWeight(change);
  };
  const takeAll = (now: boolean) => {
    settle();
    const text = buffer.rest();
    weigh();
    if (text !== '') onReady(text, now);
  };

  return {
    push(text) {
      if (text === '') return;
      if (delayMs === 0) return onReady(text, false);
      buffer.push(text);
      const sentences = buffer.take();
      if (sentences !== '') settle();
      waiting ||= buffer.length > 0 && /\S/.test(text.slice(-buffer.length));
      if (waiting) cancelTimer ??= clock.after(delayMs, () => takeAll(true));
      weigh();
      if (sentences !== '') onReady(sentences, true);
    },
    drain: () => takeAll(false),
    get waiting() {
      return waiting;
    },
    stop() {
      settle();
      buffer.rest();
      weigh();
    },
  };
}
