/** Changing one setting in the user's file: nothing else changes, nothing is half written, no key is left open. */
import assert from 'node:assert/strict';
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { type Edit, editUserFile } from '../../src/settings/edit.ts';
import { failsWith, ownFolder } from '../support/folder.ts';
import { fakeHost } from '../support/host.ts';

async function stage(test: TestContext, name = 'config.yaml', before?: string, mode = 0o644) {
  const { path, write } = await ownFolder(test);
  const file = join(path, '.config/aloud', name);
  if (before !== undefined) await write(`.config/aloud/${name}`, before, mode);
  const host = fakeHost({ cwd: path });
  const edit = (change: Edit) => editUserFile(change, host);
  const read = () => readFile(file, 'utf8');
  const modeOf = async () => (await stat(file)).mode & 0o777;
  return { path, file, write, edit, read, modeOf };
}

const COMMENTED = `# my settings

voice: en-gb  # the one I like
# slower, for old ears
speed: 0.9
profiles:
  # for the radio
  news: { language: de } # German
`;

describe('the user file', () => {
  it('keeps every comment when a YAML file is changed', async test => {
    const { edit, read } = await stage(test, 'config.yaml', COMMENTED);
    assert.equal((await edit({ key: 'voice', value: 'en-us' })).changed, true);
    assert.equal(await read(), COMMENTED.replace('en-gb  #', 'en-us #'));
    await edit({ key: 'voice', value: 'de', profile: 'news' });
    await edit({ key: 'speed', value: undefined });
    const text = await read();
    for (const said of ['# my settings', '# the one I like', '# for the radio', '# German'])
      assert.ok(text.includes(said));
    assert.match(text, /news: \{ language: de, voice: de \}/);
    assert.doesNotMatch(text, /speed/);
  });

  it('is made where there is none, with its folder, for nobody else', async test => {
    const { edit, read, modeOf, file } = await stage(test);
    await edit({ key: 'sample_rate', value: 16000, profile: 'phone' });
    assert.equal(await read(), 'profiles:\n  phone:\n    sample_rate: 16000\n');
    assert.equal(await modeOf(), 0o600);
    assert.equal((await stat(dirname(file))).mode & 0o777, 0o700);
  });

  it('is its owner’s alone as soon as it holds a key, and otherwise stays as open as it was', async test => {
    const { edit, modeOf, file } = await stage(test, 'config.yaml', COMMENTED);
    await edit({ key: 'voice', value: 'x' });
    assert.equal(await modeOf(), 0o644);
    await edit({ key: 'slng_api_key', value: 'sk', profile: 'news' });
    assert.equal(await modeOf(), 0o600);
    await chmod(file, 0o640);
    await edit({ key: 'voice', value: 'y' });
    assert.equal(await modeOf(), 0o600);
  });

  it('may be JSON, which keeps its order and its indentation', async test => {
    const { edit, read } = await stage(test, 'config.json', '{\n\t"voice": "a",\n\t"speed": 1\n}\n');
    await edit({ key: 'voice', value: 'b' });
    await edit({ key: 'language', value: 'fr', profile: '__proto__' });
    assert.equal(
      await read(),
      '{\n\t"voice": "b",\n\t"speed": 1,\n\t"profiles": {\n\t\t"__proto__": {\n\t\t\t"language": "fr"\n\t\t}\n\t}\n}\n',
    );
    assert.equal(Object.hasOwn(Object.prototype, 'language'), false);
    await edit({ key: 'voice', value: undefined });
    assert.deepEqual(Object.keys(JSON.parse(await read())), ['speed', 'profiles']);
  });

  it('keeps the spelling of a key that is there', async test => {
    const { edit, read } = await stage(test, 'config.yaml', 'sample-rate: 8000\n');
    await edit({ key: 'sample_rate', value: 16000 });
    assert.equal(await read(), 'sample-rate: 16000\n');
  });

  it('may be empty, or nothing but comments', async test => {
    for (const before of ['', '# to be filled in\n', 'profiles:\n', '---\n']) {
      const { edit, read } = await stage(test, 'config.yaml', before);
      await edit({ key: 'voice', value: 'v', profile: 'p' });
      const text = await read();
      assert.match(text, /^profiles:\n {2}p:\n {4}voice: v\n/m);
      if (before.startsWith('#')) assert.match(text, /^# to be filled in\n/);
    }
  });

  it('is not touched when nothing changes, or when it cannot be understood', async test => {
    const { edit, read } = await stage(test, 'config.yaml', COMMENTED);
    assert.equal((await edit({ key: 'language', value: undefined })).changed, false);
    assert.equal((await edit({ key: 'voice', value: undefined, profile: 'none' })).changed, false);
    assert.equal(await read(), COMMENTED);
    for (const [name, broken] of [
      ['config.yaml', 'cartesia_api_key: [canary\n'],
      ['config.json', '{"cartesia_api_key": "canary'],
      ['config.yaml', '- canary\n'],
      ['config.yaml', 'profiles: canary\n'],
    ] as const) {
      const { edit: change, read: again, file } = await stage(test, name, broken);
      await assert.rejects(change({ key: 'voice', value: 'v', profile: 'p' }), (error: Error) => {
        assert.doesNotMatch(`${error.message} ${String(error.cause)}`, /canary/);
        return failsWith('config', /is not/)(error);
      });
      assert.equal(await again(), broken);
      assert.equal((await readdir(dirname(file))).length, 1);
    }
  });

  it('never has rate and speed in one place', async test => {
    const { edit, read } = await stage(test, 'config.yaml', COMMENTED);
    await assert.rejects(edit({ key: 'rate', value: 200 }), failsWith('usage', /exclude/, /unset speed/));
    await edit({ key: 'rate', value: 200, profile: 'news' });
    assert.match(await read(), /language: de, rate: 200/);
  });

  it('may be a link to a file elsewhere, and stays one', async test => {
    const { edit, file, write, path } = await stage(test);
    const real = await write('dotfiles/aloud.yaml', 'voice: a\n');
    await mkdir(dirname(file), { recursive: true });
    await symlink(real, file);
    await edit({ key: 'voice', value: 'b' });
    assert.equal(await readFile(real, 'utf8'), 'voice: b\n');
    assert.ok((await lstat(file)).isSymbolicLink());
    assert.deepEqual(await readdir(join(path, 'dotfiles')), ['aloud.yaml']);
  });

  it('needs a home, and says what keeps it from being written', async test => {
    const homeless = { ...fakeHost(), env: {}, home: undefined };
    await assert.rejects(editUserFile({ key: 'voice', value: 'v' }, homeless), failsWith('config', /no home folder/));
    const { edit, write } = await stage(test);
    await write('.config/aloud', 'a file');
    await assert.rejects(edit({ key: 'voice', value: 'v' }), failsWith('config', /^cannot write .*config\.yaml/));
  });

  it('leaves nothing beside it when it cannot be replaced', async test => {
    const { edit, file } = await stage(test);
    await mkdir(file, { recursive: true });
    await assert.rejects(edit({ key: 'voice', value: 'v' }), failsWith('config', /^cannot write/));
    assert.deepEqual(await readdir(dirname(file)), ['config.yaml']);
  });

  it('holds whatever was set last, in any order of changes', async test => {
    const { edit, read, path } = await stage(test, 'config.json', '{}');
    const key = fc.constantFrom('voice', 'model', 'emotion');
    const profile = fc.option(fc.constantFrom('a', 'b c', 'constructor'), { nil: undefined });
    const value = fc.option(fc.string({ minLength: 1 }), { nil: undefined });
    const steps = fc.array(fc.record({ key, profile, value }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(steps, async changes => {
        const { write } = {
          write: (text: string) =>
            import('node:fs/promises').then(fs => fs.writeFile(join(path, '.config/aloud/config.json'), text)),
        };
        await write('{}');
        const expected = new Map<string, string>();
        for (const { profile: inside, ...change } of changes) {
          await edit({ ...change, ...(inside === undefined ? {} : { profile: inside }) });
          const place = `${inside ?? ''}/${change.key}`;
          if (change.value === undefined) expected.delete(place);
          else expected.set(place, change.value);
        }
        const { profiles = {}, ...plain } = JSON.parse(await read());
        const held = new Map<string, unknown>(Object.entries(plain).map(([name, is]) => [`/${name}`, is]));
        for (const [name, content] of Object.entries(profiles))
          for (const [inner, is] of Object.entries(content as object)) held.set(`${name}/${inner}`, is);
        assert.deepEqual(held, expected);
      }),
      { numRuns: 30 },
    );
  });
});
