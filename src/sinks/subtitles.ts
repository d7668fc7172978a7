/** Subtitles, SubRip and WebVTT, written cue by cue as the words become known. */
import type { Sink, Span } from '../speech.ts';
import { type AlignedSpan, createAligner } from '../text/align.ts';
import { type Cue, createCueBuilder } from '../text/phrases.ts';
import type { SinkContext } from './context.ts';
import { createFileSink } from './file-sink.ts';
import { createShownCues, type ShownCue } from './shown-cues.ts';
import type { Target } from './target.ts';
import { createTimeline } from './timeline.ts';

/** What one format of subtitles looks like. Times in whole milliseconds. */
interface Layout {
  readonly head: string;
  cue(number: number, start: number, end: number, lines: readonly string[]): string;
}

const SRT: Layout = {
  head: '',
  // There is no escape for the arrow in SubRip; readers look for it to find the next cue.
  cue: (number, start, end, lines) =>
    `${number}\n${timecode(start, ',')} --> ${timecode(end, ',')}\n${lines.join('\n').replaceAll('-->', '→')}\n\n`,
};

const VTT: Layout = {
  head: 'WEBVTT\n\n',
  cue: (_number, start, end, lines) =>
    `${timecode(start, '.')} --> ${timecode(end, '.')}\n${lines.map(escaped).join('\n')}\n\n`,
};

/** SubRip: numbered cues. Without any words the file is empty. */
export function createSrtSink(target: Target, context: SinkContext): Sink {
  return createSubtitleSink(target, context, SRT);
}

/** WebVTT. Without any words the file is its heading alone. */
export function createVttSink(target: Target, context: SinkContext): Sink {
  return createSubtitleSink(target, context, VTT);
}

function createSubtitleSink(target: Target, context: SinkContext, layout: Layout): Sink {
  const { format, language } = context.request;
  const timeline = createTimeline(format);
  const aligner = createAligner();
  const builder = createCueBuilder({ mode: context.cues, language });
  const cues = createCueWriter(target, layout);
  const done = Promise.resolve();
  let words = 0;
  let hasText = false;
  let reached = 0;

  return createFileSink(
    target,
    {
      get started() {
        return words > 0;
      },
      write(event) {
        if (event.type === 'audio') timeline.audio(event.chunk.length);
        else if (event.type === 'text') {
          hasText = true;
          aligner.text(event.text);
        } else if (event.type === 'timestamps' && event.granularity === 'word') {
          words += event.spans.length;
          return cues.write(builder.push(aligned(timeline.spans('word', event.spans))));
        }
        return done;
      },
      async finish(partial) {
        await cues.write(builder.push(aligned(timeline.finish('word'))));
        if (!partial) await cues.write(builder.push(unreported()));
        await cues.write(builder.finish(timeline.duration));
        await cues.finish();
        if (words === 0 && !partial) {
          context.onNoWords(target.name);
        }
      },
    },
    context,
  );

  function aligned(spans: readonly Span[]): AlignedSpan[] {
    reached = spans.at(-1)?.end ?? reached;
    return hasText ? aligner.words(spans) : spans.map(span => ({ ...span, written: `${span.text} ` }));
  }

  /** Services leave out the words of some texts ("2 + 2 = 4"): what is said last is shown all the same. */
  function unreported(): AlignedSpan[] {
    const written = words === 0 ? '' : aligner.rest();
    const isSpoken = /[\p{L}\p{N}]/u.test(written) && reached < timeline.duration;
    return isSpoken ? [{ text: '', start: reached, end: timeline.duration, written }] : [];
  }
}

function createCueWriter(target: Target, layout: Layout) {
  const shown = createShownCues();
  let begun = false;
  let number = 0;

  return {
    async write(cues: readonly Cue[]): Promise<void> {
      for (const cue of cues) await put(shown.push(cue));
    },
    async finish(): Promise<void> {
      await put(shown.finish());
      await begin();
    },
  };

  async function put(cues: readonly ShownCue[]): Promise<void> {
    for (const { start, end, lines } of cues) {
      number += 1;
      await begin();
      await target.write(Buffer.from(layout.cue(number, start, end, lines)));
    }
  }

  async function begin(): Promise<void> {
    if (begun || layout.head === '') return;
    begun = true;
    await target.write(Buffer.from(layout.head));
  }
}

function timecode(time: number, separator: string): string {
  const part = (value: number, length = 2) => String(value).padStart(length, '0');
  const seconds = Math.floor(time / 1000);
  const minutes = Math.floor(seconds / 60);
  const clock = `${part(Math.floor(minutes / 60))}:${part(minutes % 60)}:${part(seconds % 60)}`;
  return `${clock}${separator}${part(time % 1000, 3)}`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
