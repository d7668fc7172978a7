/** `aloud fixtures` against a service that is a script: what is sent, how often, and what is never told. */
import assert from 'node:assert/strict';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { aloud } from './support/cli.ts';
import { ownFolder } from './support/folder.ts';
import {
  answer,
  frames,
  type Peer,
  type Script,
  type ScriptedServer,
  scriptedServer,
  whole,
} from './support/scripted-server.ts';
import { samples } from './support/sound.ts';

const CANARY = 'canary-0123456789';

const speaks = (id: string, text: string, peer: Peer): void => {
  peer.send(frames.chunk(id, samples(text.length * 10, text.length)));
  peer.send(frames.words(id, ['word'], [0], [0.001]));
  peer.send(frames.done(id));
};

async function place(test: TestContext, manifest: string) {
  const { path, write } = await ownFolder(test);
  await write('aloud.fixtures.yaml', manifest);
  return {
    path,
    run: (server: ScriptedServer | undefined, ...argv: string[]) => {
      const address =
        server === undefined ? [] : ['--provider', 'cartesia', '--base-url', `ws://127.0.0.1:${server.url.port}`];
      const env = { ALOUD_RETRIES: '0', ...(server === undefined ? {} : { CARTESIA_API_KEY: CANARY }) };
      return aloud(['fixtures', ...address, ...argv], { cwd: path, env });
    },
  };
}

const many = (count: number) =>
  Array.from({ length: count }, (_, i) => `- { id: "${i}", text: "Number ${'x'.repeat(i + 1)}", srt: true }\n`).join(
    '',
  );

