/** One context: its text going out, its events coming in, and how it ends. */
import { bytesPerSample } from '../audio.ts';
import { Failure } from '../errors.ts';
import type { Flow } from '../flow.ts';
import type { Dialect, Message } from '../protocol/dialect.ts';
import type { Clock, Piece, SpeechEvent, SpeechRequest } from '../speech.ts';
import { isSpeakable } from '../text/transcript.ts';
import type { CloseFacts, Redact } from './failures.ts';
import { cleanWords, closeFailure, endedEarly, silenceFailure, untakenFailure, withoutSecrets } from './failures.ts';
import type { Line } from './link.ts';
import { createQueue } from './queue.ts';
import { createSender } from './sender.ts';
import { createWatch } from './watch.ts';

export interface ContextSetup {
  readonly id: string;
  readonly request: SpeechRequest;
  readonly dialect: Dialect;
  readonly line: Line;
  readonly clock: Clock;
  readonly timeoutMs: number;
  /** Whether chunks that wait to be taken, and lie side by side, may be taken as one. */
  readonly joinsChunks: boolean;
  readonly redact: Redact;
  /** Ends the context with its reason. */
  readonly signal: AbortSignal;
  /**
   * Called once. `complete`: the service has ended it as it should, and no more of it is on its way. `mute`: it was
   * given up because nothing came, nor did anything for any other context of the socket.
   */
  over(complete: boolean, mute: boolean): void;
}

/** What has come flows to whoever takes it; the end of that is the end of the speech. */
export interface Context extends Flow<SpeechEvent> {
  /** Begins to send: `first`, which is not empty, and whatever `rest` gives. */
  speak(first: string, rest: AsyncIterator<Piece>): void;
  /** Bytes of audio that wait to be taken. */
  held(): number;
  receive(message: Message): void;
  /** The socket is read again after a pause: the silence was ours. */
  resumed(): void;
  /** The socket has gone. */
  closed(facts: CloseFacts): void;
  /** Throws away what waits and fails whoever comes for it, even where all had arrived. */
  giveUp(failure: Failure): void;
  /** Ends the context here and, if it goes on there, at the service. What waits is thrown away. */
  stop(reason: unknown): void;
}

/** After a chunk that was marked as the last one, for how long an end of its own may take to come. */
const LAST_MS = 1000;

/** Chunks that wait are taken together up to this many bytes: what each one costs on its way is paid once. */
const JOINED_BYTES = 64 * 1024;

