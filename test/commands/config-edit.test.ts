/** `aloud config set` and `unset`: what they take, what they say, and that a key is never on the command line. */
import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { aloud } from '../support/cli.ts';
import { ownFolder } from '../support/folder.ts';
import type { FakeHostOptions } from '../support/host.ts';

async function stage(test: TestContext) {
  const { path, write } = await ownFolder(test);
  const file = join(path, '.config/aloud/config.yaml');
  const run = (argv: string[], options: FakeHostOptions = {}) => aloud(['config', ...argv], { cwd: path, ...options });
  return { path, file, write, run, read: () => readFile(file, 'utf8') };
}

describe('aloud config set', () => {
  it('sets what aloud config then shows', async test => {
    const { run, read, file } = await stage(test);
    const { code, stdout, stderr } = await run(['set', 'sample-rate', '16000']);
    assert.deepEqual([code, stdout, stderr], [0, '', `sample_rate is 16000 (${file})\n`]);
    await run(['set', 'phonemes', 'yes']);
    await run(['set', 'region', 'eu-west,us-east']);
    await run(['set', 'voice', 'en-gb', '--profile', 'narrator']);
    assert.equal(
      await read(),
      'sample_rate: 16000\nphonemes: true\nregion:\n  - eu-west\n  - us-east\nprofiles:\n  narrator:\n    voice: en-gb\n',
    );
    const shown = await run(['--profile', 'narrator', '--json']);
    const { settings } = JSON.parse(shown.stdout);
    assert.deepEqual(
      [settings.sample_rate.value, settings.phonemes.value, settings.voice.value, settings.region.value],
      [16000, true, 'en-gb', ['eu-west', 'us-east']],
    );
  });

  it('keeps a path as it was meant where it was typed', async test => {
    const { run, read, path } = await stage(test);
    await run(['set', 'api_key_file', 'key.txt']);
    assert.equal(await read(), `api_key_file: ${join(path, 'key.txt')}\n`);
  });

  it('refuses what the setting cannot be, with what was meant', async test => {
    const { run } = await stage(test);
    for (const [argv, message] of [
      [['set', 'voise', 'x'], /there is no setting "voise"\n {2}did you mean voice\?/],
      [['set', 'player', 'aplya'], /player must be one of .*\n {2}did you mean aplay\?/],
      [['set', 'speed', '9'], /speed must be a number from 0\.6 to 1\.5.* not "9"/],
      [['set', 'voice'], /there is no value for voice/],
      [['set', 'cartesia_access_token', 'x'], /there is no setting/],
      [['set', 'voice', 'x', '--from-file', 'f'], /--from-file is for keys/],
      [['set', 'voice', 'x', '--profile', ' '], /name of a profile/],
      [['unset', 'voise'], /did you mean voice\?/],
      [['set'], /missing required argument 'setting'/],
    ] as const) {
      const { code, stderr, stdout } = await run([...argv]);
      assert.deepEqual([code, stdout], [2, ''], argv.join(' '));
      assert.match(stderr, message);
    }
  });

  it('takes a key from standard input or a file, never from the command line', async test => {
    const { run, read, write, file } = await stage(test);
    const typed = await run(['set', 'cartesia_api_key', 'sk_canary']);
    assert.equal(typed.code, 2);
    assert.match(typed.stderr, /not taken from the command line/);
    const piped = await run(['set', 'cartesia_api_key'], { stdin: 'sk_canary\n' });
    assert.deepEqual([piped.code, piped.stderr], [0, `cartesia_api_key is set (${file})\n`]);
    assert.equal(await read(), 'cartesia_api_key: sk_canary\n');
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    await write('key.txt', 'sk_canary_2\n');
    const fromFile = await run(['set', 'slng_api_key', '--from-file', 'key.txt'], { cwd: join(file, '../../..') });
    assert.equal(fromFile.code, 3, 'a relative name is relative to where the process is');
    const absolute = await run(['set', 'slng_api_key', '--from-file', join(file, '../../../key.txt'), '--json']);
    assert.deepEqual(JSON.parse(absolute.stdout), {
      path: file,
      setting: 'slng_api_key',
      profile: null,
      changed: true,
    });
    assert.match(await read(), /slng_api_key: sk_canary_2/);
    for (const { stdout, stderr } of [typed, piped, fromFile, absolute]) assert.doesNotMatch(stdout + stderr, /canary/);
  });

  it('takes nothing for a key that cannot be one, and does not wait at a terminal', async test => {
    const { run } = await stage(test);
    for (const stdin of ['', 'two words', '"quoted"', 'x'.repeat(20_000)]) {
      assert.equal((await run(['set', 'slng_api_key'], { stdin })).code, 3);
    }
    assert.equal((await run(['set', 'slng_api_key'], { tty: { stdin: true } })).code, 2);
  });

  it('says when something stronger stands in front', async test => {
    const { run } = await stage(test);
    const { stderr } = await run(['set', 'voice', 'x'], { env: { ALOUD_VOICE: 'y' } });
    assert.match(stderr, /^warning: ALOUD_VOICE is set in the environment, and that is stronger$/m);
  });
});

describe('aloud config unset', () => {
  it('takes a setting out, also one that is none and keeps everything from running', async test => {
    const { run, read, write } = await stage(test);
    await write('.config/aloud/config.yaml', '# mine\nvoice: x\nvoise: y\n');
    assert.equal((await run([])).code, 3);
    assert.match((await run(['unset', 'voise'])).stderr, /^voise is not set any more/);
    assert.equal((await run([])).code, 0);
    await run(['unset', 'voice']);
    assert.equal(await read(), '# mine\n');
    const again = await run(['unset', 'voice']);
    assert.deepEqual([again.code, /voice was not set/.test(again.stderr)], [0, true]);
    assert.equal((await run(['--json'])).code, 0);
  });
});
