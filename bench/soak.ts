/** `npm run soak`: thousands of contexts over one server, on sockets that break at random; every sample has to be right. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once, setMaxListeners } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/host.ts';
import { cartesia as dialect, introduce } from '../src/protocol/cartesia.ts';
import { openSink } from '../src/sinks/index.ts';
import { speak } from '../src/speak.ts';
import type { Connection } from '../src/speech.ts';
import { resilient } from '../src/wire/resilient.ts';
import { createSession } from '../src/wire/session.ts';
import { openSocket } from '../src/wire/socket.ts';
import { mishaps, type Random, randomFrom } from './soak/mishaps.ts';
import { difference, makeTasks, type Speech, speech, type Task, transcriptOf } from './soak/texts.ts';
import { leaks, tracesOf } from './soak/traces.ts';
import { ALOUD } from './support/process.ts';

const USAGE = `npm run soak -- [options]

  --contexts N   how many (10000)
  --minutes N    ends after that long, whatever is done by then (10)
  --jobs N       at a time (24)
  --seed N       the same mishaps again; printed at the start
`;

/** As the program itself has it: a check failed. */
const FAILED = 8;

/** Before the first look at memory: all code has run and all pools have been filled. */
const WARM_UP = 500;

/** Of so many, one is written into files as the program does, which are then read. */
const FILED = 20;

/** A signal that nobody aborts. */
const never = new AbortController().signal;
setMaxListeners(Number.POSITIVE_INFINITY, never);

process.exitCode = await main();

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      contexts: { type: 'string', default: '10000' },
      minutes: { type: 'string', default: '10' },
      jobs: { type: 'string', default: '24' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      help: { type: 'boolean', default: false, short: 'h' },
    },
  });
  if (values.help) return tell(USAGE, 0);
  const [contexts, minutes, jobs, seed] = [values.contexts, values.minutes, values.jobs, values.seed].map(Number);
  if (![contexts, minutes, jobs].every(value => value !== undefined && value > 0)) return tell(USAGE, 2);
  tell(`seed ${seed}`, 0);
  const folder = await mkdtemp(join(tmpdir(), 'aloud-soak-'));
  // Whatever temporary files there are, are in there.
  process.env.TMPDIR = folder;
  const server = await serve(folder);
  try {
    return await soak({
      server,
      folder,
      contexts: contexts ?? 1,
      minutes: minutes ?? 1,
      jobs: jobs ?? 1,
      random: randomFrom(seed ?? 1),
    });
  } finally {
    server.child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}

interface Soak {
  readonly server: Served;
  readonly folder: string;
  readonly contexts: number;
  readonly minutes: number;
  readonly jobs: number;
  readonly random: Random;
}

async function soak({ server, folder, contexts, minutes, jobs, random }: Soak): Promise<number> {
  const tasks = makeTasks(120, random);
  const calm = connect(server.url, () => []);
  const expected = await Promise.all(tasks.map(task => speech(calm.connection, task, never)));
  await calm.connection.close();

  const rough = connect(server.url, () => mishaps(random), random);
  const trouble: string[] = [];
  const until = performance.now() + minutes * 60_000;
  let [begun, done] = [0, 0];

  const work = async (count: number) => {
    while (begun < count && performance.now() < until) {
      const number = begun++;
      const index = Math.floor(random() * tasks.length);
      const [task, whole] = [tasks[index], expected[index]];
      if (task === undefined || whole === undefined) return;
      const wrong = await (number % FILED === 0
        ? inFiles(rough.connection, task, whole, folder)
        : inMemory(rough.connection, task, whole));
      if (wrong !== undefined && trouble.push(`context ${number}, text ${index}: ${wrong}`) < 20)
        tell(trouble.at(-1) ?? '', 0);
      done += 1;
      if (done % 1000 === 0)
        tell(`${done} contexts, ${rough.sockets()} sockets, ${rough.attempts()} further attempts`, 0);
    }
  };
  const all = (count: number) => Promise.all(Array.from({ length: jobs }, () => work(count)));
  await all(Math.min(WARM_UP, contexts));
  // Sockets that are open belong to neither count.
  const before = await tracesOf(server.pid);
  await all(contexts);
  const after = await tracesOf(server.pid);
  await rough.connection.close();

  const facts = `${done} contexts over ${rough.sockets()} sockets with ${rough.attempts()} further attempts`;
  const found = [...trouble, ...leaks(before, after)];
  tell(`${facts}\nbefore ${JSON.stringify(before)}\nafter  ${JSON.stringify(after)}`, 0);
  if (found.length === 0) return tell('every sample was right, and nothing was left behind', 0);
  return tell(`${trouble.length} contexts were wrong\n${found.slice(0, 40).join('\n')}`, FAILED);
}

