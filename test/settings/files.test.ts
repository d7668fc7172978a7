/** Settings files: where they are looked for, and what is survived (FAULTS L5, L6, L11). */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { describe, it } from 'node:test';
import { findProjectFile, findUserFile, userFilePath } from '../../src/settings/files.ts';
import { failsWith, ownFolder } from '../support/folder.ts';
import { fakeHost } from '../support/host.ts';

async function stage(test: TestContext, env: Record<string, string> = {}) {
  const folder = await ownFolder(test);
  const cwd = join(folder.path, 'repo/deep');
  await mkdir(cwd, { recursive: true });
  const host = fakeHost({ cwd, env: { HOME: folder.path, ...env } });
  const warnings: string[] = [];
  const warn = (text: string) => warnings.push(text);
  const project = () => findProjectFile(host, warn);
  return { ...folder, cwd, host, warnings, project, user: () => findUserFile(host, warn) };
}

const root = process.getuid?.() === 0;

describe('the project file', () => {
  for (const [name, content] of [
    ['package.json', '{"name": "x", "aloud": {"voice": "v"}}'],
    ['.aloudrc', 'voice: v'],
    ['.aloudrc', '{\n\t"voice": "v"\n}'],
    ['.aloudrc', '{voice: v}'],
    ['.aloudrc.json', '\ufeff{"voice": "v"}'],
    ['.aloudrc.yaml', '# mine\nvoice: v'],
    ['.aloudrc.yml', 'voice: "v"'],
    ['aloud.config.json', '{"voice": "v"}'],
    ['aloud.config.yaml', 'voice: v'],
    ['aloud.config.yml', 'voice: v'],
  ] as const) {
    it(`may be ${name} with ${JSON.stringify(content)}`, async test => {
      const { write, project } = await stage(test);
      const path = await write(`repo/${name}`, content);
      const found = await project();
      assert.equal(found?.path, path);
      assert.deepEqual(found?.content, { voice: 'v' });
      assert.equal(found?.scope, 'project');
    });
  }

  it('is the nearest one, and empty ones do not count', async test => {
    const { write, project } = await stage(test);
    await write('repo/.aloudrc', 'voice: far');
    await write('repo/deep/package.json', '{"name": "aloud"}');
    await write('repo/deep/.aloudrc', ' \n');
    await write('repo/deep/.aloudrc.yaml', '# nothing\n');
    const near = await write('repo/deep/aloud.config.yaml', 'voice: near');
    assert.equal((await project())?.path, near);
  });

  it('is one; of others beside it people are told', async test => {
    const { write, project, warnings, user } = await stage(test);
    await write('repo/deep/package.json', '{"aloud": {"voice": "v"}}');
    await write('repo/deep/.aloudrc.json', '{}');
    await write('repo/deep/aloud.config.yaml', 'voice: w');
    assert.deepEqual((await project())?.content, { voice: 'v' });
    await write('.config/aloud/config.json', '{"voice": "v"}');
    await write('.config/aloud/config.yaml', 'voice: w');
    assert.deepEqual((await user())?.content, { voice: 'v' });
    assert.match(warnings[0] ?? '', /^\.aloudrc\.json and aloud\.config\.yaml beside \S+package\.json does not count/);
    assert.match(warnings[1] ?? '', /^config\.yaml beside \S+config\.json does not count/);
    assert.equal(warnings.length, 2);
  });

  it('is not looked for above the repository', async test => {
    const { write, project } = await stage(test);
    await write('.aloudrc', 'voice: home');
    assert.ok(await project());
    await write('repo/.git/HEAD', '');
    assert.equal(await project(), undefined);
  });

  it('is not looked for above the home folder', async test => {
    const { write, path } = await stage(test);
    await write('.aloudrc', 'voice: v');
    const host = fakeHost({ cwd: join(path, 'repo/deep'), env: { HOME: join(path, 'repo') } });
    assert.equal(await findProjectFile(host, assert.fail), undefined);
  });

  it('is none where the working folder has been deleted', async test => {
    const { host } = await stage(test);
    const gone = { ...host, cwd: () => assert.fail('gone') };
    assert.equal(await findProjectFile(gone, assert.fail), undefined);
  });
});

