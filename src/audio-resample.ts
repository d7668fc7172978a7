/** Changes the sample rate of a stream: a polyphase filter, a sinc under a Kaiser window. */

import { type Convolve, createConvolver } from './audio-convolve.ts';

/** A converter for one stream of mono samples. */
export interface Resampler {
  /**
   * Takes the next samples and gives those of the new rate that they settle. Scale is kept, 1.0 or 32768. What is given
   * holds until the next call.
   */
  push(samples: Float32Array | Int16Array): Float32Array;
  /** The rest. Afterwards the resampler is as new and can take another stream. */
  end(): Float32Array;
}

/**
 * Makes a resampler from `from` Hz to `to` Hz. `n` samples in give `Math.round(n * to / from)` out, the same
 * ones however the stream was cut, on every machine. Tones up to 85 % of the narrower band come through with
 * an error below -100 dB; what would alias from 5 % beyond it is below -100 dB as well.
 */
export function createResampler(from: number, to: number): Resampler {
  return from === to ? passThrough() : polyphase(from, to);
}

/** Zero crossings of the sinc on either side, the middle of the slope as a part of the narrower band, Kaiser's beta. */
const CROSSINGS = 40;
const CUTOFF = 0.95;
const BETA = 11.5;
/** Samples that there is room for at first, beside those that a filter spans. */
const BLOCK = 256;

function passThrough(): Resampler {
  return { push: samples => new Float32Array(samples), end: () => new Float32Array(0) };
}

function polyphase(from: number, to: number): Resampler {
  const { convolve, reach, up, down } = design(from, to);
  const taps = 2 * reach;
  // `line` holds the input from `taps` before what the next output needs; output k lies at input k * down / up.
  let line = new Float64Array(taps + BLOCK);
  let filled = 0;
  let taken = 0;
  let at = 0;
  let phase = 0;
  let made = 0;
  let room = new Float32Array(0);
  reset();

  function reset(): void {
    line.fill(0, 0, reach - 1);
    filled = reach - 1;
    taken = at = phase = made = 0;
  }

  function append(samples: Float32Array | Int16Array): void {
    if (filled + samples.length > line.length) {
      const kept = line.subarray(at, filled);
      const room = kept.length + samples.length;
      const target = room > line.length ? new Float64Array(room + BLOCK) : line;
      target.set(kept);
      line = target;
      filled = kept.length;
      at = 0;
    }
    line.set(samples, filled);
    filled += samples.length;
  }

  function run(limit: number): Float32Array {
    const ready = filled - taps - at + 1;
    const settled = ready <= 0 ? 0 : Math.ceil((ready * up - phase) / down);
    const count = Math.max(0, Math.min(limit, settled));
    if (count > room.length) room = new Float32Array(count);
    const out = room.subarray(0, count);
    if (count > 0) convolve(line, at, phase, out);
    phase += count * down;
    at += Math.floor(phase / up);
    phase %= up;
    made += count;
    return out;
  }

  return {
    push(samples) {
      taken += samples.length;
      append(samples);
      return run(Number.POSITIVE_INFINITY);
    },
    end() {
      append(new Float32Array(taps));
      const out = run(Math.round((taken * up) / down) - made);
      reset();
      return out;
    },
  };
}

interface Design {
  /** From one output sample to the next: `down` of `up` places between two input samples. */
  readonly up: number;
  readonly down: number;
  readonly reach: number;
  /** With a filter of 2 * `reach` taps for each place between two input samples. */
  readonly convolve: Convolve;
}

const designs = new Map<string, Design>();

function design(from: number, to: number): Design {
  const key = `${from}:${to}`;
  const known = designs.get(key);
  if (known !== undefined) return known;
  const common = gcd(from, to);
  const up = to / common;
  const down = from / common;
  const band = CUTOFF * Math.min(1, to / from);
  const reach = 2 * Math.ceil(CROSSINGS / Math.min(1, to / from) / 2);
  const taps = 2 * reach;
  const filters = new Float64Array(up * taps);
  const filter = (phase: number) => filters.subarray(phase * taps, (phase + 1) * taps);
  for (let phase = 0; phase < up; phase++) {
    // As far before the next sample as another is behind the last: the same, back to front.
    if (phase > up / 2)
      filter(phase).set(
        filter(up - phase)
          .slice()
          .reverse(),
      );
    else shape(filter(phase), reach, phase / up, band);
  }
  const convolve = createConvolver({ filters, taps, up, down });
  const made = { convolve, reach, up, down };
  designs.set(key, made);
  return made;
}

/** Writes one filter, `shift` of a sample late; its sum is one, so that a constant stays one. */
function shape(filter: Float64Array, reach: number, shift: number, band: number): void {
  let sum = 0;
  for (let i = 0; i < filter.length; i++) {
    const x = i - (reach - 1) - shift;
    const value = sinc(x * band) * kaiser(x / reach);
    filter[i] = value;
    sum += value;
  }
  // Rounded, so that the last bit of a machine's Math.sin does not matter.
  for (let i = 0; i < filter.length; i++) filter[i] = Math.fround((filter[i] as number) / sum);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : bessel(BETA * Math.sqrt(1 - x * x));
}

/** The modified Bessel function of order zero, by its series. */
function bessel(x: number): number {
  const quarter = (x * x) / 4;
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= quarter / (k * k);
    sum += term;
  }
  return sum;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
