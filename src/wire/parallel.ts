/** One long speech in parts that are spoken at once and delivered in order: a synthesizer around a synthesizer. */
import { bytesPerSample, seconds } from '../audio.ts';
import { Failure } from '../errors.ts';
import type { SpeechEvent, SpeechRequest, Synthesizer } from '../speech.ts';
import { type Ahead, type AheadOptions, speakAhead } from './ahead.ts';
import { createTimes } from './times.ts';

/**
 * Speaks long text part by part (see `partsOf`), each in a context of its own that is opened when the part is whole,
 * so many at once as `jobs` says. Events come as if one context had spoken it all: those of the first part that is not
 * finished as they arrive, those of later ones in their turn; times count from the start of the whole. A failure comes
 * at its place, behind all that was said before it; parts behind it are given up at once.
 */
export function inParallel(synthesizer: Synthesizer, options: AheadOptions): Synthesizer {
  return {
    async *synthesize(transcript, request, signal) {
      signal.throwIfAborted();
      const speech = speakAhead(synthesizer, transcript, request, options);
      const abort = () => void speech.stop(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      try {
        yield* deliver(speech, request, options);
      } finally {
        signal.removeEventListener('abort', abort);
        await speech.stop(new Failure('interrupted', 'the rest of the speech is not wanted'));
      }
    },
  };
}

async function* deliver(
  speech: Ahead,
  { format }: SpeechRequest,
  { beginning, onPart }: AheadOptions,
): AsyncGenerator<SpeechEvent> {
  let bytes = 0;
  if (beginning !== undefined) {
    await speech.passed();
    for await (const event of beginning.events()) {
      speech.check();
      if (event.type === 'audio') bytes += event.chunk.length;
      yield event;
    }
  }
  const size = bytesPerSample(format);
  for (let turn = await speech.next(); turn !== undefined; turn = await speech.next()) {
    const { part, spool } = turn;
    const due: SpeechEvent[] = [];
    const times = createTimes(seconds(bytes, format), event => due.push(event));
    while (await spool.more()) {
      for (let event = spool.take(); event !== undefined; event = spool.take()) {
        if (event.type === 'timestamps') {
          times.take(event, seconds(bytes, format));
        } else {
          yield event;
          if (event.type !== 'audio') continue;
          bytes += event.chunk.length;
          times.reach(seconds(bytes, format));
        }
        if (due.length > 0) yield* due.splice(0);
      }
    }
    times.reach(Number.POSITIVE_INFINITY);
    yield* due.splice(0);
    // What ends inside a sample would shift all samples behind it.
    if (bytes % size > 0) yield { type: 'audio', chunk: new Uint8Array(size - (bytes % size)) };
    bytes = Math.ceil(bytes / size) * size;
    onPart?.(part, true);
    await speech.delivered(turn);
  }
}
