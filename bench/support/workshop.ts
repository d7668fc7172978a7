/** What benchmarks share: a scratch folder, the scripted service, floors made ready, texts. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { localCertificate } from '../../src/server/certificate.ts';
import type { Behaviour, Happened, Opened } from '../service/behaviour.ts';

const BENCH = fileURLToPath(new URL('..', import.meta.url));

/** Ten hours of samples twice, with room to spare. */
const ROOM_BYTES = 6e9;

export interface Service {
  /** `ws://…` and `wss://…`, without a path. */
  readonly plain: string;
  readonly tls: string;
  /** The same as `tls`, behind a line with a round trip of 20 or 60 ms. */
  delayed(roundTripMs: number): string;
  behave(behaviour: Behaviour): Promise<void>;
  whatHappened(): Promise<Happened>;
}

export interface Workshop extends AsyncDisposable {
  readonly isQuick: boolean;
  /** In memory where there is room: the disk is nobody's merit. */
  readonly folder: string;
  /** A new file in it. */
  file(name: string): string;
  /** The scripted service, started when it is first asked for. */
  service(): Promise<Service>;
  /** Bundles `bench/<name>.ts` to one CommonJS file, which is what starts fastest; gives its path. */
  bundled(name: string): Promise<string>;
  /** The environment in which the program speaks through the scripted service. */
  readonly env: Readonly<Record<string, string>>;
}

export async function openWorkshop(isQuick: boolean): Promise<Workshop> {
  const folder = await mkdtemp(join(hasRoom('/dev/shm') ? '/dev/shm' : tmpdir(), 'aloud-bench-'));
  const certificate = await localCertificate(folder, new Date());
  const bundles = new Map<string, Promise<string>>();
  let running: { readonly child: ChildProcess; readonly service: Promise<Service> } | undefined;

  const bundled = (name: string) => {
    const made = bundles.get(name) ?? bundle(name, folder);
    bundles.set(name, made);
    return made;
  };

  return {
    isQuick,
    folder,
    file: name => join(folder, name),
    bundled,
    async service() {
      if (running === undefined) {
        const script = await bundled('service/main');
        const child = fork(script, [certificate.path, join(folder, 'localhost-key.pem')]);
        running = { child, service: once(child, 'message').then(([opened]) => control(child, opened as Opened)) };
      }
      return running.service;
    },
    env: {
      HOME: folder,
      CARTESIA_API_KEY: 'sk_car_benchmark',
      SLNG_API_KEY: 'benchmark',
      // One certificate, for all contenders alike. The whole list of a system here would cost every start 30 ms.
      NODE_EXTRA_CA_CERTS: certificate.path,
    },
    async [Symbol.asyncDispose]() {
      if (running !== undefined) {
        const gone = once(running.child, 'exit');
        running.child.disconnect();
        await gone;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function control(child: ChildProcess, opened: Opened): Service {
  const ask = async (question: unknown) => {
    const answer = once(child, 'message');
    child.send(question as object);
    return (await answer)[0];
  };
  const at = (scheme: string, port: number | undefined) => `${scheme}://localhost:${port}`;
  return {
    plain: at('ws', opened.plain),
    tls: at('wss', opened.tls),
    delayed: ms => (ms === 0 ? at('wss', opened.tls) : at('wss', opened.delayed[ms])),
    behave: behaviour => ask({ behave: behaviour }),
    whatHappened: () => ask('what happened') as Promise<Happened>,
  };
}

async function bundle(name: string, folder: string): Promise<string> {
  const outfile = join(folder, `${name.replaceAll('/', '-')}.cjs`);
  await build({
    entryPoints: [join(BENCH, `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    logLevel: 'warning',
    legalComments: 'none',
    external: ['bufferutil', 'utf-8-validate', 'speaker', 'typescript'],
    define: { 'import.meta.url': '__url' },
    banner: { js: "const __url = require('node:url').pathToFileURL(__filename).href;" },
  });
  return outfile;
}

function hasRoom(folder: string): boolean {
  if (!existsSync(folder)) return false;
  try {
    accessSync(folder, constants.W_OK);
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize > ROOM_BYTES;
  } catch {
    return false;
  }
}
