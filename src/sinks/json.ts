/** The times of a run as JSON, by the schema in schemas/timestamps.schema.json. */
import { printableJson } from '../errors.ts';
import type { Granularity, Sink, Span } from '../speech.ts';
import type { SinkContext } from './context.ts';
import { createSpool } from './spool.ts';
import type { Target } from './target.ts';
import { createTimesSink, rounded } from './times-sink.ts';

/** Version of the schema. */
const VERSION = 1;

/**
 * Writes words as they come, phonemes (when asked for) behind them, and at the end what is known
 * only then: text, duration, ids. Times in seconds from the start of the audio.
 */
export function createJsonSink(target: Target, context: SinkContext): Sink {
  const { request } = context;
  const wantsPhonemes = request.timestamps.includes('phoneme');
  const phonemes = createSpool();
  const text = createSpool();
  const contextIds = new Set<string>();
  const requestIds = new Set<string>();
  const counts = { word: 0, phoneme: 0 };
  let begun = false;

  return createTimesSink(target, context, {
    get words() {
      return counts.word;
    },
    add,
    async hear(event) {
      if (event.type === 'text') {
        await text.write(inner(event.text));
      } else if (event.type === 'context') {
        contextIds.add(event.contextId);
        if (event.requestId !== undefined) requestIds.add(event.requestId);
      }
    },
    finish: complete,
    async release() {
      await phonemes.release();
      await text.release();
    },
  });

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

  async function complete(duration: number): Promise<void> {
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
    await put(`",\n  "duration": ${rounded(duration)},\n${printableJson(ids, 2).slice(2)}\n`);
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
