/** One playing: a queue of samples, the player it is fed to, and the watch over both. */
import { Failure } from '../errors.ts';
import type { Clock } from '../speech.ts';
import { type Opening, openPlayer } from './player.ts';
import type { Environment, PlayerName, PlayerSpec } from './players.ts';
import { createPlayhead, type Playhead } from './playhead.ts';
import { createSampleQueue } from './sample-queue.ts';

export interface PlaybackOptions {
  readonly sampleRate: number;
  readonly device?: string | undefined;
  readonly leadInMs: number;
  readonly tailMs: number;
  /** How much is gathered before the first sound and after running dry. */
  readonly bufferMs: number;
  readonly env: Environment;
  readonly platform: NodeJS.Platform;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
  readonly realTime?: boolean | undefined;
  readonly speakerModule?: string | undefined;
}

/** Samples are s16le mono, whole. */
export interface Playback {
  /** Opens the first of `specs` that works; rejects with a Failure when none does. Samples may come before. */
  open(specs: readonly PlayerSpec[]): Promise<void>;
  /** Queues samples, which must not change any more. */
  add(samples: Uint8Array): void;
  /** What has been added is complete in itself: it does not wait for more, and a pause after it is no fault. */
  boundary(): void;
  /** Resolves when no more than `bytes` are queued, or the playing is over. */
  room(bytes: number): Promise<void>;
  /** Resolves when everything has been heard; rejects when it could not be. */
  finish(): Promise<void>;
  /** Silence now. Resolves when the player is gone. */
  stop(reason: unknown): Promise<void>;
  /** Throws what the playing failed with or was stopped for. */
  check(): void;
  /** Seconds of speech heard. */
  position(): number;
  readonly player: PlayerName | undefined;
  readonly underruns: number;
}

// Small enough that a player's report or a full pipe is noticed, large enough to cost nothing.
const PIECE_BYTES = 32 * 1024;
const TICK_MS = 250;
// A player that neither takes nor plays anything for so long never will.
const STALL_MS = 10_000;

