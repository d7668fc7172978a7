/** The program before the first frame: certificates, addresses, packages, and a working folder that is hostile. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import dns from 'node:dns';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import { join } from 'node:path';
import { before, describe, it, type TestContext } from 'node:test';
import { generate } from 'selfsigned';
import { createSpeechServer } from '../src/server/local-server.ts';
import { BIN, type Ended, ended, requireBuild } from './support/cli.ts';
import { ownFolder } from './support/folder.ts';
import { dial, listen } from './support/plain-client.ts';
import { script } from './support/programs.ts';
import { frames, type Script, scriptedServer, whole } from './support/scripted-server.ts';
import { echo } from './support/scripted-synthesizer.ts';
import { samples } from './support/sound.ts';
import { open } from './support/wire.ts';

const SOUND = samples(2000);
const SPEAKS: Script = {
  serve: whole((id, _text, peer) => {
    peer.send(frames.chunk(id, SOUND));
    peer.send(frames.done(id));
  }),
};
const DAY_MS = 86_400_000;
const KEY = 'sk_car_canary_0123456789';

before(requireBuild);

/** Runs `aloud say` against `url` in a folder of its own. */
async function say(t: TestContext, url: string, env: Readonly<Record<string, string>> = {}, cwd?: string) {
  const { path, write } = await ownFolder(t);
  await write('out.wav', 'old');
  const argv = [
    'say',
    'hello',
    '--provider',
    'cartesia',
    '--base-url',
    url,
    '-o',
    join(path, 'out.wav'),
    '--retries',
    '0',
  ];
  const child = spawn(process.execPath, [BIN, ...argv], {
    cwd: cwd ?? path,
    env: { PATH: process.env.PATH, HOME: path, CARTESIA_API_KEY: KEY, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { ...(await ended(child)), path };
}

async function assertClean(run: Ended & { path: string }, code: number, message: RegExp, hint: RegExp): Promise<void> {
  assert.equal(run.code, code, run.stderr);
  const [first = '', ...steps] = run.stderr.trimEnd().split('\n');
  assert.match(first, message);
  assert.match(steps.join('\n'), hint);
  assert.doesNotMatch(run.stderr, /canary|^\s+at /m);
  assert.deepEqual(await readdir(run.path), ['out.wav']);
  assert.equal(await readFile(join(run.path, 'out.wav'), 'utf8'), 'old');
}

/** A certificate for `host`, valid from so many days on and for so many. */
async function certificate(host: string, from: number, days: number) {
  const made = await generate([{ name: 'commonName', value: host }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() + from * DAY_MS),
    notAfterDate: new Date(Date.now() + (from + days) * DAY_MS),
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: host }] }],
  });
  return { cert: made.cert, key: made.private };
}

