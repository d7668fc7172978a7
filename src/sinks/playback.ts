/** One playing: a queue of samples, the player it is fed to, and the watch over both. */
import { Failure } from '../errors.ts';
import type { Clock } from '../speech.ts';
import { createPlayerLine } from './player-line.ts';
import { createWatch, type Sight } from './player-watch.ts';
import type { Environment, PlayerName, PlayerSpec } from './players.ts';
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

/** A playing that waits to be opened. */
export function createPlayback(options: PlaybackOptions): Playback {
  const { sampleRate, clock } = options;
  const silence = (ms: number) => new Uint8Array(2 * Math.round((ms * sampleRate) / 1000));
  const gatheredBytes = (options.bufferMs * sampleRate * 2) / 1000;
  const queue = createSampleQueue();
  const changes = createChanges();
  const watch = createWatch(clock, look, giveUp);
  const line = createPlayerLine({
    ...options,
    onOpen() {
      if (ending || flowing) void feed();
    },
    isReplaceable: () => outcome === undefined && given === 0 && !ended,
    onOver: failure => conclude(failure === undefined ? {} : { failure }),
  });
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
  let stopGathering: (() => void) | undefined;

  return {
    async open(specs) {
      await line.open(specs).catch(error => {
        conclude({ failure: error });
        throw outcome?.failure ?? error;
      });
    },
    add(samples) {
      if (samples.length === 0 || outcome !== undefined) return;
      listen(false);
      if (dry && !whole) underruns += 1;
      dry = false;
      whole = false;
      queue.add(samples);
      if (flowing || queue.bytes >= gatheredBytes) void feed();
      else stopGathering ??= clock.after(options.bufferMs, () => void feed());
    },
    boundary() {
      whole = true;
      if (queue.bytes > 0) void feed();
    },
    async room(bytes) {
      while (queue.bytes > bytes && outcome === undefined) await changes.next();
    },
    finish,
    async stop(reason) {
      conclude({ failure: reason });
      line.abort(reason);
      await line.opened?.player.kill();
    },
    check() {
      if (outcome?.failure !== undefined) throw outcome.failure;
    },
    position: () => line.head?.heard() ?? 0,
    get player() {
      return line.opened?.player.name;
    },
    get underruns() {
      return underruns;
    },
  };

  async function finish(): Promise<void> {
    ending = true;
    // Nothing was said: nothing has to be heard.
    if (given === 0 && queue.bytes === 0 && outcome === undefined) {
      conclude({});
      line.abort();
      return line.opened?.player.kill();
    }
    void feed();
    while (outcome === undefined) await changes.next();
    if (outcome.failure !== undefined) throw outcome.failure;
  }

  /** Hands over what is queued, as the player takes it, and the end after the last of it. */
  async function feed(): Promise<void> {
    stopGathering?.();
    stopGathering = undefined;
    flowing = true;
    if (feeding || line.opened === undefined || outcome !== undefined) return;
    feeding = true;
    if (given === 0 && queue.bytes > 0) await give(silence(options.leadInMs), true);
    while (queue.bytes > 0) {
      await give(queue.take(PIECE_BYTES));
      changes.notify();
    }
    if (ending && !ended && outcome === undefined) {
      ended = true;
      await give(silence(options.tailMs), true);
      line.opened?.player.end();
    }
    feeding = false;
  }

  async function give(samples: Uint8Array, silent = false): Promise<void> {
    if (samples.length === 0 || outcome !== undefined) return;
    given += samples.length;
    line.head?.sent(samples.length, silent);
    watch.start();
    await line.opened?.player.write(samples);
  }

  /** Notices when the player has nothing left; `pushesOut` what it holds back of its last block. */
  function listen(pushesOut: boolean): void {
    if (dry || ending || feeding || given === 0 || queue.bytes > 0 || (line.head?.remainingMs() ?? 1) > 0) return;
    dry = true;
    flowing = false;
    if (pushesOut) void give(silence(line.opened?.spec.blockMs ?? 0), true);
  }

  function look(): Sight {
    listen(true);
    const remainingMs = line.head?.remainingMs() ?? 0;
    return { progress: given + (line.head?.bytes() ?? 0), remainingMs, isBusy: feeding || ended };
  }

  function giveUp(): void {
    conclude({ failure: stalled(line.opened?.player.name) });
    void line.opened?.player.kill();
  }

  function conclude(result: { readonly failure?: unknown }): void {
    outcome ??= result;
    watch.stop();
    stopGathering?.();
    queue.clear();
    if (outcome.failure === undefined) line.head?.finish();
    changes.notify();
  }
}

/** Lets many wait for the next change of something. */
function createChanges(): { next(): Promise<void>; notify(): void } {
  let waiting: (() => void)[] = [];
  return {
    next: () => new Promise(resolve => waiting.push(resolve)),
    notify() {
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    },
  };
}

function stalled(player: PlayerName | undefined): Failure {
  return new Failure('output', `${player ?? 'the player'} failed while playing: it takes no more sound`, {
    hint: 'check the sound device, or choose another player with --player',
  });
}
