/** One system call after another fails once under the writer of a file (O10). */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { assertHolds, missing, scratch } from './setting.ts';

const source = join(import.meta.dirname, '../../src/sinks');

/** Writes a WAV that has to make room for large sizes, and says how that ended. */
const script = `
const [path] = process.argv.slice(2);
const { openFileTarget } = await import(${JSON.stringify(join(source, 'target.ts'))});
const { createWavSink } = await import(${JSON.stringify(join(source, 'wav.ts'))});
const format = { encoding: 'pcm_s16le', sampleRate: 24000 };
const context = { request: { format, timestamps: ['word'] }, clock: { now: () => 0, after: () => () => {} } };
let sink;
try {
  const target = await openFileTarget(path, context);
  sink = createWavSink(target, context, 500_000);
  for (let index = 0; index < 500; index += 1) await sink.write({ type: 'audio', chunk: Buffer.alloc(10_000, index) });
  await sink.write({ type: 'timestamps', granularity: 'word', spans: [{ text: 'a', start: 0, end: 1 }] });
  await sink.close();
  console.log('done');
} catch (error) {
  await sink?.abort(error);
  console.log(error.kind, error.message.replace(/.*: /, ''));
}`;

describe('when a call to the system fails once (O10)', { skip: missing('strace') }, () => {
  const cases: [call: string, error: string, when: number, said: RegExp][] = [
    ['pwritev', 'ENOSPC', 1, /^output no space is left on the device \(0 bytes/],
    ['pwritev', 'EIO', 3, /^output the device reported an error \(\d+ bytes/],
    ['pwrite64', 'EDQUOT', 1, /^output the disk quota is used up/],
    ['fsync', 'EIO', 1, /^output the device reported an error/],
    ['rename', 'EBUSY', 1, /^output something else is using it/],
    ['fchmod', 'EPERM', 1, /^done/],
    ['fsync', 'EINVAL', 1, /^done/],
  ];

  for (const [call, error, when, said] of cases) {
    it(`${call} with ${error}, time ${when}`, test => {
      const folder = scratch(test);
      const program = join(folder, 'program.mts');
      const path = join(folder, 'a.wav');
      writeFileSync(program, script);
      writeFileSync(path, 'old');
      const inject = `inject=${call}:error=${error}:when=${when}`;
      const args = ['-f', '--seccomp-bpf', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject];
      // strace counts by thread, so there is to be one.
      const env = { ...process.env, UV_THREADPOOL_SIZE: '1' };
      const command = [process.execPath, '--import', 'tsx', program, path];
      const { stdout, stderr } = spawnSync('strace', [...args, ...command], { env });
      assert.match(stdout.toString(), said, String(stderr));
      const isDone = said.source === '^done';
      assert.equal(readFileSync(path).toString('latin1', 0, 4), isDone ? 'RF64' : 'old');
      assertHolds(folder, 'a.wav', 'program.mts');
    });
  }
});
