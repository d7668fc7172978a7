/** `aloud config`: parses what is typed, shows what is set, and never a key. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { describe, it } from 'node:test';
import { Command } from 'commander';
import type { ConfigOptions } from '../../src/commands/config.ts';
import { config, register } from '../../src/commands/config.ts';
import { addSettings, readFlags } from '../../src/commands/settings-options.ts';
import { SETTING_NAMES, SETTINGS } from '../../src/settings/index.ts';
import { failsWith, ownFolder } from '../support/folder.ts';
import { fakeHost } from '../support/host.ts';

const list: ConfigOptions = { action: 'list', origin: false, json: false, flags: {} };
const signal = new AbortController().signal;

async function parse(...argv: string[]): Promise<ConfigOptions | undefined> {
  let options: ConfigOptions | undefined;
  const program = new Command('aloud').exitOverride().configureOutput({ writeErr: () => {} });
  register(program, fakeHost(), signal, async given => {
    options = given;
  });
  await program.parseAsync(['config', ...argv], { from: 'user' });
  return options;
}

async function stage(test: TestContext, env: Record<string, string> = {}, content: unknown = {}) {
  const { path, write } = await ownFolder(test);
  await write('.config/aloud/config.json', content);
  return { path, host: fakeHost({ cwd: path, env: { HOME: path, ...env } }) };
}

describe('flags of settings', () => {
  const typed = (...argv: string[]) => {
    const command = addSettings(new Command().exitOverride().configureOutput({ writeErr: () => {} }));
    return readFlags(command.parse(argv, { from: 'user' }));
  };

  it('are what was typed, and nothing that was not', () => {
    assert.deepEqual(typed(), {});
    assert.deepEqual(typed('-v', 'Ann', '--sample-rate=8000', '--profile', 'p'), {
      voice: 'Ann',
      sampleRate: '8000',
      profile: 'p',
    });
  });

  it('turn on and off', () => {
    assert.deepEqual(typed('--phonemes'), { phonemes: true });
    assert.deepEqual(typed('--no-phonemes'), { phonemes: false });
    assert.deepEqual(typed('--no-color'), { noColor: true });
  });

  it('have a line of help for every setting that has a flag, and none takes a key', () => {
    const help = addSettings(new Command('x')).helpInformation();
    for (const name of SETTING_NAMES) {
      const { flag } = SETTINGS[name];
      if (flag !== undefined) assert.ok(help.includes(flag), flag);
    }
    assert.throws(() => typed('--api-key', 'sk'), /unknown option/);
    assert.throws(() => typed('--cartesia-api-key', 'sk'), /unknown option/);
  });
});

describe('aloud config', () => {
  it('parses its options', async () => {
    assert.deepEqual(await parse(), list);
    assert.deepEqual(await parse('--origin', '--json', '--voice', 'Ann'), {
      ...list,
      origin: true,
      json: true,
      flags: { voice: 'Ann' },
    });
    assert.deepEqual(await parse('path'), { ...list, action: 'path' });
    assert.deepEqual(await parse('path', '--json'), { ...list, action: 'path', json: true });
    await assert.rejects(parse('sett', 'voice', 'x'), failsWith('usage', /"sett" is no command/, /aloud config set\?/));
    await assert.rejects(parse('--orgin'), /Did you mean --origin/);
  });

  it('shows every setting with its value', async test => {
    const { host } = await stage(test, { ALOUD_VOICE: 'Ann' });
    await config(list, host);
    const lines = host.shown.stdout.trimEnd().split('\n');
    assert.equal(lines.length, SETTING_NAMES.length);
    assert.match(host.shown.stdout, /^sample_rate +24000$/m);
    assert.match(host.shown.stdout, /^voice +Ann$/m);
    assert.match(host.shown.stdout, /^model +not set$/m);
  });

  it('shows where each came from', async test => {
    const { host, path } = await stage(test, { ALOUD_SPEED: '1.2' }, { language: 'fr' });
    await config({ ...list, origin: true, flags: { voice: 'Ann' } }, host);
    assert.match(host.shown.stdout, /^voice +Ann +flag --voice$/m);
    assert.match(host.shown.stdout, /^speed +1\.2 +env ALOUD_SPEED$/m);
    assert.ok(host.shown.stdout.includes(`  ${join(path, '.config/aloud/config.json')}\n`));
    assert.match(host.shown.stdout, /^retries +2 +default$/m);
  });

  it('as JSON is one document with the same shape, whatever is set', async test => {
    const { host } = await stage(test, { CARTESIA_API_KEY: 'sk_canary' }, { voice: 'v', profiles: { p: {} } });
    await config({ ...list, json: true }, host);
    const { settings, profiles, profile, files } = JSON.parse(host.shown.stdout);
    assert.deepEqual(Object.keys(settings.voice), ['value', 'set', 'origin']);
    assert.deepEqual(settings.model, { value: null, set: false, origin: { layer: 'default' } });
    assert.deepEqual(settings.cartesia_api_key, {
      value: null,
      set: true,
      origin: { layer: 'env', name: 'CARTESIA_API_KEY' },
    });
    assert.deepEqual([profiles, profile, files.length], [['p'], null, 1]);
  });

  it('never shows a key (L10)', async test => {
    const env = { CARTESIA_API_KEY: 'canary1', CARTESIA_ACCESS_TOKEN: 'canary2' };
    for (const json of [true, false]) {
      const { host } = await stage(test, env, { slng_api_key: 'canary3' });
      await config({ ...list, json, origin: true }, host);
      assert.doesNotMatch(host.shown.stdout + host.shown.stderr, /canary/);
      if (!json) assert.match(host.shown.stdout, /^slng_api_key +set/m);
    }
  });

  it('fails as speaking would, and warns on stderr', async test => {
    const wrong = await stage(test, {}, { voise: 'x' });
    await assert.rejects(config(list, wrong.host), failsWith('config', /unknown setting voise/));
    assert.equal(wrong.host.shown.stdout, '');
    const odd = await stage(test, { ALOUD_VOCIE: 'x' });
    await config(list, odd.host);
    assert.match(odd.host.shown.stderr, /^warning: ALOUD_VOCIE is not a setting/);
  });

  it('path says where the file is, or why there is none', async test => {
    const { host, path } = await stage(test);
    await config({ ...list, action: 'path' }, host);
    assert.equal(host.shown.stdout, `${join(path, '.config/aloud/config.json')}\n`);
    const homeless = { ...fakeHost(), env: {}, home: undefined };
    await assert.rejects(config({ ...list, action: 'path' }, homeless), failsWith('config', /no home folder/));
  });
});

describe('the list of settings on a terminal', () => {
  it('puts where a value is from below it where there is no room beside it', async test => {
    const { path } = await ownFolder(test);
    const shown = async (columns: number) => {
      const host = fakeHost({ cwd: path, env: { HOME: path, NO_COLOR: '1' }, tty: { stdout: true }, columns });
      await config({ ...list, origin: true, flags: { voice: 'en-gb' } }, host);
      return host.shown.stdout;
    };
    assert.match(await shown(80), /^voice +en-gb +flag --voice$/m);
    const narrow = await shown(40);
    assert.match(narrow, /^voice +en-gb\n {4}flag --voice$/m);
    assert.ok(narrow.split('\n').every(line => line.length <= 40));
  });
});
