import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
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
