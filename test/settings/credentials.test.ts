/** Keys and tokens: found, checked, never shown (FAULTS L7, U13, L10). */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { credentialOrigin, resolveCredential } from '../../src/settings/credentials.ts';
import type { FlagValues } from '../../src/settings/layer.ts';
import { resolveSettings } from '../../src/settings/resolve.ts';
import { failsWith, ownFolder } from '../support/folder.ts';
import { fakeHost } from '../support/host.ts';

async function stage(test: TestContext) {
  const folder = await ownFolder(test);
  const find = async (env: Record<string, string>, flags: FlagValues = {}, signal?: AbortSignal) => {
    const host = fakeHost({ cwd: folder.path, env: { HOME: folder.path, ...env } });
    return resolveCredential(await resolveSettings(flags, host), host, signal);
  };
  return { ...folder, find };
}

const cartesia = { provider: 'cartesia' };

describe('a credential', () => {
  it('is a key or a token of the environment, trimmed at the ends', async test => {
    const { find } = await stage(test);
    const key = await find({ CARTESIA_API_KEY: ' sk_canary\r\n' });
    assert.equal(key?.kind, 'key');
    assert.equal(key.secret.reveal(), 'sk_canary');
    assert.doesNotMatch(inspect(key, { depth: 9 }) + JSON.stringify(key), /canary/);
    const token = await find({ CARTESIA_API_KEY: 'sk', CARTESIA_ACCESS_TOKEN: 'ey.J.x' });
    assert.equal(token?.kind, 'token');
  });

  it('of a stronger place wins, whatever its kind', async test => {
    const { find, write } = await stage(test);
    const file = await write('key', 'from-file\n');
    const flags = { apiKeyFile: file, ...cartesia };
    assert.equal((await find({ CARTESIA_ACCESS_TOKEN: 't' }, flags))?.secret.reveal(), 'from-file');
    assert.equal((await find({ CARTESIA_API_KEY: 'own', ALOUD_API_KEY_FILE: file }))?.secret.reveal(), 'own');
    await write('.config/aloud/config.yaml', 'cartesia_api_key: of-the-user');
    assert.equal((await find({}))?.secret.reveal(), 'of-the-user');
    assert.equal((await find({ CARTESIA_API_KEY: 'own' }))?.secret.reveal(), 'own');
  });

  it('is not needed by the built-in engine, nor by a server on this machine', async test => {
    const { find } = await stage(test);
    assert.equal(await find({}), undefined);
    assert.equal(await find({ CARTESIA_API_KEY: 'a b' }, { provider: 'local' }), undefined);
    assert.equal(await find({}, { ...cartesia, baseUrl: 'ws://localhost:8787' }), undefined);
    await assert.rejects(
      find({}, { ...cartesia, baseUrl: 'wss://a.example' }),
      failsWith('config', /no key for cartesia/),
    );
  });

  it('that is missing is a config failure that says how to give one', async test => {
    const { find } = await stage(test);
    await assert.rejects(
      find({}, cartesia),
      failsWith('config', /^there is no key for cartesia$/, /set CARTESIA_API_KEY/),
    );
  });

  it('has a known origin without being read', async test => {
    const { path } = await stage(test);
    const host = fakeHost({ cwd: path, env: { CARTESIA_API_KEY: 'a b' } });
    const settings = await resolveSettings({}, host);
    assert.deepEqual(credentialOrigin('cartesia', settings), { layer: 'env', name: 'CARTESIA_API_KEY' });
    assert.equal(credentialOrigin('local', settings), undefined);
  });

  for (const wrong of [
    'sk canary',
    'sk\ncanary',
    'sk\r\nX-Evil: canary',
    '"sk_canary"',
    "'canary'",
    'sk\u0000canary',
    'canaryé',
    'canary–x',
    ' ',
    `${'canary'.repeat(3000)}`,
  ]) {
    it(`that reads ${JSON.stringify(wrong.slice(0, 20))} is refused and not quoted (U13)`, async test => {
      const { find } = await stage(test);
      const quiet = failsWith('config', /^CARTESIA_API_KEY (?!.*canary)/, /^(?!.*canary)/);
      await assert.rejects(find({ CARTESIA_API_KEY: wrong }), quiet);
    });
  }
});

