/** The outside world as a value: stdio, environment, working folder, clock, signals, colour and progress. */
import { hrtime } from 'node:process';
import { Readable, Writable } from 'node:stream';
import { Failure, printable, printableJson } from './errors.ts';
import { homeOf } from './host-home.ts';
import type { Env, OutputStream, Progress, Style } from './host-terminal.ts';
import { clean, fitted, isLively, loadStyle, NO_PROGRESS, PLAIN, spin, wantsColor, widthOf } from './host-terminal.ts';
import type { Clock } from './speech.ts';

export type { Env, OutputStream, Progress, Style };
export type InputStream = Readable & { readonly isTTY?: boolean | undefined };

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
export type Signal = (typeof SIGNALS)[number];

/** What of Node's `process` a host is made from; a test hands in its own. */
export interface ProcessLike {
  /** With the runtime and the script in front, as Node gives it. */
  readonly argv: readonly string[];
  readonly env: Env;
  readonly platform: NodeJS.Platform;
  readonly versions: { readonly node: string };
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  cwd(): string;
  getuid?: () => number;
  on(signal: Signal | 'SIGXFSZ', listener: () => void): unknown;
  off(signal: Signal | 'SIGXFSZ', listener: () => void): unknown;
  exit(code: number): never;
}

/** How much people want to read, and whether in colour. Absent members stay as they are. */
export interface Presentation {
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly debug?: boolean;
  readonly json?: boolean;
  /** False overrides everything else; true leaves the choice to the terminal and the environment. */
  readonly color?: boolean;
}

export interface Host {
  /** The arguments without the runtime and the script. */
  readonly argv: readonly string[];
  readonly env: Env;
  readonly platform: NodeJS.Platform;
  /** The home folder, absolute; undefined where there is none. */
  readonly home: string | undefined;
  /** The numeric user id; undefined on Windows. */
  readonly uid: number | undefined;
  /** The version of this package. */
  readonly version: string;
  readonly nodeVersion: string;
  readonly stdin: InputStream;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly clock: Clock;
  /** What the process is to exit with when nothing is thrown; a command that only reports sets it. */
  exitCode: number;
  /** Throws where the working folder has been deleted. */
  cwd(): string;
  /**
   * Hears SIGINT, SIGTERM and SIGHUP instead of dying of them, until the returned function is called. Meanwhile a
   * file that would grow beyond its limit (`ulimit -f`) fails the write instead of killing the process.
   */
  onSignal(listener: (signal: Signal) => void): () => void;
  /** Ends the process without waiting for anything: for a second Ctrl-C only. */
  exitNow(code: number): never;
  configure(presentation: Presentation): void;
  /** Writes to stdout; resolves when written or when the reader has gone away, and fails with `output`. */
  print(text: string): Promise<void>;
  /** Prints `value` as one JSON document and a line end, with nothing in it that a terminal would obey. */
  printJson(value: unknown, indent?: number): Promise<void>;
  /** Writes text that is already styled and safe to stderr, whatever the level. */
  tell(text: string): void;
  /** A remark for people, on stderr; not with `--quiet`. Control characters are taken out, as below. */
  note(text: string): void;
  /** A line that starts with `warning:`; also with `--quiet`. */
  warn(text: string): void;
  /** A remark with `--verbose` or `--debug`. */
  verbose(text: string): void;
  /** A remark with `--debug`. */
  debug(text: string): void;
  /** A spinner where stderr is a terminal that wants one, else nothing. One at a time: a new one ends the old. */
  progress(text: string): Progress;
  style(stream: 'stdout' | 'stderr'): Promise<Style>;
  /** The width to wrap at, in columns. */
  width(stream: 'stdout' | 'stderr'): number;
}

