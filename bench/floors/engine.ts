/** The engine alone: loads espeak-ng, speaks sentence after sentence with the package's own call, writes the samples as WAV. `engine.cjs MODULE TEXT-FILE OUTPUT` prints the seconds of audio as JSON. */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [, , module = '', textFile = '', output = ''] = process.argv;
const RATE = 22_050;

interface Module {
  readonly eSpeakNGWorker: new () => {
    set_voice(name: string): number;
    synthesize(text: string, callback: (audio: Int16Array) => void): void;
  };
}

async function main(): Promise<void> {
  const { default: start } = (await import(pathToFileURL(module).href)) as { default: () => Promise<Module> };
  const worker = new (await start()).eSpeakNGWorker();
  worker.set_voice('gmw/en-US');
  const file = openSync(output, 'w');
  writeSync(file, header(0));
  let bytes = 0;
  const text = readFileSync(textFile, 'utf8');
  for (const sentence of text.split(/(?<=\.)\s+/)) {
    worker.synthesize(sentence, audio => {
      if (audio.length === 0) return;
      const samples = Buffer.from(audio.buffer, audio.byteOffset, audio.byteLength);
      writeSync(file, samples);
      bytes += samples.length;
    });
  }
  writeSync(file, header(bytes), 0, 44, 0);
  closeSync(file);
  process.stdout.write(JSON.stringify({ audioSeconds: bytes / 2 / RATE }));
}

function header(bytes: number): Buffer {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + bytes, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(RATE, 24);
  head.writeUInt32LE(RATE * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(bytes, 40);
  return head;
}

void main();
