/** Speech as slow as a service is: some time before the first sound, and sound no faster than it is heard. */
import { bytesPerSample } from '../audio.ts';
import type { Clock, Piece, SpeechEvent, Synthesizer, Transcript } from '../speech.ts';

export interface Pace {
  /** True: audio comes as fast as it would be heard. False: as fast as it is made. */
  readonly realtime: boolean;
  /** From the first text to the first audio of a context, at least; in milliseconds. */
  readonly latencyMs: number;
  readonly clock: Clock;
}

/** In real time audio comes in parts of so many seconds. */
const PART_SECONDS = 0.1;

/** `synthesizer` at that pace; the same events otherwise. */
export function paced(synthesizer: Synthesizer, { realtime, latencyMs, clock }: Pace): Synthesizer {
  if (!realtime && latencyMs === 0) return synthesizer;
  return {
    async *synthesize(transcript, request, signal): AsyncGenerator<SpeechEvent> {
      const sampleBytes = bytesPerSample(request.format);
      const bytesPerMs = (request.format.sampleRate * sampleBytes) / 1000;
      const partBytes = Math.round(request.format.sampleRate * PART_SECONDS) * sampleBytes;
      /** When the next audio may go out. */
      let due = Number.NEGATIVE_INFINITY;
      const heard = (at: number) => {
        if (due === Number.NEGATIVE_INFINITY) due = at + latencyMs;
      };
      for await (const event of synthesizer.synthesize(noting(transcript, clock, heard), request, signal)) {
        if (event.type !== 'audio') {
          yield event;
          continue;
        }
        for (const chunk of realtime ? parts(event.chunk, partBytes) : [event.chunk]) {
          await sleep(clock, due - clock.now(), signal);
          yield { type: 'audio', chunk };
          if (realtime) due = Math.max(due, clock.now()) + chunk.length / bytesPerMs;
        }
      }
    },
  };
}

/** The same transcript; tells when its first text was read. */
async function* noting(transcript: Transcript, clock: Clock, heard: (at: number) => void): AsyncGenerator<Piece> {
  for await (const piece of transcript) {
    if (typeof piece === 'string' && piece.trim() !== '') heard(clock.now());
    yield piece;
  }
}

function* parts(chunk: Uint8Array, partBytes: number): Generator<Uint8Array> {
  for (let from = 0; from < chunk.length; from += partBytes) yield chunk.subarray(from, from + partBytes);
}

/** @throws the reason of `signal` when that is aborted */
async function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (!(ms > 0)) return;
  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.after(ms, () => {
      signal.removeEventListener('abort', stop);
      resolve();
    });
    signal.addEventListener('abort', stop, { once: true });
  });
}