describe('the user file', () => {
  it('is in the XDG folder, and a relative XDG folder is ignored', async test => {
    const { write, path, host, user } = await stage(test, { XDG_CONFIG_HOME: 'repo' });
    assert.equal(await user(), undefined);
    assert.equal(userFilePath(host), join(path, '.config/aloud/config.yaml'));
    const file = await write('.config/aloud/config.yml', 'voice: v');
    assert.equal((await user())?.path, file);
    assert.equal(userFilePath(host), file);
  });

  it('is known to be readable by others', async test => {
    const { write, user } = await stage(test);
    const file = await write('.config/aloud/config.json', { voice: 'v' });
    assert.equal((await user())?.shared, false);
    await chmod(file, 0o644);
    assert.equal((await user())?.shared, true);
  });

  it('is none without a home folder (L6)', async test => {
    const { host } = await stage(test);
    assert.equal(await findUserFile({ ...host, env: {}, home: undefined }, assert.fail), undefined);
    assert.equal(userFilePath({ ...host, env: {}, home: undefined }), undefined);
  });
});

describe('a settings file that cannot be used (L5)', () => {
  const malformed = [
    ['.aloudrc.json', '{\n  "voice": "sk_canary",\n}', /\.aloudrc\.json, line 3, is not valid JSON$/],
    ['.aloudrc.json', '{"voice": sk_canary}', /\.aloudrc\.json.* is not valid JSON$/],
    ['.aloudrc.yaml', 'a: 1\nb: *sk_canary', /\.aloudrc\.yaml, line 2, is not valid YAML$/],
    ['.aloudrc.yaml', 'voice: !!js/function "sk_canary"', /line 1, is not valid YAML$/],
    ['.aloudrc.yaml', 'voice: a\nvoice: b', /is not valid YAML$/],
    ['.aloudrc', '{"voice":', /is not valid YAML$/],
    ['.aloudrc.json', '['.repeat(500_000), /is not valid JSON$/],
    ['.aloudrc.yaml', '['.repeat(100_000), /is not valid YAML$/],
    ['package.json', '{"aloud": {"voice": "sk_canary"}', /package\.json.* is not valid JSON$/],
    ['.aloudrc', Buffer.from('voice: v', 'utf16le').fill(0xff, 0, 1), /is not UTF-8 text$/],
    ['.aloudrc', Buffer.from([0x61, 0x3a, 0x20, 0xc3]), /is not UTF-8 text$/],
  ] as const;
  for (const [name, content, message] of malformed) {
    it(`${name} with ${JSON.stringify(content.slice(0, 24))} names the file and shows nothing of it`, async test => {
      const { write, project } = await stage(test);
      await write(`repo/${name}`, content);
      await assert.rejects(project, error => {
        failsWith('config', message)(error);
        const { message: said, cause, hint } = error as { message: string; cause?: unknown; hint?: string };
        assert.doesNotMatch(`${said} ${cause} ${hint}`, /canary/);
        return true;
      });
    });
  }

  it('of 10 MB is refused', async test => {
    const { write, project } = await stage(test);
    await write('repo/.aloudrc', Buffer.alloc(10_000_000, ' '));
    await assert.rejects(project, failsWith('config', /\.aloudrc is larger than 1 MiB/));
  });

  it('that is a FIFO is not waited for', async test => {
    const { path, project } = await stage(test);
    execFileSync('mkfifo', [join(path, 'repo/.aloudrc')]);
    await assert.rejects(project, failsWith('config', /\.aloudrc is not a regular file/));
  });

  it('that is a device is not read', async test => {
    const { path, project } = await stage(test);
    await symlink('/dev/zero', join(path, 'repo/.aloudrc'));
    await assert.rejects(project, failsWith('config', /\.aloudrc is not a regular file/));
  });

  it('that is a circle of links is refused; one that leads nowhere is no file', async test => {
    const { path, project } = await stage(test);
    await symlink('nowhere', join(path, 'repo/.aloudrc.json'));
    await mkdir(join(path, 'repo/aloud.config.json'));
    assert.equal(await project(), undefined);
    await symlink('.aloudrc', join(path, 'repo/.aloudrc'));
    await assert.rejects(project, failsWith('config', /\.aloudrc: its symbolic links go in a circle/));
  });

  it('that may not be read is refused', { skip: root && 'root may read everything' }, async test => {
    const { write, project } = await stage(test);
    await write('repo/.aloudrc', 'voice: v', 0);
    await assert.rejects(project, failsWith('config', /cannot read .*permission denied/));
  });

  it('that belongs to another user is refused', { skip: !root && 'only root can give files away' }, async test => {
    const { write, project, user } = await stage(test);
    const mine = await write('.config/aloud/config.yaml', 'voice: v');
    await chown(mine, 65_534, 65_534);
    await assert.rejects(user, failsWith('config', /config\.yaml belongs to another user \(uid 65534\)/));
    const planted = await write('repo/.aloudrc', 'voice: v');
    await chown(planted, 65_534, 65_534);
    await assert.rejects(project, failsWith('config', /\.aloudrc belongs to another user/));
  });

  it('that belongs to whoever owns the working folder is as good as ours', {
    skip: !root && 'needs root',
  }, async test => {
    const { write, cwd, project } = await stage(test);
    await chown(await write('repo/.aloudrc', 'voice: v'), 65_534, 65_534);
    await chown(cwd, 65_534, 65_534);
    assert.ok(await project());
  });

  it('but a package.json that is not about us is not our concern', async test => {
    const { write, path, project, warnings } = await stage(test);
    await write('repo/package.json', '{ broken');
    assert.equal(await project(), undefined);
    assert.deepEqual(warnings, []);
    await rm(join(path, 'repo/package.json'));
    await write('repo/package.json', Buffer.alloc(2_000_000, ' '));
    assert.equal(await project(), undefined);
    assert.match(warnings.join(), /package\.json is larger than 1 MiB/);
  });
});

