/** The program as its users meet it: in this process over a fake host, or as a process of its own. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { main } from '../../src/cli.ts';
import { type FakeHostOptions, fakeHost } from './host.ts';

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command line in this process. */
export async function aloud(
  argv: readonly string[],
  options: FakeHostOptions = {},
): Promise<Outcome & { bytes: Buffer }> {
  const host = fakeHost({ ...options, argv });
  const code = await main(host);
  return { code, stdout: host.shown.stdout, stderr: host.shown.stderr, bytes: host.shown.bytes };
}

const ROOT = join(import.meta.dirname, '../..');
/** The program as npm installs it. */
export const BIN = join(ROOT, 'bin/aloud.js');

/** Throws where the program has not been built, for a reason that can be read. */
export function requireBuild(): void {
  if (existsSync(join(ROOT, 'dist/start.js'))) return;
  throw new Error('dist/ is missing: build the program first, with npm run build');
}

/** What hangs is killed, so that a test fails instead of waiting. */
const LIMIT = { timeout: 60_000, killSignal: 'SIGKILL' } as const;

/** Starts the program as a process that inherits nothing but PATH and what `options` say. */
export function start(argv: readonly string[], options: SpawnOptions = {}): ChildProcess {
  requireBuild();
  const env = { PATH: process.env.PATH, ...options.env };
  return spawn(process.execPath, [BIN, ...argv], { stdio: ['ignore', 'pipe', 'pipe'], ...LIMIT, ...options, env });
}

export interface Ended extends Outcome {
  /** What it died of, if it did not end by itself. */
  readonly signal: NodeJS.Signals | null;
}

/** Waits until a process has ended; gives what it said on the streams that are piped. */
export async function ended(child: ChildProcess): Promise<Ended> {
  const end = new Promise<{ code: number; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code: code ?? -1, signal }));
  });
  const said = [child.stdout, child.stderr].map(stream => (stream === null ? '' : text(stream)));
  const [stdout = '', stderr = ''] = await Promise.all(said);
  return { ...(await end), stdout, stderr };
}

/** A line for the shell that runs the program: `aloud` in it is this one. */
export function shell(line: string, options: SpawnOptions = {}): Promise<Ended> {
  requireBuild();
  const env = { PATH: process.env.PATH, NODE: process.execPath, BIN, ...options.env };
  const child = spawn('bash', ['-c', `set -o pipefail; aloud() { "$NODE" "$BIN" "$@"; }\n${line}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...LIMIT,
    ...options,
    env,
  });
  return ended(child);
}
