/** What can be made to go wrong on purpose, so that clients can be tried against it: the names, and how they are written. */
import { Failure, printable } from '../errors.ts';

/** One kind of fault. */
export interface FaultKind {
  /** One line for help, after the name. */
  readonly about: string;
  /** Which frames it can happen to; at the upgrade and at a cancel request there is none. */
  readonly strikes: 'upgrade' | 'frame' | 'opening' | 'audio' | 'end' | 'cancel';
  /** True: at every such frame from the first on. False: at one of each socket. */
  readonly repeats: boolean;
  /** The frame from which on it may happen, where the fault itself does not say. */
  readonly from: number;
  readonly argument?: Argument;
}

interface Argument {
  /** What it is called in help. */
  readonly name: string;
  readonly usual: number;
  readonly range: string;
  readonly fits: (value: number) => boolean;
}

const STATUS: Omit<Argument, 'usual'> = {
  name: 'NNN',
  range: 'an error status from 400 to 599',
  fits: value => value >= 400 && value <= 599,
};

const CLOSE_CODE: Argument = {
  name: 'CODE',
  usual: 1011,
  range: 'a close code that can be sent: 1000 to 1014 without 1004, 1005 and 1006, or 3000 to 4999',
  fits: code => (code >= 1000 && code <= 1014 && !(code >= 1004 && code <= 1006)) || (code >= 3000 && code <= 4999),
};

const DELAY: Argument = {
  name: 'MS',
  usual: 3000,
  range: 'milliseconds, up to 600000',
  fits: value => value <= 600_000,
};

/** The faults there are, in the order of help. */
export const FAULTS = {
  'slow-upgrade': { about: 'answers the upgrade late', ...at('upgrade'), argument: DELAY },
  'upgrade-status': { about: 'refuses the upgrade', ...at('upgrade'), argument: { ...STATUS, usual: 503 } },
  'rate-limit': { about: 'refuses contexts with 429', ...at('opening') },
  drop: { about: 'breaks the connection', ...once() },
  close: { about: 'closes the socket before all is said', ...once(), argument: CLOSE_CODE },
  stall: { about: 'sends nothing more, and keeps the socket open', ...once() },
  'error-mid-stream': { about: 'ends a context with an error', ...once(), argument: { ...STATUS, usual: 500 } },
  'bad-json': { about: 'cuts a frame off in the middle', ...once() },
  'truncated-base64': { about: 'cuts audio off where no base64 ends', ...once('audio', 1) },
  'odd-chunks': { about: 'cuts chunks in two, inside a sample', ...at('audio') },
  'unknown-type': { about: 'sends a kind of message that no client knows', ...once('frame', 1) },
  'no-done': { about: 'leaves out the end of every context', ...at('end') },
  'done-twice': { about: 'says the end of every context twice', ...at('end') },
  'late-frames-after-cancel': { about: 'goes on with a cancelled context for three chunks', ...at('cancel') },
} as const satisfies Record<string, FaultKind>;

export type FaultName = keyof typeof FAULTS;

export interface Fault {
  readonly name: FaultName;
  /** A status, a close code or milliseconds, for the kinds that have one; else 0. */
  readonly value: number;
  /** The frame from the server from which on it happens, counted from 1 on each socket. */
  readonly frame: number;
  /** How often in all; absent: without limit. */
  readonly times?: number;
}

const FORM = /^(?<name>[a-z0-9-]+?)(?::(?<value>\d{1,6}))?(?:@(?<frame>\d{1,9}))?(?:x(?<times>\d{1,9}))?$/;

/** The name is well, so what follows it is not. */
const WRONG_NUMBER = new RegExp(`^(${Object.keys(FAULTS).join('|')})([:@]|x[^a-z]*$)`);

/**
 * Reads `NAME[:ARG][@FRAME][xTIMES]`, such as `drop@3`, `close:1012`, `error-mid-stream:429@2x1`.
 *
 * @throws Failure of kind `usage`.
 */
export function parseFault(text: string): Fault {
  const { name, value, frame, times } = FORM.exec(text)?.groups ?? {};
  if (name === undefined || !Object.hasOwn(FAULTS, name)) {
    const shown = JSON.stringify(printable(text, 60));
    const form = 'write NAME[:ARG][@FRAME][xTIMES]';
    if (WRONG_NUMBER.test(text))
      throw new Failure('usage', `a number in ${shown} is wrong`, { hint: `${form} with whole numbers` });
    throw new Failure('usage', `there is no fault ${shown}`, {
      hint: `${form}; names are ${Object.keys(FAULTS).join(', ')}`,
    });
  }
  const kind: FaultKind = FAULTS[name as FaultName];
  if (frame !== undefined && kind.strikes === 'upgrade') {
    throw new Failure('usage', `${name} happens before there are frames`, { hint: `leave out @${frame}` });
  }
  if (times !== undefined && Number(times) === 0) {
    throw new Failure('usage', `${name} with x0 would never happen`, { hint: 'write x1 for once, or leave it out' });
  }
  return {
    name: name as FaultName,
    value: checkValue(name, kind.argument, value),
    frame: Math.max(1, Number(frame ?? kind.from)),
    ...(times === undefined ? {} : { times: Number(times) }),
  };
}

function checkValue(name: string, argument: Argument | undefined, given: string | undefined): number {
  if (argument === undefined) {
    if (given === undefined) return 0;
    throw new Failure('usage', `${name} takes no argument`, { hint: `write ${name}, or ${name}@2 for a frame` });
  }
  const value = given === undefined ? argument.usual : Number(given);
  if (argument.fits(value)) return value;
  throw new Failure('usage', `${name}:${given} cannot be`, { hint: `${argument.name} is ${argument.range}` });
}

function once(strikes: FaultKind['strikes'] = 'frame', from = 2) {
  return { strikes, repeats: false, from } as const;
}

function at(strikes: FaultKind['strikes']) {
  return { strikes, repeats: true, from: 1 } as const;
}
