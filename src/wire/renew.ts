/** One speech over as many contexts as the writer's pauses make of it: a synthesizer around a synthesizer. */
import { bytesPerSample, seconds } from '../audio.ts';
import { Failure } from '../errors.ts';
import type { Clock, SpeechEvent, SpeechRequest, Synthesizer, Transcript } from '../speech.ts';
import { isSpeakable } from '../text/transcript.ts';
import { createPendingText } from './pending-text.ts';
import { createQueue } from './queue.ts';
import { createTimes } from './times.ts';
import { createTurn, isRefusal } from './turn.ts';

export interface RenewOptions {
  readonly clock: Clock;
  /** Whether a context ends behind this text, whatever follows. Unless told, only pauses end contexts. */
  readonly endsUtterance?: (text: string) => boolean;
}

/** A synthesizer whose speech can be stopped without being ended. */
export interface Renewing extends Synthesizer {
  /** Whether there is text that has been read and is not spoken yet, or speech that has not been handed on. */
  readonly speaking: boolean;
  /** Gives up all that has not been handed on, to the end of the utterance. The next one is spoken as if nothing had been. */
  interrupt(): void;
}

/** Audio that may wait for a slow taker: a guard for memory. Below it, what comes is seen when it comes. */
const HELD_BYTES = 16 * 1024 * 1024;

/**
 * Speaks text whose writer may pause for as long as he likes: a context that is about to die of the pause is ended
 * in time, and the next text opens another. Times count from the start of the whole. A context that had died all
 * the same costs nothing: the text that it did not take is spoken by the next one, once (protocol §9.1, 3).
 */
export function renewing(synthesizer: Synthesizer, options: RenewOptions): Renewing {
  const running = new Set<ReturnType<typeof createSpeech>>();

  async function* synthesize(
    transcript: Transcript,
    request: SpeechRequest,
    signal: AbortSignal,
  ): AsyncGenerator<SpeechEvent> {
    signal.throwIfAborted();
    const speech = createSpeech(synthesizer, transcript, request, signal, options);
    running.add(speech);
    try {
      for (;;) {
        const event = speech.take();
        if (event !== undefined) yield event;
        else if (speech.ended()) return;
        else await speech.ready();
      }
    } finally {
      running.delete(speech);
      speech.leave();
    }
  }

  return {
    synthesize,
    get speaking() {
      return [...running].some(speech => speech.speaking());
    },
    interrupt() {
      for (const speech of running) speech.interrupt();
    },
  };
}

function createSpeech(
  synthesizer: Synthesizer,
  transcript: Transcript,
  request: SpeechRequest,
  signal: AbortSignal,
  { clock, endsUtterance }: RenewOptions,
) {
  const { format } = request;
  const text = createPendingText(transcript, endsUtterance);
  const queue = createQueue<SpeechEvent>();
  const stopping = new AbortController();
  let failure: { readonly reason: unknown } | undefined;
  let cutting: AbortController | undefined;
  /** Bytes of audio that have come, and of those that wait to be taken. */
  let heard = 0;
  let held = 0;
  let roomy: (() => void) | undefined;

  function push(event: SpeechEvent): void {
    if (event.type === 'audio') {
      heard += event.chunk.length;
      held += event.chunk.length;
    }
    queue.push(event);
  }

  function take(): SpeechEvent | undefined {
    const event = queue.take();
    if (event?.type === 'audio') held -= event.chunk.length;
    if (held <= HELD_BYTES) roomy?.();
    return event;
  }

  async function room(): Promise<void> {
    if (held <= HELD_BYTES) return;
    await new Promise<void>(resolve => {
      roomy = resolve;
    });
    roomy = undefined;
  }

  async function speakAll(): Promise<void> {
    for (;;) {
      const opening = await text.opening(stopping.signal);
      if (opening === undefined) return;
      await speakOne(opening);
    }
  }

  async function speakOne(opening: string): Promise<void> {
    const cut = new AbortController();
    const stop = () => cut.abort(stopping.signal.reason);
    stopping.signal.addEventListener('abort', stop, { once: true });
    const isLast = endsUtterance ?? (() => false);
    const turn = createTurn({ opening, text, clock, endsUtterance: isLast, isHeldUp: () => held > HELD_BYTES });
    // What comes next is not for a context that is cut off, not even while it has not noticed.
    cut.signal.addEventListener('abort', turn.close, { once: true });
    cutting = cut;
    completeSample();
    const before = heard;
    const times = createTimes(seconds(heard, format), push);
    try {
      for await (const event of synthesizer.synthesize(turn.transcript, request, cut.signal)) {
        cut.signal.throwIfAborted();
        turn.note(event);
        if (event.type === 'timestamps') times.take(event, seconds(heard, format));
        else push(event);
        if (event.type !== 'audio') continue;
        times.reach(seconds(heard, format));
        await room();
      }
      if (!cut.signal.aborted) times.reach(Number.POSITIVE_INFINITY);
    } catch (error) {
      if (stopping.signal.aborted) throw error;
      // An interruption is no failure, and neither is an ending of mere signs that the service does not care for.
      if (cut.signal.aborted || (before > 0 && !isSpeakable(opening) && isRefusal(error))) return;
      const lost = turn.lost(error);
      if (lost === undefined) throw error;
      text.putBack(lost);
    } finally {
      stopping.signal.removeEventListener('abort', stop);
      cutting = undefined;
      turn.close();
    }
  }

  /** What breaks off may do so inside a sample; the next context begins with a whole one. */
  function completeSample(): void {
    const size = bytesPerSample(format);
    const rest = heard % size;
    if (rest > 0) push({ type: 'audio', chunk: new Uint8Array(size - rest) });
  }

  const abort = () => {
    stopping.abort(signal.reason);
    queue.end();
    roomy?.();
  };
  signal.addEventListener('abort', abort, { once: true });
  speakAll().then(
    () => queue.end(),
    reason => {
      failure = { reason };
      queue.end();
    },
  );

  return {
    take(): SpeechEvent | undefined {
      signal.throwIfAborted();
      return take();
    },
    ready: () => queue.ready(),
    ended(): boolean {
      if (queue.ended && failure !== undefined) throw failure.reason;
      return queue.ended;
    },
    speaking: () => cutting !== undefined || held > 0,
    interrupt(): void {
      for (let event = take(); event !== undefined; event = take()) {
        if (event.type === 'audio') heard -= event.chunk.length;
      }
      text.abandon();
      cutting?.abort(new Failure('interrupted', 'the speech was interrupted'));
    },
    leave(): void {
      signal.removeEventListener('abort', abort);
      stopping.abort(new Failure('interrupted', 'nobody listens any more'));
      roomy?.();
      text.close();
    },
  };
}