export function createContext(setup: ContextSetup): Context {
  const { id, request, dialect, line, clock, timeoutMs, redact, signal } = setup;
  const sampleBytes = bytesPerSample(request.format);
  const bytesPerSecond = sampleBytes * request.format.sampleRate;
  const bufferDelayMs = request.maxBufferDelayMs ?? dialect.bufferDelayMs;
  const queue = createQueue<SpeechEvent>(setup.joinsChunks ? joinAudio : undefined);

  let phase: 'speaking' | 'finishing' | 'over' = 'speaking';
  let failure: { readonly reason: unknown } | undefined;
  let rest: AsyncIterator<Piece> | undefined;
  /** Bytes of audio that have come, and of those that nobody has taken yet. */
  let heard = 0;
  let held = 0;
  let speakable = false;
  /** Whether text went out that nothing has come back for. */
  let owed = false;
  let marked = false;
  /** What the line had carried when it was last looked at. */
  let messages = 0;
  let partial = 0;
  let segment: number | undefined;

  const silence = createWatch({ clock, limitMs: silenceLimit, silent: onSilence });
  const sender = createSender({ id, request, dialect, socket: line.socket, clock, sending });
  const onAbort = () => stop(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });

  /** While the transcript is open and nothing is owed, the silence is the writer's. */
  function silenceLimit(): number | undefined {
    if (phase === 'finishing') return marked ? LAST_MS : timeoutMs;
    return phase === 'speaking' && owed ? timeoutMs + bufferDelayMs : undefined;
  }

  function onSilence(): void {
    // A long message on a slow line is no silence as long as it grows; no other can come through meanwhile.
    const grows = line.partial() > partial && line.messages === messages;
    if (line.paused || grows) {
      // Those who have what they wait for can only be waited for.
      if (line.paused && held === 0) line.relieve(untakenFailure(timeoutMs));
      noteLine();
      silence.expect();
    } else if (marked) {
      complete();
    } else {
      end({ reason: silenceFailure(timeoutMs, heard > 0) }, true, line.messages === messages);
    }
  }

  function noteLine(): void {
    messages = line.messages;
    partial = line.partial();
  }

  function sending(text: string, last: boolean): void {
    const audible = isSpeakable(text);
    owed ||= audible;
    speakable ||= audible;
    if (last) phase = 'finishing';
    noteLine();
    silence.expect();
  }

  function receive(message: Message): void {
    if (phase === 'over') return;
    silence.touch();
    messages = line.messages;
    partial = 0;
    if (message.type === 'event') {
      // A new number means a new segment, whatever the number.
      if (segment !== undefined && message.segment !== undefined && message.segment !== segment) {
        deliver({ type: 'flushed' }, false);
      }
      segment = message.segment ?? segment;
      deliver(cleanWords(message.event, redact), message.last === true);
    } else if (message.type === 'done') complete();
    else end({ reason: withoutSecrets(message.failure, redact) }, message.type === 'broken');
  }

  function deliver(event: SpeechEvent, last: boolean): void {
    owed = false;
    const bytes = event.type === 'audio' ? event.chunk.length : 0;
    heard += bytes;
    if (bytes > 0) hold(bytes);
    if (bytes > 0 || event.type !== 'audio') queue.push(event);
    if (event.type === 'flushed') sender.flushed();
    sender.heard(bytes / bytesPerSecond);
    if (last && phase === 'finishing') {
      marked = true;
      silence.expect();
    }
  }

  /** The service says that it is done; whether that can be so is for us to see. */
  function complete(): void {
    end(flaw(), false);
  }

  function flaw(): typeof failure {
    if (phase === 'speaking') {
      const message = 'the service ended the speech while there was more to be said';
      return { reason: endedEarly(message, heard > 0, { retryable: true }) };
    }
    if (heard === 0 && speakable) {
      const message = 'the service said that it was done, and sent no audio';
      return { reason: new Failure('incomplete', message, { retryable: true }) };
    }
    if (heard % sampleBytes === 0) return undefined;
    return { reason: new Failure('incomplete', 'the audio ends in the middle of a sample') };
  }

  function stop(reason: unknown): void {
    for (let event = take(); event !== undefined; event = take());
    end({ reason }, true);
  }

  function take(): SpeechEvent | undefined {
    const event = queue.take();
    if (event?.type === 'audio') hold(-event.chunk.length);
    return event;
  }

  function hold(bytes: number): void {
    held += bytes;
    line.hold(bytes);
  }

  function end(outcome: typeof failure, tell: boolean, mute = false): void {
    if (phase === 'over') return;
    phase = 'over';
    failure = outcome;
    signal.removeEventListener('abort', onAbort);
    silence.stop();
    sender.stop();
    // The transcript's own end may wait for a piece that is still being written: nobody here needs it any more.
    void rest?.return?.()?.catch(() => {});
    if (tell && line.socket.isOpen) for (const frame of dialect.cancel(id)) line.socket.send(frame);
    queue.end();
    setup.over(outcome === undefined, mute);
  }

  return {
    speak(first, pieces) {
      rest = pieces;
      sender.send(first, pieces).catch(reason => end({ reason }, true));
    },
    take,
    ready: () => queue.ready(),
    ended() {
      if (queue.ended && failure) throw failure.reason;
      return queue.ended;
    },
    held: () => held,
    receive,
    resumed() {
      noteLine();
      silence.touch();
    },
    closed(facts) {
      if (marked) complete();
      else end({ reason: closeFailure(facts, heard > 0, redact) }, false);
    },
    giveUp(reason) {
      stop(reason);
      failure ??= { reason };
    },
    stop,
  };
}

/** Chunks that lie side by side in memory, as the decoder puts them, are one, as long as that is not too long to be handed on. */
function joinAudio(last: SpeechEvent, next: SpeechEvent): SpeechEvent | undefined {
  if (last.type !== 'audio' || next.type !== 'audio') return undefined;
  const { buffer, byteOffset, byteLength } = last.chunk;
  const size = byteLength + next.chunk.byteLength;
  const isBeside = next.chunk.buffer === buffer && next.chunk.byteOffset === byteOffset + byteLength;
  if (!isBeside || size > JOINED_BYTES) return undefined;
  return { type: 'audio', chunk: new Uint8Array(buffer, byteOffset, size) };
}
