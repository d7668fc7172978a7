/** The program killed at any moment, by any signal: every file is the old one, the whole new one, or a valid shorter one. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { openCassette } from '../src/fixtures/cassette.ts';
import { ended, requireBuild, start } from './support/cli.ts';
import { startServing } from './support/serving.ts';

const TEXT = 'The quick brown fox jumps over the lazy dog. '.repeat(12);
const NAMES = ['out.wav', 'out.raw', 'out.srt', 'out.vtt', 'out.json', 'out.TextGrid'];
const OLD = 'what was there before';
const { ALOUD_TEST_SEED = '20261120', CI } = process.env;

let root = '';
/** What an undisturbed run writes, and how long it takes in milliseconds. */
const whole = new Map<string, Buffer>();
let wholeMs = 0;

before(async () => {
  requireBuild();
  root = await mkdtemp(join(tmpdir(), 'aloud-kill-'));
  const folder = await ownFolder();
  const begun = performance.now();
  // As many at a time as will be later: that is how fast they are then.
  const folders = [folder, ...(await Promise.all([ownFolder(), ownFolder()]))];
  for (const { code, stderr } of await Promise.all(folders.map(each => ended(say(each)))))
    assert.equal(code, 0, stderr);
  wholeMs = performance.now() - begun;
  for (const name of NAMES) whole.set(name, await readFile(join(folder, name)));
});
after(() => rm(root, { recursive: true, force: true }));

const ownFolder = () => mkdtemp(join(root, 'run-'));

function say(folder: string, flags: readonly string[] = []) {
  const outputs = NAMES.flatMap(name => ['-o', name]);
  const env = { HOME: root, TMPDIR: folder };
  return start(['say', '-q', TEXT, '--provider', 'local', ...outputs, ...flags], { cwd: folder, env });
}

/** Numbers from 0 to 1: the same in every run of CI, others everywhere else. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const random = randomFrom(CI === undefined ? Date.now() : Number(ALOUD_TEST_SEED));

interface Blow {
  readonly signals: readonly NodeJS.Signals[];
  /** A part of the time that a whole run takes; undefined: as soon as the first file has its name. */
  readonly at: number | undefined;
  readonly keeps: boolean;
  readonly hasOld: boolean;
}

/** The start of Node is not what is tried here: most blows fall while there is work. */
const BLOWS: readonly Blow[] = Array.from({ length: CI === undefined ? 12 : 36 }, (_, i) => ({
  signals: ([['SIGKILL'], ['SIGTERM'], ['SIGINT'], ['SIGINT', 'SIGINT'], ['SIGHUP']] as const)[i % 5] ?? ['SIGKILL'],
  at: i % 3 === 1 ? undefined : i % 10 === 0 ? random() * 0.3 : 0.25 + random() * 0.8,
  keeps: i % 4 === 3,
  hasOld: i % 3 !== 0,
}));

describe('a run that is killed at any moment', () => {
  it('leaves of every file the old one, the whole new one, or a valid shorter one (O6)', async () => {
    const seen = { old: 0, whole: 0, shorter: 0 };
    const todo = [...BLOWS];
    const work = async () => {
      for (let blow = todo.pop(); blow !== undefined; blow = todo.pop()) {
        for (const state of await strike(blow)) seen[state] += 1;
      }
    };
    await Promise.all([work(), work(), work()]);
    // A test that kills too early, or too late, would see one of them only.
    assert.ok(seen.old > 0 && seen.whole > 0, JSON.stringify(seen));
  });
});

async function strike({ signals, at, keeps, hasOld }: Blow): Promise<readonly ('old' | 'whole' | 'shorter')[]> {
  const folder = await ownFolder();
  const what = `${signals.join()} at ${at?.toFixed(3)} of ${Math.round(wholeMs)} ms in ${folder}`;
  if (hasOld) for (const name of NAMES) await writeFile(join(folder, name), OLD);
  const child = say(folder, keeps ? ['--keep-partial'] : []);
  const end = ended(child);
  await Promise.race([at === undefined ? placing(folder, hasOld) : setTimeout(at * wholeMs), end]);
  for (const [i, signal] of signals.entries()) {
    // A second one that comes sooner is taken for the first.
    if (i > 0) await Promise.race([setTimeout(210), end]);
    child.kill(signal);
  }
  const { code, signal, stderr } = await end;
  assert.doesNotMatch(stderr, /this is a bug|^\s+at /m, what);
  const present = await readdir(folder);
  if (signals[0] !== 'SIGKILL') {
    const codes = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129 } as Readonly<Record<string, number>>;
    // Before there is a listener, and after the work, a signal has its own way.
    assert.ok(code === 0 || code === codes[signals[0] ?? ''] || signal === signals[0], `${code} ${signal} ${what}`);
    assert.deepEqual(
      present.filter(name => !NAMES.includes(name)),
      [],
      what,
    );
  }
  const states = [];
  for (const name of NAMES) {
    const content = present.includes(name) ? await readFile(join(folder, name)) : undefined;
    const isOld = hasOld ? content?.toString() === OLD : content === undefined;
    const isWhole = content !== undefined && same(name, content);
    if (!isOld && !isWhole) {
      assert.ok(keeps && content !== undefined, `${name} is neither: ${what}`);
      assertShorter(name, content, what);
    }
    states.push(isOld ? 'old' : isWhole ? 'whole' : 'shorter');
  }
  await rm(folder, { recursive: true });
  return states as ('old' | 'whole' | 'shorter')[];
}

