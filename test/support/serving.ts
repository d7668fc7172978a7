/** `aloud serve` as a process of its own, on any free port, with a state folder that goes with the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { type Ended, ended, start } from './cli.ts';

export interface Serving {
  /** `ws://127.0.0.1:PORT` */
  readonly url: string;
  /** `wss://localhost:PORT` */
  readonly secureUrl: string;
  readonly port: number;
  readonly certificate: string;
  readonly child: ChildProcess;
  /** The lines of the log so far, as they were printed. */
  readonly log: readonly string[];
  /** Waits until a line of the log fits. */
  logged(fits: (line: string) => boolean): Promise<string>;
  /** Sends SIGTERM and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts it and waits until it listens; `home` is where it keeps its certificate. */
export async function startServing(
  argv: readonly string[],
  home: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Serving> {
  const child = start(['serve', '--port', '0', '--json', ...argv], { env: { HOME: home, ...env } });
  const log: string[] = [];
  const watchers = new Set<() => void>();
  const errors = createInterface({ input: child.stderr as NonNullable<typeof child.stderr> });
  errors.on('line', line => {
    log.push(line);
    for (const watch of watchers) watch();
  });
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const lines = createInterface({ input: child.stdout as NonNullable<typeof child.stdout> });
  const first = await Promise.race([once(lines, 'line') as Promise<[string]>, exited.then(() => undefined)]);
  if (first === undefined) throw new Error(`aloud serve did not start: ${log.join('\n')}`);
  const facts = JSON.parse(first[0]) as { url: string; secure_url: string; port: number; certificate: string };

  return {
    url: facts.url,
    secureUrl: facts.secure_url,
    port: facts.port,
    certificate: facts.certificate,
    child,
    log,
    logged: fits =>
      new Promise(resolve => {
        const watch = () => {
          const line = log.find(fits);
          if (line === undefined) return;
          watchers.delete(watch);
          resolve(line);
        };
        watchers.add(watch);
        watch();
      }),
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const [code, died] = await exited;
      return { code, signal: died };
    },
  };
}

/** Runs a script of Node's as a process that trusts the certificate. */
export function runTrusting(script: string, argv: readonly string[], certificate: string): Promise<Ended> {
  const env = { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: certificate };
  return ended(spawn(process.execPath, [script, ...argv], { stdio: ['ignore', 'pipe', 'pipe'], env }));
}
