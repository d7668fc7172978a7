/** Integrated loudness by EBU R 128 (ITU-R BS.1770-4): K-weighting, blocks of 400 ms, both gates. */

/** Measures one stream of mono samples. */
export interface LoudnessMeter {
  /** Samples with 1.0 at full scale, in pieces of any size. */
  add(samples: Float32Array): void;
  /** LUFS of everything so far; undefined for less than 400 ms and for what is silence to the standard. */
  integrated(): number | undefined;
}

/** Blocks overlap by three quarters, so the sum of squares is kept for each quarter of one. */
const QUARTERS_A_SECOND = 10;
const ABSOLUTE_GATE_LUFS = -70;
const RELATIVE_GATE_LU = -10;

/** `sampleRate` in Hz: any that a quarter of a block is a whole number of samples at. Memory: 8 bytes per 100 ms. */
export function createLoudnessMeter(sampleRate: number): LoudnessMeter {
  const shelf = shelfAt(sampleRate);
  const pass = passAt(sampleRate);
  const length = sampleRate / QUARTERS_A_SECOND;
  const quarters: number[] = [];
  // The state of both filters is kept in plain numbers: this runs for every sample.
  let [x1, x2, y1, y2, z1, z2] = [0, 0, 0, 0, 0, 0];
  let sum = 0;
  let filled = 0;

  return {
    add(samples) {
      for (let i = 0; i < samples.length; i++) {
        const x = samples[i] ?? 0;
        const y = shelf.b0 * x + shelf.b1 * x1 + shelf.b2 * x2 - shelf.a1 * y1 - shelf.a2 * y2;
        const z = y - 2 * y1 + y2 - pass.a1 * z1 - pass.a2 * z2;
        x2 = x1;
        x1 = x;
        y2 = y1;
        y1 = y;
        z2 = z1;
        z1 = z;
        sum += z * z;
        if (++filled < length) continue;
        quarters.push(sum);
        sum = 0;
        filled = 0;
      }
    },
    integrated() {
      const powers = blockPowers(quarters, length * 4);
      const loud = powers.filter(power => loudnessOf(power) > ABSOLUTE_GATE_LUFS);
      if (loud.length === 0) return undefined;
      const gate = loudnessOf(mean(loud)) + RELATIVE_GATE_LU;
      return loudnessOf(mean(loud.filter(power => loudnessOf(power) > gate)));
    },
  };
}

/** Mean squares of the blocks that end with each quarter from the fourth on. */
function blockPowers(quarters: readonly number[], samples: number): number[] {
  const powers: number[] = [];
  for (let end = 4; end <= quarters.length; end++) {
    let power = 0;
    for (let at = end - 4; at < end; at++) power += quarters[at] ?? 0;
    powers.push(power / samples);
  }
  return powers;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function loudnessOf(power: number): number {
  return -0.691 + 10 * Math.log10(power);
}

interface Shelf {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

// The standard gives coefficients for 48 kHz only. These are the analogue filters behind them, as
// libebur128 and ffmpeg have them, brought to other rates by the same bilinear transform.

/** What the head does to sound: a high shelf of 4 dB. */
function shelfAt(sampleRate: number): Shelf {
  const k = Math.tan((Math.PI * 1681.974450955533) / sampleRate);
  const q = 0.7071752369554196;
  const high = 10 ** (3.999843853973347 / 20);
  const band = high ** 0.4996667741545416;
  const a0 = 1 + k / q + k * k;
  return {
    b0: (high + (band * k) / q + k * k) / a0,
    b1: (2 * (k * k - high)) / a0,
    b2: (high - (band * k) / q + k * k) / a0,
    a1: (2 * (k * k - 1)) / a0,
    a2: (1 - k / q + k * k) / a0,
  };
}

/** A high pass at 38 Hz; its numerator is 1, -2, 1. */
function passAt(sampleRate: number): Pick<Shelf, 'a1' | 'a2'> {
  const k = Math.tan((Math.PI * 38.13547087602444) / sampleRate);
  const q = 0.5003270373238773;
  const a0 = 1 + k / q + k * k;
  return { a1: (2 * (k * k - 1)) / a0, a2: (1 - k / q + k * k) / a0 };
}
