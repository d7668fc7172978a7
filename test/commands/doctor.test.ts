/** `aloud doctor`: a line for each thing looked at, and no claim beyond that. */
import assert from 'node:assert/strict';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { describe, it } from 'node:test';
import { Command } from 'commander';
import type { DoctorOptions } from '../../src/commands/doctor.ts';
import { doctor, type Probes, register } from '../../src/commands/doctor.ts';
import { playSilence, sayOneWord } from '../../src/commands/doctor-machine.ts';
import { greetService } from '../../src/commands/doctor-service.ts';
import { Failure } from '../../src/errors.ts';
import type { FlagValues } from '../../src/settings/layer.ts';
import { ownFolder } from '../support/folder.ts';
import type { FakeHostOptions } from '../support/host.ts';
import { fakeHost } from '../support/host.ts';
import { script } from '../support/programs.ts';
import { scriptedServer } from '../support/scripted-server.ts';

const signal = new AbortController().signal;

/** A machine on which everything works, and which nobody is asked from. */
const PROBES: Probes = {
  greet: async () => ({ tookMs: 12, requestId: 'req-1', answeredAt: new Date() }),
  speak: async () => ({ version: '1', seconds: 0.5, tookMs: 100 }),
  play: async () => {},
};

async function stage(test: TestContext) {
  const folder = await ownFolder(test);
  const examine = async (
    env: Record<string, string> = {},
    flags: FlagValues = {},
    more: FakeHostOptions & { readonly probes?: Partial<Probes> } = {},
  ) => {
    const host = fakeHost({ cwd: folder.path, env: { HOME: folder.path, TMPDIR: folder.path, ...env }, ...more });
    await doctor({ json: true, flags }, host, signal, { ...PROBES, ...more.probes });
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
    assert.equal(find('cartesia network'), undefined);
    assert.equal(find('clock').status, 'skip');
  });

  it('prints a line for each check', async () => {
    const host = fakeHost({ cwd: '/', env: { HOME: '/', CARTESIA_API_KEY: 'sk' } });
    await doctor({ json: false, flags: {} }, host, signal, PROBES);
    for (const line of host.shown.stdout.trimEnd().split('\n')) assert.match(line, /^(ok {2}|warn|fail|skip) {2}\w/);
    assert.match(host.shown.stdout, /^ok {4}cartesia network +connected in 12 ms, key accepted, request id req-1/m);
  });

  it('says where a key is from, and never the key (L10)', async test => {
    const { examine, write } = await stage(test);
    const { host, find } = await examine({ CARTESIA_API_KEY: 'sk_canary' });
    assert.equal(find('cartesia key').detail, 'a key is there (env CARTESIA_API_KEY)');
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
    assert.equal(found.find('sound: aplay').detail, `played silence (${join(path, 'bin/aplay')})`);
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
    const keyless = await examine({ HTTPS_PROXY: 'http://me:canary@proxy:3128' });
    assert.equal(keyless.find('proxy').detail, 'http://proxy:3128 for api.cartesia.ai');
    const unused = await examine({ HTTPS_PROXY: 'socks5://me:canary@proxy' });
    assert.deepEqual([unused.find('proxy').status, unused.ok], ['warn', true]);
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

  it('greets every service that there is a key for; one that is not in force may fail', async test => {
    const { examine } = await stage(test);
    const env = { CARTESIA_API_KEY: 'sk_canary', SLNG_API_KEY: 'sk_canary' };
    const asked: string[] = [];
    const greet: Probes['greet'] = async (name, { values }) => {
      asked.push(`${name} ${values.provider}`);
      throw new Failure('auth', `${name} refused the connection (401)`, { hint: 'check the key' });
    };
    const { host, find } = await examine(env, {}, { probes: { greet } });
    assert.deepEqual(asked, ['cartesia cartesia', 'slng slng']);
    assert.deepEqual([find('cartesia network').status, find('slng network').status], ['fail', 'warn']);
    assert.equal(find('cartesia network').next, 'check the key');
    assert.equal(host.exitCode, 3);
    const idle = await examine(env, { provider: 'local' }, { probes: { greet } });
    assert.equal(idle.host.exitCode, 0);
  });

  it('opens a socket to the service and closes it, and sends nothing', async test => {
    const { examine } = await stage(test);
    // The header after it goes along.
    await using server = await scriptedServer({ requestId: `req-of-theirs\r\nDate: ${new Date().toUTCString()}` });
    const flags = { provider: 'cartesia', baseUrl: server.url.origin.replace('http', 'ws') };
    const { greet: _fake, ...others } = PROBES;
    const host = fakeHost({ cwd: '/', env: { HOME: '/', CARTESIA_API_KEY: 'sk_canary' } });
    await doctor({ json: true, flags }, host, signal, { ...others, greet: greetService });
    assert.match(host.shown.stdout, /connected in \d+ ms, key accepted, request id req-of-theirs/);
    assert.match(host.shown.stdout, /within \d s of the service's/);
    const [peer] = server.peers;
    assert.deepEqual([server.peers.length, peer?.said, (await peer?.closed)?.code], [1, [], 1000]);
    const { host: gone } = await examine(
      { CARTESIA_API_KEY: 'k' },
      { ...flags, baseUrl: 'ws://127.0.0.1:1' },
      { probes: { greet: greetService } },
    );
    assert.equal(gone.exitCode, 4);
  });

  it('warns of a clock that is off by more than a minute', async test => {
    const { examine } = await stage(test);
    for (const [off, said] of [
      [-300_000, /^30\d s ahead of/],
      [300_000, /^(299|300) s behind/],
    ] as const) {
      const greet = async () => ({ tookMs: 1, answeredAt: new Date(Date.now() + off) });
      const { find } = await examine({ CARTESIA_API_KEY: 'k' }, {}, { probes: { greet } });
      assert.equal(find('clock').status, 'warn');
      assert.match(find('clock').detail, said);
    }
  });

  it('says which certificates of its own it was given, or that they cannot be read', async test => {
    const { examine, write, path } = await stage(test);
    const good = await write('ca.pem', '-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n');
    const of = async (file: string) => (await examine({ NODE_EXTRA_CA_CERTS: file })).find('certificates');
    assert.match((await of(good)).detail, /and 1 in .*ca\.pem/);
    assert.equal((await of(await write('none.pem', 'nothing'))).status, 'warn');
    assert.equal((await of(join(path, 'missing'))).status, 'warn');
  });

  it('runs the engine for real, and fails when it is to speak and cannot', async test => {
    const { seconds } = await sayOneWord(signal);
    assert.ok(seconds > 0.2);
    const { examine } = await stage(test);
    const speak = async () => {
      throw new Failure('config', 'the built-in voice is not installed');
    };
    assert.equal((await examine({}, {}, { probes: { speak } })).host.exitCode, 3);
    assert.equal((await examine({ SLNG_API_KEY: 'k' }, {}, { probes: { speak } })).host.exitCode, 0);
  });

  it('opens each player for real and believes what it says', async test => {
    const { examine, path } = await stage(test);
    await script(join(path, 'bin'), 'pacat', 'exec /bin/cat > /dev/null');
    await script(join(path, 'bin'), 'aplay', 'echo no such device >&2; exit 1');
    const play = { probes: { play: playSilence } };
    const { find, host } = await examine({ PATH: join(path, 'bin') }, {}, play);
    assert.match(find('sound: pacat').detail, /^played silence/);
    assert.equal(find('sound: aplay').status, 'skip');
    assert.match(find('sound: aplay').detail, /no such device/);
    assert.equal(host.exitCode, 0);
    await script(join(path, 'late'), 'pacat', '/bin/cat > /dev/null; /bin/sleep 0.5; echo gone wrong >&2; exit 1');
    const late = await examine({ PATH: join(path, 'late') }, {}, play);
    assert.match(late.find('sound: pacat').detail, /gone wrong/);
    const named = await examine({ PATH: join(path, 'bin') }, { player: 'aplay' }, play);
    assert.equal(named.host.exitCode, 6);
  });

  it('keeps within a narrow terminal, breaking between words', async () => {
    for (const columns of [40, 60, 80]) {
      const host = fakeHost({ cwd: '/', env: { HOME: '/', SLNG_API_KEY: 'k' }, tty: { stdout: true }, columns });
      await doctor({ json: false, flags: { noColor: true } }, host, signal, PROBES);
      const lines = host.shown.stdout.trimEnd().split('\n');
      assert.deepEqual(
        lines.filter(line => line.length > columns && line.trim().includes(' ')),
        [],
      );
      assert.match(host.shown.stdout.replaceAll(/\s+/g, ' '), /not set:? (→ )?set CARTESIA_API_KEY to use cartesia/);
    }
  });
});
