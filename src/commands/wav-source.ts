/** Reads back a WAV file of ours: its samples, as whoever speaks would give them. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Failure, printable } from '../errors.ts';
import type { SpeechEvent, Synthesizer } from '../speech.ts';

/** How much of a file is looked at for its samples; ours begin before. */
const HEAD_BYTES = 64 * 1024;

/** The file as a synthesizer that says the same to any text. The format is that of whoever wrote the file. */
export function recordingOf(path: string): Synthesizer {
  return {
    async *synthesize(_transcript, _request, signal): AsyncGenerator<SpeechEvent> {
      const { start, length } = await findSamples(path);
      if (length === 0) return;
      const bytes = createReadStream(path, { start, end: start + length - 1, signal });
      try {
        for await (const chunk of bytes) yield { type: 'audio', chunk: chunk as Uint8Array };
      } catch (error) {
        signal.throwIfAborted();
        throw unreadable(path, error);
      }
    },
  };
}

async function findSamples(path: string): Promise<{ start: number; length: number }> {
  const handle = await open(path, 'r').catch(error => {
    throw unreadable(path, error);
  });
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await handle.read(head, 0, head.length, 0);
    const { size } = await handle.stat();
    for (let at = 12; at + 8 <= bytesRead; ) {
      const length = head.readUInt32LE(at + 4);
      const start = at + 8;
      if (head.toString('latin1', at, at + 4) === 'data') return { start, length: Math.min(length, size - start) };
      at = start + length + (length % 2);
    }
  } finally {
    await handle.close();
  }
  throw unreadable(path, new Error('it is not a WAV file of ours'));
}

function unreadable(path: string, error: unknown): Failure {
  const reason = error instanceof Error ? error.message : String(error);
  return new Failure('output', `cannot read ${printable(path, 200)}: ${printable(reason, 200)}`, { cause: error });
}
