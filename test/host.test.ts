/** The host: what goes where, what is survived, and that nothing is opened or loaded before it is used. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { Readable, Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { systemClock } from '../src/host.ts';
import { failsWith } from './support/folder.ts';
import { fakeHost } from './support/host.ts';

const failing = (code: string) =>
  new Writable({ write: (_chunk, _encoding, done) => done(Object.assign(new Error(code), { code })) });

describe('the host', () => {
  it('writes for people on stderr and for programs on stdout', async () => {
    const host = fakeHost();
    host.note('a note');
    host.warn('careful');
    host.tell('\u001b[1mstyled\u001b[22m');
    host.verbose('unseen');
    host.debug('unseen');
    await host.print('data\n');
    assert.equal(host.shown.stderr, 'a note\nwarning: careful\n\u001b[1mstyled\u001b[22m\n');
    assert.equal(host.shown.stdout, 'data\n');
  });

  it('takes out what a terminal would obey, and keeps lines', () => {
    const host = fakeHost();
    host.note('a\u001b]0;title\u0007b\nc\u202ed');
    assert.equal(host.shown.stderr, 'a]0;titleb\ncd\n');
  });

  it('is as talkative as told: quiet keeps warnings, debug includes verbose', () => {
    const quiet = fakeHost();
    quiet.configure({ quiet: true });
    quiet.note('unseen');
    quiet.warn('seen');
    assert.equal(quiet.shown.stderr, 'warning: seen\n');
    const debug = fakeHost();
    debug.configure({ debug: true });
    debug.verbose('one');
    debug.debug('two');
    assert.equal(debug.shown.stderr, 'one\ntwo\n');
  });

  it('lets signals be heard until told otherwise', () => {
    const host = fakeHost();
    const heard: string[] = [];
    const end = host.onSignal(signal => heard.push(signal));
    for (const signal of ['SIGINT', 'SIGHUP', 'SIGTERM'] as const) host.signal(signal);
    end();
    host.signal('SIGINT');
    assert.deepEqual(heard, ['SIGINT', 'SIGHUP', 'SIGTERM']);
    assert.equal(host.listeners('SIGINT'), 0);
  });

  it('survives a stderr that is full or gone, and a stdout whose reader went away', async () => {
    const host = fakeHost({ stderr: failing('ENOSPC'), stdout: failing('EPIPE') });
    host.warn('one');
    host.warn('two');
    await host.print('x');
    await host.print('y');
  });

  it('fails with output when stdout cannot be written', async () => {
    const host = fakeHost({ stdout: failing('ENOSPC') });
    await assert.rejects(host.print('x'), failsWith('output', /^cannot write standard output: ENOSPC$/));
  });

  it('gives what was handed in', async () => {
    const host = fakeHost({ argv: ['say', 'x'], stdin: 'text', tty: { stdin: true }, columns: 40, version: '1.2.3' });
    assert.deepEqual(host.argv, ['say', 'x']);
    assert.equal(host.stdin.isTTY, true);
    assert.equal(Buffer.concat(await host.stdin.toArray()).toString(), 'text');
    assert.equal(host.version, '1.2.3');
    assert.equal(fakeHost({ stdin: Readable.from([]) }).stdin.isTTY, false);
  });

  it('has no home folder rather than a relative one (L6)', () => {
    assert.equal(fakeHost({ env: { HOME: '/h' } }).home, '/h');
    const other = fakeHost({ env: { HOME: 'relative' } }).home;
    assert.ok(other === undefined || other.startsWith('/'));
  });
});

describe('the clock', () => {
  it('fires once, not after being cleared, and not at once when far away', async () => {
    const fired: string[] = [];
    systemClock.after(2 ** 33, () => fired.push('far'))();
    const end = systemClock.after(2 ** 33, () => fired.push('far'));
    systemClock.after(0, () => fired.push('cleared'))();
    const before = systemClock.now();
    await new Promise<void>(resolve => systemClock.after(2, resolve));
    end();
    assert.deepEqual(fired, []);
    assert.ok(systemClock.now() > before);
  });
});

const SCRIPT = `
  const { createHost } = await import(${JSON.stringify(import.meta.resolve('../src/host.ts'))});
  const host = createHost(process, '0.0.0');
  host.warn('careful');
  let length = 0;
  for await (const chunk of host.stdin) length += chunk.length;
  host.tell('read ' + length);
  await host.print('x'.repeat(Number(process.argv[1])) + '\\n');
`;
const NODE = [process.execPath, '--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', SCRIPT];

describe('a process', () => {
  // What is closed at the start must not be some other file later on.
  for (const closed of ['<&-', '>&-', '2>&-', '<&- >&- 2>&-', '2>/dev/full', '</dev/null >/dev/null']) {
    it(`runs with ${closed} (O7)`, () => {
      const { status, stderr } = spawnSync('sh', ['-c', `"$@" 10 ${closed}`, 'sh', ...NODE], {
        encoding: 'utf8',
        input: 'abc',
      });
      assert.equal(status, 0, stderr);
      if (!closed.includes('2>')) assert.match(stderr, /^warning: careful\nread \d\n$/);
    });
  }

  it('says that stdout is full', () => {
    const { status, stderr } = spawnSync('sh', ['-c', '"$@" 10 >/dev/full', 'sh', ...NODE], {
      encoding: 'utf8',
      input: '',
    });
    assert.equal(status, 1);
    assert.match(stderr, /Failure: cannot write standard output/);
  });

  it('ends quietly when the reader of stdout goes away, and loses nothing to a slow one', () => {
    const run = (reader: string, bytes: number) =>
      spawnSync('bash', ['-c', `set -o pipefail; "$@" ${bytes} | ${reader}`, 'bash', ...NODE], {
        encoding: 'utf8',
        input: '',
      });
    const gone = run('head -c 1', 5_000_000);
    assert.equal(gone.status, 0, gone.stderr);
    assert.doesNotMatch(gone.stderr, /Error/);
    assert.equal(run('(sleep 0.3; wc -c)', 1_000_000).stdout.trim(), '1000001');
  });
});
