/** Turns samples of any encoding into s16le, chunk by chunk, whatever the chunks' borders. */
import { ENCODINGS } from '../audio.ts';
import type { Encoding } from '../speech.ts';

/**
 * A converter for one stream: gives every whole sample that has come, and keeps a part of one for the
 * next chunk. Its results do not share memory with a chunk unless they are the chunk.
 */
export function toS16(encoding: Encoding): (chunk: Uint8Array) => Uint8Array {
  const size = ENCODINGS[encoding].bytesPerSample;
  let rest: Uint8Array = new Uint8Array(0);
  return chunk => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % size);
    rest = whole === bytes.length ? rest.subarray(0, 0) : bytes.slice(whole);
    return CONVERT[encoding](bytes.subarray(0, whole));
  };
}

const CONVERT: Readonly<Record<Encoding, (samples: Uint8Array) => Uint8Array>> = {
  pcm_s16le: samples => samples,
  pcm_f32le: fromFloat,
  pcm_mulaw: samples => fromTable(samples, MULAW),
  pcm_alaw: samples => fromTable(samples, ALAW),
};

function fromFloat(samples: Uint8Array): Uint8Array {
  const from = new DataView(samples.buffer, samples.byteOffset, samples.byteLength);
  const result = new DataView(new ArrayBuffer(samples.length / 2));
  for (let at = 0, to = 0; at < samples.length; at += 4, to += 2) {
    const value = Math.round(from.getFloat32(at, true) * 32768);
    result.setInt16(to, Math.max(-32768, Math.min(32767, Number.isNaN(value) ? 0 : value)), true);
  }
  return new Uint8Array(result.buffer);
}

function fromTable(samples: Uint8Array, table: Int16Array): Uint8Array {
  const result = new DataView(new ArrayBuffer(samples.length * 2));
  for (let at = 0; at < samples.length; at += 1) result.setInt16(at * 2, table[samples[at] ?? 0] ?? 0, true);
  return new Uint8Array(result.buffer);
}

// ITU-T G.711.
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