/** Resolves when a file appears, or is another one than it was. */
async function placing(folder: string, hasOld: boolean): Promise<void> {
  const isPlaced = async (name: string) => {
    const facts = await stat(join(folder, name)).catch(() => undefined);
    return facts !== undefined && !(hasOld && facts.size === OLD.length);
  };
  const until = performance.now() + 20_000;
  while (performance.now() < until) {
    if ((await Promise.all(NAMES.map(isPlaced))).some(Boolean)) return;
    await setTimeout(1);
  }
}

/** Whether it is what the undisturbed run wrote; every run gives its contexts other ids. */
function same(name: string, content: Buffer): boolean {
  const plain = (bytes: Buffer) =>
    name.endsWith('.json')
      ? bytes.toString().replace(/"context_ids": \[.*\]|"request_ids": \[.*\]/g, '')
      : bytes.toString('latin1');
  return plain(content) === plain(whole.get(name) ?? Buffer.alloc(0));
}

/** Valid in its own format, and the beginning of what the whole one says. */
function assertShorter(name: string, content: Buffer, what: string): void {
  const full = whole.get(name) ?? assert.fail();
  const said = `${name}: ${what}`;
  if (name.endsWith('.wav')) {
    assert.equal(content.readUInt32LE(4), content.length - 8, said);
    const [data, fullData] = [content.indexOf('data', 12), full.indexOf('data', 12)];
    const length = content.readUInt32LE(data + 4);
    assert.ok(length % 2 === 0 && data + 8 + length <= content.length, said);
    assert.deepEqual(
      content.subarray(data + 8, data + 8 + length),
      full.subarray(fullData + 8, fullData + 8 + length),
      said,
    );
  } else if (name.endsWith('.raw')) {
    assert.equal(content.length % 2, 0, said);
    assert.deepEqual(content, full.subarray(0, content.length), said);
  } else if (name.endsWith('.json')) {
    const { words, duration } = JSON.parse(content.toString()) as { words: { end: number }[]; duration: number };
    const all = (JSON.parse(full.toString()) as { words: object[] }).words;
    assert.ok(words.length <= all.length && words.every(word => word.end <= duration), said);
  } else if (name.endsWith('.TextGrid')) {
    const text = content.toString();
    for (const [, count, rest = ''] of text.matchAll(/intervals: size = (\d+)([\s\S]*?)(?=item \[|$)/g))
      assert.equal(rest.match(/intervals \[\d+\]/g)?.length, Number(count), said);
  } else {
    const cues = [
      ...content.toString().matchAll(/^(\d\d:\d\d:\d\d[.,]\d{3}) --> (\d\d:\d\d:\d\d[.,]\d{3})\n(.+\n)+/gm),
    ];
    assert.ok(
      cues.every(([, from = '', to = '']) => from < to),
      said,
    );
    assert.ok(/^(WEBVTT|1\n|$)/.test(content.toString()) && /(^|\n)$/.test(content.toString()), said);
  }
}

describe('a recorder that is killed at any moment', () => {
  it('leaves a cassette that can be read, with every take that was answered (O6)', async () => {
    const folder = await ownFolder();
    const service = await startServing([], folder);
    try {
      const blows = [0.1, 0.35, 0.6, 0.8];
      await Promise.all(
        blows.map(async (at, i) => {
          const cassette = join(folder, `${i}.jsonl`);
          const upstream = ['--upstream', 'cartesia', '--upstream-url', service.url];
          const recorder = await startServing(['--record', cassette, ...upstream], folder, { CARTESIA_API_KEY: 'k' });
          const argv = [
            'say',
            '-q',
            '--provider',
            'cartesia',
            '--base-url',
            recorder.url,
            '--retries',
            '0',
            '--no-play',
          ];
          const first = await ended(start([...argv, 'First.', '-o', '-'], { env: { HOME: folder } }));
          assert.equal(first.code, 0, first.stderr);
          const second = ended(start([...argv, TEXT, '-o', '-'], { env: { HOME: folder } }));
          await Promise.race([setTimeout(at * wholeMs), second]);
          await recorder.stop('SIGKILL');
          await second;
          const read = await openCassette(cassette);
          assert.ok(read.takes >= 1, `${read.takes} takes`);
          await read.close();
        }),
      );
    } finally {
      await service.stop();
    }
  });
});

describe('fixtures that are killed at any moment', () => {
  it('leave files, a lock and a cache from which the next run makes the same (O6, L8)', async () => {
    const manifest = Array.from({ length: 12 }, (_, i) =>
      JSON.stringify({
        id: `f${i}`,
        text: `Number ${i}. ${'And on. '.repeat(i)}`,
        provider: 'local',
        sample_rate: 8000,
      }),
    ).join('\n');
    const build = async (folder: string) => {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'aloud.fixtures.jsonl'), manifest);
      const argv = ['fixtures', '-q', '--cache-dir', join(folder, '.cache')];
      return () => start(argv, { cwd: folder, env: { HOME: folder, TMPDIR: folder } });
    };
    const contents = async (folder: string) => {
      const names = (await readdir(folder)).filter(name => /^[^.].*\.(wav|lock)$/.test(name)).sort();
      return Object.fromEntries(
        await Promise.all(names.map(async n => [n, (await readFile(join(folder, n))).toString('latin1')])),
      );
    };
    const reference = await ownFolder();
    const begun = performance.now();
    assert.equal((await ended((await build(reference))())).code, 0);
    const ms = performance.now() - begun;
    const expected = (await contents(reference)) as Record<string, string>;
    const signals: NodeJS.Signals[][] = [['SIGKILL'], ['SIGTERM'], ['SIGINT', 'SIGINT'], ['SIGKILL']];
    await Promise.all(
      [0, 1].map(async lane => {
        const folder = await ownFolder();
        const run = await build(folder);
        for (const blow of signals) {
          const child = run();
          const end = ended(child);
          const at = (0.35 + random() * 0.6) * ms;
          for (const signal of blow) {
            await Promise.race([setTimeout(signal === blow[0] ? at : 210), end]);
            child.kill(signal);
          }
          await end;
          for (const [name, content] of Object.entries(await contents(folder))) {
            if (name.endsWith('.lock')) assert.doesNotThrow(() => JSON.parse(String(content)), `${lane} ${blow} ${at}`);
            else assert.equal(content, expected[name], `${name} ${blow} ${at}`);
          }
        }
        const { code, stderr } = await ended(run());
        assert.equal(code, 0, stderr);
        assert.deepEqual(await contents(folder), expected);
      }),
    );
  });
});