async function inMemory(connection: Connection, task: Task, expected: Speech): Promise<string | undefined> {
  try {
    return difference(await speech(connection, task, never), expected);
  } catch (error) {
    return `failed: ${String(error)}`;
  }
}

/** The same through the sinks of the program. */
async function inFiles(
  connection: Connection,
  task: Task,
  { audio }: Speech,
  folder: string,
): Promise<string | undefined> {
  const own = await mkdtemp(join(folder, 'files-'));
  const { request } = task;
  try {
    const outlets = await Promise.all(
      (['wav', 'raw', 'srt'] as const).map(async kind => {
        const context = {
          request,
          provider: 'soak',
          cues: 'phrase',
          createdBy: 'soak',
          clock: systemClock,
          stdout: process.stdout,
        } as const;
        return { name: kind, sink: await openSink(kind, join(own, `a.${kind}`), { ...context, onNoWords: () => {} }) };
      }),
    );
    await speak({
      synthesizer: connection,
      transcript: transcriptOf(task),
      request,
      outlets,
      clock: systemClock,
      signal: never,
    });
    const [wav, raw] = await Promise.all(['a.wav', 'a.raw'].map(name => readFile(join(own, name))));
    if (raw?.equals(audio) !== true) return 'the file of samples is not the undisturbed speech';
    return wav?.includes(audio) === true ? undefined : 'the WAV is not the undisturbed speech';
  } catch (error) {
    return `failed: ${String(error)}`;
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/** A connection as the provider makes it, each of whose sockets has a fault of its own. */
function connect(url: URL, faults: () => readonly string[], random: Random = Math.random) {
  let sockets = 0;
  let attempts = 0;
  const dial = (signal: AbortSignal) => {
    sockets += 1;
    const baseUrl = new URL(url);
    for (const fault of faults()) baseUrl.searchParams.append('fault', fault);
    const handshake = introduce({ baseUrl, version: '2026-03-01' });
    return openSocket({ ...handshake, connectTimeoutMs: 10_000, clock: systemClock }, signal);
  };
  const connection = resilient(createSession(dialect, dial, { clock: systemClock, timeoutMs: 2000 }), {
    clock: systemClock,
    retries: 12,
    reportsInputs: dialect.reportsInputs,
    // Pauses are as random as ever, and short: it is not they that are tried here.
    random: () => random() * 0.05,
    retrying: () => {
      attempts += 1;
    },
  });
  return { connection, sockets: () => sockets, attempts: () => attempts };
}

interface Served {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly url: URL;
}

/** `aloud serve` as a process of its own. */
async function serve(home: string): Promise<Served> {
  const argv = [ALOUD, 'serve', '--port', '0', '--json', '-q', '--concurrency', '1000'];
  const env = { PATH: process.env.PATH, HOME: home, TMPDIR: home };
  const child = spawn(process.execPath, argv, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  const exit = once(child, 'exit').then(() => undefined);
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([once(lines, 'line') as Promise<[string]>, exit]);
  if (line === undefined) throw new Error('aloud serve did not start: build it first, with npm run build');
  const { url } = JSON.parse(line[0]) as { url: string };
  return { child, pid: child.pid ?? 0, url: new URL(url) };
}

function tell(text: string, code: number): number {
  process.stdout.write(`${text}\n`);
  return code;
}
