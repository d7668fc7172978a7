/** Audio of a context as frames: cut on sample boundaries, none longer than the limit. */
import { Failure } from '../errors.ts';
import type { Frame, Wording } from './wording.ts';

export interface Chunks {
  /** The frames for more audio, made as they are asked for. `stepMs` is how long the audio took to make. */
  write(audio: Uint8Array, flushId: number, stepMs: number): Iterable<Frame>;
  /** @throws Failure where the audio ended inside a sample. */
  end(): void;
  /** Bytes written so far. */
  readonly bytes: number;
}

export function createChunks(wording: Pick<Wording, 'chunk'>, sampleBytes: number, chunkBytes: number): Chunks {
  const most = Math.max(sampleBytes, chunkBytes - (chunkBytes % sampleBytes));
  /** The beginning of a sample whose end comes with the next audio. */
  let rest: Uint8Array = NOTHING;
  let bytes = 0;

  return {
    *write(audio, flushId, stepMs) {
      const all = rest.length === 0 ? audio : Buffer.concat([rest, audio]);
      const whole = all.length - (all.length % sampleBytes);
      rest = whole === all.length ? NOTHING : Uint8Array.from(all.subarray(whole));
      const stepTimeMs = Math.max(0, Math.round(stepMs * 1000) / 1000);
      for (let from = 0; from < whole; from += most) {
        const chunk = all.subarray(from, Math.min(whole, from + most));
        bytes += chunk.length;
        yield wording.chunk(chunk, flushId, stepTimeMs);
      }
    },
    end() {
      if (rest.length > 0) throw new Failure('incomplete', 'the audio ended inside a sample');
    },
    get bytes() {
      return bytes;
    },
  };
}

const NOTHING = new Uint8Array(0);