describe('fixtures from a service', () => {
  it('go over one socket, several contexts at a time, each text whole and as it is', async test => {
    let most = 0;
    let open = 0;
    const script: Script = {
      serve: whole((id, text, peer) => {
        most = Math.max(most, ++open);
        setTimeout(() => {
          open--;
          speaks(id, text, peer);
        }, 20);
      }),
      requestId: 'req-7',
    };
    await using server = await scriptedServer(script);
    const { path, run } = await place(test, many(12));
    const { code, stderr } = await run(server, '--jobs', '4');
    assert.equal(code, 0, stderr);
    assert.equal(server.upgrades.length, 1);
    assert.ok(most > 1 && most <= 4, String(most));
    const said = server.peers.flatMap(peer => peer.said.map(each => each.transcript)).filter(Boolean);
    assert.deepEqual(said.sort(), Array.from({ length: 12 }, (_, i) => `Number ${'x'.repeat(i + 1)}`).sort());
    const lock = JSON.parse(await readFile(join(path, 'aloud.fixtures.lock'), 'utf8')) as {
      entries: Record<string, object>;
    };
    assert.equal((lock.entries['3.wav'] as { request_id: string }).request_id, 'req-7');
  });

  it('are checked and restored without key and network', async test => {
    await using server = await scriptedServer({ serve: whole(speaks) });
    const { path, run } = await place(test, many(3));
    assert.equal((await run(server)).code, 0);
    const before = await readFile(join(path, '1.wav'));
    const asked = server.upgrades.length;
    assert.equal((await run(undefined, '--check')).code, 0);
    await rm(join(path, '1.wav'));
    await rm(join(path, '1.srt'));
    const { code, stderr } = await run(undefined, '--frozen');
    assert.equal(code, 0, stderr);
    assert.deepEqual(await readFile(join(path, '1.wav')), before);
    // Nor does a build need a key where nothing is to be made.
    await rm(join(path, '1.wav'));
    assert.equal((await run(undefined)).code, 0);
    assert.equal(server.upgrades.length, asked);
  });

  it('are not restored from another take, nor is one address taken for another', async test => {
    const takes: Script = {
      serve: whole((id, _text, peer) => {
        peer.send(frames.chunk(id, samples(500, ++take)));
        peer.send(frames.words(id, ['word'], [0], [0.001]));
        peer.send(frames.done(id));
      }),
    };
    let take = 0;
    await using one = await scriptedServer(takes);
    await using other = await scriptedServer(takes);
    const { path, run } = await place(test, many(1));
    const lock = join(path, 'aloud.fixtures.lock');
    assert.equal((await run(one, '--cache-dir', 'first')).code, 0);
    const first = await readFile(lock);
    await rm(lock);
    assert.equal((await run(one, '--cache-dir', 'second')).code, 0);
    // The lock has the first take, the cache the second.
    await writeFile(lock, first);
    await rm(join(path, '0.wav'));
    const { code, stdout } = await run(undefined, '--frozen', '--cache-dir', 'second');
    assert.equal(code, 8);
    assert.match(stdout, /^unrestorable\t0.wav/);
    assert.ok(!(await readdir(path)).includes('0.wav'));
    assert.equal((await run(undefined, '--frozen', '--cache-dir', 'first')).code, 0);

    await rm(lock);
    assert.equal(JSON.parse((await run(one, '--cache-dir', 'first', '--json')).stdout).cached, 1);
    await rm(lock);
    assert.equal(JSON.parse((await run(other, '--cache-dir', 'first', '--json')).stdout).made, 1);
  });

  it('are all made, none twice, where there are too many at a time: L1', async test => {
    let open = 0;
    let spoken = 0;
    const script: Script = {
      serve: whole((id, text, peer) => {
        if (open >= 2) return peer.send(frames.error(id, 429, { error_code: 'concurrency_limited' }));
        open++;
        setTimeout(() => {
          open--;
          spoken++;
          speaks(id, text, peer);
        }, 5);
      }),
    };
    await using server = await scriptedServer(script);
    const { run } = await place(test, many(20));
    const { code, stdout, stderr } = await run(server, '--json', '--jobs', '8', '--retries', '3');
    assert.equal(code, 0, stderr);
    const { made, failed } = JSON.parse(stdout);
    assert.deepEqual([made, failed, spoken], [20, 0, 20]);
  });

  it('that fail do not stop the others, and are told', async test => {
    const script: Script = {
      serve: whole((id, text, peer) => {
        if (text === 'Number xx') peer.send(frames.error(id, 400, { message: 'not \u001b[31mthis\u001b[0m one' }));
        else speaks(id, text, peer);
      }),
    };
    await using server = await scriptedServer(script);
    const { path, run } = await place(test, many(4));
    const { code, stderr } = await run(server);
    assert.equal(code, 4);
    assert.match(stderr, /1 of 4 could not be made; the first is 1.wav: .*not .*this.* one/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    assert.doesNotMatch(stderr, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    assert.equal((await readdir(path)).filter(name => name.endsWith('.wav')).length, 3);
    const json = await run(server, '--json');
    assert.equal(json.code, 4);
    const { made, unchanged, failures } = JSON.parse(json.stdout);
    assert.deepEqual([made, unchanged, failures[0].output, failures[0].code], [0, 3, '1.wav', 'service']);
    const { stdout } = await run(server, '--check');
    assert.equal(stdout, 'unlocked\t1.wav\tis not in the lock\n');
  });

  it('stop at once where every one would fail of the same', async test => {
    await using server = await scriptedServer({
      upgrade: (_request, socket) => answer(socket, 401, '{"message":"bad key"}'),
    });
    const { path, run } = await place(test, many(30));
    const { code, stderr } = await run(server);
    assert.equal(code, 3);
    assert.match(stderr, /30 of 30 could not be made/);
    // What to do about the cause, and then how to go on.
    assert.match(stderr, /\n {2}\S.*; then run it again: what is made is not made again\n/);
    assert.ok(server.upgrades.length <= 3, String(server.upgrades.length));
    assert.deepEqual(
      (await readdir(path)).filter(name => !name.startsWith('.')),
      ['aloud.fixtures.yaml'],
    );
  });

  it('that were cut short are none: nothing is kept, in no file and not in the cache', async test => {
    const script: Script = {
      serve: whole((id, _text, peer) => {
        peer.send(frames.chunk(id, samples(100)));
        peer.ws.close(1000);
      }),
    };
    await using server = await scriptedServer(script);
    const { path, run } = await place(test, many(1));
    assert.equal((await run(server)).code, 7);
    assert.deepEqual(
      (await readdir(path)).filter(name => !name.startsWith('.')),
      ['aloud.fixtures.yaml'],
    );
    assert.equal(JSON.parse((await run(undefined, 'cache', '--json')).stdout).recordings, 0);
  });

  it('never hold the key: L10', async test => {
    await using server = await scriptedServer({ serve: whole(speaks) });
    const { path, run } = await place(test, many(2).replaceAll('srt: true', 'timestamps: true'));
    for (const argv of [['--debug'], ['--check', '--verify'], ['-n'], ['--json'], ['--frozen']]) {
      const { stdout, stderr } = await run(server, ...argv);
      assert.ok(!`${stdout}${stderr}`.includes('canary'), argv.join(' '));
    }
    for (const name of await readdir(path, { recursive: true, withFileTypes: true })) {
      if (!name.isFile()) continue;
      assert.ok(!(await readFile(join(name.parentPath, name.name))).includes('canary'), name.name);
    }
  });

  it('do not send a key to whom only the manifest names', async test => {
    await using server = await scriptedServer({ serve: whole(speaks) });
    const { path } = await place(test, '- { id: a, text: Hi, provider: slng }\n');
    const { code, stderr } = await aloud(['fixtures'], {
      cwd: path,
      env: { ALOUD_BASE_URL: `ws://127.0.0.1:${server.url.port}`, CARTESIA_API_KEY: CANARY, SLNG_API_KEY: CANARY },
    });
    assert.equal(code, 3, stderr);
    assert.match(stderr, /does not say which provider it is for, and slng was chosen by .*aloud.fixtures.yaml/);
    assert.equal(server.upgrades.length, 0);
  });
});
