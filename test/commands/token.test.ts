/** `aloud token`: asks with a key, prints the token alone. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { acceptSecrets } from '../../src/server/credentials.ts';
import { createSpeechServer } from '../../src/server/local-server.ts';
import { aloud } from '../support/cli.ts';
import { ownFolder } from '../support/folder.ts';
import { listen } from '../support/plain-client.ts';
import { echo } from '../support/scripted-synthesizer.ts';

const KEY = 'sk_car_canary_0123456789';

async function stage(t: TestContext) {
  const server = createSpeechServer(echo(), { authorize: acceptSecrets([KEY]) });
  t.after(() => server.close());
  const port = await listen(server);
  const { path } = await ownFolder(t);
  const run = (argv: readonly string[], env: Record<string, string> = {}) =>
    aloud(['token', ...argv], { cwd: path, env: { ALOUD_BASE_URL: `ws://127.0.0.1:${port}`, ...env } });
  return { run };
}

describe('aloud token', () => {
  it('prints the token alone, or with its life as JSON', async t => {
    const { run } = await stage(t);
    const env = { CARTESIA_API_KEY: KEY };
    const plain = await run([], env);
    assert.deepEqual([plain.code, plain.stderr], [0, '']);
    assert.match(plain.stdout, /^aloud_\S+\n$/);
    const json = await run(['--json', '--expires', '7'], env);
    assert.equal(JSON.parse(json.stdout).expires_in, 7);
    assert.equal((await run(['--auth', 'query'], env)).code, 0);
  });

  it('asks with the key although a token is set, which makes no tokens', async t => {
    const { run } = await stage(t);
    const env = { CARTESIA_API_KEY: KEY, CARTESIA_ACCESS_TOKEN: 'a-token-of-old' };
    assert.equal((await run([], env)).code, 0);
    const tokenOnly = await run([], { CARTESIA_ACCESS_TOKEN: 'a-token-of-old' });
    assert.equal(tokenOnly.code, 3);
  });

  it('says what is wrong with the key and never shows it', async t => {
    const { run } = await stage(t);
    const wrong = await run([], { CARTESIA_API_KEY: `${KEY}x` });
    assert.equal(wrong.code, 3);
    assert.match(wrong.stderr, /Unauthorized/);
    assert.ok(!(wrong.stderr + wrong.stdout).includes(KEY));
    const none = await aloud(['token'], { cwd: '/nowhere' });
    assert.equal(none.code, 3);
    assert.match(none.stderr, /there is no key for cartesia\n {2}set CARTESIA_API_KEY, or use --api-key-file\n$/);
  });

  it('refuses a life that no token has', async t => {
    const { run } = await stage(t);
    for (const expires of ['0', '3601', 'soon', '']) {
      const { code, stderr } = await run(['--expires', expires]);
      assert.equal(code, 2);
      assert.match(stderr, /--expires must be a whole number from 1 to 3600/);
    }
  });
});