describe('TLS (U10)', { concurrency: 3 }, () => {
  const secure = async (
    t: TestContext,
    host: string,
    from: number,
    days: number,
    trusted: boolean,
    more: ServerOptions = {},
  ) => {
    const pair = await certificate(host, from, days);
    const server = createSecureServer({ ...pair, ...more }) as unknown as Server;
    const { write } = await ownFolder(t);
    const env = trusted ? { NODE_EXTRA_CA_CERTS: await write('ca.pem', pair.cert) } : {};
    await using scripted = await scriptedServer({ ...SPEAKS, server });
    const run = await say(t, `https://localhost:${scripted.url.port}`, env);
    return { run, upgrades: scripted.upgrades.length };
  };

  for (const [what, host, from, days, trusted, more, reason] of [
    ['a self-signed certificate', 'localhost', -1, 9, false, {}, /certificate is self-signed/],
    ['a certificate that has expired', 'localhost', -9, 8, true, {}, /certificate has expired/],
    ['a certificate of tomorrow', 'localhost', 1, 9, true, {}, /certificate is not valid yet/],
    ['a certificate of another host', 'other.example', -1, 9, true, {}, /issued for another host/],
    [
      'a version that is no longer safe',
      'localhost',
      -1,
      9,
      true,
      { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
      /version (of TLS )?that is no longer safe/,
    ],
  ] as const) {
    it(`U10: ${what} is named, and NODE_EXTRA_CA_CERTS`, async t => {
      const { run, upgrades } = await secure(t, host, from, days, trusted, more);
      await assertClean(run, 4, reason, /NODE_EXTRA_CA_CERTS/);
      assert.equal(upgrades, 0);
    });
  }

  it('U10: a plain server on wss is named', async t => {
    await using plain = await scriptedServer(SPEAKS);
    const run = await say(t, `wss://localhost:${plain.url.port}`);
    await assertClean(run, 4, /does not speak TLS/, /NODE_EXTRA_CA_CERTS/);
    assert.equal(plain.upgrades.length, 0);
  });

  it('U10: a certificate that NODE_EXTRA_CA_CERTS trusts is as good as any', async t => {
    const { run } = await secure(t, 'localhost', -1, 9, true);
    assert.equal(run.code, 0, run.stderr);
    assert.ok((await readFile(join(run.path, 'out.wav'))).includes(SOUND));
  });
});

describe('several addresses (U12)', () => {
  const addresses = (t: TestContext, list: readonly { address: string; family: number }[]) =>
    t.mock.method(dns, 'lookup', (_host: string, options: { all?: boolean }, found: (...facts: unknown[]) => void) => {
      const [first] = list;
      process.nextTick(() => (options.all ? found(null, list) : found(null, first?.address, first?.family)));
    });

  it('U12: the first is dead, the second alive', async t => {
    await using server = await scriptedServer(SPEAKS);
    // The port is open on one address of this machine and on no other.
    addresses(t, [
      { address: '::1', family: 6 },
      { address: '127.0.0.9', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]);
    const socket = await open(new URL(`ws://many.example:${server.url.port}/tts/websocket`));
    assert.equal(server.upgrades.length, 1);
    await socket.close();
  });

  it('U12: all are dead, and are told as one', async t => {
    await using server = await scriptedServer(SPEAKS);
    addresses(t, [
      { address: '127.0.0.9', family: 4 },
      { address: '127.0.0.8', family: 4 },
    ]);
    await assert.rejects(
      open(new URL(`ws://many.example:${server.url.port}/`)),
      /nothing listens there \(ECONNREFUSED\)$/,
    );
  });
});

describe('permessage-deflate (L12)', () => {
  it('L12: is not agreed to by the server, however it is offered', async t => {
    const server = createSpeechServer(echo());
    t.after(() => server.close());
    const port = await listen(server);
    const offer = { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits' };
    const client = await dial(server, { port, headers: offer });
    assert.equal(client.socket.extensions, '');
    client.socket.terminate();
  });

  it('L12: ws is not older than what is safe', () => {
    const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')) as {
      packages: Record<string, { version: string }>;
    };
    for (const [path, { version }] of Object.entries(lock.packages)) {
      if (!path.endsWith('node_modules/ws')) continue;
      const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
      assert.ok(major > 8 || (major === 8 && (minor > 21 || (minor === 21 && patch >= 1))), `${path} ${version}`);
    }
  });
});

describe('the packages', () => {
  const read = (name: string) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8'));

  it('are pinned by their digests, and none but the addon and the bundler has an install script; ours has none', () => {
    const { packages } = read('package-lock.json') as {
      packages: Record<string, { integrity?: string; hasInstallScript?: boolean }>;
    };
    const { '': own, ...others } = packages;
    const loose = Object.entries(others).filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-'));
    assert.deepEqual(loose, []);
    const scripted = Object.entries(others).filter(([, { hasInstallScript }]) => hasInstallScript);
    const names = scripted.map(([path]) => path.replace('node_modules/', '')).filter(name => name !== 'fsevents');
    assert.deepEqual(names.sort(), ['esbuild', 'speaker']);
    assert.ok(own?.hasInstallScript !== true);
    const { scripts } = read('package.json') as { scripts: Record<string, string> };
    for (const name of ['preinstall', 'install', 'postinstall']) assert.equal(scripts[name], undefined);
    // It builds where the sources are, in a clone; in what is installed there are none.
    assert.match(scripts.prepare ?? '', /existsSync\('src'\)/);
  });
});

describe('a hostile folder (L11)', () => {
  it('L11 S6: nothing of it is run, loaded or contacted by the program', async t => {
    const { path, write } = await ownFolder(t);
    const mark = join(path, 'ran');
    const code = `require('node:fs').writeFileSync(${JSON.stringify(mark)}, '')`;
    for (const name of [
      'ws',
      'commander',
      'cosmiconfig',
      'ora',
      'chalk',
      '@echogarden/espeak-ng-emscripten',
      'speaker',
    ]) {
      await write(`node_modules/${name}/package.json`, { name, main: 'index.js' });
      await write(`node_modules/${name}/index.js`, code);
    }
    for (const name of ['aloud.config.js', 'aloud.config.cjs', '.aloudrc.js', 'aloud.config.ts', '.config/config.js'])
      await write(name, code);
    await mkdir(join(path, 'bin'));
    for (const name of ['aplay', 'pacat', 'pw-play', 'play']) await script(path, name, `echo > ${mark}`);
    await write(
      '.env',
      'CARTESIA_API_KEY=theirs\nNODE_OPTIONS=--require ./aloud.config.js\nALOUD_BASE_URL=http://127.0.0.1:9',
    );
    await using server = await scriptedServer(SPEAKS);
    const good = await say(t, `ws://127.0.0.1:${server.url.port}`, { PATH: `.:${path}:/nonexistent` }, path);
    assert.equal(good.code, 0, good.stderr);
    assert.match(JSON.stringify(server.upgrades[0]?.headers), new RegExp(KEY));

    await using thief = await scriptedServer(SPEAKS);
    for (const hostile of [
      { base_url: `ws://127.0.0.1:${thief.url.port}` },
      { player: './aplay' },
      { api_key_file: './key' },
      { provider_module: './aloud.config.js' },
    ]) {
      await write('package.json', { name: 'x', aloud: hostile });
      const run = await say(t, `ws://127.0.0.1:${server.url.port}`, {}, path);
      await assertClean(run, 3, /package\.json/, /./);
    }
    assert.equal(thief.upgrades.length, 0);
    assert.equal(existsSync(mark), false);
  });
});