/** Makes the host of a process. `version` is the package's. Opens and loads nothing until it is used. */
export function createHost(proc: ProcessLike, version: string, clock: Clock = systemClock): Host {
  const stdin = once(() => openInput(proc));
  const stdout = once(() => openOutput(() => proc.stdout));
  const stderr = once(() => openOutput(() => proc.stderr));
  let shown: Presentation = {};
  let spinner: Progress | undefined;
  const streamOf = (name: 'stdout' | 'stderr') => (name === 'stdout' ? stdout() : stderr());
  const inColor = (stream: OutputStream) => shown.color !== false && wantsColor(stream, proc.argv.slice(2), proc.env);
  const tell = (text: string) => put(stderr(), `${text}\n`);
  const remark = (text: string) => tell(fitted(clean(text), stderr(), proc.env));

  return {
    argv: proc.argv.slice(2),
    env: proc.env,
    platform: proc.platform,
    home: homeOf(proc),
    uid: proc.getuid?.(),
    version,
    nodeVersion: proc.versions.node,
    clock,
    exitCode: 0,
    get stdin() {
      return stdin();
    },
    get stdout() {
      return stdout();
    },
    get stderr() {
      return stderr();
    },
    cwd: () => proc.cwd(),
    onSignal(listener) {
      const ends = SIGNALS.map(signal => {
        const hear = () => listener(signal);
        proc.on(signal, hear);
        return () => proc.off(signal, hear);
      });
      const fail = () => undefined;
      proc.on('SIGXFSZ', fail);
      ends.push(() => proc.off('SIGXFSZ', fail));
      return () => {
        for (const end of ends) end();
      };
    },
    exitNow: code => proc.exit(code),
    configure(presentation) {
      shown = { ...shown, ...presentation };
    },
    print: text => write(stdout(), text),
    printJson: (value, indent) => write(stdout(), `${printableJson(value, indent)}\n`),
    tell,
    note(text) {
      if (!shown.quiet) remark(text);
    },
    warn: text => remark(`warning: ${text}`),
    verbose(text) {
      if (shown.verbose || shown.debug) remark(text);
    },
    debug(text) {
      if (shown.debug) tell(clean(text));
    },
    progress(text) {
      spinner?.stop();
      const wanted = !shown.quiet && !shown.json && isLively(stderr(), proc.env);
      spinner = wanted ? spin(text, stderr(), inColor(stderr()), proc.env) : NO_PROGRESS;
      return spinner;
    },
    style: async name => (inColor(streamOf(name)) ? loadStyle() : PLAIN),
    width: name => widthOf(streamOf(name), proc.env),
  };
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of the machine: monotonic, so a change of the date does not touch it. */
export const systemClock: Clock = {
  now: () => Number(hrtime.bigint()) / 1e6,
  after(ms, callback) {
    let timer: NodeJS.Timeout;
    // Node fires a timer beyond 2^31 ms at once.
    const wait = (left: number) => {
      const part = Math.min(left, LONGEST_TIMER_MS);
      timer = setTimeout(() => (left > part ? wait(left - part) : callback()), part);
    };
    wait(ms);
    return () => clearTimeout(timer);
  },
};

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

// Node throws when it is asked for a stream whose descriptor it does not understand.
function openInput(proc: ProcessLike): InputStream {
  try {
    return proc.stdin;
  } catch {
    return Readable.from([]);
  }
}

function openOutput(open: () => OutputStream): OutputStream {
  try {
    // Whoever writes hears of a failure in the write's callback; without a listener it would end the process.
    return open().on('error', () => undefined);
  } catch {
    return new Writable({ write: (_chunk, _encoding, done) => done() });
  }
}

function put(stream: OutputStream, text: string): void {
  try {
    stream.write(text, () => undefined);
  } catch {
    // stderr is full or closed: there is nowhere left to say so.
  }
}

const GONE: readonly unknown[] = ['EPIPE', 'ECONNRESET', 'EOF', 'ERR_STREAM_DESTROYED'];

function write(stream: OutputStream, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, error => {
      const code = error === null || error === undefined ? undefined : (error as NodeJS.ErrnoException).code;
      if (!error || GONE.includes(code)) resolve();
      else reject(unwritten(error));
    });
  });
}

function unwritten(cause: Error): Failure {
  // Node puts the code in front and the call behind: `ENOSPC: no space left on device, write`.
  const reason = printable(cause.message).replace(/^[A-Z\d]+: |, write$/g, '');
  const hint = 'free some space or write to another place';
  return new Failure('output', `cannot write standard output: ${reason}`, { cause, hint });
}
