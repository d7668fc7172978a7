/** The line itself: carries the events of a synthesizer to sinks, and says how it went. */
import { seconds } from './audio.ts';
import { Failure } from './errors.ts';
import { flowOf } from './flow.ts';
import { stayLean } from './lean.ts';
import { giveBack } from './slabs.ts';
import type { Clock, Piece, Sink, SinkEvent, SpeechEvent, SpeechRequest, Synthesizer, Transcript } from './speech.ts';

/** A sink and what a message calls it: a path, `stdout`, the name of a player. */
export interface Outlet {
  readonly name: string;
  readonly sink: Sink;
}

export interface Speaking {
  readonly synthesizer: Synthesizer;
  readonly transcript: Transcript;
  readonly request: SpeechRequest;
  readonly outlets: readonly Outlet[];
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told of every event after the sinks took it, for progress and captions. */
  readonly onEvent?: (event: SpeechEvent) => void;
}

/** What was spoken. Times in milliseconds from the call, on the clock that was given. */
export interface Summary {
  /** UTF-16 units of text handed to the synthesizer. */
  readonly characters: number;
  readonly audioBytes: number;
  readonly words: number;
  readonly firstAudioMs: number | undefined;
  readonly totalMs: number;
  readonly contextIds: readonly string[];
  readonly requestIds: readonly string[];
  /** Where audio was generated anew after a loss, in seconds from the start of the audio. */
  readonly seams: readonly number[];
}

/**
 * Speaks `transcript` into every outlet. A sink that fails is given up while the others go on, so
 * that a full disk under the subtitles does not cost the audio; what failed is thrown at the end.
 *
 * @throws Failure of the synthesizer (every sink is aborted), or of the first sink that failed.
 */
export async function speak(speaking: Speaking): Promise<Summary> {
  const { signal } = speaking;
  const outlets = new Outlets(speaking.outlets);
  // Silence must not wait for the synthesizer to notice.
  const silence = () => void outlets.abort(signal.reason);
  signal.addEventListener('abort', silence, { once: true });
  try {
    signal.throwIfAborted();
    const summary = await carry(speaking, outlets);
    await outlets.close();
    signal.throwIfAborted();
    return summary;
  } catch (error) {
    await outlets.abort(error);
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', silence);
  }
}

async function carry(speaking: Speaking, outlets: Outlets): Promise<Summary> {
  const { synthesizer, transcript, request, clock, signal, onEvent } = speaking;
  const started = clock.now();
  const tally = { characters: 0, audioBytes: 0, words: 0, firstAudioMs: undefined as number | undefined };
  const contextIds: string[] = [];
  const requestIds = new Set<string>();
  const seams: number[] = [];
  const said: string[] = [];

  let written: Promise<unknown> | undefined;
  const events = flowOf(synthesizer.synthesize(overhear(transcript, said), request, signal));
  try {
    for (;;) {
      const event = events.take();
      if (event === undefined) {
        if (events.ended()) break;
        await events.ready();
        continue;
      }
      if (said.length > 0) await hear();
      count(event);
      // Not in `outlets`: a promise less for every chunk. One that was waited for needs no other turn.
      try {
        const write = outlets.write(event);
        if (write !== written) await write;
        written = write;
      } catch (error) {
        await outlets.lose(error);
      }
      onEvent?.(event);
      if (event.type === 'audio' && outlets.copy) giveBack(event.chunk);
    }
  } catch (error) {
    await events.leave?.().catch(() => {});
    throw error;
  }
  if (said.length > 0) await hear();
  return { ...tally, totalMs: clock.now() - started, contextIds, requestIds: [...requestIds], seams };

  function count(event: SpeechEvent): void {
    if (event.type === 'audio') {
      tally.firstAudioMs ??= clock.now() - started;
      tally.audioBytes += event.chunk.length;
      stayLean(event.chunk.length);
    } else if (event.type === 'timestamps' && event.granularity === 'word') {
      tally.words += event.spans.length;
    } else if (event.type === 'context') {
      contextIds.push(event.contextId);
      if (event.requestId !== undefined) requestIds.add(event.requestId);
    } else if (event.type === 'seam') {
      seams.push(seconds(tally.audioBytes, request.format));
    }
  }

  // Text reaches the sinks before the sound of it, however far the synthesizer reads ahead.
  async function hear(): Promise<void> {
    const text = said.join('');
    said.length = 0;
    tally.characters += text.length;
    await outlets.write({ type: 'text', text }).catch(error => outlets.lose(error));
  }
}

/** Passes a transcript on unchanged and notes its text in `said` as it goes by. */
async function* overhear(transcript: Transcript, said: string[]): AsyncGenerator<Piece> {
  for await (const piece of transcript) {
    if (typeof piece === 'string') said.push(piece);
    yield piece;
  }
}

/** The sinks of one run: those that still work, and what became of the others. */
class Outlets {
  #open: readonly Outlet[];
  #failure: unknown;
  #aborted: Promise<void> = Promise.resolve();

  constructor(outlets: readonly Outlet[]) {
    this.#open = outlets;
  }

  /** Whether nobody looks at a chunk any more that has been written. */
  get copy(): boolean {
    return this.#open.every(outlet => outlet.sink.copies);
  }

  /** What it rejects with is for `lose`. */
  write(event: SinkEvent): Promise<unknown> {
    const open = this.#open;
    const [only] = open;
    // A sink that is alone is waited for as it is: this runs for every chunk.
    if (open.length === 1 && only !== undefined) return only.sink.write(event);
    return Promise.all(open.map(outlet => outlet.sink.write(event).catch(error => this.#giveUp(outlet, error))));
  }

  /** Goes on without the sink whose write failed with `error`, if there is another; throws what failed first if not. */
  async lose(error: unknown): Promise<void> {
    const [only] = this.#open;
    if (only === undefined) throw this.#failure ?? error;
    await this.#giveUp(only, error);
  }

  /** Finishes every sink that still works; throws what the first of the others failed with. */
  async close(): Promise<void> {
    const whole: string[] = [];
    for (const outlet of this.#open) {
      try {
        await outlet.sink.close();
        whole.push(outlet.name);
      } catch (error) {
        await this.#fail(outlet, error);
      }
    }
    this.#open = [];
    const failure = this.#failure;
    if (failure === undefined || (failure instanceof Failure && failure.kind === 'gone')) return;
    if (!(failure instanceof Failure) || whole.length === 0) throw failure;
    throw failure.with({ hint: `what is complete: ${whole.join(', ')}` });
  }

  /** Resolves when every sink has let go, also for whoever asks while that is under way. */
  abort(reason: unknown): Promise<void> {
    const open = this.#open;
    this.#open = [];
    const aborted = Promise.allSettled([this.#aborted, ...open.map(outlet => outlet.sink.abort(reason))]);
    this.#aborted = aborted.then(() => {});
    return this.#aborted;
  }

  /** Goes on without a sink; with the last of them the speech ends. */
  async #giveUp(outlet: Outlet, error: unknown): Promise<void> {
    await this.#fail(outlet, error);
    if (this.#open.length === 0) throw this.#failure;
  }

  async #fail(outlet: Outlet, error: unknown): Promise<void> {
    this.#failure ??= error;
    this.#open = this.#open.filter(other => other !== outlet);
    await outlet.sink.abort(error);
  }
}
