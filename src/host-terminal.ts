/** What is shown on a terminal: whether in colour, how wide, the styles and the spinner. */
import type { Writable } from 'node:stream';
import { printable } from './errors.ts';
import { cutTo, wrapped } from './host-columns.ts';

export type Env = Readonly<Record<string, string | undefined>>;
export type OutputStream = Writable & { readonly isTTY?: boolean | undefined; readonly columns?: number | undefined };

/** Ways to mark text; each gives its argument back unchanged where colour is off. */
export type Style = Readonly<Record<'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan', (text: string) => string>>;

/** A line on the terminal that says what is going on. */
export interface Progress {
  update(text: string): void;
  /** Takes the line away. */
  stop(): void;
}

const same = (text: string) => text;
/** The style of a stream without colour. */
export const PLAIN: Style = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same };
/** The progress of a stream that wants none. */
export const NO_PROGRESS: Progress = { update() {}, stop() {} };

/** The style of a stream with colour. */
export async function loadStyle(): Promise<Style> {
  const { Chalk } = await import('chalk');
  // Whether there is colour has been decided; chalk's own guess about the process must not interfere.
  return new Chalk({ level: 1 });
}

/** Starts a spinner as soon as its package is loaded; the package never comes in after `stop`. */
export function spin(text: string, stream: OutputStream, colored: boolean, env: Env): Progress {
  // A line that the terminal breaks moves everything that is above it.
  const shown = (said: string) => cutTo(printable(said, 200), widthOf(stream, env) - SPINNER_COLUMNS);
  let latest = shown(text);
  let stopped = false;
  let spinner: { text: string; stop(): unknown } | undefined;
  const start = async () => {
    const { default: ora } = await import('ora');
    if (stopped) return;
    // Hiding the cursor would hook signals, discarding stdin would take it from those who read it.
    const quirks = { isEnabled: true, hideCursor: false, discardStdin: false } as const;
    spinner = ora({ text: latest, stream, color: colored ? 'cyan' : false, ...quirks }).start();
  };
  start().catch(() => undefined);
  return {
    update(next) {
      latest = shown(next);
      if (spinner !== undefined) spinner.text = latest;
    },
    stop() {
      // A second time it would still move the cursor.
      if (!stopped) spinner?.stop();
      stopped = true;
    },
  };
}

/** The spinner, the blank behind it, room for the `^C` of whoever ends it, and the column at which terminals break a line. */
const SPINNER_COLUMNS = 5;

/** Colour is off with `--no-color` before `--`, then with a non-empty NO_COLOR; FORCE_COLOR beats the terminal. */
export function wantsColor(stream: OutputStream, argv: readonly string[], env: Env): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = env;
  const end = argv.indexOf('--');
  if (argv.slice(0, end === -1 ? undefined : end).includes('--no-color')) return false;
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return stream.isTTY === true && TERM !== 'dumb';
}

/** Whether something that moves may be shown on `stream`. */
export function isLively(stream: OutputStream, env: Env): boolean {
  // A terminal that nobody told its size has 0 columns; the spinner would clear lines on it without end.
  if (stream.columns === 0) return false;
  return stream.isTTY === true && env.TERM !== 'dumb' && !env.CI;
}

/** COLUMNS where it is a number, else the terminal's width, else 80. */
export function widthOf(stream: OutputStream, env: Env): number {
  const asked = /^[1-9]\d{0,4}$/.test(env.COLUMNS ?? '') ? Number(env.COLUMNS) : undefined;
  return asked ?? (stream.columns || 80);
}

/** Takes out what a terminal would obey; lines stay lines. */
export function clean(text: string): string {
  return text
    .split('\n')
    .map(line => printable(line, 2000))
    .join('\n');
}

/** The same text for people: on a terminal wrapped between words, else with lines as long as they are. */
export function fitted(text: string, stream: OutputStream, env: Env): string {
  return stream.isTTY === true ? wrapped(text, widthOf(stream, env)) : text;
}
