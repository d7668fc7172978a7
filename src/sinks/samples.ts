/** Passes whole samples on: chunks are cut anywhere, but a file must not end inside a sample. */
import { bytesPerSample } from '../audio.ts';
import { Failure } from '../errors.ts';
import type { AudioFormat } from '../speech.ts';
import type { Target } from './target.ts';

export interface SampleGate {
  /** Hands the samples that `chunk` completes to `pass`, in order and without copying more than a sample. */
  whole(chunk: Uint8Array, pass: (samples: Uint8Array) => Promise<void>): Promise<void>;
  /** @throws Failure `incomplete` when the audio has ended inside a sample */
  end(): void;
}

export function createSampleGate(format: AudioFormat): SampleGate {
  const size = bytesPerSample(format);
  let begun: Uint8Array = new Uint8Array(0);

  return {
    whole(chunk, pass) {
      return begun.length === 0 && chunk.length % size === 0 ? pass(chunk) : cut(chunk, pass);
    },
    end() {
      if (begun.length === 0) return;
      throw new Failure('incomplete', `the audio ended inside a sample (${begun.length} of its ${size} bytes came)`, {
        hint: 'try again: a part of the audio was lost on its way',
        retryable: true,
      });
    },
  };

  async function cut(chunk: Uint8Array, pass: (samples: Uint8Array) => Promise<void>): Promise<void> {
    const missing = begun.length === 0 ? 0 : size - begun.length;
    const completed = Buffer.concat([begun, chunk.subarray(0, missing)]);
    if (completed.length < size && missing > 0) {
      begun = completed;
      return;
    }
    const end = chunk.length - ((chunk.length - missing) % size);
    // A copy, because keeping a view would keep the whole chunk.
    begun = Uint8Array.from(chunk.subarray(end));
    if (missing > 0) await pass(completed);
    if (end > missing) await pass(chunk.subarray(missing, end));
  }
}

/** Cuts an unfinished file off behind its last whole sample; resolves to the bytes of samples behind `header` bytes. */
export async function salvageSamples(target: Target, format: AudioFormat, header: number): Promise<number> {
  const { edit } = target;
  if (edit === undefined) return Math.max(0, target.length - header);
  const data = Math.max(0, (await edit.salvage()) - header);
  const whole = data - (data % bytesPerSample(format));
  await edit.truncate(header + whole);
  return whole;
}
