/** The times of a run as JSON, by the schema in schemas/timestamps.schema.json. */
import { printableJson } from '../errors.ts';
import type { Granularity, Sink, Span } from '../speech.ts';
import type { SinkContext } from './context.ts';
import { createFileSink } from './file-sink.ts';
import { createSpool } from './spool.ts';
import type { Target } from './target.ts';
import { createTimeline } from './timeline.ts';

/** Version of the schema. */
const VERSION = 1;

/**
 * Writes words as they come, phonemes (when asked for) behind them, and at the end what is known
 * only then: text, duration, ids. Times in seconds from the start of the audio.
 */
export function createJsonSink(target: Target, context: SinkContext): Sink {
  const { request } = context;
  const timeline = createTimeline(request.format);
  const wantsPhonemes = request.timestamps.includes('phoneme');
  const phonemes = createSpool();
  const text = createSpool();
  const contextIds = new Set<string>();
  const requestIds = new Set<string>();
  const counts = { word: 0, phoneme: 0 };
  let begun = false;
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
        } else if (event.type === 'text') {
          await text.write(inner(event.text));
        } else if (event.type === 'context') {
          contextIds.add(event.contextId);
          if (event.requestId !== undefined) requestIds.add(event.requestId);
        } else if (event.type === 'timestamps') {
          await add(event.granularity, timeline.spans(event.granularity, event.spans));
        }
      },
      async finish(partial) {
        await add('word', timeline.finish('word'));
        await add('phoneme', timeline.finish('phoneme'));
        await complete();
        if (counts.word === 0 && !partial) {
          context.onNoWords(target.name);
        }
      },
      async release() {
        await phonemes.release();
        await text.release();
      },
    },
    context.keepPartial ?? false,
  );

  async function add(granularity: Granularity, spans: readonly Span[]): Promise<void> {
    if (spans.length === 0 || (granularity === 'phoneme' && !wantsPhonemes)) return;
    const lines = spans.map(line).join(',');
    const items = counts[granularity] === 0 ? lines : `,${lines}`;
    counts[granularity] += spans.length;
    if (granularity === 'phoneme') return phonemes.write(items);
    await begin();
    await put(items);
  }

  /** Late, so that a run that fails at once leaves a pipe empty. */
  async function begin(): Promise<void> {
    if (begun) return;
    begun = true;
    const head = {
      version: VERSION,
      created_by: context.createdBy,
      provider: context.provider,
      model: request.model,
      voice: request.voice,
      language: request.language ?? null,
      encoding: request.format.encoding,
      sample_rate: request.format.sampleRate,
    };
    await put(`${printableJson(head, 2).slice(0, -2)},\n  "words": [`);
  }

  async function complete(): Promise<void> {
    await begin();
    await put(closing(counts.word));
    if (wantsPhonemes) {
      await put(',\n  "phonemes": [');
      await phonemes.copyTo(target);
      await put(closing(counts.phoneme));
    }
    await put(',\n  "text": "');
    await text.copyTo(target);
    const ids = { context_ids: [...contextIds], request_ids: [...requestIds] };
    await put(`",\n  "duration": ${rounded(timeline.duration)},\n${printableJson(ids, 2).slice(2)}\n`);
  }

  function put(json: string): Promise<void> {
    return target.write(Buffer.from(json));
  }
}

/** One span on a line of its own. */
function line({ text, start, end }: Span): string {
  return `\n    {"text": ${printableJson(text)}, "start": ${rounded(start)}, "end": ${rounded(end)}}`;
}

function closing(count: number): string {
  return count === 0 ? ']' : '\n  ]';
}

/** The inside of a JSON string; pieces of text, one behind the other, are the inside of the whole. */
function inner(text: string): string {
  return printableJson(text).slice(1, -1);
}

/** Microseconds are finer than any sample and keep the order of times. */
function rounded(time: number): number {
  return Math.round(time * 1e6) / 1e6;
}
