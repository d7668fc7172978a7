/** Faults as they happen: which upgrade is refused or answered late, and what becomes of the frames of a socket. */
import { Refusal } from '../protocol/refusal.ts';
import { FAULTS, type Fault, type FaultKind } from './faults.ts';
import type { Send } from './outbox.ts';
import type { Frame } from './wording.ts';

/** What a fault does to the socket that it strikes. */
export interface Victim {
  /** Resolves when it has closed. */
  readonly closed: Promise<void>;
  drop(): void;
  close(code: number): void;
  /** Ends the context that the refusal is about, or says an error that names none. */
  refuse(refusal: Refusal): void;
}

/** One socket with faults in its way. */
export interface Struck {
  readonly send: Send;
  /** A client has cancelled a context. */
  cancelled(contextId: string): void;
}

/** The faults of one server, or of one connection: they know how often each has happened. */
export interface FaultPlan {
  /** How late the next upgrade is answered, in milliseconds. */
  delay(): number;
  /** The status to refuse the next upgrade with, if it is to be refused. */
  refusal(): number | undefined;
  /** `send` with the faults of one more socket in its way. */
  strike(send: Send, victim: Victim): Struck;
}

export function createFaultPlan(faults: readonly Fault[]): FaultPlan {
  const left = new Map(faults.map(fault => [fault, fault.times ?? Number.POSITIVE_INFINITY]));
  const happens = (fault: Fault) => {
    const times = left.get(fault) ?? 0;
    if (times > 0) left.set(fault, times - 1);
    return times > 0;
  };
  const atUpgrade = (name: Fault['name']) => faults.find(fault => fault.name === name && happens(fault))?.value;
  const later = faults.filter(fault => FAULTS[fault.name].strikes !== 'upgrade');
  return {
    delay: () => atUpgrade('slow-upgrade') ?? 0,
    refusal: () => atUpgrade('upgrade-status'),
    strike: (send, victim) => (later.length === 0 ? { send, cancelled() {} } : strike(send, victim, later, happens)),
  };
}

/** Both plans at once; what the second does to a frame happens before the first sees it. */
export function joinPlans(first: FaultPlan, second: FaultPlan): FaultPlan {
  return {
    delay: () => first.delay() + second.delay(),
    refusal: () => first.refusal() ?? second.refusal(),
    strike(send, victim) {
      const inner = first.strike(send, victim);
      const outer = second.strike(inner.send, victim);
      return {
        send: outer.send,
        cancelled(contextId) {
          inner.cancelled(contextId);
          outer.cancelled(contextId);
        },
      };
    },
  };
}

/** A frame that has been looked into. A binary one has no members. */
interface Seen {
  readonly frame: Frame;
  readonly message: Record<string, unknown>;
  readonly contextId: string | undefined;
  readonly isAudio: boolean;
  readonly isEnd: boolean;
  /** The first of its context. */
  readonly isOpening: boolean;
}

const LATE_FRAMES = 3;

/** Contexts that are remembered; the oldest are forgotten first. */
const MOST = 1000;

