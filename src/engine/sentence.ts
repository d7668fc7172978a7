/** Speaks one sentence: mark-up in, chunks of the asked format and spans out. Depends on nothing that was spoken before. */
import { encode } from '../audio.ts';
import { createResampler } from '../audio-resample.ts';
import type { Job, Report } from './espeak-messages.ts';
import { type EspeakNg, NATIVE_RATE } from './espeak-ng.ts';
import { pauseAfter, prosodyAfter, prosodyAtStart, toSsml } from './markup.ts';
import { createTimeline, type Stretch, type Stretches, type Timeline } from './timeline.ts';

/** Samples in a chunk, as the service makes them; the last one of a sentence is shorter. */
export const CHUNK_SAMPLES = 4096;

/** Words a minute at speed 1, and what espeak-ng can do at most and at least. */
const NORMAL_RATE = 175;
const RATES = [80, 450] as const;
const LOUDEST = 200;

export type SentenceJob = Extract<Job, { readonly type: 'sentence' }>;

/** Reports the sentence's `audio` and, unless the call is gone, that it is `spoken`. @throws when espeak-ng breaks */
export function speakSentence(espeak: EspeakNg, job: SentenceJob, tell: (report: Report) => void): void {
  const { call, manner, gone } = job;
  const text = job.text.trim();
  const prosody = prosodyAtStart(text, job.prosody);
  const source = toSsml(text, prosody, manner.unspaced);
  const timeline = createTimeline(source);
  const resampler = createResampler(NATIVE_RATE, manner.format.sampleRate);
  const block = new Float32Array(CHUNK_SAMPLES);
  let filled = 0;
  let samples = 0;
  let heard = 0;

  const spans = () => spansFor(timeline, job);
  const flush = () => {
    const chunk = encode(toFullScale(block.subarray(0, filled)), manner.format.encoding);
    tell({ type: 'audio', call, chunk, spans: spans() });
    filled = 0;
  };
  const put = (made: Float32Array) => {
    samples += made.length;
    for (let at = 0; at < made.length; ) {
      const part = made.subarray(at, at + CHUNK_SAMPLES - filled);
      block.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled === CHUNK_SAMPLES) flush();
    }
  };

  espeak.speak(
    source.ssml,
    {
      voice: manner.voice,
      rate: Math.max(RATES[0], Math.min(RATES[1], Math.round(NORMAL_RATE * manner.speed * prosody.speed))),
      volume: Math.min(LOUDEST, Math.round(100 * manner.volume * prosody.volume)),
    },
    {
      word: timeline.word,
      phoneme: timeline.phoneme,
      audio(made) {
        heard += made.length;
        put(resampler.push(made));
      },
      isCancelled: () => Atomics.load(gone, 0) !== 0,
    },
  );
  if (Atomics.load(gone, 0) !== 0) return;
  timeline.finish(heard);
  const pause = pauseAfter(job.text) / 1000 / (manner.speed * prosodyAfter(text, prosody).speed);
  put(resampler.push(new Int16Array(Math.round(NATIVE_RATE * pause))));
  put(resampler.end());
  if (filled > 0) flush();
  tell({ type: 'spoken', call, samples, spans: spans() });
}

/** From 32768 to 1.0, in place. */
function toFullScale(samples: Float32Array): Float32Array {
  for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] as number) / 32768;
  return samples;
}

/** What was asked for of what is settled, in samples of the asked rate: rounded down, so that it never passes the end. */
function spansFor(timeline: Timeline, { manner }: SentenceJob): Stretches {
  const { words, phonemes } = timeline.take();
  const scale = (sample: number) => Math.floor((sample * manner.format.sampleRate) / NATIVE_RATE);
  const scaled = (stretches: readonly Stretch[]) =>
    stretches.map(({ text, start, end }) => ({ text, start: scale(start), end: scale(end) }));
  return {
    words: manner.timestamps.includes('word') ? scaled(words) : [],
    phonemes: manner.timestamps.includes('phoneme') ? scaled(phonemes) : [],
  };
}
