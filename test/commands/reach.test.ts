/** From settings to a request: what is refused says where it is from, and what is odd is said. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { aloud } from '../support/cli.ts';
import { ownFolder } from '../support/folder.ts';

const say = (argv: readonly string[], options: Parameters<typeof aloud>[1] = {}) =>
  aloud(['say', 'hi', '--dry-run', ...argv], options);

describe('a setting that the built-in engine has no use for', () => {
  it('is refused with the file that it is in, or the variable', async test => {
    const folder = await ownFolder(test);
    await folder.write('aloud.config.yaml', 'emotion: happy\nprofiles: {m: {model: sonic-3}}\n');
    const options = { cwd: folder.path };
    const file = join(folder.path, 'aloud.config.yaml');
    const { code, stderr } = await say([], options);
    assert.equal(code, 2);
    assert.ok(stderr.includes(`aloud: the built-in engine cannot show emotion (emotion from ${file})\n`), stderr);
    assert.ok((await say(['--profile', 'm'], options)).stderr.includes(`(model from ${file} (profile m))\n`));
    const env = { ALOUD_VOICE: 'Katie', ALOUD_LANGUAGE: 'tlh' };
    assert.match((await say([], { env })).stderr, /no voice is called "Katie" \(voice from ALOUD_VOICE\)\n/);
    const language = { ALOUD_LANGUAGE: 'tlh' };
    assert.match((await say([], { env: language })).stderr, /speaks "tlh" \(language from ALOUD_LANGUAGE\)\n/);
  });

  it('as a flag needs no such word', async () => {
    assert.match((await say(['--emotion', 'happy'])).stderr, /cannot show emotion\n/);
    assert.match((await say(['-v', 'Katie'])).stderr, /no voice is called "Katie"\n/);
    assert.match((await say(['-m', 'sonic-3'])).stderr, /no model "sonic-3"\n/);
  });
});

describe('a voice and a language', () => {
  const shown = async (...argv: string[]) => {
    const { code, stdout, stderr } = await say(['--provider', 'local', ...argv]);
    assert.equal(code, 0, stderr);
    return { language: JSON.parse(stdout).language, stderr };
  };

  it('that do not go together are a warning', async () => {
    const { language, stderr } = await shown('-v', 'fr', '-l', 'en');
    assert.equal(language, 'en');
    assert.equal(stderr, 'warning: voice fr speaks fr, not en\n');
    for (const [voice = '', wanted = ''] of ['fr fr', 'en-us en', 'en-gb en-AU', 'cmn zh', 'cmn cmn', 'nb no'].map(
      pair => pair.split(' '),
    )) {
      assert.equal((await shown('-v', voice, '-l', wanted)).stderr, '', `${voice} ${wanted}`);
    }
  });

  it('of which only the base is spoken are told with --verbose', async () => {
    assert.deepEqual(await shown('-l', 'en-AU'), { language: 'en-AU', stderr: '' });
    const { language, stderr } = await shown('-l', 'en-AU', '--verbose');
    assert.equal(language, 'en-AU');
    assert.match(stderr, /^no built-in voice speaks en-AU as such: en-us does it$/m);
  });
});
