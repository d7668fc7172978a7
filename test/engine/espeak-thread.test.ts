import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type EngineOptions, openEngine } from '../../src/engine/index.ts';
import type { SpeechRequest } from '../../src/speech.ts';
import { collect, from } from '../support/collect.ts';

const REQUEST: SpeechRequest = {
  model: 'any',
  voice: 'en-us',
  format: { encoding: 'pcm_s16le', sampleRate: 22050 },
  timestamps: [],
};

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aloud-engine-'));
  await writeFile(join(folder, 'package.json'), '{"version":"9.9.9","type":"module"}');
});
after(() => rm(folder, { recursive: true, force: true }));

/** Puts another module in the place of espeak-ng. */
async function impostor(name: string, source: string): Promise<EngineOptions> {
  const file = join(folder, `${name}.js`);
  await writeFile(file, source);
  return { locate: specifier => (specifier.endsWith('package.json') ? join(folder, 'package.json') : file) };
}

const script = (source: string) =>
  new URL(`data:text/javascript,import { parentPort } from 'node:worker_threads'; ${encodeURIComponent(source)}`);

async function speakWith(options: EngineOptions, count = 1): Promise<PromiseSettledResult<unknown>[]> {
  const engine = await openEngine('espeak', options);
  try {
    const calls = Array.from({ length: count }, () =>
      collect(engine.synthesize(from('Hi. There.'), REQUEST, new AbortController().signal)),
    );
    return await Promise.allSettled(calls);
  } finally {
    await engine.close();
  }
}

const failuresOf = (results: readonly PromiseSettledResult<unknown>[]) =>
  results.map(result => (result.status === 'rejected' ? `${result.reason.kind}: ${result.reason.message}` : 'spoken'));

describe('the thread of the built-in engine', () => {
  it('ends all calls with a failure when it crashes', async () => {
    const thread = script("parentPort.once('message', () => { throw new Error('boom\\u001b[2J'); });");
    const failures = failuresOf(await speakWith({ thread }, 3));
    assert.deepEqual(failures, Array(3).fill('bug: the built-in engine crashed: boom[2J'));
  });

  it('ends all calls with a failure when it exits by itself', async () => {
    const failures = failuresOf(
      await speakWith({ thread: script("parentPort.once('message', () => process.exit(7));") }),
    );
    assert.deepEqual(failures, ['bug: the built-in engine crashed: it ended with code 7']);
  });

  it('is started anew for the next call', async () => {
    const thread = script("parentPort.once('message', () => { throw new Error('boom'); });");
    const engine = await openEngine('espeak', { thread });
    const call = () => collect(engine.synthesize(from('Hi.'), REQUEST, new AbortController().signal));
    for (let i = 0; i < 3; i++) await assert.rejects(call(), { kind: 'bug' });
    await engine.close();
    await assert.rejects(call(), { kind: 'bug', message: 'the built-in engine has been closed' });
  });

  it('says that too many files are open where its package cannot be for that (O10)', async () => {
    const source = "export default async () => { throw Object.assign(new Error('EMFILE: …'), { code: 'EMFILE' }); };";
    const [result] = await speakWith(await impostor('crowded', source));
    assert.ok(result?.status === 'rejected');
    assert.equal(result.reason.kind, 'output');
    assert.match(result.reason.message, /too many files are open/);
  });

  it('says that the package is damaged when it cannot be loaded', async () => {
    const broken = await impostor(
      'broken',
      "export default async () => { throw new Error('Loading data file failed.'); };",
    );
    const [result] = await speakWith(broken);
    assert.ok(result?.status === 'rejected');
    assert.equal(result.reason.kind, 'config');
    assert.equal(result.reason.message, 'the built-in voice cannot be loaded: Loading data file failed.');
    assert.equal(result.reason.hint, 'install it again: npm install @echogarden/espeak-ng-emscripten');
  });

  it('loads espeak-ng anew after it broke on a sentence', async () => {
    const fragile = await impostor(
      'fragile',
      `let loaded = 0;
      export default async () => {
        loaded += 1;
        const good = loaded > 1;
        const heap = new ArrayBuffer(262144);
        let callback;
        return {
          HEAPU8: new Uint8Array(heap), HEAP16: new Int16Array(heap), HEAP32: new Int32Array(heap),
          _malloc: () => 65536,
          addFunction: given => { callback = given; return 1; },
          eSpeakNGWorker: class {
            getSizeOfEventStruct_() { return 36; }
            set_voice() { return 0; }
            synth_() {
              if (!good) throw new Error('table index is out of bounds');
              callback(1024, 100, 2048);
            }
          },
        };
      };`,
    );
    const engine = await openEngine('espeak', fragile);
    assert.equal(engine.version, '9.9.9-3');
    const call = () => collect(engine.synthesize(from('Hi.'), REQUEST, new AbortController().signal));
    await assert.rejects(call(), { kind: 'bug', message: 'the built-in engine broke: table index is out of bounds' });
    const events = await call();
    // 100 samples and the pause of 300 ms.
    assert.equal(
      events.reduce((sum, event) => sum + (event.type === 'audio' ? event.chunk.length : 0), 0),
      2 * (100 + 6615),
    );
    await engine.close();
  });

  it('fails the calls that are open when it is closed', async () => {
    const engine = await openEngine();
    async function* text(): AsyncGenerator<string> {
      yield 'Hello. ';
      await new Promise(() => {});
    }
    const call = assert.rejects(collect(engine.synthesize(text(), REQUEST, new AbortController().signal)), {
      kind: 'bug',
      message: 'the built-in engine was closed while it was speaking',
    });
    await new Promise<void>(resolve => setImmediate(resolve));
    await engine.close();
    await call;
    await engine.close();
  });
});
