/** Runs a program from its start to its end and measures it: wall time, CPU, peak memory, first byte on stdout. */
import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Sample } from './benchmark.ts';

/** The script that makes a Node process say at its end what it has used, on descriptor 3. */
export const PRELOAD = fileURLToPath(new URL('./preload.cjs', import.meta.url));

/** The program as npm installs it. */
export const ALOUD = fileURLToPath(new URL('../../bin/aloud.js', import.meta.url));

export interface Running {
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Plain time only, for starts: nothing is loaded in front of the script. */
  readonly bare?: boolean;
  /** Does something with the process while it runs, such as writing to its standard input; `firstMs` counts from what it gives. */
  readonly meanwhile?: (child: ChildProcess) => Promise<number | undefined>;
  /** A failure is a result: the sample then has `failed: 1`. */
  readonly mayFail?: boolean;
  readonly stdin?: 'pipe';
}

/** Runs Node with `args`. The sample has `wallMs`, `cpuMs`, `peakMb`, and `firstMs` where something was printed. */
export function runNode(running: Running): Promise<Sample> {
  const { args, bare = false } = running;
  return run(process.execPath, { ...running, args: bare ? args : ['--require', PRELOAD, ...args] });
}

/** Runs any program; it has no `cpuMs` and `peakMb` unless it says so itself on descriptor 3. */
export async function run(program: string, running: Running): Promise<Sample> {
  const { args, env = {}, cwd, meanwhile, mayFail = false, stdin = 'ignore' } = running;
  const start = performance.now();
  const child = spawn(program, args, {
    stdio: [stdin, 'pipe', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  let first: number | undefined;
  let printed = 0;
  let last: Buffer = Buffer.alloc(0);
  child.stdout?.on('data', (chunk: Buffer) => {
    first ??= performance.now();
    printed += chunk.length;
    last = chunk;
  });
  const said = child.stderr === null ? '' : text(child.stderr);
  const used = text(child.stdio[3] as NodeJS.ReadableStream);
  const ended = new Promise<{ code: number | null; wallMs: number }>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', code => resolve({ code, wallMs: performance.now() - start }));
  });
  const from = (await meanwhile?.(child)) ?? start;
  const { code, wallMs } = await ended;
  const usage = readUsage(await used);
  if (code !== 0) {
    if (mayFail) return { failed: 1, wallMs };
    throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${(await said).slice(-2000)}`);
  }
  return {
    wallMs,
    ...usage,
    ...(first === undefined ? {} : { firstMs: first - from }),
    ...(printed === 0 ? {} : own(last)),
  };
}

function readUsage(written: string): Sample {
  return written === '' ? {} : (JSON.parse(written) as Sample);
}

/** What a floor says of itself: a line of JSON at the end of what it prints. */
function own(last: Buffer): Sample {
  if (last.length > 4096 || last[0] !== 0x7b) return {};
  try {
    return JSON.parse(String(last)) as Sample;
  } catch {
    return {};
  }
}
