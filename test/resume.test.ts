/** The commands on a line that breaks, with the built-in voice at the other end: the files are those of a line that holds. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { main } from '../src/cli.ts';
import { type Engine, openEngine } from '../src/engine/index.ts';
import { systemClock } from '../src/host.ts';
import type { Clock } from '../src/speech.ts';
import { fakeHost } from './support/host.ts';
import { type SpeechService, speechService } from './support/speech-service.ts';

/** Patterns that are tried of each command; a thousand of all take some minutes. */
const RUNS = Number(process.env.ALOUD_DROP_PATTERNS ?? 45) / 3;

/** Where each of the first connections breaks, in bytes from the service: in a frame, between two, before the first. */
const drops = fc.array(fc.oneof(fc.nat(3000), fc.nat(120_000)), { minLength: 1, maxLength: 5 });

/** Pauses are a fraction of what they are, so that a run does not wait. */
const hasty: Clock = { now: systemClock.now, after: (ms, callback) => systemClock.after(ms / 50, callback) };

let folder = '';
let engine: Engine;
let service: SpeechService;
let server: Server;
let left: number[] = [];
const sockets = new Set<Socket>();

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aloud-resume-'));
  await writeFile(join(folder, 'text.txt'), STORY.join(''));
  engine = await openEngine();
  service = await speechService(engine, { voices: { resolve: () => 'en-us' } });
  server = createServer(near => {
    const far = connect(Number(service.url.port), '127.0.0.1');
    let rest = left.shift() ?? Number.POSITIVE_INFINITY;
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket) && other.destroy());
    }
    near.pipe(far);
    far.on('data', chunk => {
      near.write(chunk.subarray(0, rest));
      rest -= chunk.length;
      if (rest <= 0) near.destroySoon();
      if (rest <= 0) far.destroy();
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
});
after(async () => {
  for (const socket of sockets) socket.destroy();
  server.close();
  await service[Symbol.asyncDispose]();
  await engine.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs a command on a line that breaks as told; gives what it leaves in a folder of its own. */
async function leaves(name: string, breaks: readonly number[], argv: readonly string[], text: readonly string[] = []) {
  const cwd = join(folder, name);
  await rm(cwd, { recursive: true, force: true });
  await mkdir(cwd);
  await writeFile(join(cwd, 'aloud.fixtures.yaml'), MANIFEST);
  left = [...breaks];
  const stdin = new PassThrough();
  const env = {
    CARTESIA_API_KEY: 'k',
    ALOUD_PLAYER: 'none',
    ALOUD_RETRIES: '9',
    ALOUD_TIMEOUT: '600',
    ALOUD_CONNECT_TIMEOUT: '600',
  };
  const { port } = server.address() as AddressInfo;
  const route = ['--provider', 'cartesia', '--base-url', `ws://127.0.0.1:${port}`];
  const host = fakeHost({ cwd, stdin, env, clock: hasty, argv: [...argv.map(word => placed(word, cwd)), ...route] });
  const code = main(host);
  for (const piece of text) stdin.write(piece);
  stdin.end();
  assert.equal(await code, 0, host.shown.stderr);
  left = [];
  const files = new Map<string, Buffer>();
  for (const file of (await readdir(cwd, { recursive: true })).sort()) {
    if (/\.(wav|raw|srt|vtt|TextGrid)$/.test(file)) files.set(file, await readFile(join(cwd, file)));
  }
  assert.ok(files.size > 0);
  return { files, stdout: host.shown.stdout };
}

/** Names of files are those in the run's folder, apart from the text. */
function placed(word: string, cwd: string): string {
  if (word === 'text.txt') return join(folder, word);
  return /^a\.\w+$/.test(word) ? join(cwd, word) : word;
}

const STORY = [
  'The line may break at any time. ',
  'Slower now: <speed ratio="0.8"/>nobody should hear it, neither in the sound nor in the times. ',
  'Is this the third sentence? ',
  'It is! <volume ratio="0.6"/>And this one is quiet. ',
  'Here it ends.',
];
const MANIFEST = STORY.map((text, i) => `- { id: "${i}", text: ${JSON.stringify(text.trim())}, srt: true }\n`).join('');

async function isTheSame(command: string, argv: readonly string[], text: readonly string[] = []): Promise<void> {
  const calm = await leaves(`${command}-calm`, [], argv, text);
  await fc.assert(
    fc.asyncProperty(drops, async breaks => {
      const broken = await leaves(`${command}-broken`, breaks, argv, text);
      assert.deepEqual([...broken.files.keys()], [...calm.files.keys()]);
      for (const [name, bytes] of calm.files) assert.ok(broken.files.get(name)?.equals(bytes), `${name} is the same`);
    }),
    { numRuns: Math.ceil(RUNS), includeErrorInReport: true },
  );
}

describe('E10: on a line that breaks anywhere, any number of times', () => {
  it('say leaves the same files', () =>
    isTheSame('say', [
      'say',
      '-f',
      'text.txt',
      '-o',
      'a.wav',
      '-o',
      'a.raw',
      '--srt',
      '--vtt',
      '-o',
      'a.TextGrid',
      '--phonemes',
    ]));

  it('say leaves the same files, spoken in parts', () =>
    isTheSame('jobs', ['say', '-f', 'text.txt', '--jobs', '3', '-o', 'a.wav', '--srt']));

  it('stream leaves the same files', () =>
    isTheSame('stream', ['stream', '--by', 'sentence', '-o', 'a.wav', '--srt'], STORY));

  it('fixtures leaves the same files', () => isTheSame('fixtures', ['fixtures', '--jobs', '4']));

  it('the summary has the places', async () => {
    const { stdout } = await leaves('json', [60_000], ['say', '-f', 'text.txt', '-o', 'a.wav', '--json']);
    const { seams, duration } = JSON.parse(stdout) as { seams: number[]; duration: number };
    assert.equal(seams.length, 1);
    assert.ok((seams[0] ?? 0) > 0 && (seams[0] ?? 0) < duration);
  });
});
