/** A child process under watch: how it ended, what it said last, and how to be rid of it. */
import type { ChildProcess } from 'node:child_process';
import { printable } from '../errors.ts';
import type { Clock } from '../speech.ts';

/** How a child ended. `error` when it could not be started at all. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error?: Error;
}

export interface WatchedChild {
  readonly process: ChildProcess;
  /** Resolves when the child is gone and what it said has been read; never rejects. */
  readonly gone: Promise<Exit>;
  /** One line about why it ended: its own words where it had any. */
  reason(exit: Exit): string;
  /** SIGKILL, as players go on playing after anything gentler. Resolves when the child is gone. */
  kill(): Promise<void>;
}

const STDERR_CHARS = 8192;
const GRACE_MS = 100;
const UNKILLABLE_MS = 1000;

/** Watches `child` from its very start; call it in the turn of the event loop that started the child. */
export function watch(child: ChildProcess, clock: Clock): WatchedChild {
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-STDERR_CHARS);
  });
  child.stderr?.on('error', () => {});
  // A pipe that breaks is no news: the end of the child is.
  child.stdin?.on('error', () => {});

  const gone = new Promise<Exit>(resolve => {
    child.once('error', error => {
      if (child.pid === undefined) resolve({ code: null, signal: null, error });
    });
    child.once('exit', (code, signal) => {
      // A grandchild may hold stderr open for ever.
      const stop = clock.after(GRACE_MS, () => resolve({ code, signal }));
      child.once('close', () => {
        stop();
        resolve({ code, signal });
      });
    });
  });

  return {
    process: child,
    gone,
    reason: exit => describe(exit, said),
    async kill() {
      child.kill('SIGKILL');
      let stop = () => {};
      const patience = new Promise<void>(resolve => {
        stop = clock.after(UNKILLABLE_MS, resolve);
      });
      await Promise.race([gone, patience]);
      stop();
    },
  };
}

/** The least time in which `lengthMs` of audio can be played: on a clock a little fast, with a short tail lost. */
export function plausibleMs(lengthMs: number): number {
  return lengthMs * 0.98 - Math.min(300, lengthMs / 2);
}

function describe({ code, signal, error }: Exit, said: string): string {
  if (error !== undefined) return printable(error.message, 200);
  const ended = signal === null ? `exit status ${code}` : `killed by ${signal}`;
  const words = lastWords(said, signal !== null);
  return words === '' ? ended : `${words} (${ended})`;
}

/** The line that most likely names the cause: the last that speaks of an error, or else, unless it `crashed`, the last. */
function lastWords(said: string, crashed: boolean): string {
  const lines = said
    .split(/[\r\n]+/)
    .map(line => printable(line, 200))
    .filter(line => line !== '' && !/Assertion/.test(line));
  const line =
    lines.findLast(candidate => /error|fail|cannot|refused/i.test(candidate)) ?? (crashed ? '' : (lines.at(-1) ?? ''));
  // The name of the program is said anyway, and a place in its source helps nobody.
  return line.replace(/^(\[[^\]]*\] error|\S*\w( FAIL \w+)?): (main:\d+: )?/, '');
}
