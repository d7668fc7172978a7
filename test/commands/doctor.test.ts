/** `aloud doctor`: a line for each thing looked at, and no claim beyond that. */
import assert from 'node:assert/strict';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { describe, it } from 'node:test';
import { Command } from 'commander';
import type { DoctorOptions } from '../../src/commands/doctor.ts';
import { doctor, register } from '../../src/commands/doctor.ts';
import type { FlagValues } from '../../src/settings/layer.ts';
import { ownFolder } from '../support/folder.ts';
import type { FakeHostOptions } from '../support/host.ts';
import { fakeHost } from '../support/host.ts';

const signal = new AbortController().signal;

async function stage(test: TestContext) {
  const folder = await ownFolder(test);
  const examine = async (env: Record<string, string> = {}, flags: FlagValues = {}, more: FakeHostOptions = {}) => {
    const host = fakeHost({ cwd: folder.path, env: { HOME: folder.path, TMPDIR: folder.path, ...env }, ...more });
    await doctor({ json: true, flags }, host, signal);
    const { ok, checks } = JSON.parse(host.shown.stdout);
    const find = (name: string) => checks.find((check: { name: string }) => check.name === name);
    return { host, ok, checks, find };
  };
  return { ...folder, examine };
}

describe('aloud doctor', () => {
  it('parses its options', async () => {
    let options: DoctorOptions | undefined;
    const program = new Command('aloud').exitOverride();
    register(program, fakeHost(), signal, async given => {
      options = given;
    });
    await program.parseAsync(['doctor', '--json', '--provider', 'cartesia'], { from: 'user' });
    assert.deepEqual(options, { json: true, flags: { provider: 'cartesia' } });
  });

  it('finds a machine without keys or players fit to write files', async test => {
    const { examine } = await stage(test);
    const { host, ok, find } = await examine({ PATH: '' });
    assert.equal(ok, true);
    assert.equal(host.exitCode, 0);
    assert.equal(find('node').status, 'ok');
    assert.equal(find('provider').detail, 'local (default: no key is set)');
    assert.equal(find('cartesia key').status, 'skip');
    assert.match(find('cartesia key').next, /set CARTESIA_API_KEY/);
    assert.equal(find('temp folder').status, 'ok');
    assert.equal(find('network'), undefined);
  });

  it('prints a line for each check', async () => {
    const host = fakeHost({ cwd: '/', env: { HOME: '/', CARTESIA_API_KEY: 'sk' } });
    await doctor({ json: false, flags: {} }, host, signal);
    for (const line of host.shown.stdout.trimEnd().split('\n')) assert.match(line, /^(ok {2}|warn|fail|skip) {2}\w/);
    assert.match(host.shown.stdout, /^skip {2}network +not checked: doctor does not connect to api\.cartesia\.ai$/m);
  });

  it('says where a key is from, never the key, and not that it is valid (L10)', async test => {
    const { examine, write } = await stage(test);
    const { host, find } = await examine({ CARTESIA_API_KEY: 'sk_canary' });
    assert.equal(
      find('cartesia key').detail,
      'a key is there (env CARTESIA_API_KEY); whether it is valid is not checked',
    );
    const file = await write('key', 'sk_canary', 0o644);
    const shared = await examine({}, { provider: 'cartesia', apiKeyFile: file });
    assert.equal(shared.find('cartesia key').status, 'warn');
    assert.match(shared.find('cartesia key').next, /chmod 600/);
    for (const shown of [host.shown, shared.host.shown]) assert.doesNotMatch(shown.stdout + shown.stderr, /canary/);
  });

  it('fails with 3 for a key that is missing or none, and only warns of one that is not in force', async test => {
    const { examine } = await stage(test);
    const missing = await examine({}, { provider: 'cartesia' });
    assert.equal(missing.host.exitCode, 3);
    assert.equal(missing.find('cartesia key').status, 'fail');
    const broken = await examine({ CARTESIA_API_KEY: 'a canary' });
    assert.equal(broken.host.exitCode, 3);
    const idle = await examine({ CARTESIA_API_KEY: 'a canary' }, { provider: 'local' });
    assert.equal(idle.host.exitCode, 0);
    assert.equal(idle.find('cartesia key').status, 'warn');
    assert.doesNotMatch(broken.host.shown.stdout + idle.host.shown.stdout, /canary/);
  });

  it('fails with 3 and goes on when the settings cannot be read', async test => {
    const { examine, write } = await stage(test);
    await write('.aloudrc', 'player: aplay');
    const { host, ok, find } = await examine();
    assert.equal(ok, false);
    assert.equal(host.exitCode, 3);
    assert.match(find('settings').detail, /player in .*\.aloudrc is not allowed in a project's file/);
    assert.equal(find('credentials').status, 'skip');
    assert.equal(find('temp folder').status, 'ok');
  });

  it('fails with 2 for a flag that is wrong', async test => {
    const { examine } = await stage(test);
    assert.equal((await examine({}, { provider: 'nobody' })).host.exitCode, 2);
  });

  it('finds players on the absolute entries of PATH only (S6)', async test => {
    const { examine, write, path } = await stage(test);
    await chmod(await write('bin/aplay', '#!/bin/sh\n', 0o700), 0o700);
    const found = await examine({ PATH: `.::${join(path, 'bin')}` });
    assert.ok(found.find('sound').detail.includes(`aplay (${join(path, 'bin/aplay')})`));
    assert.match(found.find('sound').detail, /nothing was played$/);
    const none = await examine({ PATH: 'bin:.', ALOUD_PLAYER: 'aplay' });
    assert.equal(none.find('sound').status, 'fail');
    assert.equal(none.host.exitCode, 6);
    assert.equal((await examine({ ALOUD_PLAYER: 'none' })).find('sound').status, 'skip');
  });

  it('names the proxy without its password, and a wrong one not at all', async test => {
    const { examine } = await stage(test);
    const env = { CARTESIA_API_KEY: 'k', HTTPS_PROXY: 'http://me:canary@proxy:3128' };
    const { host, find } = await examine(env);
    assert.equal(find('proxy').detail, 'http://proxy:3128 for api.cartesia.ai');
    const wrong = await examine({ ...env, HTTPS_PROXY: 'socks5://me:canary@proxy' });
    assert.equal(wrong.find('proxy').status, 'fail');
    assert.doesNotMatch(host.shown.stdout + wrong.host.shown.stdout, /canary/);
  });

  it('warns of folders that cannot be written and of a runtime that is too old (L6)', async test => {
    const { examine, write } = await stage(test);
    const file = await write('file', '');
    const { find } = await examine({ TMPDIR: file, XDG_CACHE_HOME: join(file, 'x') });
    assert.equal(find('temp folder').status, 'warn');
    assert.match(find('temp folder').next, /TMPDIR/);
    const old = await examine({}, {}, { nodeVersion: '18.19.0' });
    assert.equal(old.find('node').status, 'fail');
  });
});
