/** The header of a RIFF/WAVE file and of its big form, RF64, for every encoding. */
import { bytesPerSample, ENCODINGS } from '../audio.ts';
import type { AudioFormat } from '../speech.ts';

/** The largest size that a 32-bit field can say; as a size it means “unknown” or “see ds64”. */
export const RIFF_LIMIT = 0xffffffff;

/** A JUNK or ds64 chunk: 8 bytes of head and 28 of content (EBU Tech 3306). */
export const DS64_BYTES = 36;

/** Sizes in bytes: of the samples, and of all chunks behind them with the padding between. */
export interface RiffSizes {
  readonly data: number;
  readonly behind: number;
}

/** Bytes in front of the samples. `roomy`: with a place for 64-bit sizes, which makes a file up to RF64. */
export function headerBytes(format: AudioFormat, roomy: boolean): number {
  return 12 + (roomy ? DS64_BYTES : 0) + (isPcm(format) ? 24 : 26 + 12) + 8;
}

/** What the size field of the file says: all bytes but its first eight. */
export function riffBytes(format: AudioFormat, roomy: boolean, sizes: RiffSizes): number {
  return headerBytes(format, roomy) - 8 + sizes.data + sizes.behind;
}

/**
 * The header for `sizes`, or for audio of unknown length when absent. PCM without room has the
 * canonical 44 bytes. From `limit` on a roomy header is an RF64 one.
 */
export function waveHeader(format: AudioFormat, roomy: boolean, sizes?: RiffSizes, limit = RIFF_LIMIT): Buffer {
  const riff = sizes === undefined ? RIFF_LIMIT : riffBytes(format, roomy, sizes);
  const data = sizes === undefined ? RIFF_LIMIT : sizes.data;
  const samples = sizes === undefined ? RIFF_LIMIT : Math.floor(sizes.data / bytesPerSample(format));
  const isLarge = sizes !== undefined && roomy && riff >= limit;
  const header = Buffer.alloc(headerBytes(format, roomy));

  let at = header.write(isLarge ? 'RF64' : 'RIFF', 'latin1');
  at = header.writeUInt32LE(isLarge ? RIFF_LIMIT : riff, at);
  at += header.write('WAVE', at, 'latin1');
  if (roomy) {
    at += header.write(isLarge ? 'ds64' : 'JUNK', at, 'latin1');
    at = header.writeUInt32LE(DS64_BYTES - 8, at);
    if (isLarge) {
      header.writeBigUInt64LE(BigInt(riff), at);
      header.writeBigUInt64LE(BigInt(data), at + 8);
      header.writeBigUInt64LE(BigInt(samples), at + 16);
    }
    at += DS64_BYTES - 8;
  }
  at = writeFormat(header, at, format);
  if (!isPcm(format)) {
    at += header.write('fact', at, 'latin1');
    at = header.writeUInt32LE(4, at);
    at = header.writeUInt32LE(Math.min(samples, RIFF_LIMIT), at);
  }
  at += header.write('data', at, 'latin1');
  header.writeUInt32LE(isLarge ? RIFF_LIMIT : data, at);
  return header;
}

function writeFormat(header: Buffer, start: number, format: AudioFormat): number {
  const size = bytesPerSample(format);
  let at = start + header.write('fmt ', start, 'latin1');
  at = header.writeUInt32LE(isPcm(format) ? 16 : 18, at);
  at = header.writeUInt16LE(ENCODINGS[format.encoding].tag, at);
  at = header.writeUInt16LE(1, at);
  at = header.writeUInt32LE(format.sampleRate, at);
  at = header.writeUInt32LE(format.sampleRate * size, at);
  at = header.writeUInt16LE(size, at);
  at = header.writeUInt16LE(size * 8, at);
  return isPcm(format) ? at : header.writeUInt16LE(0, at);
}

function isPcm(format: AudioFormat): boolean {
  return ENCODINGS[format.encoding].tag === 1;
}
