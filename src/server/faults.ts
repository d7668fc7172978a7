/** What can be made to go wrong on purpose, so that clients can be tried against it. */
import { Failure, printable } from '../errors.ts';
import type { Send } from './outbox.ts';

/** The faults there are; order is the order in help. */
export const FAULTS = {
  refuse: 'refuses the upgrade with the status given, 503',
  drop: 'breaks the connection',
  close: 'closes with the code given, 1011',
  error: 'sends an error with the status given, 500',
  stall: 'sends nothing more',
  split: 'cuts a chunk inside a sample',
  unknown: 'adds members that no client knows, and a kind of message as well',
} as const;

export type FaultKind = keyof typeof FAULTS;

export interface Fault {
  readonly kind: FaultKind;
  /** A status or close code, for the kinds that have one. */
  readonly value: number;
  /** The frame from the server at whose place it happens, counted from 1 on each socket. */
  readonly frame: number;
  /** How often in all; absent: on every socket. */
  readonly times?: number;
}

const DEFAULT_VALUES: Partial<Record<FaultKind, number>> = { refuse: 503, close: 1011, error: 500 };
const FORM = /^(?<kind>[a-z]+)(?:=(?<value>\d{3,4}))?(?:@(?<frame>\d{1,9}))?(?:x(?<times>\d{1,9}))?$/;

/**
 * Reads `KIND[=VALUE][@FRAME][xTIMES]`, such as `drop@3`, `error=429`, `stall@2x1`.
 *
 * @throws Failure of kind `usage`.
 */
export function parseFault(text: string): Fault {
  const { kind, value, frame, times } = FORM.exec(text)?.groups ?? {};
  if (kind === undefined || !Object.hasOwn(FAULTS, kind)) {
    throw new Failure('usage', `there is no fault "${printable(text, 60)}"`, {
      hint: `write KIND[=VALUE][@FRAME][xTIMES]; kinds are ${Object.keys(FAULTS).join(', ')}.`,
    });
  }
  const known = kind as FaultKind;
  return {
    kind: known,
    value: checkValue(known, value === undefined ? (DEFAULT_VALUES[known] ?? 0) : Number(value)),
    frame: Math.max(1, Number(frame ?? 1)),
    ...(times === undefined ? {} : { times: Number(times) }),
  };
}

/** What a fault does to the socket that it strikes. */
export interface Victim {
  /** Resolves when it has closed. */
  readonly closed: Promise<void>;
  drop(): void;
  close(code: number): void;
  /** Ends the context, or says an error that names none. */
  fail(contextId: string | undefined, status: number): void;
}

/** The faults of one server: they know how often each has happened. */
export interface FaultPlan {
  /** The status to refuse the next upgrade with, if it is to be refused. */
  refusal(): number | undefined;
  /** `send` with the faults of one more socket in its way. */
  strike(send: Send, victim: Victim): Send;
}

export function createFaultPlan(faults: readonly Fault[]): FaultPlan {
  const left = new Map(faults.map(fault => [fault, fault.times ?? Number.POSITIVE_INFINITY]));
  const happens = (fault: Fault) => {
    const times = left.get(fault) ?? 0;
    if (times > 0) left.set(fault, times - 1);
    return times > 0;
  };
  const onFrames = faults.filter(fault => fault.kind !== 'refuse');
  return {
    refusal: () => faults.find(fault => fault.kind === 'refuse' && happens(fault))?.value,
    strike: (send, victim) => (onFrames.length === 0 ? send : struck(send, victim, onFrames, happens)),
  };
}

function struck(send: Send, victim: Victim, faults: readonly Fault[], happens: (fault: Fault) => boolean): Send {
  let sent = 0;
  let stalled = false;
  const pending = new Set(faults);

  return frame => {
    if (stalled) return victim.closed;
    sent += 1;
    const message = JSON.parse(frame.toString()) as Record<string, unknown>;
    // Only audio can be cut: a cut that is due waits for the next chunk.
    const isDue = (fault: Fault) => fault.frame <= sent && (fault.kind !== 'split' || message.type === 'chunk');
    const fault = [...pending].find(isDue);
    if (fault === undefined) return send(frame);
    pending.delete(fault);
    if (!happens(fault)) return send(frame);
    switch (fault.kind) {
      case 'drop':
        stalled = true;
        victim.drop();
        return victim.closed;
      case 'close':
        stalled = true;
        victim.close(fault.value);
        return victim.closed;
      case 'error':
        // Later, for it is the context's own sending that is struck.
        queueMicrotask(() =>
          victim.fail(typeof message.context_id === 'string' ? message.context_id : undefined, fault.value),
        );
        return undefined;
      case 'stall':
        stalled = true;
        return victim.closed;
      case 'split': {
        const [head, tail] = cut(message);
        send(head);
        return send(tail);
      }
      default:
        send(JSON.stringify({ type: 'weather', context_id: message.context_id, sunny: true }));
        return send(JSON.stringify({ ...message, colour: 'blue', nested: { data: 'AAAA', done: true } }));
    }
  };
}

/** A chunk as two, cut where no sample ends. */
function cut(message: Record<string, unknown>): [string, string] {
  const audio = Buffer.from(String(message.data), 'base64');
  const at = (audio.length >> 1) | 1;
  const part = (bytes: Buffer) => JSON.stringify({ ...message, data: bytes.toString('base64') });
  return [part(audio.subarray(0, at)), part(audio.subarray(at))];
}

function checkValue(kind: FaultKind, value: number): number {
  const isStatus = value >= 400 && value <= 599;
  const isCloseCode = (value >= 1000 && value <= 1014 && ![1004, 1005, 1006].includes(value)) || value >= 3000;
  const isRight =
    kind === 'close' ? isCloseCode && value <= 4999 : kind === 'refuse' || kind === 'error' ? isStatus : true;
  if (isRight) return value;
  throw new Failure('usage', `${value} is no ${kind === 'close' ? 'close code' : 'error status'}`, {
    hint: 'statuses are 400 to 599, close codes 1000 to 1014 and 3000 to 4999',
  });
}
