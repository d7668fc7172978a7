import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { candidates, findProgram, playerEnvironment } from '../../src/sinks/players.ts';
import { script } from '../support/programs.ts';

const names = (platform: NodeJS.Platform, choice: Parameters<typeof candidates>[0] = 'auto') =>
  candidates(choice, platform).map(spec => spec.name);

describe('the order of players', () => {
  it('is that of the interface on Linux and its like', () => {
    for (const platform of ['linux', 'freebsd'] as const) {
      assert.deepEqual(names(platform), ['speaker', 'pw-play', 'pacat', 'aplay', 'play']);
    }
  });

  it('ends with what the system brings on macOS and Windows', () => {
    assert.deepEqual(names('darwin'), ['speaker', 'play', 'afplay']);
    assert.deepEqual(names('win32'), ['speaker', 'play', 'powershell']);
  });

  it('is one player when one is named', () => {
    assert.deepEqual(names('linux', 'aplay'), ['aplay']);
    assert.deepEqual(names('darwin', 'pw-play'), ['pw-play']);
  });

  it('gives a device in a way that cannot be taken for an option', () => {
    for (const spec of candidates('auto', 'linux')) {
      const sound = { sampleRate: 8000, device: '-evil' };
      assert.ok(!spec.args(sound, {}).includes('-evil'), spec.name);
      if (spec.kind === 'stream')
        assert.ok(JSON.stringify([spec.args(sound, {}), spec.env?.(sound)]).includes('-evil'));
    }
  });

  it('asks a pw-play that knows --raw for it, and no other', () => {
    const [spec] = candidates('pw-play', 'linux');
    assert.ok(spec?.args({ sampleRate: 8000 }, { help: '  -a, --raw   RAW mode' }).includes('--raw'));
    assert.ok(!spec?.args({ sampleRate: 8000 }, { help: 'no such thing' }).includes('--raw'));
  });
});

describe('finding a program', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aloud-test-'));
    await script(join(folder, 'bin'), 'aplay', 'exit 0');
    await script(join(folder, 'plain'), 'aplay', 'exit 0', 0o644);
    await mkdir(join(folder, 'folder', 'aplay'), { recursive: true });
    await mkdir(join(folder, 'linked'));
    await symlink(join(folder, 'bin', 'aplay'), join(folder, 'linked', 'aplay'));
    await symlink(join(folder, 'nowhere'), join(folder, 'plain', 'pacat'));
  });
  after(() => rm(folder, { recursive: true }));

  const find = (entries: readonly string[]) => findProgram('aplay', { PATH: entries.join(':') }, 'linux');

  it('takes the first that can be run', async () => {
    const found = join(folder, 'bin', 'aplay');
    assert.equal(
      await find(['/nonexistent', join(folder, 'plain'), join(folder, 'folder'), join(folder, 'bin')]),
      found,
    );
    assert.equal(await find([join(folder, 'linked')]), join(folder, 'linked', 'aplay'));
    assert.equal(await findProgram('pacat', { PATH: join(folder, 'plain') }, 'linux'), undefined);
  });

  it('S6: never looks in the working folder or in a relative entry', async () => {
    const here = process.cwd();
    const near = relative(here, join(folder, 'bin'));
    assert.equal(await find(['', '.', './', near, `./${near}`, '..']), undefined);
    process.chdir(join(folder, 'bin'));
    try {
      assert.equal(await find(['', '.', '../bin']), undefined);
      assert.equal(await findProgram('aplay', {}, 'linux'), undefined);
      assert.equal(await findProgram('aplay', { PATH: '' }, 'linux'), undefined);
    } finally {
      process.chdir(here);
    }
  });

  it('on Windows knows PATHEXT and the spelling Path, and runs no scripts', async () => {
    const asked: string[] = [];
    const find = (env: Record<string, string>, there: string) =>
      findProgram('powershell', env, 'win32', async file => {
        asked.push(file);
        return file === there;
      });
    const there = 'C:\\Windows\\System32\\powershell.exe';
    const Path = '.;\\tools;tools;C:relative;"C:\\Program Files\\x";C:\\Windows\\System32';
    assert.equal(await find({ Path, PATHEXT: '.COM;.EXE;.BAT;.CMD' }, there), there);
    assert.deepEqual(
      asked.filter(file => !/^C:\\(Program Files\\x|Windows\\System32)\\powershell\.(com|exe)$/.test(file)),
      [],
    );
    assert.equal(await find({ Path, PATHEXT: '.BAT;.CMD' }, there), undefined);
    assert.equal(await find({ PATH: Path }, there), there);
  });
});

describe('the environment of a player', () => {
  it('has what sound needs and no keys', () => {
    const needed = {
      PATH: '/bin',
      HOME: '/h',
      XDG_RUNTIME_DIR: '/r',
      PULSE_SERVER: 'x',
      ALSA_CONFIG_PATH: 'y',
      SystemRoot: 'C:',
    };
    const kept = playerEnvironment({
      ...needed,
      CARTESIA_API_KEY: 'secret',
      SLNG_API_KEY: 'secret',
      ALOUD_TOKEN: 'secret',
      NODE_OPTIONS: '--require ./evil.js',
      LANG: undefined,
    });
    assert.deepEqual(kept, needed);
  });
});