/** A playing that waits to be opened. */
export function createPlayback(options: PlaybackOptions): Playback {
  const { sampleRate, clock } = options;
  const bytesPerSecond = sampleRate * 2;
  const silence = (ms: number) => new Uint8Array(2 * Math.round((ms * sampleRate) / 1000));
  const queue = createSampleQueue();
  const opening = new AbortController();
  let line: Opening | undefined;
  let head: Playhead | undefined;
  /** Bytes handed to the player, silence included. */
  let given = 0;
  let flowing = false;
  let feeding = false;
  let dry = false;
  let whole = false;
  let ending = false;
  let ended = false;
  let underruns = 0;
  let outcome: { readonly failure?: unknown } | undefined;
  let stopTick: (() => void) | undefined;
  let stopGathering: (() => void) | undefined;
  let mark = -1;
  let lookMs = 0;
  let stuckMs = 0;
  let waiting: (() => void)[] = [];

  async function open(specs: readonly PlayerSpec[], reasons: readonly string[] = []): Promise<void> {
    try {
      await openFirst(specs, reasons);
    } catch (error) {
      conclude({ failure: error });
      throw outcome?.failure ?? error;
    }
  }

  async function openFirst(specs: readonly PlayerSpec[], reasons: readonly string[]): Promise<void> {
    let mine: Playhead | undefined;
    let bounds: [number, number] | undefined;
    const opened = await openPlayer(
      specs,
      {
        ...options,
        signal: opening.signal,
        onHeard(low, high) {
          bounds = [low, high];
          mine?.bound(low, high);
        },
      },
      reasons,
    );
    mine = createPlayhead({ bytesPerSecond, latencyMs: opened.spec.latencyMs, clock });
    if (bounds !== undefined) mine.bound(...bounds);
    line = opened;
    head = mine;
    void opened.player.over.then(failure => over(opened, failure));
    if (ending || flowing) void feed();
  }

  function over({ rest, reasons }: Opening, failure: Failure | undefined): void {
    if (outcome !== undefined) return;
    if (failure === undefined || given > 0 || ended || rest.length === 0) {
      conclude(failure === undefined ? {} : { failure });
      return;
    }
    // It died before it was given anything: nothing is lost with it.
    line = undefined;
    open(rest, [...reasons, failure.message]).then(
      () => options.warn(`${failure.message}; playing with ${line?.player.name} instead`),
      () => {},
    );
  }

  function conclude(result: { readonly failure?: unknown }): void {
    outcome ??= result;
    stopTick?.();
    stopGathering?.();
    queue.clear();
    if (outcome.failure === undefined) head?.finish();
    notify();
  }

  function notify(): void {
    const woken = waiting;
    waiting = [];
    for (const wake of woken) wake();
  }

  const change = () => new Promise<void>(resolve => waiting.push(resolve));

  /** Hands over what is queued, as the player takes it, and the end after the last of it. */
  async function feed(): Promise<void> {
    stopGathering?.();
    stopGathering = undefined;
    flowing = true;
    if (feeding || line === undefined || outcome !== undefined) return;
    feeding = true;
    if (given === 0 && queue.bytes > 0) await give(silence(options.leadInMs), true);
    while (queue.bytes > 0) {
      await give(queue.take(PIECE_BYTES));
      notify();
    }
    if (ending && !ended && outcome === undefined) {
      ended = true;
      await give(silence(options.tailMs), true);
      line?.player.end();
    }
    feeding = false;
  }

  async function give(samples: Uint8Array, silent = false): Promise<void> {
    if (samples.length === 0 || outcome !== undefined) return;
    given += samples.length;
    head?.sent(samples.length, silent);
    if (stopTick === undefined) tick();
    await line?.player.write(samples);
  }

  /** Notices when the player has nothing left; `pushesOut` what it holds back of its last block. */
  function listen(pushesOut: boolean): void {
    if (dry || ending || feeding || given === 0 || queue.bytes > 0 || (head?.remainingMs() ?? 1) > 0) return;
    dry = true;
    flowing = false;
    if (pushesOut) void give(silence(line?.spec.blockMs ?? 0), true);
  }

  /** Looks at the player as long as it has something to do. */
  function tick(): void {
    if (outcome !== undefined) return;
    stopTick = () => {};
    listen(true);
    const remainingMs = head?.remainingMs() ?? 0;
    const reached = given + (head?.bytes() ?? 0);
    // Added up look by look, not by the clock: a process that was stopped for an hour has not waited.
    stuckMs = reached === mark ? stuckMs + lookMs : 0;
    mark = reached;
    if (stuckMs >= STALL_MS) {
      conclude({ failure: stalled(line?.player.name) });
      void line?.player.kill();
    } else if (remainingMs > 0 || feeding || ended) {
      lookMs = remainingMs > 0 ? Math.min(TICK_MS, Math.max(5, remainingMs)) : TICK_MS;
      stopTick = clock.after(lookMs, tick);
    } else {
      stopTick = undefined;
    }
  }

  return {
    open,
    add(samples) {
      if (samples.length === 0 || outcome !== undefined) return;
      listen(false);
      if (dry && !whole) underruns += 1;
      dry = false;
      whole = false;
      queue.add(samples);
      if (flowing || queue.bytes >= (options.bufferMs * bytesPerSecond) / 1000) void feed();
      else stopGathering ??= clock.after(options.bufferMs, () => void feed());
    },
    boundary() {
      whole = true;
      if (queue.bytes > 0) void feed();
    },
    async room(bytes) {
      while (queue.bytes > bytes && outcome === undefined) await change();
    },
    async finish() {
      ending = true;
      // Nothing was said: nothing has to be heard.
      if (given === 0 && queue.bytes === 0 && outcome === undefined) {
        conclude({});
        opening.abort();
        return line?.player.kill();
      }
      void feed();
      while (outcome === undefined) await change();
      if (outcome.failure !== undefined) throw outcome.failure;
    },
    async stop(reason) {
      conclude({ failure: reason });
      opening.abort(reason);
      await line?.player.kill();
    },
    check() {
      if (outcome?.failure !== undefined) throw outcome.failure;
    },
    position: () => head?.heard() ?? 0,
    get player() {
      return line?.player.name;
    },
    get underruns() {
      return underruns;
    },
  };
}

function stalled(player: PlayerName | undefined): Failure {
  return new Failure('output', `${player ?? 'the player'} failed while playing: it takes no more sound`, {
    hint: 'check the sound device, or choose another player with --player',
  });
}
