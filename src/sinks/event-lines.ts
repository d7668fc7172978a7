/** The events that matter to a program that listens, a line of JSON each. */
import { printableJson } from '../errors.ts';
import type { Clock, Sink, SinkEvent, Span } from '../speech.ts';
import type { Target } from './target.ts';

export interface EventLineOptions {
  readonly clock: Clock;
  /** When the first text had been read, on the clock; undefined before that. */
  readonly startedAt: () => number | undefined;
}

/**
 * Writes `context`, `first_audio`, `words`, `phonemes`, `flushed` and `seam` as they happen; what a run comes to, or
 * an error, is for others to write. Times in seconds from the start of the audio, `ms` from the first text.
 */
export function createEventLines(target: Target, { clock, startedAt }: EventLineOptions): Sink {
  let heard = false;

  function lineOf(event: SinkEvent): object | undefined {
    switch (event.type) {
      case 'context':
        return { type: 'context', context_id: event.contextId, request_id: event.requestId ?? null };
      case 'audio': {
        if (heard || event.chunk.length === 0) return undefined;
        heard = true;
        const now = clock.now();
        return { type: 'first_audio', ms: Math.round(now - (startedAt() ?? now)) };
      }
      case 'timestamps':
        return event.granularity === 'word'
          ? { type: 'words', words: event.spans.map(rounded) }
          : { type: 'phonemes', phonemes: event.spans.map(rounded) };
      case 'flushed':
        return { type: 'flushed' };
      case 'seam':
        return { type: 'seam' };
      case 'text':
        return undefined;
    }
  }

  return {
    async write(event) {
      const line = lineOf(event);
      if (line !== undefined) await target.write(Buffer.from(`${printableJson(line)}\n`));
    },
    close: () => target.commit(),
    abort: () => target.discard(),
  };
}

/** Microseconds are finer than any sample. */
function rounded({ text, start, end }: Span): Span {
  const round = (time: number) => Math.round(time * 1e6) / 1e6;
  return { text, start: round(start), end: round(end) };
}
