/** A host of which a test decides and sees everything: what is typed, what is shown, which signals come. */
import { Readable, Writable } from 'node:stream';
import type { Host, OutputStream, Signal } from '../../src/host.ts';
import { createHost, systemClock } from '../../src/host.ts';
import type { Clock } from '../../src/speech.ts';

export interface FakeHostOptions {
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Also the home folder, unless `env` has another HOME. */
  readonly cwd?: string;
  readonly platform?: NodeJS.Platform;
  readonly uid?: number;
  readonly version?: string;
  readonly nodeVersion?: string;
  readonly stdin?: string | Uint8Array | Readable;
  /** Which streams are terminals. */
  readonly tty?: { readonly stdin?: boolean; readonly stdout?: boolean; readonly stderr?: boolean };
  readonly columns?: number;
  /** In place of what gathers the output: a stream that fails, for one. */
  readonly stdout?: OutputStream;
  readonly stderr?: OutputStream;
  readonly clock?: Clock;
}

export interface FakeHost extends Host {
  readonly shown: {
    /** What went to stdout so far, and to stderr. */
    readonly stdout: string;
    readonly stderr: string;
    readonly bytes: Buffer;
  };
  /** The codes `exitNow` was called with. */
  readonly exits: readonly number[];
  /** How many listeners a signal has. */
  listeners(signal: Signal): number;
  /** Sends a signal to those who listen. */
  signal(signal: Signal): void;
}

/** The real host over a process made of the options; without them: no terminal, no variables but HOME, empty stdin. */
export function fakeHost(options: FakeHostOptions = {}): FakeHost {
  const cwd = options.cwd ?? '/nowhere';
  const out = gather(options.tty?.stdout === true, options.columns);
  const err = gather(options.tty?.stderr === true, options.columns);
  const heard = new Map<string, Set<() => void>>();
  const exits: number[] = [];
  const listening = (signal: string) => heard.get(signal) ?? new Set();
  const host = createHost(
    {
      argv: ['node', 'aloud', ...(options.argv ?? [])],
      env: { HOME: cwd, ...options.env },
      platform: options.platform ?? 'linux',
      versions: { node: options.nodeVersion ?? '20.20.0' },
      stdin: Object.assign(input(options.stdin ?? ''), { isTTY: options.tty?.stdin === true }),
      stdout: options.stdout ?? out.stream,
      stderr: options.stderr ?? err.stream,
      cwd: () => cwd,
      getuid: () => options.uid ?? process.getuid?.() ?? 0,
      on: (signal, listener) => heard.set(signal, listening(signal).add(listener)),
      off: (signal, listener) => listening(signal).delete(listener),
      exit(code) {
        exits.push(code);
        throw new Error(`exit ${code}`);
      },
    },
    options.version ?? '0.0.0-test',
    options.clock ?? systemClock,
  );
  const extra = {
    shown: {
      get stdout() {
        return out.bytes().toString('utf8');
      },
      get stderr() {
        return err.bytes().toString('utf8');
      },
      get bytes() {
        return out.bytes();
      },
    },
    exits,
    listeners: (signal: Signal) => listening(signal).size,
    signal(signal: Signal) {
      for (const listener of [...listening(signal)]) listener();
    },
  };
  // Getters stay getters, so that streams are opened as late as in the real one.
  return Object.defineProperties(host, Object.getOwnPropertyDescriptors(extra)) as FakeHost;
}

function input(source: string | Uint8Array | Readable): Readable {
  if (source instanceof Readable) return source;
  return Readable.from(source.length === 0 ? [] : [Buffer.from(source)], { objectMode: false });
}

function gather(isTTY: boolean, columns = 80) {
  const chunks: Uint8Array[] = [];
  const stream = new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
  const nothing = () => true;
  const terminal = { isTTY, columns, clearLine: nothing, cursorTo: nothing, moveCursor: nothing };
  return { stream: Object.assign(stream, isTTY ? terminal : {}), bytes: () => Buffer.concat(chunks) };
}