describe('a key file (L7)', () => {
  it('is read, trimmed, and a byte-order mark is no part of the key', async test => {
    const { find, write } = await stage(test);
    const apiKeyFile = await write('key', '\ufeffsk_canary\r\n\n');
    const found = await find({}, { ...cartesia, apiKeyFile });
    assert.equal(found?.secret.reveal(), 'sk_canary');
    assert.deepEqual(found.warnings, []);
  });

  it('that others may read brings a warning', async test => {
    const { find, write } = await stage(test);
    const apiKeyFile = await write('key', 'sk_canary', 0o644);
    const found = await find({}, { ...cartesia, apiKeyFile });
    assert.match(found?.warnings.join() ?? '', /--api-key-file \(.*key\) may be read by others: chmod 600/);
  });

  it('that is missing, empty, too large, a folder or a device is refused', async test => {
    const { find, write, path } = await stage(test);
    const refused = async (apiKeyFile: string, message: RegExp) =>
      assert.rejects(find({}, { ...cartesia, apiKeyFile }), failsWith('config', message));
    await refused('./nothing.key', /^the file named by --api-key-file \(.*nothing\.key\) does not exist$/);
    await refused(await write('empty', ''), /is empty$/);
    await refused(await write('blank', ' \n'), /is empty$/);
    await refused(await write('large', Buffer.alloc(10_000_000, 'canary')), /is too long for a key$/);
    await refused(await write('two', 'one\ntwo'), /has blanks, line breaks/);
    await refused(
      await write('utf16', Buffer.from('\ufeffsk_canary', 'utf16le')),
      /has blanks, line breaks or letters/,
    );
    await refused(path, /is neither a file nor a pipe$/);
    await refused('/dev/zero', /is neither a file nor a pipe$/);
  });

  it('that is really the key itself is not echoed', async test => {
    const { find } = await stage(test);
    const wrong = find({}, { ...cartesia, apiKeyFile: 'sk_car_canary1234567890' });
    await assert.rejects(wrong, error => {
      failsWith('config', /^the file named by --api-key-file does not exist$/)(error);
      assert.doesNotMatch(inspect(error), /canary/);
      return true;
    });
  });

  it('may be a named pipe, written in pieces', async test => {
    const { find, path } = await stage(test);
    const apiKeyFile = join(path, 'fifo');
    execFileSync('mkfifo', [apiKeyFile]);
    // The shell waits in opening until there is a reader.
    const writer = spawn('sh', ['-c', '{ printf sk_; printf canary; } > "$1"', 'sh', apiKeyFile], { stdio: 'ignore' });
    const gone = once(writer, 'close');
    assert.equal((await find({}, { ...cartesia, apiKeyFile }))?.secret.reveal(), 'sk_canary');
    await gone;
  });

  it('may be what a shell puts in for <(command)', { skip: !existsSync('/bin/bash') && 'there is no bash' }, () => {
    const [credentials, settings] = ['credentials', 'resolve'].map(name =>
      import.meta.resolve(`../../src/settings/${name}.ts`),
    );
    const script = `
      const { resolveCredential } = await import(${JSON.stringify(credentials)});
      const { resolveSettings } = await import(${JSON.stringify(settings)});
      const where = { env: {}, cwd: () => '/', platform: process.platform, home: undefined, uid: 0 };
      const found = await resolveCredential(await resolveSettings({ provider: 'cartesia', apiKeyFile: process.argv[1] }, where), where);
      process.stdout.write(found.secret.reveal());`;
    const node = [process.execPath, '--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', script];
    const said = execFileSync('/bin/bash', ['-c', '"$@" <(printf sk_canary)', 'bash', ...node], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    assert.equal(said, 'sk_canary');
  });

  it('that is a pipe into which nothing is written can be given up', { timeout: 10_000 }, async test => {
    const { find, path } = await stage(test);
    const apiKeyFile = join(path, 'fifo');
    execFileSync('mkfifo', [apiKeyFile]);
    const controller = new AbortController();
    const reason = new Error('interrupted');
    const found = find({}, { ...cartesia, apiKeyFile }, controller.signal);
    // Held open, so that the pipe has no end either.
    const writer = await readerOf(apiKeyFile);
    controller.abort(reason);
    await assert.rejects(found, reason);
    closeSync(writer);
  });

  it('as a flag has to fit the provider, and excludes a token', async test => {
    const { find } = await stage(test);
    await assert.rejects(
      find({}, { apiKeyFile: 'k' }),
      failsWith('usage', /^provider local takes no key$/, /--provider/),
    );
    const both = find({}, { ...cartesia, apiKeyFile: 'k', accessTokenFile: 't' });
    await assert.rejects(both, failsWith('usage', /exclude each other/));
  });
});

/** Resolves when somebody reads the pipe: before that it cannot be opened for writing. Gives the descriptor. */
async function readerOf(pipe: string): Promise<number> {
  for (;;) {
    try {
      return openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch {
      await new Promise(setImmediate);
    }
  }
}
