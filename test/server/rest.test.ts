/** The HTTP side: voices, tokens, whole texts, and the addresses there are not (protocol §8, V4, V41, V42). */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { Failure } from '../../src/errors.ts';
import { acceptSecrets } from '../../src/server/credentials.ts';
import { createSpeechServer, type SpeechServer } from '../../src/server/local-server.ts';
import type { ServerOptions } from '../../src/server/options.ts';
import type { Synthesizer } from '../../src/speech.ts';
import { manualClock } from '../support/clock.ts';
import { dial, type Frame, generation, refused } from '../support/plain-client.ts';
import { assertValid } from '../support/schemas.ts';
import { echo, echoOf, recorded } from '../support/scripted-synthesizer.ts';

const S16 = { encoding: 'pcm_s16le', sampleRate: 8000 } as const;
const KEY = 'sk_car_right';

function serve(t: TestContext, options: ServerOptions = {}, synthesizer: Synthesizer = echo()): SpeechServer {
  const server = createSpeechServer(synthesizer, options);
  t.after(() => server.close());
  return server;
}

interface Sent {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

async function ask(
  server: SpeechServer,
  path: string,
  { method = 'GET', body, headers = {} }: Sent = {},
): Promise<IncomingMessage> {
  const outgoing = httpRequest({
    path,
    method,
    headers: { Host: 'localhost', 'Cartesia-Version': '2026-03-01', ...headers },
    createConnection: server.connect,
  });
  outgoing.on('error', () => {});
  outgoing.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return answer;
}

async function bodyOf(answer: IncomingMessage): Promise<Record<string, unknown>> {
  return JSON.parse(String(await buffer(answer)));
}

interface Page {
  readonly data: { readonly id: string }[];
  readonly has_more: boolean;
  readonly next_page: string | null;
}

const page = async (server: SpeechServer, query: string) =>
  (await bodyOf(await ask(server, `/voices?${query}`))) as unknown as Page;

describe('over HTTP', () => {
  it('the status is there for everybody', async t => {
    const server = serve(t, { authorize: () => false });
    const answer = await ask(server, '/', { headers: { 'Cartesia-Version': '' } });
    assert.deepEqual(await bodyOf(answer), { ok: true, version: '2026-03-01' });
  });

  it('FAULTS V3: a page of another origin gets nothing, and cannot have anything spoken', async t => {
    const server = serve(t);
    const headers = { Origin: 'https://evil.example', 'Content-Type': 'text/plain' };
    for (const [method, path] of [
      ['POST', '/tts/bytes'],
      ['POST', '/tts/sse'],
      ['POST', '/access-token'],
      ['GET', '/voices'],
      ['GET', '/voices/en-us'],
    ] as const) {
      const answer = await ask(server, path, { method, headers, ...(method === 'POST' ? { body: {} } : {}) });
      assert.equal(answer.statusCode, 403, path);
      assert.equal(answer.headers['access-control-allow-origin'], undefined);
    }
  });

  it('other addresses are 404, other methods 405, a socket without upgrade 426', async t => {
    const server = serve(t);
    for (const path of ['/nothing', '/voices/a/b', '/tts', '/../etc/passwd', '//voices', '/voices/%']) {
      assert.equal((await ask(server, path)).statusCode, 404, path);
    }
    for (const [method, path, allowed] of [
      ['DELETE', '/voices', 'GET'],
      ['GET', '/tts/bytes', 'POST'],
      ['PUT', '/', 'GET'],
    ] as const) {
      const answer = await ask(server, path, { method });
      assert.deepEqual([answer.statusCode, answer.headers.allow], [405, allowed]);
    }
    assert.equal((await ask(server, '/tts/websocket')).statusCode, 426);
  });

  it('version and key are asked for as at the socket, and answered in the shape of the version', async t => {
    const server = serve(t, { authorize: acceptSecrets([KEY]) });
    assert.equal(
      (await ask(server, '/voices', { headers: { 'Cartesia-Version': 'soon', 'X-API-Key': KEY } })).statusCode,
      400,
    );
    const recent = await ask(server, '/voices');
    assert.equal(recent.statusCode, 401);
    assert.equal((await bodyOf(recent)).request_id, recent.headers['x-request-id']);
    const older = await ask(server, '/voices', { headers: { 'Cartesia-Version': '2024-06-10' } });
    assert.match(String(await buffer(older)), /^Unauthorized: /);
    assert.equal((await ask(server, `/voices?api_key=${KEY}`)).statusCode, 200);
  });

  it('V41: voices come in pages, and the last is empty', async t => {
    const server = serve(t, {
      voices: { resolve: id => id, list: () => [{ id: 'own', name: 'Own', language: 'fr' }] },
    });
    const seen: string[] = [];
    for (let cursor = ''; ; cursor = `&starting_after=${seen.at(-1)}`) {
      const { data, has_more, next_page } = await page(server, `limit=2${cursor}`);
      if (data.length === 0) break;
      assert.equal(next_page, has_more ? data.at(-1)?.id : null);
      seen.push(...data.map(voice => voice.id));
      assert.ok(seen.length < 20, 'the pages end');
    }
    assert.equal(seen.length, 6);
    assert.equal(new Set(seen).size, 6);
    assert.equal(seen.at(-1), 'own');
    const back = await page(server, `limit=2&ending_before=${seen[4]}`);
    assert.deepEqual(
      back.data.map(voice => voice.id),
      seen.slice(2, 4),
    );
    assert.deepEqual(
      (await page(server, 'q=KATIE')).data.map(voice => voice.id),
      [seen[1]],
    );
    for (const query of ['limit=0', 'limit=101', 'limit=x', 'starting_after=nobody']) {
      assert.equal((await ask(server, `/voices?${query}`)).statusCode, 400, query);
    }
  });

  it('a voice is shown by its id, with the ownership of the version', async t => {
    const server = serve(t);
    const path = '/voices/f786b574-daa5-4673-aa0c-cbe3e8534c02';
    const before = await bodyOf(await ask(server, path));
    const after = await bodyOf(await ask(server, path, { headers: { 'Cartesia-Version': '2026-08-14' } }));
    assert.deepEqual([before.name, before.is_public, before.access], ['Katie', true, undefined]);
    assert.deepEqual([after.name, after.is_public, after.access], ['Katie', undefined, 'public']);
    assert.equal((await ask(server, '/voices/nobody')).statusCode, 404);
  });

  it('V4, V42: a token opens a socket until it expires, and makes no other token', async t => {
    const clock = manualClock();
    const server = serve(t, { clock, idleMs: 0, authorize: acceptSecrets([KEY]) });
    const post = (body: unknown, credential: string) =>
      ask(server, '/access-token', { method: 'POST', body, headers: { Authorization: `Bearer ${credential}` } });
    const token = String((await bodyOf(await post({ grants: { tts: true }, expires_in: 60 }, KEY))).token);
    const query = `access_token=${token}`;
    await dial(server, { query });
    assert.equal((await ask(server, `/voices?${query}`)).statusCode, 200);
    assert.equal((await post({}, token)).statusCode, 401);
    await clock.advance(59_999);
    await dial(server, { query });
    await clock.advance(1);
    assert.equal((await refused(server, { query })).status, 401);
    for (const body of [{ expires_in: 3601 }, { expires_in: 0 }, { expires_in: '60' }, { grants: [] }, '{']) {
      assert.equal((await post(body, KEY)).statusCode, 400, JSON.stringify(body));
    }
  });

  it('bytes are the audio, raw or in a WAVE file', async t => {
    const server = serve(t);
    const raw = await ask(server, '/tts/bytes', {
      method: 'POST',
      body: generation('ignored', 'Hello. World.', { continue: true }),
    });
    assert.equal(raw.headers['content-type'], 'application/octet-stream');
    assert.deepEqual(await buffer(raw), echoOf('Hello. World.', S16));
    for (const [encoding, tag, bits, length] of [
      ['pcm_s16le', 1, 16, 44],
      ['pcm_f32le', 3, 32, 58],
      ['pcm_mulaw', 7, 8, 58],
      ['pcm_alaw', 6, 8, 58],
    ] as const) {
      const output = { container: 'wav', encoding, sample_rate: 8000 };
      const wav = await buffer(
        await ask(server, '/tts/bytes', { method: 'POST', body: generation('', 'Hi', { output_format: output }) }),
      );
      assert.equal(wav.toString('latin1', 0, 4) + wav.toString('latin1', 8, 16), 'RIFFWAVEfmt ');
      assert.deepEqual([wav.readUInt16LE(20), wav.readUInt32LE(24), wav.readUInt16LE(34)], [tag, 8000, bits]);
      assert.equal(wav.toString('latin1', length - 8, length - 4), 'data');
      assert.deepEqual(wav.subarray(length), echoOf('Hi', { encoding, sampleRate: 8000 }));
    }
  });

  it('what cannot be spoken is refused with its status', async t => {
    const server = serve(t, { limits: { frameBytes: 2000 } });
    const bodies: [unknown, number][] = [
      ['{', 400],
      ['[]', 400],
      [generation('', ''), 400],
      [generation('', '...'), 400],
      [generation('', 'a', { model_id: 'x' }), 400],
      [generation('', 'a', { output_format: { container: 'mp3', sample_rate: 44100 } }), 400],
      [generation('', 'a', { output_format: undefined }), 400],
      [generation('', 'a'.repeat(3000)), 413],
    ];
    for (const [body, status] of bodies) {
      for (const path of ['/tts/bytes', '/tts/sse']) {
        assert.equal(
          (await ask(server, path, { method: 'POST', body })).statusCode,
          status,
          JSON.stringify(body).slice(0, 80),
        );
      }
    }
  });

  it('a synthesizer that fails is a status before the first byte, a broken answer after', async t => {
    let goOn = () => {};
    const synthesizer = recorded(async function* (_transcript, request) {
      if (request.language === 'fr') {
        yield { type: 'audio', chunk: new Uint8Array(100) };
        await new Promise<void>(resolve => {
          goOn = resolve;
        });
      }
      throw new Failure('service', 'it broke');
    });
    const server = serve(t, { concurrency: 1 }, synthesizer);
    const before = await ask(server, '/tts/bytes', { method: 'POST', body: generation('', 'a') });
    assert.deepEqual([before.statusCode, (await bodyOf(before)).message], [502, 'it broke']);
    const after = await ask(server, '/tts/bytes', { method: 'POST', body: generation('', 'a', { language: 'fr' }) });
    assert.equal(after.statusCode, 200);
    goOn();
    await assert.rejects(buffer(after));
    assert.equal((await ask(server, '/tts/bytes', { method: 'POST', body: generation('', 'a') })).statusCode, 502);
  });

  it('events are the messages of the socket', async t => {
    const server = serve(t);
    const answer = await ask(server, '/tts/sse', {
      method: 'POST',
      body: generation('x', 'Hello. World', { add_timestamps: true }),
    });
    assert.equal(answer.headers['content-type'], 'text/event-stream');
    const frames = String(await buffer(answer))
      .split('\n\n')
      .filter(part => part !== '')
      .map(part => {
        const [, type, data] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [];
        const frame = JSON.parse(String(data)) as Frame;
        assert.equal(frame.type, type);
        assertValid('cartesia.server.message.emit.json', frame);
        return frame;
      });
    assert.equal(frames.at(-1)?.type, 'done');
    const audio = frames
      .filter(frame => frame.type === 'chunk')
      .map(frame => Buffer.from(String(frame.data), 'base64'));
    assert.deepEqual(Buffer.concat(audio), echoOf('Hello. World', S16));
    assert.ok(
      frames.some(frame => frame.type === 'timestamps'),
      'with times',
    );
  });

  it('an error while events are sent is an event', async t => {
    const server = serve(
      t,
      {},
      recorded(async function* () {
        yield { type: 'audio', chunk: new Uint8Array(2) };
        throw new Failure('service', 'it broke');
      }),
    );
    const said = String(await buffer(await ask(server, '/tts/sse', { method: 'POST', body: generation('x', 'a') })));
    assert.match(said, /event: error\ndata: .*it broke.*\n\n$/);
  });

  for (const path of ['/tts/bytes', '/tts/sse']) {
    it(`${path} is one context of the limit, and free again when the reader leaves`, async t => {
      const synthesizer = recorded(async function* (_transcript, _request, signal) {
        for (;;) {
          signal.throwIfAborted();
          yield { type: 'audio', chunk: new Uint8Array(10_000) };
        }
      });
      const server = serve(t, { concurrency: 1 }, synthesizer);
      const body = generation('', 'a');
      const first = await ask(server, path, { method: 'POST', body });
      await once(first, 'readable');
      const second = await ask(server, path, { method: 'POST', body });
      assert.deepEqual([second.statusCode, (await bodyOf(second)).error_code], [429, 'concurrency_limited']);
      first.destroy();
      for (let i = 0; i < 20; i++) await new Promise<void>(resolve => setImmediate(resolve));
      assert.notEqual(synthesizer.calls[0]?.ending, undefined);
      const third = await ask(server, path, { method: 'POST', body });
      assert.equal(third.statusCode, 200);
      third.destroy();
    });
  }
});
