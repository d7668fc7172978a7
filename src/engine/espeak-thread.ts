/** The thread of the built-in engine as seen from outside: started, listened to, kept from holding up the end of the program. */
import { Worker } from 'node:worker_threads';
import { Failure, printable } from '../errors.ts';
import type { Job, Report, ThreadData } from './espeak-messages.ts';

/** A report about one call. */
export type CallReport = Extract<Report, { readonly call: number }>;

/** Who hears about a call. */
export interface CallListener {
  report(report: CallReport): void;
  fail(error: unknown): void;
}

export interface Thread {
  /** A number for a new call. Until `leave` the program waits for the thread. */
  join(listener: CallListener): number;
  leave(call: number): void;
  post(job: Job): void;
  /** Whether it is gone; all calls have been told. */
  readonly isBroken: boolean;
  close(): Promise<void>;
}

/** Starts the thread for the espeak-ng whose main module is at `module`; `url` replaces the thread's own script. */
export function startThread(module: string, url: URL = script()): Thread {
  const workerData: ThreadData = { module };
  const worker = new Worker(url.pathname.endsWith('.ts') ? fromSource(url) : url, {
    workerData,
    execArgv: [],
    // All it makes is given away at once. With the room that V8 would take for it, 14 MB of that would lie about.
    resourceLimits: { maxYoungGenerationSizeMb: 2 },
  });
  const listeners = new Map<number, CallListener>();
  let calls = 0;
  let broken: Failure | undefined;
  let isClosing = false;

  function rest(): void {
    if (listeners.size === 0 && !isClosing) worker.unref();
  }

  function end(failure: Failure): void {
    broken ??= failure;
    for (const listener of listeners.values()) listener.fail(broken);
  }

  // Node 20 forgets an earlier unref when the thread comes up.
  worker.on('online', rest);
  worker.on('message', (reports: readonly Report[]) => {
    for (const report of reports) {
      if (report.type !== 'failed') listeners.get(report.call)?.report(report);
      else end(damage(report));
    }
  });
  worker.on('error', cause => end(crash(cause.message, cause)));
  worker.on('messageerror', cause => end(crash(cause.message, cause)));
  worker.on('exit', code => end(crash(`it ended with code ${code}`)));

  return {
    join(listener) {
      if (listeners.size === 0) worker.ref();
      calls += 1;
      listeners.set(calls, listener);
      return calls;
    },
    leave(call) {
      listeners.delete(call);
      rest();
    },
    post(job) {
      worker.postMessage(job);
    },
    get isBroken() {
      return broken !== undefined;
    },
    async close() {
      end(new Failure('bug', 'the built-in engine was closed while it was speaking'));
      // Calls that leave now must not let the program end before the thread has.
      isClosing = true;
      await worker.terminate();
    },
  };
}

const REINSTALL = 'install it again: npm install @echogarden/espeak-ng-emscripten';

/** Why it could not be loaded: what is installed is damaged, unless there was no place for one more file. */
function damage({ message, code = '' }: { readonly message: string; readonly code?: string }): Failure {
  if (LACKING.test(code)) return lack();
  return new Failure('config', `the built-in voice cannot be loaded: ${printable(message, 200)}`, { hint: REINSTALL });
}

const LACKING = /\bE[MN]FILE\b|too many open files/;

function lack(cause?: Error): Failure {
  return new Failure('output', 'the built-in voice cannot start: too many files are open', {
    cause,
    hint: 'raise the limit (ulimit -n) or do less at once',
  });
}

function crash(reason: string, cause?: Error): Failure {
  const code = cause !== undefined && 'code' in cause ? String(cause.code) : '';
  // Where Node lacked it to start the thread, nothing but the message says so.
  if (LACKING.test(code.startsWith('ERR_') ? reason : code)) return lack(cause);
  // Node starts no thread in a folder that has been deleted.
  if (cause !== undefined && 'syscall' in cause && cause.syscall === 'uv_cwd') {
    return new Failure('config', 'the built-in voice cannot start: the working folder does not exist any more', {
      cause,
      hint: 'go to a folder that exists, such as: cd ~',
    });
  }
  return new Failure('bug', `the built-in engine crashed: ${printable(reason, 200)}`, { cause });
}

/** Beside us, in the sources as in the bundle, where all files lie in one folder. */
function script(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './espeak-worker.ts' : './espeak-worker.js', import.meta.url);
}

/** Where we run from sources, tsx has made the program readable for Node, but not for the threads it starts. */
function fromSource(url: URL): URL {
  const [loader, main] = [import.meta.resolve('tsx/esm/api'), url.href].map(name => JSON.stringify(name));
  const code = `import { register } from ${loader}; register(); await import(${main});`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}
