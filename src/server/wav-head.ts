/** The head of a WAVE file whose length nobody knows yet. */
import { bytesPerSample, ENCODINGS } from '../audio.ts';
import type { AudioFormat } from '../speech.ts';

/** What stands for a length that is not known. */
const UNKNOWN = 0xffffffff;

/** Everything before the samples; who saves the file corrects the lengths (protocol §8.3). */
export function wavHead(format: AudioFormat): Uint8Array {
  const size = bytesPerSample(format);
  const { tag } = ENCODINGS[format.encoding];
  const isPcm = tag === 1;
  const head = Buffer.alloc(isPcm ? 44 : 58);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(UNKNOWN, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(isPcm ? 16 : 18, 16);
  head.writeUInt16LE(tag, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(format.sampleRate, 24);
  head.writeUInt32LE(format.sampleRate * size, 28);
  head.writeUInt16LE(size, 32);
  head.writeUInt16LE(size * 8, 34);
  if (!isPcm) {
    // All but integer PCM state the size of an extension, none, and count their samples.
    head.write('fact', 38, 'latin1');
    head.writeUInt32LE(4, 42);
    head.writeUInt32LE(UNKNOWN, 46);
  }
  head.write('data', head.length - 8, 'latin1');
  head.writeUInt32LE(UNKNOWN, head.length - 4);
  return head;
}
