/** Words and phones as tiers of a Praat TextGrid (long text format, UTF-8). */
import type { Granularity, Sink, Span } from '../speech.ts';
import type { SinkContext } from './context.ts';
import { createSpool, type Spool } from './spool.ts';
import type { Target } from './target.ts';
import { createTimesSink, rounded } from './times-sink.ts';

/**
 * Writes a tier `words` and, when phonemes were asked for, one named `phones`. Praat wants the
 * number of intervals in front of them, so the tiers are held back until the end.
 */
export function createTextGridSink(target: Target, context: SinkContext): Sink {
  const { request } = context;
  const granularities: Granularity[] = request.timestamps.includes('phoneme') ? ['word', 'phoneme'] : ['word'];
  const tiers = { word: createTier('words'), phoneme: createTier('phones') };

  return createTimesSink(target, context, {
    get words() {
      return tiers.word.words;
    },
    add: (granularity, spans) => tiers[granularity].add(spans),
    async finish(duration) {
      await target.write(Buffer.from(head(duration, granularities.length)));
      for (const [index, granularity] of granularities.entries()) {
        await tiers[granularity].copyTo(target, index + 1, duration);
      }
    },
    async release() {
      await tiers.word.spool.release();
      await tiers.phoneme.spool.release();
    },
  });
}

interface Tier {
  readonly words: number;
  readonly spool: Spool;
  add(spans: readonly Span[]): Promise<void>;
  copyTo(target: Target, index: number, duration: number): Promise<void>;
}

/** Turns spans into intervals without gaps: silence is an interval without text. */
function createTier(name: string): Tier {
  const spool = createSpool();
  let last: Span | undefined;
  let reached = 0;
  let count = 0;
  let words = 0;

  return {
    get words() {
      return words;
    },
    spool,
    async add(spans) {
      for (const span of spans) {
        words += 1;
        await place({ text: span.text, start: rounded(span.start), end: rounded(span.end) });
      }
    },
    async copyTo(target, index, duration) {
      await flush();
      const end = rounded(duration);
      if (reached < end || count === 0) await interval('', reached, end);
      await target.write(Buffer.from(tierHead(index, name, end, count)));
      await spool.copyTo(target);
    },
  };

  /** An interval has a length: a span without one is told by its neighbour. */
  async function place(span: Span): Promise<void> {
    if (last !== undefined && (span.end <= span.start || last.end <= last.start)) {
      const { start, end } = span.end <= span.start ? last : span;
      last = { text: `${last.text} ${span.text}`, start, end };
      return;
    }
    await flush();
    last = span;
  }

  async function flush(): Promise<void> {
    if (last === undefined) return;
    const { text, start, end } = last;
    last = undefined;
    if (end <= start) return;
    if (start > reached) await interval('', reached, start);
    await interval(text, start, end);
  }

  function interval(text: string, start: number, end: number): Promise<void> {
    count += 1;
    reached = end;
    const quoted = text.replaceAll('"', '""');
    return spool.write(
      `        intervals [${count}]:\n            xmin = ${start} \n            xmax = ${end} \n            text = "${quoted}" \n`,
    );
  }
}

function head(duration: number, tiers: number): string {
  return `File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0 \nxmax = ${rounded(duration)} \ntiers? <exists> \nsize = ${tiers} \nitem []: \n`;
}

function tierHead(index: number, name: string, end: number, count: number): string {
  return `    item [${index}]:\n        class = "IntervalTier" \n        name = "${name}" \n        xmin = 0 \n        xmax = ${end} \n        intervals: size = ${count} \n`;
}
