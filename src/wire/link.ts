/** One socket and the contexts on it: every frame to the one it belongs to, and a guard on what waits for takers. */
import type { Failure } from '../errors.ts';
import type { Dialect, Message } from '../protocol/dialect.ts';
import type { Clock } from '../speech.ts';
import type { Context } from './context.ts';
import type { CloseFacts } from './failures.ts';
import type { Socket } from './socket.ts';

/** What a context sees of the socket it shares. */
export interface Line {
  readonly socket: Socket;
  /** Whole messages that have arrived, for whomever. */
  readonly messages: number;
  readonly paused: boolean;
  /** Bytes of a message that has not arrived whole yet. */
  partial(): number;
  /** So many bytes of audio have begun to wait for a taker; negative, have been taken. */
  hold(bytes: number): void;
  /**
   * A context has waited in vain for as long as it may because of a pause. If nobody has taken anything meanwhile,
   * the one that most waits for is given up with `failure`, so that the others can go on.
   */
  relieve(failure: Failure): void;
}

export interface Link extends Line {
  readonly contexts: ReadonlyMap<string, Context>;
  add(id: string, context: Context): void;
  remove(id: string): void;
}

/**
 * Audio that may wait before the socket is paused: a guard for memory, not a pace. A paused socket
 * answers no pings and holds up every context on it, so a slow taker beside others costs memory first.
 */
export const HELD_ALONE = 16 * 1024 * 1024;
export const HELD_TOGETHER = 64 * 1024 * 1024;

/** How much must be taken before a paused socket goes on, so that it does not stop again at every chunk. */
const HELD_STEP = 1024 * 1024;

/**
 * Of more audio than this a quick taker has some soon: for him the socket waits, or else the memory would have to be
 * tidied up all the time. Who takes less than `QUICK_BYTES` in a moment, twice, is slow, and the guard above is for
 * him; once may be because all of us were busy.
 */
export const HELD_BRIEFLY = 512 * 1024;
const MOMENT_MS = 50;
const QUICK_BYTES = 128 * 1024;

/** Begins to listen. `gone` is called when the socket has closed, before its contexts hear of it. */
export function createLink(dialect: Dialect, socket: Socket, clock: Clock, gone: () => void): Link {
  const contexts = new Map<string, Context>();
  let messages = 0;
  /** What had been received when the last message was whole. */
  let whole = 0;
  let held = 0;
  let paused = false;
  /** Ends the wait for a quick taker, while there is one. */
  let waited: (() => void) | undefined;
  let isSlow = false;
  /** Bytes that were taken since the time when this was last looked at. */
  let taken = 0;
  let lookedAt = 0;
  /** Whether anything has been taken since the pause began, or was last asked about. */
  let moves = false;
  /** Contexts whose audio may wait, those that are over included. */
  const holders = new Set<Context>();

  const frame = (data: Buffer, isBinary: boolean) => {
    messages++;
    whole = socket.received;
    const message = dialect.read(data, isBinary);
    if (message !== undefined) route(message);
  };

  /** Where a socket carries one context at a time: which of ours the service means by the names it gives. */
  const names = new Map<string, string>();
  const meant = (name: string): string | undefined => {
    if (dialect.contextsPerSocket > 1) return name;
    const [current = ''] = contexts.keys();
    if (!names.has(name)) names.set(name, current);
    return names.get(name);
  };

  const route = (message: Message) => {
    const contextId = message.contextId === undefined ? undefined : meant(message.contextId);
    if (contextId !== undefined) return contexts.get(contextId)?.receive(message);
    const forAll = message.type === 'error' || message.type === 'broken' || dialect.contextsPerSocket === 1;
    if (forAll) for (const context of [...contexts.values()]) context.receive(message);
  };

  const closed = (facts: CloseFacts) => {
    waited?.();
    gone();
    for (const context of [...contexts.values()]) context.closed(facts);
  };

  const guard = () => {
    // Nearly always, and for every chunk.
    if (held <= HELD_BRIEFLY && !paused && waited === undefined && !isSlow) return;
    if (!paused) waitBriefly();
    const step = paused ? HELD_STEP : 0;
    const full = held > HELD_TOGETHER - step || (contexts.size === 1 && heldByOnly() > HELD_ALONE - step);
    if (full === paused) return;
    paused = full;
    moves = false;
    if (paused) return pause();
    socket.resume();
    isSlow = true;
    for (const context of contexts.values()) context.resumed();
  };

  const pause = () => {
    if (waited === undefined) socket.pause();
    waited?.();
    waited = undefined;
  };

  const waitBriefly = () => {
    if (isSlow && taken >= 8 * QUICK_BYTES) isSlow = !tookQuickly(8);
    if (held <= HELD_BRIEFLY / 2) goOn();
    else if (held > HELD_BRIEFLY && waited === undefined && !isSlow) {
      socket.pause();
      waitOn();
    }
  };

  const waitOn = (isAgain = false) => {
    tookQuickly(1);
    waited = clock.after(MOMENT_MS, () => {
      if (taken >= QUICK_BYTES || !isAgain) return waitOn(taken < QUICK_BYTES);
      isSlow = true;
      goOn();
    });
  };

  /** Whether what was taken since the last look was taken within so many moments. */
  const tookQuickly = (moments: number) => {
    const now = clock.now();
    const took = now - lookedAt;
    lookedAt = now;
    taken = 0;
    return took <= moments * MOMENT_MS;
  };

  const goOn = () => {
    if (waited === undefined) return;
    waited();
    waited = undefined;
    socket.resume();
  };

  /** What waits for contexts that are over already does not count: pausing would only hurt the one that is not. */
  const heldByOnly = () => {
    const [only] = contexts.values();
    return only?.held() ?? 0;
  };

  const most = () => [...holders].reduce<Context | undefined>((a, b) => (a && a.held() >= b.held() ? a : b), undefined);

  const link: Link = {
    socket,
    contexts,
    get messages() {
      return messages;
    },
    get paused() {
      return paused;
    },
    partial: () => socket.received - whole,
    hold(bytes) {
      held += bytes;
      if (bytes < 0) {
        moves = true;
        taken -= bytes;
      }
      guard();
    },
    relieve(failure) {
      if (paused && !moves) most()?.giveUp(failure);
      moves = false;
    },
    add(id, context) {
      for (const holder of holders) if (holder.held() === 0) holders.delete(holder);
      for (const live of contexts.values()) holders.add(live);
      holders.add(context);
      contexts.set(id, context);
      guard();
    },
    remove(id) {
      contexts.delete(id);
      guard();
    },
  };
  socket.listen({ frame, closed });
  return link;
}