function strike(send: Send, victim: Victim, faults: readonly Fault[], happens: (fault: Fault) => boolean): Struck {
  const pending = new Set(faults.filter(fault => FAULTS[fault.name].strikes !== 'cancel'));
  const late = faults.find(fault => FAULTS[fault.name].strikes === 'cancel');
  /** The last chunk of each context that speaks, for the time after its cancellation. */
  const lastChunks = new Map<string, Frame>();
  const known = new Set<string>();
  let sent = 0;
  let isSilent = false;

  function look(frame: Frame): Seen {
    const message = typeof frame === 'string' ? (JSON.parse(frame) as Record<string, unknown>) : {};
    const contextId = typeof message.context_id === 'string' ? message.context_id : undefined;
    const isEnd = message.type === 'done' || message.type === 'audio_end';
    const isOver = isEnd || message.type === 'error';
    const isAudio = message.type === 'chunk' || message.type === 'audio_chunk';
    const isOpening = contextId !== undefined && !isOver && !known.has(contextId);
    if (contextId !== undefined && isOver) {
      known.delete(contextId);
      lastChunks.delete(contextId);
    } else if (contextId !== undefined) {
      known.add(contextId);
      if (late !== undefined && isAudio) lastChunks.set(contextId, frame);
      forget(known);
      forget(lastChunks);
    }
    return { frame, message, contextId, isAudio, isEnd, isOpening };
  }

  /** From here on nothing is sent; senders wait for the end of the socket. */
  function silence(): Promise<void> {
    isSilent = true;
    return victim.closed;
  }

  function happen(fault: Fault, seen: Seen): Promise<void> | undefined {
    const { frame, message } = seen;
    switch (fault.name) {
      case 'drop':
        victim.drop();
        return silence();
      case 'close':
        victim.close(fault.value);
        return silence();
      case 'stall':
        return silence();
      case 'error-mid-stream':
      case 'rate-limit':
        // Later, for it is the context's own sending that is struck.
        queueMicrotask(() => victim.refuse(refusalOf(fault, seen.contextId)));
        return undefined;
      case 'bad-json':
        return send(typeof frame === 'string' ? frame.slice(0, Math.ceil(frame.length / 2)) : frame);
      case 'truncated-base64': {
        const data = String(message.data);
        return send(JSON.stringify({ ...message, data: data.slice(0, Math.max(1, data.length - 3)) }));
      }
      case 'odd-chunks': {
        const [head, tail] = cut(message);
        send(head);
        return send(tail);
      }
      case 'no-done':
        return undefined;
      case 'done-twice':
        send(frame);
        return send(frame);
      default:
        send(JSON.stringify({ type: 'weather', context_id: message.context_id, sunny: true }));
        return send(JSON.stringify({ ...message, colour: 'blue', nested: { data: 'AAAA', done: true } }));
    }
  }

  return {
    send(frame) {
      if (isSilent) return victim.closed;
      sent += 1;
      const seen = look(frame);
      const fault = [...pending].find(({ name, frame: from }) => from <= sent && fits(FAULTS[name], seen));
      if (fault === undefined) return send(frame);
      if (!FAULTS[fault.name].repeats) pending.delete(fault);
      return happens(fault) ? happen(fault, seen) : send(frame);
    },
    cancelled(contextId) {
      const chunk = lastChunks.get(contextId);
      known.delete(contextId);
      lastChunks.delete(contextId);
      if (isSilent || late === undefined || chunk === undefined || !happens(late)) return;
      for (let i = 0; i < LATE_FRAMES; i++) send(chunk);
    },
  };
}

/** Contexts may end without a frame that says so. */
function forget(ids: Set<string> | Map<string, Frame>): void {
  for (const id of ids.keys()) {
    if (ids.size <= MOST) return;
    ids.delete(id);
  }
}

function fits({ strikes }: FaultKind, seen: Seen): boolean {
  if (strikes === 'frame') return true;
  if (strikes === 'opening') return seen.isOpening;
  return strikes === 'audio' ? seen.isAudio : seen.isEnd;
}

function refusalOf({ name, value }: Fault, contextId: string | undefined): Refusal {
  const refusal =
    name === 'rate-limit'
      ? new Refusal({
          status: 429,
          code: 'concurrency_limited',
          title: 'Too many contexts',
          message: 'this limit was asked for',
        })
      : new Refusal({ status: value, title: 'Injected fault', message: 'this error was asked for' });
  return contextId === undefined ? refusal : refusal.on(contextId);
}

/** A chunk as two, cut where no sample ends. */
function cut(message: Record<string, unknown>): [string, string] {
  const audio = Buffer.from(String(message.data), 'base64');
  const middle = (audio.length >> 1) | 1;
  const part = (bytes: Buffer) => JSON.stringify({ ...message, data: bytes.toString('base64') });
  return [part(audio.subarray(0, middle)), part(audio.subarray(middle))];
}
