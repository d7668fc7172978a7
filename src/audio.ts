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

/**
 * Mono samples as bytes of `encoding`. `Float32Array` is 1.0 at full scale: what is beyond is
 * limited (in `pcm_f32le` kept as it is), NaN is silence. The bytes are the caller's own.
 * Like all of this file it takes the machine for little-endian, as every machine with Node 20 but s390x is.
 */
export function encode(samples: Float32Array | Int16Array, encoding: Encoding): Uint8Array {
  if (encoding === 'pcm_f32le') return bytesOf(samples instanceof Int16Array ? toFloat(samples) : samples.slice());
  const linear = samples instanceof Int16Array ? samples : toInt(samples);
  if (encoding === 'pcm_s16le') return bytesOf(linear === samples ? linear.slice() : linear);
  const codes = compressor(encoding);
  const bytes = new Uint8Array(linear.length);
  for (let i = 0; i < linear.length; i++) bytes[i] = codes[(linear[i] ?? 0) & 0xffff] ?? 0;
  return bytes;
}

/**
 * A converter for one stream: takes bytes of `encoding`, cut anywhere, and gives the s16le bytes
 * of the samples completed so far. What it returns for `pcm_s16le` may share memory with what it got.
 */
export function toS16(encoding: Encoding): (chunk: Uint8Array) => Uint8Array {
  if (encoding === 'pcm_mulaw' || encoding === 'pcm_alaw') {
    const linear = expander(encoding);
    return chunk => {
      const samples = new Int16Array(chunk.length);
      for (let i = 0; i < chunk.length; i++) samples[i] = linear[chunk[i] ?? 0] ?? 0;
      return bytesOf(samples);
    };
  }
  const whole = carry(ENCODINGS[encoding].bytesPerSample);
  if (encoding === 'pcm_s16le') return whole;
  return chunk => {
    const bytes = whole(chunk);
    // Not `slice()`: that of a Buffer is a view.
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
    return bytesOf(toInt(new Float32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4)));
  };
}

/** The value of each of the 256 codes of G.711, as s16. */
export function expander(encoding: 'pcm_mulaw' | 'pcm_alaw'): Int16Array {
  return encoding === 'pcm_mulaw' ? MULAW : ALAW;
}

/** Cuts a stream of bytes into pieces of whole samples. */
function carry(size: number): (chunk: Uint8Array) => Uint8Array {
  let held = new Uint8Array(0);
  return chunk => {
    let joined = chunk;
    if (held.length > 0) {
      joined = new Uint8Array(held.length + chunk.length);
      joined.set(held);
      joined.set(chunk, held.length);
    }
    const rest = joined.length % size;
    // A copy, because whoever reads the chunks may use their memory again.
    held = rest === 0 ? new Uint8Array(0) : Uint8Array.from(joined.subarray(joined.length - rest));
    return rest === 0 ? joined : joined.subarray(0, joined.length - rest);
  };
}

function bytesOf(samples: Float32Array | Int16Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

function toFloat(samples: Int16Array): Float32Array {
  const floats = new Float32Array(samples.length);
  for (let i = 0; i < samples.length; i++) floats[i] = (samples[i] ?? 0) / 32768;
  return floats;
}

function toInt(samples: Float32Array): Int16Array {
  const ints = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    const value = Math.floor((samples[i] ?? 0) * 32768 + 0.5);
    // The store makes NaN a zero, but would wrap what is beyond full scale.
    ints[i] = Math.max(-32768, Math.min(32767, value));
  }
  return ints;
}

const MULAW = Int16Array.from({ length: 256 }, (_, code) => {
  const bits = ~code & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4)) - 0x84;
  return bits & 0x80 ? -magnitude : magnitude;
});

const ALAW = Int16Array.from({ length: 256 }, (_, code) => {
  const bits = code ^ 0x55;
  const exponent = (bits & 0x70) >> 4;
  const mantissa = ((bits & 0x0f) << 4) + 8;
  const magnitude = exponent === 0 ? mantissa : (mantissa + 0x100) << (exponent - 1);
  return bits & 0x80 ? magnitude : -magnitude;
});

const compressors = new Map<Encoding, Uint8Array>();

/** The code of every s16 value, at its two's complement; made when first asked for. */
function compressor(encoding: 'pcm_mulaw' | 'pcm_alaw'): Uint8Array {
  let codes = compressors.get(encoding);
  if (codes === undefined) {
    const code = encoding === 'pcm_mulaw' ? mulawCode : alawCode;
    codes = new Uint8Array(65536);
    for (let value = -32768; value < 32768; value++) codes[value & 0xffff] = code(value);
    compressors.set(encoding, codes);
  }
  return codes;
}

/** G.711 takes 14 bits for mu-law: rounded, as sox does, not cut off. */
function mulawCode(value: number): number {
  const linear = Math.min(8191, (value + 2) >> 2);
  const magnitude = Math.min(8158, Math.abs(linear)) + 33;
  const exponent = 26 - Math.clz32(magnitude);
  const bits = (exponent << 4) | ((magnitude >> (exponent + 1)) & 0x0f);
  return ~(linear < 0 ? bits | 0x80 : bits) & 0xff;
}

/** G.711 takes 13 bits for A-law. */
function alawCode(value: number): number {
  const linear = Math.min(4095, (value + 4) >> 3);
  const magnitude = linear < 0 ? ~linear : linear;
  const exponent = Math.max(0, 27 - Math.clz32(magnitude));
  const bits = (exponent << 4) | ((magnitude >> Math.max(1, exponent)) & 0x0f);
  return (linear < 0 ? bits : bits | 0x80) ^ 0x55;
}
