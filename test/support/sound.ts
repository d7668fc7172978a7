/** Speech for tests of sinks, and a clock for those that wait for real processes. */
import { encode } from '../../src/audio.ts';
import type { Clock, Encoding } from '../../src/speech.ts';

/** The machine's clock, running `factor` times as fast: patience ends early, processes are real. */
export function realClock(factor = 1): Clock {
  return {
    now: () => performance.now() * factor,
    after(ms, callback) {
      const timer = setTimeout(callback, ms / factor);
      return () => clearTimeout(timer);
    },
  };
}

/** `length` samples of s16le mono, none of them silent and no two stretches alike. */
export function samples(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length * 2);
  let state = seed;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes.writeInt16LE((state >>> 17) - 16384 || 1, at * 2);
  }
  return bytes;
}

/** The bytes of `count` samples in an encoding; floats stay within full scale. */
export function encoded(encoding: Encoding, count: number): Buffer {
  const pcm = samples(count, 7);
  if (encoding === 'pcm_s16le') return pcm;
  if (encoding !== 'pcm_f32le')
    return Buffer.from(Uint8Array.from({ length: count }, (_, at) => pcm.readUInt8(at * 2 + 1)));
  const floats = Buffer.alloc(count * 4);
  for (let at = 0; at < count; at += 1) floats.writeFloatLE(pcm.readInt16LE(at * 2) / 32768, at * 4);
  return floats;
}

/** Cuts `bytes` into chunks of odd and changing sizes. */
export function* chunked(bytes: Uint8Array): Generator<Uint8Array> {
  const sizes = [1, 3, 1111, 17, 4096, 2, 7777];
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** Samples, 1.0 at full scale, as a plain WAV file of s16le. */
export function wavOf(samples: Float32Array, sampleRate: number): Buffer {
  const data = encode(samples, 'pcm_s16le');
  const head = Buffer.alloc(44);
  head.write('RIFF\0\0\0\0WAVEfmt ', 'latin1');
  head.writeUInt32LE(36 + data.length, 4);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(sampleRate, 24);
  head.writeUInt32LE(sampleRate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(data.length, 40);
  return Buffer.concat([head, data]);
}
