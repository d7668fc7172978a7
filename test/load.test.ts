/** Much at once and much in a row: fair, nobody waits for the slowest, and nothing grows with it. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readdirSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createClaims, readManifest } from '../src/fixtures/manifest.ts';
import { BIN, ended, requireBuild } from './support/cli.ts';
import { from } from './support/collect.ts';
import { ownFolder } from './support/folder.ts';
import { FIELDS } from './support/manifests.ts';
import { frames, scriptedServer, voiceOf, whole } from './support/scripted-server.ts';
import { audioOf, calm, iterate, outcome, REQUEST, resilientWith, sessionWith } from './support/wire.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What is in use, all that is not needed any more being thrown away, in bytes. */
async function inUse(): Promise<number> {
  await setImmediate();
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

const descriptors = () => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0);

/** Numbers from 0 to 1 that are the same every time. */
function dice(): () => number {
  let state = 7;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('a thousand contexts', () => {
  it('L1: at a limit of 2, with 429 at random, are all spoken, none twice, and none waits for long', async () => {
    const random = dice();
    const spoken: string[] = [];
    let atOnce = 0;
    await using server = await scriptedServer({
      serve: whole(async (id, text, peer) => {
        if (atOnce >= 2 || random() < 0.2) return peer.send(frames.error(id, 429));
        atOnce += 1;
        spoken.push(text);
        await setImmediate();
        peer.send(frames.chunk(id, voiceOf(text)));
        peer.send(frames.done(id));
        atOnce -= 1;
      }),
    });
    const session = resilientWith(server.url, { retries: 50 }, { maxContexts: 2 });
    const texts = Array.from({ length: 1000 }, (_, i) => `t${i}`);
    const runs = await Promise.all(texts.map(text => outcome(session.synthesize(from(text), REQUEST, calm()))));
    for (const [i, { error, items }] of runs.entries()) {
      assert.equal(error, undefined, String(error));
      assert.deepEqual(audioOf(items), voiceOf(texts[i] ?? ''));
    }
    assert.deepEqual([...spoken].sort(), [...texts].sort());
    await session.close();
  });
});

describe('fifty at a time', () => {
  it('L2: one that is not taken from does not hold up the others, nor lose anything', async () => {
    const chunk = Buffer.alloc(64 * 1024, 1);
    await using server = await scriptedServer({
      serve: whole((id, _text, peer) => {
        for (let i = 0; i < 10; i++) peer.send(frames.chunk(id, chunk));
        peer.send(frames.done(id));
      }),
    });
    const session = sessionWith(server.url);
    const slow = iterate(session.synthesize(from('slow'), REQUEST, calm()));
    await slow.next();
    const others = Array.from({ length: 49 }, () => outcome(session.synthesize(from('other'), REQUEST, calm())));
    for (const { error, items } of await Promise.all(others)) {
      assert.equal(error, undefined);
      assert.equal(audioOf(items).length, 10 * chunk.length);
    }
    let heard = 0;
    for await (const event of slow) if (event.type === 'audio') heard += event.chunk.length;
    assert.equal(heard, 10 * chunk.length);
    await session.close();
  });
});

describe('ten thousand contexts', () => {
  it('L3: leave no memory, timer, socket or file behind', async () => {
    await using server = await scriptedServer({
      serve(peer) {
        peer.ws.on('message', data => {
          const { context_id } = JSON.parse(String(data)) as { context_id: string };
          peer.send(frames.chunk(context_id, Buffer.alloc(960)));
          peer.send(frames.done(context_id));
          // What a client of a test has said is kept; here that would be what grows.
          peer.said.length = 0;
        });
      },
    });
    const session = resilientWith(server.url);
    const speak = async (count: number) => {
      for (let done = 0; done < count; done += 50) {
        const batch = Array.from({ length: 50 }, () => outcome(session.synthesize(from('hello'), REQUEST, calm())));
        for (const { error } of await Promise.all(batch)) assert.equal(error, undefined);
      }
    };
    await speak(1000);
    const before = { bytes: await inUse(), files: descriptors(), resources: process.getActiveResourcesInfo().length };
    await speak(10_000);
    const after = { bytes: await inUse(), files: descriptors(), resources: process.getActiveResourcesInfo().length };
    assert.ok(after.bytes - before.bytes < 4e6, `${before.bytes} and ${after.bytes} bytes`);
    assert.equal(after.files, before.files);
    assert.ok(after.resources <= before.resources, `${before.resources} and ${after.resources} timers and sockets`);
    await session.close();
  });
});

describe('ten hours of sound', () => {
  it('L3 O8: take no more memory than a quarter of it, through the program, with words and subtitles', async test => {
    requireBuild();
    const folder = await ownFolder(test);
    /** Half a second of a telephone, for every word. */
    const data = Buffer.alloc(4000, 0x7f).toString('base64');
    await using server = await scriptedServer({
      async serve(peer) {
        let at = 0;
        for (;;) {
          const { context_id, transcript, continue: goesOn } = await peer.next();
          const id = String(context_id);
          for (const word of String(transcript).trim().split(' ')) {
            peer.ws.send(`{"type":"chunk","data":"${data}","done":false,"status_code":206,"context_id":"${id}"}`);
            peer.send(frames.words(id, [word], [at], [at + 0.4]));
            at += 0.5;
            // As fast as it is taken.
            while (peer.ws.bufferedAmount > 1e6) await setImmediate();
          }
          if (goesOn === true) continue;
          peer.send(frames.done(id));
          at = 0;
        }
      },
    });
    const peak = async (hours: number) => {
      const text = await folder.write('text.txt', 'Some words of it. '.repeat(hours * 1800));
      const wrapper = `process.on('exit', () => process.stdout.write(String(process.resourceUsage().maxRSS)));
        process.argv.splice(1, 0, '${BIN}'); await import('${BIN}')`;
      const service = ['--provider', 'cartesia', '--base-url', `ws://127.0.0.1:${server.url.port}`];
      const format = ['--encoding', 'pcm_mulaw', '--sample-rate', '8000'];
      const argv = ['say', '-q', '-f', text, ...service, ...format, '-o', 'long.wav', '--srt', '--timestamps'];
      const run = spawn(process.execPath, ['--input-type=module', '-e', wrapper, ...argv], {
        cwd: folder.path,
        env: { PATH: process.env.PATH, HOME: folder.path, CARTESIA_API_KEY: 'k' },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const { code, stdout, stderr } = await ended(run);
      assert.equal(code, 0, stderr);
      const { size } = await stat(join(folder.path, 'long.wav'));
      assert.ok(size > hours * 3600 * 8000, String(size));
      const srt = await readFile(join(folder.path, 'long.srt'), 'utf8');
      assert.ok(srt.length > hours * 1000, srt.slice(0, 300));
      return Number(stdout) / 1024;
    };
    // All ten in CI; elsewhere enough to see what grows.
    const most = process.env.CI === undefined ? 4 : 10;
    const [short, long] = [await peak(most / 4), await peak(most)];
    // Of ten hours the samples alone are 200 MB more; what is held of those on their way varies.
    assert.ok(long - short < 100, `${short} MiB for a quarter of it, ${long} MiB for ${most} hours`);
  });
});

describe('a manifest of a million lines', () => {
  it('L9: is read in flat memory', async test => {
    const folder = await ownFolder(test);
    const path = join(folder.path, 'm.jsonl');
    // All of it in CI; elsewhere enough to see what grows.
    const lines = process.env.CI === undefined ? 100_000 : 1_000_000;
    const out = createWriteStream(path);
    for (let i = 0; i < lines; i += 1000) {
      const block = Array.from({ length: 1000 }, (_, n) => `{"id":"d${i % 97}/${i + n}","text":"Number ${i + n}"}\n`);
      if (!out.write(block.join(''))) await once(out, 'drain');
    }
    out.end();
    await once(out, 'close');
    let count = 0;
    let early = 0;
    for await (const _entry of readManifest({ path, name: 'm', fields: FIELDS }, createClaims())) {
      count += 1;
      if (count === lines / 10) early = await inUse();
    }
    assert.equal(count, lines);
    // What is known of each is which file it claims: some bytes of a digest.
    const grown = (await inUse()) - early;
    assert.ok(grown < 8e6 + lines * 40, `${grown} bytes more`);
  });
});
