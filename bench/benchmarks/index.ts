/** The benchmarks, in the order of the report. */
import type { Benchmark } from '../support/benchmark.ts';
import { addedLatency } from './added-latency.ts';
import { auditionPage } from './audition-page.ts';
import { engineBook, engineWords } from './engine.ts';
import { firstAudio } from './first-audio.ts';
import { hotPath } from './hot-path.ts';
import { lateText } from './late-text.ts';
import { longF32 } from './long-f32.ts';
import { memory } from './memory.ts';
import { officialSdk } from './official-sdk.ts';
import { book, lines } from './parallel.ts';
import { serve } from './serve.ts';
import { startUp } from './start-up.ts';

export const BENCHMARKS: readonly Benchmark[] = [
  startUp,
  firstAudio,
  lateText,
  addedLatency,
  hotPath,
  officialSdk,
  longF32,
  memory,
  engineBook,
  engineWords,
  book,
  lines,
  serve,
  auditionPage,
];