describe('a long text that is interrupted again and again', () => {
  it('is gone on with until its files are those of an undisturbed run (O6)', async t => {
    const text = Array.from({ length: 60 }, (_, i) => `Sentence number ${i} of a longer text. `).join('');
    const home = await ownFolder();
    const service = await startServing([], home);
    t.after(() => service.stop());
    const run = (folder: string, flags: readonly string[]) => {
      const argv = [
        'say',
        '-q',
        '-f',
        'text.txt',
        '--provider',
        'cartesia',
        '--base-url',
        service.url,
        '-o',
        'out.wav',
        '-o',
        'out.srt',
        ...flags,
      ];
      return start(argv, { cwd: folder, env: { HOME: folder, TMPDIR: folder } });
    };
    const [reference, folder] = [await ownFolder(), await ownFolder()];
    for (const each of [reference, folder]) await writeFile(join(each, 'text.txt'), text);
    const begun = performance.now();
    const { code, stderr } = await ended(run(reference, []));
    assert.equal(code, 0, stderr);
    const whole = (name: string) => readFile(join(reference, name));
    const ms = performance.now() - begun;
    let resumed = 0;
    for (const [i, signal] of (['SIGINT', 'SIGKILL', 'SIGTERM', 'SIGHUP', 'SIGINT'] as const)
      .slice(0, CI === undefined ? 3 : 5)
      .entries()) {
      // Where nothing has been kept there is nothing to go on from, which it says.
      const child = run(folder, i % 2 === 0 ? ['--resume'] : ['--resume', '--jobs', '3']);
      const end = ended(child);
      await Promise.race([setTimeout((0.3 + random() * 0.5) * ms), end]);
      child.kill(signal);
      const outcome = await end;
      assert.doesNotMatch(outcome.stderr, /this is a bug|^\s+at /m);
      if (outcome.code === 0) break;
      resumed += 1;
      // The signal may come when all is done but the end of the process: then they are there, and whole.
      const present = (await readdir(folder)).filter(name => name === 'out.wav' || name === 'out.srt');
      for (const name of present) assert.ok((await readFile(join(folder, name))).equals(await whole(name)), name);
    }
    const last = await ended(run(folder, ['--resume']));
    assert.equal(last.code, 0, `${resumed} ${last.stderr}`);
    for (const name of ['out.wav', 'out.srt'])
      assert.ok((await readFile(join(folder, name))).equals(await whole(name)), name);
    const left = (await readdir(folder)).filter(name => name.endsWith('.tmp') && !name.startsWith('.out.'));
    assert.deepEqual(left, []);
  });
});
