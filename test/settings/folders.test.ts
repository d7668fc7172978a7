/** The folders, on every platform and in odd surroundings. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Surroundings } from '../../src/settings/folders.ts';
import { cacheFolder, configFolder, stateFolder, tempFolder } from '../../src/settings/folders.ts';

const where = (
  platform: NodeJS.Platform,
  home: string | undefined,
  env: Record<string, string> = {},
): Surroundings => ({
  platform,
  home,
  env,
  uid: 1,
  cwd: () => '/',
});

describe('folders', () => {
  it('follow the custom of the platform', () => {
    assert.equal(configFolder(where('linux', '/home/a')), '/home/a/.config/aloud');
    assert.equal(cacheFolder(where('linux', '/home/a')), '/home/a/.cache/aloud');
    assert.equal(configFolder(where('darwin', '/Users/a')), '/Users/a/Library/Application Support/aloud');
    assert.equal(cacheFolder(where('darwin', '/Users/a')), '/Users/a/Library/Caches/aloud');
    assert.equal(configFolder(where('win32', 'C:\\Users\\a')), 'C:\\Users\\a\\AppData\\Roaming\\aloud');
    assert.equal(configFolder(where('win32', 'C:\\Users\\a', { APPDATA: 'D:\\r' })), 'D:\\r\\aloud');
    assert.equal(cacheFolder(where('win32', 'C:\\Users\\a', { LOCALAPPDATA: 'D:\\l' })), 'D:\\l\\aloud');
    assert.equal(stateFolder(where('linux', '/home/a')), '/home/a/.local/state/aloud');
    assert.equal(stateFolder(where('darwin', '/Users/a')), '/Users/a/Library/Application Support/aloud');
    assert.equal(stateFolder(where('win32', 'C:\\Users\\a')), 'C:\\Users\\a\\AppData\\Local\\aloud');
  });

  it('follow XDG when it is absolute, and not when it is relative (L6)', () => {
    assert.equal(configFolder(where('linux', '/h', { XDG_CONFIG_HOME: '/x' })), '/x/aloud');
    assert.equal(configFolder(where('darwin', '/h', { XDG_CONFIG_HOME: '/x' })), '/x/aloud');
    assert.equal(configFolder(where('linux', '/h', { XDG_CONFIG_HOME: 'x' })), '/h/.config/aloud');
    assert.equal(stateFolder(where('linux', '/h', { XDG_STATE_HOME: '/x' })), '/x/aloud');
    assert.equal(stateFolder(where('linux', '/h', { XDG_STATE_HOME: 'x' })), '/h/.local/state/aloud');
    assert.equal(cacheFolder(where('linux', '/h', { XDG_CACHE_HOME: '../x' })), '/h/.cache/aloud');
  });

  it('may be missing where there is no home folder (L6)', () => {
    assert.equal(configFolder(where('linux', undefined)), undefined);
    assert.equal(configFolder(where('linux', undefined, { XDG_CONFIG_HOME: '/x' })), '/x/aloud');
  });

  it('for passing files fall back on the system (L6)', () => {
    assert.equal(tempFolder(where('linux', '/h')), '/tmp');
    assert.equal(tempFolder(where('linux', '/h', { TMPDIR: '/t' })), '/t');
    assert.equal(tempFolder(where('linux', '/h', { TMPDIR: 't' })), '/tmp');
    assert.equal(tempFolder(where('win32', undefined, { TEMP: 'C:\\T' })), 'C:\\T');
  });
});
