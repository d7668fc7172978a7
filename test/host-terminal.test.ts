/** Colour, width and the spinner: decided per stream, by the terminal and the environment. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { FakeHostOptions } from './support/host.ts';
import { fakeHost } from './support/host.ts';

const both = { stdout: true, stderr: true };

async function colored(options: FakeHostOptions, stream: 'stdout' | 'stderr' = 'stdout'): Promise<boolean> {
  const { red } = await fakeHost(options).style(stream);
  return red('x') !== 'x';
}

describe('colour', () => {
  it('is for terminals, each stream by itself', async () => {
    assert.equal(await colored({ tty: both }), true);
    assert.equal(await colored({}), false);
    assert.equal(await colored({ tty: { stderr: true } }, 'stdout'), false);
    assert.equal(await colored({ tty: { stderr: true } }, 'stderr'), true);
  });

  it('is off with a non-empty NO_COLOR, TERM=dumb, --no-color or by setting', async () => {
    assert.equal(await colored({ tty: both, env: { NO_COLOR: '1' } }), false);
    assert.equal(await colored({ tty: both, env: { NO_COLOR: '' } }), true);
    assert.equal(await colored({ tty: both, env: { TERM: 'dumb' } }), false);
    assert.equal(await colored({ tty: both, argv: ['say', '--no-color', 'x'] }), false);
    assert.equal(await colored({ tty: both, argv: ['say', '--', '--no-color'] }), true);
    const host = fakeHost({ tty: both });
    host.configure({ color: false });
    assert.equal((await host.style('stdout')).bold('x'), 'x');
  });

  it('is on with FORCE_COLOR, unless that says 0 or something stronger says no', async () => {
    assert.equal(await colored({ env: { FORCE_COLOR: '1' } }), true);
    assert.equal(await colored({ env: { FORCE_COLOR: '1', TERM: 'dumb' } }), true);
    assert.equal(await colored({ tty: both, env: { FORCE_COLOR: '0' } }), false);
    assert.equal(await colored({ env: { FORCE_COLOR: '1', NO_COLOR: '1' } }), false);
    assert.equal(await colored({ env: { FORCE_COLOR: '1' }, argv: ['--no-color'] }), false);
  });
});

describe('the width', () => {
  it('is COLUMNS, else the terminal, else 80', () => {
    assert.equal(fakeHost({ tty: both, columns: 40, env: { COLUMNS: '120' } }).width('stdout'), 120);
    assert.equal(fakeHost({ tty: both, columns: 40, env: { COLUMNS: 'wide' } }).width('stderr'), 40);
    assert.equal(fakeHost({ tty: both, columns: 0 }).width('stderr'), 80);
    assert.equal(fakeHost({ env: { COLUMNS: '0' } }).width('stdout'), 80);
  });
});

/** Lets the spinner's package be loaded and the spinner be drawn. */
async function drawn(): Promise<void> {
  await import('ora');
  for (let turn = 0; turn < 5; turn++) await new Promise(resolve => setImmediate(resolve));
}

describe('progress', () => {
  it('spins on a terminal and leaves when stopped', async () => {
    const host = fakeHost({ tty: both });
    const progress = host.progress('first');
    progress.update('speaking\u001b[2J');
    await drawn();
    const shown = host.shown.stderr;
    assert.match(shown, /speaking\[2J/);
    progress.stop();
    progress.update('late');
    await drawn();
    assert.doesNotMatch(host.shown.stderr, /late/);
    assert.equal(host.shown.stdout, '');
  });

  const still: Record<string, [FakeHostOptions, object?]> = {
    'stderr is no terminal': [{ tty: { stdout: true } }],
    'TERM is dumb': [{ tty: both, env: { TERM: 'dumb' } }],
    'CI is set': [{ tty: both, env: { CI: 'true' } }],
    'quiet is asked for': [{ tty: both }, { quiet: true }],
    'JSON is asked for': [{ tty: both }, { json: true }],
  };
  for (const [reason, [options, presentation = {}]] of Object.entries(still)) {
    it(`does not move when ${reason}`, async () => {
      const host = fakeHost(options);
      host.configure(presentation);
      const progress = host.progress('speaking');
      await drawn();
      progress.stop();
      assert.equal(host.shown.stderr, '');
    });
  }

  it('is never shown when it is over before its package is loaded', async () => {
    const host = fakeHost({ tty: both });
    host.progress('first');
    host.progress('second').stop();
    await drawn();
    assert.equal(host.shown.stderr, '');
  });

  it('costs nothing to those who do not use it: its packages come when needed', () => {
    for (const file of ['host', 'host-terminal']) {
      const text = readFileSync(new URL(`../src/${file}.ts`, import.meta.url), 'utf8');
      assert.doesNotMatch(text, /^import [^;]*'(chalk|ora)'/m);
    }
  });
});

describe('what people are told', () => {
  const long = 'no key is set, so the built-in voice speaks; for another set a key';

  it('is wrapped between words on a terminal, and nowhere else', () => {
    const host = fakeHost({ tty: both, columns: 40 });
    host.note(long);
    assert.equal(host.shown.stderr, 'no key is set, so the built-in voice\n  speaks; for another set a key\n');
    const piped = fakeHost({});
    piped.note(long);
    assert.equal(piped.shown.stderr, `${long}\n`);
  });
});
