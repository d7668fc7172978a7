/** The table of sample encodings and what follows from it: sizes, durations, conversion. */
import type { AudioFormat, Encoding } from './speech.ts';

/** What there is to know about an encoding. `tag` is the format tag of a WAVE header. */
export interface EncodingFacts {
  readonly bytesPerSample: number;
  readonly tag: number;
}

/** The encodings that the protocol has; order is the order in help. */
export const ENCODINGS: Readonly<Record<Encoding, EncodingFacts>> = {
  pcm_s16le: { bytesPerSample: 2, tag: 1 },
  pcm_f32le: { bytesPerSample: 4, tag: 3 },
  pcm_mulaw: { bytesPerSample: 1, tag: 7 },
  pcm_alaw: { bytesPerSample: 1, tag: 6 },
};

/** Sample rates that the protocol has, in Hz. */
export const SAMPLE_RATES: readonly number[] = [8000, 16000, 22050, 24000, 44100, 48000];

export const DEFAULT_FORMAT: AudioFormat = { encoding: 'pcm_s16le', sampleRate: 24000 };

export function bytesPerSample(format: AudioFormat): number {
  return ENCODINGS[format.encoding].bytesPerSample;
}

/** Seconds of audio in `bytes` bytes; a sample cut short does not count. */
export function seconds(bytes: number, format: AudioFormat): number {
  return Math.floor(bytes / bytesPerSample(format)) / format.sampleRate;
}