describe('a hostile folder (L11)', () => {
  for (const own of [{}, { cosmiconfig: { searchPlaces: ['evil.js'] } }]) {
    it(`runs nothing, not even what ${JSON.stringify(own)} or .config/config.js says to cosmiconfig`, async test => {
      const { write, path, cwd } = await stage(test);
      const mark = join(path, 'ran');
      const code = `require('node:fs').writeFileSync(${JSON.stringify(mark)}, ''); module.exports = {};`;
      const module = `import fs from 'node:fs'; fs.writeFileSync(${JSON.stringify(mark)}, ''); export default {};`;
      const names = ['.aloudrc', 'aloud.config', '.config/aloudrc', '.config/config', '.config/aloud.config'];
      for (const name of names) {
        for (const extension of ['js', 'cjs']) await write(`repo/deep/${name}.${extension}`, code);
        for (const extension of ['mjs', 'ts']) await write(`repo/deep/${name}.${extension}`, module);
      }
      for (const name of ['ws', 'cosmiconfig', 'js-yaml', 'parse-json', 'typescript', 'chalk']) {
        await write(`repo/deep/node_modules/${name}/package.json`, { name, main: 'index.js' });
        await write(`repo/deep/node_modules/${name}/index.js`, code);
      }
      await write('repo/deep/.env', 'ALOUD_VOICE=hostile\nNODE_OPTIONS=--require ./evil.js');
      await write('repo/deep/package.json', {
        ...own,
        main: 'evil.js',
        aloud: { voice: 'v' },
      });
      await write('repo/deep/evil.js', code);
      const source = new URL('../../src/settings/resolve.ts', import.meta.url).href;
      const script = `
      const { resolveSettings } = await import(${JSON.stringify(source)});
      const where = { env: process.env, cwd: process.cwd, platform: process.platform, home: ${JSON.stringify(path)}, uid: process.getuid() };
      process.stdout.write((await resolveSettings({}, where)).values.voice);`;
      const tsx = import.meta.resolve('tsx');
      const said = execFileSync(process.execPath, ['--import', tsx, '--input-type=module', '--eval', script], {
        cwd,
        encoding: 'utf8',
      });
      assert.equal(said, 'v');
      assert.equal(existsSync(mark), false);
    });
  }

  it('cannot make us read another file with $import', async test => {
    const { write, project } = await stage(test);
    await write('repo/secret.yaml', 'voice: stolen');
    await write('repo/.aloudrc', '$import: ./secret.yaml');
    assert.deepEqual((await project())?.content, { $import: './secret.yaml' });
  });
});
