/** Speaks one sentence: mark-up in, sound and spans out. Depends on nothing that was spoken before. */
import { type Job, NATIVE_RATE, type Report } from './espeak-messages.ts';
import type { EspeakNg } from './espeak-ng.ts';
import { pauseAfter, prosodyAfter, prosodyAtStart, toSsml } from './markup.ts';
import { createTimeline, type Stretches } from './timeline.ts';

/** Words a minute at speed 1, and what espeak-ng can do at most and at least. */
const NORMAL_RATE = 175;
const RATES = [80, 450] as const;
const LOUDEST = 200;

export type SentenceJob = Extract<Job, { readonly type: 'sentence' }>;

/** Reports the sentence's `sound` and, unless the call is gone, that it is `spoken`. @throws when espeak-ng breaks */
export function speakSentence(espeak: EspeakNg, job: SentenceJob, tell: (report: Report) => void): void {
  const { call, manner, gone } = job;
  const text = job.text.trim();
  const prosody = prosodyAtStart(text, job.prosody);
  const source = toSsml(text, prosody, manner.unspaced);
  const timeline = manner.timestamps.length === 0 ? undefined : createTimeline(source);
  let heard = 0;

  function settled(): Stretches {
    const { words = [], phonemes = [] } = timeline?.take() ?? {};
    const { timestamps } = manner;
    return {
      words: timestamps.includes('word') ? words : [],
      phonemes: timestamps.includes('phoneme') ? phonemes : [],
    };
  }

  espeak.speak(
    source.ssml,
    {
      voice: manner.voice,
      rate: Math.max(RATES[0], Math.min(RATES[1], Math.round(NORMAL_RATE * manner.speed * prosody.speed))),
      volume: Math.min(LOUDEST, Math.round(100 * manner.volume * prosody.volume)),
    },
    {
      ...timeline,
      audio(samples) {
        heard += samples.length;
        tell({ type: 'sound', call, samples: samples.slice(), settled: settled() });
      },
      isCancelled: () => Atomics.load(gone, 0) !== 0,
    },
  );
  if (Atomics.load(gone, 0) !== 0) return;
  timeline?.finish(heard);
  const pause = pauseAfter(job.text) / 1000 / (manner.speed * prosodyAfter(text, prosody).speed);
  tell({ type: 'spoken', call, silence: Math.round(NATIVE_RATE * pause), settled: settled() });
}
