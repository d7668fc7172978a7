/** Makes what was asked for out of what espeak-ng says: rate, encoding, chunks, times in seconds. Works outside its thread. */
import { encode } from '../audio.ts';
import { createResampler, type Resampler } from '../audio-resample.ts';
import type { AudioFormat, Granularity, Span, SpeechEvent } from '../speech.ts';
import { NATIVE_RATE } from './espeak-messages.ts';
import type { Stretch, Stretches } from './timeline.ts';

/** Samples in a chunk, as the service makes them; the last one of a sentence is shorter. */
const CHUNK_SAMPLES = 4096;

/** The sentences of one call, one after the other; all is counted in samples of espeak-ng from the start of the sentence. */
export interface Delivery {
  /** Takes sound, and the spans that were settled before its end; gives what that completes. */
  sound(samples: Int16Array, settled: Stretches): Generator<SpeechEvent, void>;
  /** Ends the sentence with a silence of so many samples; gives the rest. */
  end(silence: number, settled: Stretches): Generator<SpeechEvent, void>;
}

export function createDelivery(format: AudioFormat): Delivery {
  // Its filters are kept: computed here, they are ready before the engine is.
  createResampler(NATIVE_RATE, format.sampleRate);
  let workbench: Workbench | undefined;
  let filled = 0;
  /** Samples of the asked rate: of the sentences before, and of this one. */
  let before = 0;
  let made = 0;
  let spans: readonly [Granularity, Span[]][] = [];
  clear();

  function clear(): void {
    spans = [
      ['word', []],
      ['phoneme', []],
    ];
  }

  function settle({ words, phonemes }: Stretches): void {
    for (const [granularity, known] of spans) {
      for (const stretch of granularity === 'word' ? words : phonemes) known.push(spanOf(stretch));
    }
  }

  // Rounded down, so that it never passes the end.
  const secondsAt = (sample: number) =>
    (before + Math.floor((sample * format.sampleRate) / NATIVE_RATE)) / format.sampleRate;

  function spanOf({ text, start, end }: Stretch): Span {
    return { text, start: secondsAt(start), end: secondsAt(end) };
  }

  function* tell(): Generator<SpeechEvent, void> {
    const settled = spans.filter(([, known]) => known.length > 0);
    if (settled.length > 0) clear();
    for (const [granularity, known] of settled) yield { type: 'timestamps', granularity, spans: known };
  }

  function* flush(block: Float32Array): Generator<SpeechEvent, void> {
    yield* tell();
    const chunk = encode(toFullScale(block.subarray(0, filled)), format.encoding);
    filled = 0;
    yield { type: 'audio', chunk };
  }

  function* put(block: Float32Array, samples: Float32Array): Generator<SpeechEvent, void> {
    made += samples.length;
    for (let at = 0; at < samples.length; ) {
      const part = samples.subarray(at, at + CHUNK_SAMPLES - filled);
      block.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled === CHUNK_SAMPLES) yield* flush(block);
    }
  }

  return {
    *sound(samples, settled) {
      workbench ??= createWorkbench(format);
      settle(settled);
      yield* put(workbench.block, workbench.resampler.push(samples));
    },
    *end(silence, settled) {
      const { block, resampler } = workbench ?? createWorkbench(format);
      settle(settled);
      yield* put(block, resampler.push(new Int16Array(silence)));
      yield* put(block, resampler.end());
      if (filled > 0) yield* flush(block);
      yield* tell();
      before += made;
      made = 0;
      workbench = undefined;
    },
  };
}

/** What is needed within a sentence alone: a thousand calls may be waiting for their turn. */
interface Workbench {
  readonly resampler: Resampler;
  readonly block: Float32Array;
}

function createWorkbench(format: AudioFormat): Workbench {
  return { resampler: createResampler(NATIVE_RATE, format.sampleRate), block: new Float32Array(CHUNK_SAMPLES) };
}

/** From 32768 to 1.0, in place. */
function toFullScale(samples: Float32Array): Float32Array {
  for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] as number) / 32768;
  return samples;
}
