/** The command line while its input is still being written: a run that is over waits for no more of it. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { main } from '../src/cli.ts';
import type { OutputStream } from '../src/host.ts';
import { ended, start } from './support/cli.ts';
import { type FakeHostOptions, fakeHost } from './support/host.ts';
import { frames, type Script, scriptedServer } from './support/scripted-server.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aloud-input-'));
});
after(() => rm(folder, { recursive: true, force: true }));

/** More than is sent in one piece, so that speaking begins before the end of it. */
const TEXT = 'Hello, world. '.repeat(200);

/** Runs a command line whose input stays open; gives its exit code, and what it had let go of when it was over. */
async function withOpenInput(argv: readonly string[], options: FakeHostOptions = {}) {
  const stdin = new PassThrough();
  stdin.write(TEXT);
  const host = fakeHost({ cwd: folder, ...options, argv, stdin });
  const code = await main(host);
  return { code, released: stdin.destroyed, stderr: host.shown.stderr };
}

const key = { env: { CARTESIA_API_KEY: 'canary-0123456789' } };

async function withService(script: Script) {
  await using server = await scriptedServer(script);
  const service = ['--provider', 'cartesia', '--base-url', `ws://127.0.0.1:${server.url.port}`, '--retries', '0'];
  return await withOpenInput(['say', ...service, '-o', 'x.wav'], key);
}

/** A reader that went away. */
function closedPipe(): OutputStream {
  return new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
  });
}

describe('input that is still open is let go of', () => {
  it('when an output cannot be opened', async () => {
    const { code, released, stderr } = await withOpenInput(['say', '-o', 'nowhere/x.wav']);
    assert.deepEqual([code, released], [6, true], stderr);
  });

  it('when nobody listens at the address', async () => {
    const argv = ['say', '--provider', 'cartesia', '--base-url', 'ws://127.0.0.1:1', '--retries', '0', '-o', 'x.wav'];
    const { code, released, stderr } = await withOpenInput(argv, key);
    assert.deepEqual([code, released], [4, true], stderr);
  });

  it('when the service fails in the middle', async () => {
    const { code, released, stderr } = await withService({
      async serve(peer) {
        const { context_id: id } = await peer.next();
        peer.send(frames.chunk(String(id), Buffer.alloc(4800)));
        peer.send({ type: 'error', context_id: id, done: true, status_code: 500, title: 'Oh', message: 'no' });
      },
    });
    assert.deepEqual([code, released], [4, true], stderr);
  });

  it('when the reader of standard output has gone', async () => {
    const { code, released, stderr } = await withOpenInput(['say', '-o', '-'], { stdout: closedPipe() });
    assert.deepEqual([code, released], [0, true], stderr);
  });

  it('so that the process ends with a writer that never does', async () => {
    for (const argv of [
      ['say', '-o', 'nowhere/x.wav'],
      ['stream', '-o', 'nowhere/x.wav'],
    ]) {
      const stdio = ['pipe', 'pipe', 'pipe'] as const;
      const child = start(argv, { cwd: folder, env: { HOME: folder }, stdio: [...stdio], timeout: 20_000 });
      child.stdin?.write(TEXT);
      const { code, signal, stderr } = await ended(child);
      assert.deepEqual([code, signal], [6, null], stderr);
      child.stdin?.destroy();
    }
    assert.deepEqual(await readdir(folder), []);
  });
});
