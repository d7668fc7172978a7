import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import type { LostSound } from '../../src/sinks/context.ts';
import { createRawSink } from '../../src/sinks/raw.ts';
import { createSrtSink } from '../../src/sinks/subtitles.ts';
import { openFileTarget, openStreamTarget } from '../../src/sinks/target.ts';
import { createWavSink } from '../../src/sinks/wav.ts';
import { assertHolds, audio, contextOf, missing, run, S16, samples, scratch } from './setting.ts';

const turn = () => new Promise(resolve => setImmediate(resolve));

describe('a file sink', () => {
  it('may be closed and aborted in any order and more than once', async test => {
    const folder = scratch(test);
    const context = contextOf();
    const sink = createWavSink(await openFileTarget(join(folder, 'a.wav'), context), context);
    await sink.write(audio(samples(S16, 10)));
    await Promise.all([sink.close(), sink.abort(undefined), sink.close()]);
    assertHolds(folder, 'a.wav');
    const other = createWavSink(await openFileTarget(join(folder, 'b.wav'), context), context);
    await other.write(audio(samples(S16, 10)));
    await other.abort(undefined);
    await other.abort(undefined);
    await other.close();
    assertHolds(folder, 'a.wav');
  });

  it('whose reader takes nothing can be aborted while it writes and while it closes', async () => {
    for (const isClosing of [false, true]) {
      const stdout = new Writable({ write() {} });
      const context = contextOf({ stdout });
      const sink = createWavSink(await openStreamTarget(stdout), context);
      const stuck = async () => {
        for (let index = 0; index < 10; index += 1) await sink.write(audio(samples(S16, 100_000)));
        await sink.close();
      };
      if (isClosing) await sink.write(audio(samples(S16, 10)));
      const working = assert.rejects(isClosing ? sink.close() : stuck(), { kind: 'output' });
      for (let turns = 0; turns < 5; turns += 1) await turn();
      await sink.abort(new Error('enough'));
      await working;
    }
  });

  it('keeps what a full disk took, as a valid file, when it is wished (O3)', {
    skip: missing('prlimit', 'soxi'),
  }, async test => {
    const folder = scratch(test);
    const path = join(folder, 'a.wav');
    const ignore = () => {};
    process.on('SIGXFSZ', ignore);
    try {
      run('prlimit', ['--pid', String(process.pid), '--fsize=100001:unlimited']);
      const context = contextOf({ keepPartial: true, request: { timestamps: ['word'] } });
      const sink = createWavSink(await openFileTarget(path, context), context);
      await sink.write({ type: 'timestamps', granularity: 'word', spans: [{ text: 'a', start: 0, end: 0.1 }] });
      const failing = async () => {
        for (let index = 0; index < 100; index += 1) await sink.write(audio(samples(S16, 5000)));
        await sink.close();
      };
      await assert.rejects(failing(), { kind: 'output', exitCode: 6 });
      await sink.abort(undefined);
    } finally {
      run('prlimit', ['--pid', String(process.pid), '--fsize=unlimited:unlimited']);
      process.off('SIGXFSZ', ignore);
    }
    assertHolds(folder, 'a.wav');
    const file = readFileSync(path);
    assert.equal(statSync(path).size, 100_000);
    assert.equal(file.readUInt32LE(4), file.length - 8);
    assert.equal(file.readUInt32LE(40), file.length - 44);
    assert.equal(run('soxi', ['-s', path]).trim(), String((file.length - 44) / 2));
  });
});

