/** What files of times have in common: spans are put in order against the audio before they are written. */
import type { Granularity, Sink, SinkEvent, Span } from '../speech.ts';
import type { SinkContext } from './context.ts';
import { createFileSink } from './file-sink.ts';
import type { Target } from './target.ts';
import { createTimeline } from './timeline.ts';

/** What makes one kind of file of times. Calls follow one another. */
export interface TimesWriter {
  /** Words that have been added. */
  readonly words: number;
  /** Takes spans that are in order, of either granularity, whether it was asked for or not. */
  add(granularity: Granularity, spans: readonly Span[]): Promise<void>;
  /** Takes what is neither audio nor times. */
  hear?(event: SinkEvent): Promise<void>;
  /** Writes what is still missing; all spans have been added. `duration` of the audio in seconds. */
  finish(duration: number): Promise<void>;
  /** Frees what the writer holds beside the target. */
  release(): Promise<void>;
}

/** Makes a sink out of a `writer` to `target`; the context hears when there was no word. */
export function createTimesSink(target: Target, context: SinkContext, writer: TimesWriter): Sink {
  const timeline = createTimeline(context.request.format);
  let started = false;

  return createFileSink(
    target,
    {
      get started() {
        return started;
      },
      async write(event) {
        if (event.type === 'audio') {
          started = true;
          timeline.audio(event.chunk.length);
        } else if (event.type === 'timestamps') {
          await writer.add(event.granularity, timeline.spans(event.granularity, event.spans));
        } else {
          await writer.hear?.(event);
        }
      },
      async finish(partial) {
        await writer.add('word', timeline.finish('word'));
        await writer.add('phoneme', timeline.finish('phoneme'));
        await writer.finish(timeline.duration);
        if (writer.words === 0 && !partial) context.onNoWords(target.name);
      },
      release: () => writer.release(),
    },
    context,
  );
}

/** A time as it is written: microseconds are finer than any sample, and the same number is the same border. */
export function rounded(time: number): number {
  return Math.round(time * 1e6) / 1e6;
}
