/** One context: text comes in, is given to the synthesizer, and what it makes goes out, in order, to the end (protocol §4). */
import { bytesPerSample, seconds } from '../audio.ts';
import { Failure } from '../errors.ts';
import type { Generation, Input } from '../protocol/cartesia-requests.ts';
import type { Refusal } from '../protocol/refusal.ts';
import type { SpeechEvent, SpeechRequest, Synthesizer } from '../speech.ts';
import { createBuffering } from './buffering.ts';
import { createChunks } from './chunks.ts';
import { createExpiry } from './expiry.ts';
import type { Outcome, Settings } from './options.ts';
import type { Send } from './outbox.ts';
import { createPieces } from './pieces.ts';
import { synthesisFailed } from './refusals.ts';
import { createSegments } from './segments.ts';
import type { Frame, Wording } from './wording.ts';

/** What a context needs of the socket it lives on. */
export interface Surroundings {
  readonly synthesizer: Synthesizer;
  readonly settings: Settings;
  readonly send: Send;
  readonly wording: Wording;
  /** More text waits for the synthesizer, or less (negative), in UTF-16 code units. */
  onWeight(change: number): void;
  /** A frame of audio went out. */
  onAudio(): void;
  /** It has ended of itself. Comes before its last frame is sent, so that who reads that finds room for another context. */
  onEnd(outcome: Outcome, refusal?: Refusal): void;
}

/** What a context has to know of the input that opens it. */
export type Opening = Pick<Generation, 'words' | 'phonemes' | 'maxBufferDelayMs' | 'language'>;

export interface Context {
  /** True once `continue:false` has been said. */
  readonly closing: boolean;
  /** Adds an input. Its parameters have been compared already. */
  input(input: Input): void;
  /** Ends it without a word: nothing is sent any more, the synthesizer is stopped. */
  stop(): void;
  figures(): Figures;
}

/** The life of a context so far. */
export interface Figures {
  readonly chars: number;
  readonly audioSeconds: number;
  readonly firstAudioMs: number | undefined;
}

/** Starts to speak in the next turn; `opening` still has to be given to `input`. */
export function createContext(opening: Opening, request: SpeechRequest, around: Surroundings): Context {
  const { settings, send, wording } = around;
  const { clock, limits } = settings;
  const abort = new AbortController();
  const segments = createSegments(settings.flushNumbering);
  const chunks = createChunks(wording, bytesPerSample(request.format), limits.chunkBytes);
  const opened = clock.now();
  let over = false;
  let closing = false;
  let chars = 0;
  let stepStart = opened;
  let firstAudioMs: number | undefined;

  const pieces = createPieces(change => around.onWeight(change));
  const buffering = createBuffering({
    delayMs: settings.passesText ? 0 : opening.maxBufferDelayMs,
    language: opening.language,
    clock,
    onWeight: change => around.onWeight(change),
    onReady(text, now) {
      pieces.say(text);
      // The synthesizer is not to wait for the rest of the sentence: that has been done, or there is none.
      if (now) pieces.mark('silent');
    },
  });
  const expiry = createExpiry({
    afterMs: settings.expiryMs,
    clock: settings.background,
    onQuiet() {
      // One that reads ahead may still have audio to come: only its answer to a boundary tells.
      if (isDrained() && pieces.starved) pieces.mark('probe');
    },
  });
  const spokenSeconds = () => seconds(chunks.bytes, request.format);
  const isDrained = () => pieces.empty && !buffering.waiting;

  /** True for the one who ended it. */
  function release(why: string): boolean {
    if (over) return false;
    over = true;
    const reason = new Failure('interrupted', why);
    expiry.stop();
    buffering.stop();
    pieces.fail(reason);
    abort.abort(reason);
    return true;
  }

  /** True for the one who ended it. */
  function finish(outcome: Outcome, refusal?: Refusal): boolean {
    const isFirst = release(`the context has ended (${outcome})`);
    if (isFirst) around.onEnd(outcome, refusal);
    return isFirst;
  }

  function onFlushed(): Promise<void> | undefined {
    const boundary = pieces.answered() ?? 'told';
    if (boundary === 'told') return sendAll(wording.flushed(segments.end()));
    if (boundary === 'probe' && isDrained() && expiry.isQuiet()) finish('expired');
    return undefined;
  }

  async function sendAll(frames: readonly Frame[]): Promise<void> {
    for (const frame of frames) if (!over) await send(frame);
  }

  async function onAudio(audio: Uint8Array): Promise<void> {
    if (firstAudioMs === undefined) {
      firstAudioMs = clock.now() - opened;
      await sendAll(wording.begin());
    }
    if (over) return;
    for (const frame of chunks.write(audio, segments.current, clock.now() - stepStart)) {
      await send(frame);
      if (over) return;
      expiry.touch();
      around.onAudio();
    }
    stepStart = clock.now();
  }

  function onEvent(event: SpeechEvent): Promise<void> | undefined {
    if (event.type === 'audio') return onAudio(event.chunk);
    if (event.type === 'flushed') return onFlushed();
    if (event.type !== 'timestamps') return undefined;
    const isWanted = event.granularity === 'word' ? opening.words : opening.phonemes;
    return isWanted ? sendAll(wording.timestamps(event.granularity, event.spans, segments.current)) : undefined;
  }

  async function speak(): Promise<void> {
    for await (const event of around.synthesizer.synthesize(pieces.transcript, request, abort.signal)) {
      if (!over) await onEvent(event);
      if (over) return;
    }
    chunks.end();
    for (const boundary of pieces.unanswered()) {
      if (boundary === 'told') await sendAll(wording.flushed(segments.end()));
    }
    if (!finish('done')) return;
    for (const frame of wording.done(spokenSeconds())) void send(frame);
  }

  queueMicrotask(() => {
    if (!over) speak().catch(error => finish('error', synthesisFailed(error)));
  });

  return {
    get closing() {
      return closing;
    },
    input({ transcript, flush, continue: goesOn }) {
      chars += transcript.length;
      expiry.touch();
      buffering.push(transcript);
      if (flush || !goesOn) buffering.drain();
      // Without buffering each text is acknowledged, asked or not, as in production (protocol §4.3).
      const isUnbuffered = !settings.passesText && opening.maxBufferDelayMs === 0 && /\S/.test(transcript);
      if (flush || isUnbuffered) pieces.mark('told');
      if (goesOn) return;
      closing = true;
      expiry.stop();
      pieces.end();
    },
    stop: () => void release('the context has been stopped'),
    figures: () => ({ chars, audioSeconds: spokenSeconds(), firstAudioMs }),
  };
}
