/** `aloud completion`: the scripts it prints, the values it knows, and what is wrong to ask for. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { Command } from 'commander';
import { type CompletionOptions, completion, register, SHELLS } from '../../src/commands/completion.ts';
import { suggest } from '../../src/commands/completion-values.ts';
import { failsWith, ownFolder } from '../support/folder.ts';
import { fakeHost } from '../support/host.ts';

const SCRIPTS = join(import.meta.dirname, '../../completions');

async function parse(...argv: string[]): Promise<CompletionOptions | undefined> {
  let options: CompletionOptions | undefined;
  const program = new Command('aloud').exitOverride();
  register(program, fakeHost(), new AbortController().signal, async given => {
    options = given;
  });
  await program.parseAsync(['completion', ...argv], { from: 'user' });
  return options;
}

describe('aloud completion', () => {
  it('parses its options', async () => {
    assert.deepEqual(await parse('zsh'), { shell: 'zsh', words: [] });
    const words = ['aloud', 'say', '--voice', '-v'];
    assert.deepEqual(await parse('--values', 'voice', '--', ...words), { values: 'voice', words });
  });

  it('prints the script of each shell', async () => {
    for (const [shell, { file }] of Object.entries(SHELLS)) {
      const host = fakeHost();
      await completion({ shell, words: [] }, host);
      assert.equal(host.shown.stdout, await readFile(join(SCRIPTS, file), 'utf8'));
    }
  });

  it('fails for a shell that is none, and suggests one', async () => {
    const ask = (shell: string | undefined, ...words: string[]) =>
      completion({ words, ...(shell === undefined ? {} : { shell }) }, fakeHost());
    await assert.rejects(ask('zhs'), failsWith('usage', /no completions for "zhs"/, /did you mean zsh/));
    await assert.rejects(ask(undefined), failsWith('usage', /no shell is named/, /bash, zsh, fish, pwsh/));
    await assert.rejects(ask('bash', 'zsh'), failsWith('usage', /one shell/));
  });

  it('prints values a line each, without what a terminal would obey', async test => {
    const { path, write } = await ownFolder(test);
    await write('.config/aloud/config.json', { profiles: { 'a\u001b[31mb\nc': {} } });
    const host = fakeHost({ cwd: path });
    await completion({ values: 'profile', words: ['aloud'] }, host);
    assert.equal(host.shown.stdout, 'a[31mb c\t\n');
    await completion({ values: 'nothing-known', words: [] }, host);
    assert.equal(host.shown.stdout, 'a[31mb c\t\n');
  });

  it('says nothing at all where the settings cannot be read', async test => {
    const { path, write } = await ownFolder(test);
    await write('.aloudrc', 'a: [');
    assert.deepEqual(await suggest('voice', [], fakeHost({ cwd: path })), []);
  });

  it('knows which voices speak the language on the line, and who is asked', async () => {
    const host = fakeHost({ env: { ALOUD_LANGUAGE: 'de' } });
    const voices = async (...words: string[]) => (await suggest('voice', words, host)).map(({ value }) => value);
    assert.deepEqual(await voices(), ['de']);
    assert.deepEqual(await voices('--language=fr'), ['fr-be', 'fr-ch', 'fr']);
    assert.deepEqual(await voices('--language', 'fr', '--provider', 'slng'), []);
  });

  it('knows settings and what they may be', async () => {
    const host = fakeHost();
    const values = async (...words: string[]) => (await suggest('value', words, host)).map(({ value }) => value);
    assert.ok((await suggest('setting', [], host)).some(({ value }) => value === 'sample_rate'));
    assert.ok((await suggest('fault', [], host)).some(({ value }) => value === 'drop'));
    assert.deepEqual(await values('aloud', 'config', 'set', 'world_part'), ['ap', 'eu', 'na']);
    assert.deepEqual(await values('aloud', 'config', 'set', 'phonemes'), ['true', 'false']);
    assert.ok((await values('aloud', 'config', 'set', 'voice')).includes('en-us'));
    assert.deepEqual(await values('aloud', 'config', 'set', 'speed'), []);
  });
});
