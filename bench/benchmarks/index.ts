/** The benchmarks, in the order of the report. */
import type { Benchmark } from '../support/benchmark.ts';
import { firstAudio } from './first-audio.ts';
import { startUp } from './start-up.ts';

export const BENCHMARKS: readonly Benchmark[] = [startUp, firstAudio];
