/** Notes what a speech in parts comes to beside its sound, so that it can be gone on with from the end of any part. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { createSpool } from '../sinks/spool.ts';
import type { SpeechEvent, Synthesizer } from '../speech.ts';

/** The end of a part: all up to here has been delivered. */
export interface Mark {
  readonly parts: number;
  /** UTF-16 units of the text so far, and their SHA-256 as UTF-8. */
  readonly characters: number;
  readonly digest: string;
  readonly audioBytes: number;
  /** Of what `writeTo` writes. */
  readonly noteBytes: number;
}

/** A line of the notes: an event that is not sound, and how much sound there was before it. */
export interface NoteLine {
  readonly at: number;
  readonly event: Exclude<SpeechEvent, { readonly type: 'audio' }>;
}

export interface Journal {
  /** The same synthesizer, whose events are noted on their way. */
  around(synthesizer: Synthesizer): Synthesizer;
  /** To be told of every part, see `inParallel`. */
  part(text: string, isSpoken: boolean): void;
  /** The parts that have been passed over or delivered so far; of the former only the last ends where it says. */
  readonly parts: number;
  /** The last end of a part that was delivered within so much sound. */
  markWithin(audioBytes: number): Mark | undefined;
  /** Whether the text so far began with `characters` characters of this digest, and a part ended there. */
  began(characters: number, digest: string): boolean;
  /** Writes the notes up to `mark` to a new file; resolves to their SHA-256. */
  writeTo(path: string, mark: Mark): Promise<string>;
  release(): Promise<void>;
}

export function createJournal(): Journal {
  const notes = createSpool();
  const hash = createHash('sha256');
  const marks: Mark[] = [];
  const ends = new Map<number, string>();
  let parts = 0;
  let characters = 0;
  let audioBytes = 0;
  let noteBytes = 0;

  return {
    around: synthesizer => ({
      async *synthesize(transcript, request, signal) {
        for await (const event of synthesizer.synthesize(transcript, request, signal)) {
          if (event.type === 'audio') {
            audioBytes += event.chunk.length;
          } else {
            const line: NoteLine = { at: audioBytes, event };
            const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
            noteBytes += bytes.length;
            await notes.write(bytes);
          }
          yield event;
        }
      },
    }),
    part(text, isSpoken) {
      parts++;
      characters += text.length;
      const digest = hash.update(text).copy().digest('hex');
      ends.set(characters, digest);
      if (isSpoken) marks.push({ parts, characters, digest, audioBytes, noteBytes });
    },
    get parts() {
      return parts;
    },
    markWithin: most => marks.findLast(mark => mark.audioBytes <= most),
    began: (length, digest) => ends.get(length) === digest,
    async writeTo(path, mark) {
      const file = await open(path, 'wx', 0o600);
      const written = createHash('sha256');
      let left = mark.noteBytes;
      try {
        await notes.copyTo({
          copies: false,
          async write(chunk) {
            const bytes = chunk.subarray(0, left);
            left -= bytes.length;
            if (bytes.length === 0) return;
            written.update(bytes);
            await file.writeFile(bytes);
          },
        });
      } finally {
        await file.close();
      }
      return written.digest('hex');
    },
    release: () => notes.release(),
  };
}
