/** Listens to one piece of speech as it comes, and says what there is to measure about its sound. */
import { ENCODINGS, toS16 } from '../audio.ts';
import type { AudioFormat, Encoding } from '../speech.ts';
import { createLoudnessMeter } from './loudness.ts';

/** What the sound of one recording comes to. Levels are relative to full scale. */
export interface SoundFigures {
  /** Seconds. */
  readonly duration: number;
  /** Bytes of samples, without a header. */
  readonly bytes: number;
  /** Seconds before the first sample above -50 dBFS, and after the last one. All of it when there is none. */
  readonly leadingSilence: number;
  readonly trailingSilence: number;
  /** dBFS of the largest sample; undefined for digital silence. */
  readonly peak: number | undefined;
  /** EBU R 128, LUFS; undefined for less than 400 ms and for silence. */
  readonly loudness: number | undefined;
  /** Samples at full scale that stand next to another one. */
  readonly clippedSamples: number;
}

/** Keeps figures instead of sound. */
export interface SoundMeter {
  /** Bytes in the format, cut anywhere. */
  hear(chunk: Uint8Array): void;
  /** What has been heard so far. */
  figures(): SoundFigures;
  /** `count` levels from 0 to 1, the peaks of as many equal parts of the sound. */
  outline(count: number): number[];
}

/** -50 dBFS, where ffmpeg's `silencedetect=noise=-50dB` draws the line too. */
const SILENCE = 10 ** (-50 / 20);
/** The outline is kept this fine, in parts of a second. */
const PARTS_A_SECOND = 100;

/** Measures sound in `format` as it comes; memory grows by a few numbers for each 10 ms. */
export function createSoundMeter(format: AudioFormat): SoundMeter {
  const { encoding, sampleRate } = format;
  const decode = decoder(encoding);
  const fullScale = FULL_SCALE[encoding];
  const meter = createLoudnessMeter(sampleRate);
  const partLength = sampleRate / PARTS_A_SECOND;
  const parts: number[] = [];
  let bytes = 0;
  let count = 0;
  let partEnd = partLength;
  let partPeak = 0;
  let peak = 0;
  let firstLoud = -1;
  let lastLoud = -1;
  let clipped = 0;
  let atFullScale = 0;

  function add(samples: Float32Array): void {
    for (let i = 0; i < samples.length; i++, count++) {
      const level = Math.abs(samples[i] ?? 0);
      if (count >= partEnd) closePart();
      if (level > partPeak) partPeak = level;
      if (level >= SILENCE) {
        if (firstLoud < 0) firstLoud = count;
        lastLoud = count;
      }
      atFullScale = level >= fullScale ? atFullScale + 1 : 0;
      if (atFullScale > 1) clipped += atFullScale === 2 ? 2 : 1;
    }
    meter.add(samples);
  }

  function closePart(): void {
    parts.push(partPeak);
    peak = Math.max(peak, partPeak);
    partPeak = 0;
    partEnd += partLength;
  }

  return {
    hear(chunk) {
      bytes += chunk.length;
      add(decode(chunk));
    },
    figures() {
      const loudest = Math.max(peak, partPeak);
      const duration = count / sampleRate;
      return {
        duration,
        bytes,
        leadingSilence: firstLoud < 0 ? duration : firstLoud / sampleRate,
        trailingSilence: firstLoud < 0 ? duration : (count - 1 - lastLoud) / sampleRate,
        peak: loudest === 0 ? undefined : 20 * Math.log10(loudest),
        loudness: meter.integrated(),
        clippedSamples: clipped,
      };
    },
    outline(wanted) {
      const all = [...parts, partPeak];
      return Array.from({ length: wanted }, (_, at) => {
        const from = Math.floor((at * all.length) / wanted);
        const to = Math.max(from + 1, Math.floor(((at + 1) * all.length) / wanted));
        return Math.min(
          1,
          all.slice(from, to).reduce((most, level) => Math.max(most, level), 0),
        );
      });
    },
  };
}

/** The level that a sample cannot pass, or in floating point should not. */
const FULL_SCALE: Readonly<Record<Encoding, number>> = {
  pcm_s16le: 32767 / 32768,
  pcm_f32le: 1,
  // The largest codes of G.711.
  pcm_mulaw: 32124 / 32768,
  pcm_alaw: 32256 / 32768,
};

/** Samples with 1.0 at full scale out of bytes that may be cut anywhere. */
function decoder(encoding: Encoding): (chunk: Uint8Array) => Float32Array {
  if (encoding === 'pcm_f32le') return floats();
  const linear = toS16(encoding);
  return chunk => {
    const bytes = linear(chunk);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const samples = new Float32Array(bytes.byteLength >> 1);
    for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(2 * i, true) / 32768;
    return samples;
  };
}

function floats(): (chunk: Uint8Array) => Float32Array {
  const size = ENCODINGS.pcm_f32le.bytesPerSample;
  let held = new Uint8Array(0);
  return chunk => {
    const joined = new Uint8Array(held.length + chunk.length);
    joined.set(held);
    joined.set(chunk, held.length);
    const whole = joined.length - (joined.length % size);
    held = joined.slice(whole);
    const samples = new Float32Array(joined.buffer, 0, whole / size);
    // NaN is no level: it would make every figure NaN.
    return samples.map(sample => (Number.isFinite(sample) ? sample : 0));
  };
}