describe('a file of sound that is given up', () => {
  const SOUND = samples(S16, 1000);
  const reason = new Error('lost');

  /** Gives up a file after the sound has been written to it; whoever is offered it does `take`. */
  async function giveUp(
    folder: string,
    take: (sound: LostSound) => Promise<void>,
    { create = createWavSink, keepPartial = false }: { create?: typeof createWavSink; keepPartial?: boolean } = {},
  ): Promise<LostSound[]> {
    const offered: LostSound[] = [];
    const onLost = async (sound: LostSound, why: unknown) => {
      assert.equal(why, reason);
      offered.push(sound);
      await take(sound);
    };
    const context = contextOf({ onLost, keepPartial });
    const sink = create(await openFileTarget(join(folder, 'a.wav'), context), context);
    for (let at = 0; at < 1800; at += 300) await sink.write(audio(SOUND.subarray(at, at + 300)));
    // What is on its way when it is given up counts too.
    void sink.write(audio(SOUND.subarray(1800)));
    await sink.abort(reason);
    await sink.abort(reason);
    return offered;
  }

  /** The samples where they are said to be. */
  const soundIn = (path: string, { start, bytes }: LostSound) => readFileSync(path).subarray(start, start + bytes);

  for (const [kind, create, start] of [
    ['WAV', createWavSink, 44],
    ['raw', createRawSink, 0],
    ['WAV that has become an RF64', (...[target, context]) => createWavSink(target, context, 1500), 80],
  ] as const satisfies readonly (readonly [string, typeof createWavSink, number])[]) {
    it(`can be had under another name, and is nowhere else: ${kind}`, async test => {
      const folder = scratch(test);
      const [sound] = await giveUp(folder, each => each.moveTo(join(folder, 'saved')), { create });
      assert.ok(sound !== undefined);
      assert.equal(sound.start, start);
      assert.deepEqual(soundIn(join(folder, 'saved'), sound), SOUND);
      assertHolds(folder, 'saved');
    });
  }

  it('is a valid shorter file as well where that is wished for', async test => {
    const folder = scratch(test);
    const [sound] = await giveUp(folder, each => each.moveTo(join(folder, 'saved')), { keepPartial: true });
    assert.ok(sound !== undefined);
    assertHolds(folder, 'a.wav', 'saved');
    assert.deepEqual(readFileSync(join(folder, 'a.wav')).subarray(44), SOUND);
    assert.deepEqual(soundIn(join(folder, 'saved'), sound), SOUND);
    assert.notEqual(statSync(join(folder, 'a.wav')).ino, statSync(join(folder, 'saved')).ino);
  });

  it('can be had on another file system', { skip: !existsSync('/dev/shm') }, async test => {
    const folder = scratch(test);
    const other = mkdtempSync('/dev/shm/aloud-test-');
    test.after(() => rmSync(other, { recursive: true }));
    const [sound] = await giveUp(folder, each => each.moveTo(join(other, 'saved')));
    assert.ok(sound !== undefined);
    assert.deepEqual(soundIn(join(other, 'saved'), sound), SOUND);
    assertHolds(folder);
  });

  it('is gone all the same where nobody takes it, or who does cannot', async test => {
    const folder = scratch(test);
    await giveUp(folder, async () => {});
    await giveUp(folder, each => each.moveTo(join(folder, 'no', 'such', 'folder')));
    assertHolds(folder);
  });

  it('is offered only where there is sound, in a file', async test => {
    const folder = scratch(test);
    const offered: LostSound[] = [];
    const context = contextOf({ onLost: async sound => void offered.push(sound) });
    const silent = createWavSink(await openFileTarget(join(folder, 'a.wav'), context), context);
    await silent.abort(reason);
    const subtitles = createSrtSink(await openFileTarget(join(folder, 'a.srt'), context), context);
    await subtitles.write(audio(SOUND));
    await subtitles.abort(reason);
    const stdout = new Writable({ write: (_chunk, _encoding, done) => done() });
    const streamed = createRawSink(await openStreamTarget(stdout), context);
    await streamed.write(audio(SOUND));
    await streamed.abort(reason);
    const whole = createRawSink(await openFileTarget(join(folder, 'a.raw'), context), context);
    await whole.write(audio(SOUND));
    await whole.close();
    await whole.abort(reason);
    assert.deepEqual(offered, []);
    assertHolds(folder, 'a.raw');
  });
});
