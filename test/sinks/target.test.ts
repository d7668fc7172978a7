import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../../src/errors.ts';
import { isReaderGone, openFileTarget, openStreamTarget } from '../../src/sinks/target.ts';
import type { Clock } from '../../src/speech.ts';
import { manualClock } from '../support/clock.ts';
import { collect } from '../support/collect.ts';
import { assertHolds, missing, run, scratch } from './setting.ts';

const options = { clock: manualClock() };
const hello = Buffer.from('hello');
const isRoot = process.getuid?.() === 0;

async function put(path: string, bytes: Uint8Array = hello): Promise<void> {
  const target = await openFileTarget(path, options);
  await target.write(bytes);
  await target.commit();
}

describe('a file target', () => {
  it('appears whole, with nothing beside it', async test => {
    const folder = scratch(test);
    const path = join(folder, 'a.txt');
    const target = await openFileTarget(path, options);
    await target.write(hello);
    assert.ok(!existsSync(path));
    assert.equal(readdirSync(folder).length, 1);
    await target.commit();
    assert.equal(readFileSync(path, 'utf8'), 'hello');
    assertHolds(folder, 'a.txt');
    await target.discard();
    assertHolds(folder, 'a.txt');
  });

  it('that is discarded leaves the old file as it was (O5)', async test => {
    const folder = scratch(test);
    const path = join(folder, 'a.txt');
    writeFileSync(path, 'old');
    const target = await openFileTarget(path, options);
    await target.write(hello);
    await target.discard();
    await target.discard();
    await assert.rejects(target.write(hello), { kind: 'output' });
    assert.equal(readFileSync(path, 'utf8'), 'old');
    assertHolds(folder, 'a.txt');
  });

  it('gets the bytes in order however they are cut', async test => {
    const path = join(scratch(test), 'a.bin');
    const sizes = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 300_000 }));
    await fc.assert(
      fc.asyncProperty(fc.array(sizes, { maxLength: 30 }), fc.boolean(), async (lengths, isPaced) => {
        const chunks = lengths.map((length, index) => Buffer.alloc(length, index + 1));
        const target = await openFileTarget(path, options);
        for (const chunk of chunks) {
          await target.write(chunk);
          if (isPaced) await new Promise(resolve => setImmediate(resolve));
        }
        await target.commit();
        assert.equal(target.length, Buffer.concat(chunks).length);
        assert.ok(readFileSync(path).equals(Buffer.concat(chunks)));
      }),
      { numRuns: 40 },
    );
  });

  it('takes thousands of tiny chunks at once', async test => {
    const path = join(scratch(test), 'a.bin');
    const target = await openFileTarget(path, options);
    for (let index = 0; index < 5000; index += 1) void target.write(Buffer.from([index & 0xff]));
    await target.commit();
    assert.deepEqual([...readFileSync(path)].slice(4094, 4098), [254, 255, 0, 1]);
    assert.equal(statSync(path).size, 5000);
  });

  it('can be patched, and stretched in the middle', async test => {
    const path = join(scratch(test), 'a.bin');
    const bytes = Buffer.alloc(2_500_000);
    for (let index = 0; index < bytes.length; index += 4) bytes.writeUInt32LE(index, index);
    const target = await openFileTarget(path, options);
    await target.write(bytes);
    assert.ok(target.edit);
    await target.edit.insert(10, 36);
    await target.edit.patch(Buffer.alloc(36, 7), 10);
    await target.write(hello);
    await target.commit();
    const expected = Buffer.concat([bytes.subarray(0, 10), Buffer.alloc(36, 7), bytes.subarray(10), hello]);
    assert.ok(readFileSync(path).equals(expected));
  });

  it('keeps the permissions of the file it replaces, and else asks the umask', async test => {
    const folder = scratch(test);
    const old = join(folder, 'old');
    writeFileSync(old, 'x');
    chmodSync(old, 0o640);
    await put(old);
    assert.equal(statSync(old).mode & 0o777, 0o640);
    await put(join(folder, 'new'));
    assert.equal(statSync(join(folder, 'new')).mode & 0o777, 0o666 & ~process.umask());
  });

  it('is refused before anything is sent when it cannot be (O4)', async test => {
    const folder = scratch(test);
    writeFileSync(join(folder, 'file'), '');
    mkdirSync(join(folder, 'folder'));
    symlinkSync('circle', join(folder, 'circle'));
    const cases: [path: string, kind: string, message: RegExp][] = [
      ['-', 'usage', /not the name of a file/],
      [join(folder, '-'), 'usage', /not the name of a file/],
      ['', 'usage', /not the name of a file/],
      [join(folder, 'no', 'a.wav'), 'output', /the folder .*no does not exist$/],
      [join(folder, 'file', 'a.wav'), 'output', /not a folder$/],
      [join(folder, 'folder'), 'output', /it is a folder$/],
      [join(folder, 'missing/'), 'output', /it is a folder$/],
      [join(folder, 'circle'), 'output', /circle$/],
      [join(folder, 'a\0b'), 'output', /null bytes/],
      [join(folder, 'x'.repeat(300)), 'output', /name is too long$/],
    ];
    for (const [path, kind, message] of cases) {
      await assert.rejects(openFileTarget(path, options), error => {
        assert.ok(error instanceof Failure, `${path}: ${error}`);
        assert.equal(error.kind, kind, path);
        assert.match(error.message, message);
        return true;
      });
    }
    assertHolds(folder, 'circle', 'file', 'folder');
  });

  it('is refused where nothing may be written', { skip: isRoot && 'root may write anywhere' }, async test => {
    const folder = scratch(test);
    writeFileSync(join(folder, 'fixed'), 'old');
    chmodSync(join(folder, 'fixed'), 0o444);
    await assert.rejects(put(join(folder, 'fixed')), /permission is denied/);
    chmodSync(folder, 0o555);
    await assert.rejects(put(join(folder, 'a')), /permission is denied/);
    chmodSync(folder, 0o755);
    assertHolds(folder, 'fixed');
  });

  it('may have any name that the system takes', async test => {
    const folder = scratch(test);
    const names = ['x'.repeat(255), '👋'.repeat(63), '-.wav', ' ', '.hidden', 'a\nb', '%s$(x)'];
    for (const name of names) await put(join(folder, name));
    assertHolds(folder, ...names);
  });

  it('that exists is refused with noClobber, also when it appears meanwhile (O5)', async test => {
    const folder = scratch(test);
    const path = join(folder, 'a.wav');
    const target = await openFileTarget(path, { ...options, noClobber: true });
    await target.write(hello);
    writeFileSync(path, 'first');
    await assert.rejects(target.commit(), { kind: 'usage', exitCode: 2 });
    await assert.rejects(openFileTarget(path, { ...options, noClobber: true }), { kind: 'usage', exitCode: 2 });
    assert.equal(readFileSync(path, 'utf8'), 'first');
    assertHolds(folder, 'a.wav');
    const other = await openFileTarget(join(folder, 'b.wav'), { ...options, noClobber: true });
    await other.commit();
    assertHolds(folder, 'a.wav', 'b.wav');
  });

  it('written by two at once is one or the other, never a mixture (O5)', async test => {
    const folder = scratch(test);
    const path = join(folder, 'a.bin');
    const one = await openFileTarget(path, options);
    const two = await openFileTarget(path, options);
    for (let index = 0; index < 50; index += 1) {
      await one.write(Buffer.alloc(9999, 1));
      await two.write(Buffer.alloc(7777, 2));
    }
    await Promise.all([one.commit(), two.commit()]);
    const bytes = readFileSync(path);
    assert.ok(bytes.equals(Buffer.alloc(50 * 9999, 1)) || bytes.equals(Buffer.alloc(50 * 7777, 2)));
    assertHolds(folder, 'a.bin');
  });

  it('behind a link replaces what the link leads to; the link stays (O4)', async test => {
    const folder = scratch(test);
    mkdirSync(join(folder, 'real', 'deep'), { recursive: true });
    writeFileSync(join(folder, 'real', 'a'), 'old');
    symlinkSync('real/deep', join(folder, 'way'));
    symlinkSync('way/../a', join(folder, 'link'));
    symlinkSync('real/new', join(folder, 'dangling'));
    await put(join(folder, 'link'));
    await put(join(folder, 'dangling'));
    assert.equal(readlinkSync(join(folder, 'link')), 'way/../a');
    assert.equal(readFileSync(join(folder, 'real', 'a'), 'utf8'), 'hello');
    assertHolds(join(folder, 'real'), 'a', 'deep', 'new');
    assertHolds(folder, 'dangling', 'link', 'real', 'way');
  });

  it('in a folder that vanishes fails when it is to be placed, and not only then (O5)', async test => {
    const folder = scratch(test);
    mkdirSync(join(folder, 'sub'));
    const target = await openFileTarget(join(folder, 'sub', 'a'), options);
    await target.write(hello);
    run('rm', ['-r', join(folder, 'sub')]);
    await assert.rejects(target.commit(), { kind: 'output' });
    await target.discard();
  });

  it('larger than is allowed fails with how much was written, and leaves the old one (O3)', async test => {
    const folder = scratch(test);
    const path = join(folder, 'a.bin');
    writeFileSync(path, 'old');
    const script = `
      process.on('SIGXFSZ', () => {});
      const { openFileTarget } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/sinks/target.ts'))});
      const clock = { now: () => 0, after: (ms, callback) => { const timer = setTimeout(callback, ms); return () => clearTimeout(timer); } };
      const target = await openFileTarget(${JSON.stringify(path)}, { clock });
      try {
        for (let index = 0; index < 100; index += 1) await target.write(Buffer.alloc(10_000));
        await target.commit();
      } catch (error) {
        await target.discard();
        console.log(error.kind, error.message.replace(/.*: /, ''));
      }`;
    const command = `ulimit -f 200; exec ${process.execPath} --import tsx --input-type=module -e "$0"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', command, script]);
    assert.match(
      stdout.toString(),
      /^output the file would be larger than is allowed \(\d{6} bytes were written\)/,
      String(stderr),
    );
    assert.equal(readFileSync(path, 'utf8'), 'old');
    assertHolds(folder, 'a.bin');
  });

  it('that fails can be salvaged up to what was stored', { skip: missing('prlimit') }, async test => {
    const path = join(scratch(test), 'a.bin');
    const ignore = () => {};
    process.on('SIGXFSZ', ignore);
    const target = await openFileTarget(path, options);
    try {
      run('prlimit', ['--pid', String(process.pid), '--fsize=100000:unlimited']);
      const writes = async () => {
        for (let index = 0; index < 100; index += 1) await target.write(Buffer.alloc(10_000, 1));
        await target.edit?.flush();
      };
      await assert.rejects(writes(), /larger than is allowed \(100000 bytes were written\)$/);
      await assert.rejects(target.write(hello), /larger than is allowed/);
      assert.equal(await target.edit?.salvage(), 100_000);
      await target.edit?.truncate(50);
      await target.commit();
    } finally {
      run('prlimit', ['--pid', String(process.pid), '--fsize=unlimited:unlimited']);
      process.off('SIGXFSZ', ignore);
    }
    assert.equal(statSync(path).size, 50);
  });
});

describe('a device', () => {
  it('that takes everything is written as it is', async () => {
    for (const noClobber of [false, true]) {
      const target = await openFileTarget('/dev/null', { ...options, noClobber });
      assert.equal(target.edit, undefined);
      await target.write(hello);
      await target.commit();
      assert.ok(statSync('/dev/null').isCharacterDevice());
    }
  });

  it('that is full fails (O3)', { skip: !existsSync('/dev/full') && 'no /dev/full' }, async () => {
    const target = await openFileTarget('/dev/full', options);
    await target.write(hello);
    await assert.rejects(target.commit(), {
      kind: 'output',
      exitCode: 6,
      message: /no space is left.*\(0 bytes were written\)/,
    });
    await target.discard();
  });
});

describe('a path that stands for something open', () => {
  it('is not replaced but written behind what is there', {
    skip: !existsSync('/proc/self/fd') && 'no /proc',
  }, async test => {
    const path = join(scratch(test), 'a.txt');
    writeFileSync(path, 'first ');
    const { ino } = statSync(path);
    const fd = openSync(path, 'r+');
    symlinkSync(`/proc/self/fd/${fd}`, `${path}.link`);
    await put(`/dev/fd/${fd}`);
    await put(`${path}.link`);
    closeSync(fd);
    assert.equal(readFileSync(path, 'utf8'), 'first hellohello');
    assert.equal(statSync(path).ino, ino);
  });
});

describe('a named pipe (O4)', { skip: missing('mkfifo') }, () => {
  const clock: Clock = {
    now: () => 0,
    after(ms, callback) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
  };

  it('is written when somebody reads it, whole, and stays a pipe', async test => {
    const path = join(scratch(test), 'pipe');
    run('mkfifo', [path]);
    const opening = openFileTarget(path, { clock });
    const reader = spawn('cat', [path]);
    const read: Buffer[] = [];
    reader.stdout.on('data', chunk => read.push(chunk));
    const target = await opening;
    const bytes = Buffer.alloc(700_000, 'abc');
    for (let at = 0; at < bytes.length; at += 70_000) await target.write(bytes.subarray(at, at + 70_000));
    await target.commit();
    await once(reader, 'close');
    assert.ok(Buffer.concat(read).equals(bytes));
    assert.ok(statSync(path).isFIFO());
  });

  it('that nobody reads is waited for until the run is aborted', async test => {
    const path = join(scratch(test), 'pipe');
    run('mkfifo', [path]);
    const clock = manualClock();
    const controller = new AbortController();
    const opening = openFileTarget(path, { clock, signal: controller.signal });
    const outcome = assert.rejects(opening, error => error === controller.signal.reason);
    while (clock.pending === 0) await new Promise(resolve => setImmediate(resolve));
    controller.abort(new Error('enough'));
    await clock.advance(100);
    await outcome;
    assert.equal(clock.pending, 0);
  });

  it('whose reader goes away says so', async test => {
    const path = join(scratch(test), 'pipe');
    run('mkfifo', [path]);
    const opening = openFileTarget(path, { clock });
    const reader = spawn('head', ['-c', '10', path]);
    const target = await opening;
    await assert.rejects(async () => {
      for (;;) await target.write(Buffer.alloc(50_000));
    }, isReaderGone);
    await target.discard();
    if (reader.exitCode === null) await once(reader, 'exit');
  });
});

describe('standard output', () => {
  it('gets every byte, however slow its reader is (O2)', async () => {
    const stream = new PassThrough({ highWaterMark: 1000 });
    const target = await openStreamTarget(stream);
    const bytes = Buffer.alloc(4_000_000, 'abcdefg');
    let taken = 0;
    const writing = (async () => {
      for (let at = 0; at < bytes.length; at += 10_000) {
        await target.write(bytes.subarray(at, at + 10_000));
        taken = at;
      }
      await target.commit();
    })();
    for (let turn = 0; turn < 50; turn += 1) await new Promise(resolve => setImmediate(resolve));
    assert.ok(taken < 3_000_000, 'memory is bounded');
    const read: Buffer[] = [];
    stream.on('data', chunk => read.push(chunk));
    await writing;
    assert.ok(Buffer.concat(read).equals(bytes));
    assert.ok(!stream.writableEnded, 'it is not ours to end');
    assert.equal(stream.listenerCount('error') + stream.listenerCount('close'), 0);
  });

  it('keeps what its reader has not looked at yet', async () => {
    const stream = new PassThrough();
    const target = await openStreamTarget(stream);
    for (const piece of ['first ', 'second ', 'third']) {
      await target.write(Buffer.from(piece));
      // A batch of its own each.
      await new Promise(resolve => setImmediate(resolve));
    }
    await target.commit();
    stream.end();
    assert.equal(String(Buffer.concat(await collect(stream))), 'first second third');
  });

  it('whose reader went away is told from one that is broken (O1)', async () => {
    const code = (code: string) => Object.assign(new Error(code), { code });
    for (const [error, isGone] of [
      [code('EPIPE'), true],
      [code('ECONNRESET'), true],
      [code('EIO'), false],
    ] as const) {
      const stream = new Writable({ write: (_chunk, _encoding, done) => done(error) });
      const target = await openStreamTarget(stream);
      await target.write(hello);
      const failed = await target.commit().then(
        () => assert.fail('it must not succeed'),
        reason => reason,
      );
      assert.equal(isReaderGone(failed), isGone);
      assert.equal(failed.exitCode, isGone ? 0 : 6);
      await assert.rejects(target.write(hello));
      await target.discard();
    }
  });

  it('that was closed before, or closes while it is written, has no reader (O1)', async () => {
    const closed = new PassThrough();
    closed.destroy();
    const target = await openStreamTarget(closed);
    await target.write(hello);
    await assert.rejects(target.commit(), isReaderGone);
    const stuck = new Writable({ write() {} });
    const other = await openStreamTarget(stuck);
    await other.write(hello);
    const committing = other.commit();
    await new Promise(resolve => setImmediate(resolve));
    stuck.destroy();
    await assert.rejects(committing, isReaderGone);
  });

  it('is given up without waiting for its reader', async () => {
    const target = await openStreamTarget(new Writable({ write() {} }));
    await target.write(hello);
    const committing = assert.rejects(target.commit(), { kind: 'output' });
    await new Promise(resolve => setImmediate(resolve));
    await target.discard();
    await committing;
  });

  it('that is a file does not lose what a full disk did not take (O3)', async test => {
    const path = join(scratch(test), 'out.bin');
    const fd = openSync(path, 'w');
    const stream = Object.assign(new Writable({ write: () => assert.fail('not through the stream') }), { fd });
    const target = await openStreamTarget(stream);
    await target.write(hello);
    await target.commit();
    const again = await openStreamTarget(stream);
    await again.write(hello);
    await again.commit();
    closeSync(fd);
    assert.equal(readFileSync(path, 'utf8'), 'hellohello');
  });
});
