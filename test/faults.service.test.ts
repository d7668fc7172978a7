/** The whole command line against services that go wrong in every way there is a row for: it fails cleanly, or survives. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { aloud, type Outcome } from './support/cli.ts';
import {
  acceptance,
  answer,
  frames,
  type Peer,
  rawServer,
  type Script,
  scriptedServer,
  whole,
} from './support/scripted-server.ts';
import { samples } from './support/sound.ts';

const CANARY = 'canary~Ab(01)23!*456789';
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be shown
const UNSAFE = /canary|[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/;
const SOUND = samples(3000);
const HALVES = [SOUND.subarray(0, 2999), SOUND.subarray(2999)] as const;

let root = '';
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'aloud-faults-'));
});
after(() => rm(root, { recursive: true, force: true }));

/** Most of them wait for a limit: as many at a time as a small machine bears. */
const TOGETHER = { concurrency: 12 };

/** A service that goes wrong: a script, or what it does with a connection as bytes. */
type Service = Script | ((socket: Socket, index: number) => unknown);

interface Run extends Outcome {
  /** How often somebody connected. */
  readonly connections: number;
  readonly ms: number;
  /** Where it ran, over a target that existed. */
  readonly folder: string;
}

/** Limits for what waits for them. All else gets the usual ones: a busy machine may take its time. */
const SHORT = ['--timeout', '0.4', '--connect-timeout', '0.4'];
const AT_THE_LIMIT = /nothing came|did not answer/;

/** `aloud say` over a target that exists. */
async function say(service: Service, flags: readonly string[] = []): Promise<Run> {
  const folder = await mkdtemp(join(root, 'run-'));
  const at = (name: string) => join(folder, name);
  await writeFile(at('out.wav'), 'old');
  const sockets = new Set<Socket>();
  await using server = await (typeof service === 'function'
    ? rawServer((socket, index) => {
        sockets.add(socket.once('close', () => sockets.delete(socket)));
        return service(socket, index);
      })
    : scriptedServer(service));
  const begun = performance.now();
  const url = `ws://127.0.0.1:${server.url.port}`;
  const argv = ['say', 'hello', '--provider', 'cartesia', '--base-url', url, '-o', at('out.wav'), '-o', at('out.raw')];
  const limits = ['--srt', at('out.srt'), '--retries', '0'];
  const outcome = await aloud([...argv, ...limits, ...flags], {
    cwd: folder,
    env: { CARTESIA_API_KEY: CANARY },
  });
  const ms = performance.now() - begun;
  const connections = 'upgrades' in server ? server.upgrades.length : server.connections.length;
  // All of ours that were open have gone: what is left are those that the service itself does not read.
  if ('peers' in server) for (const { closed } of server.peers) await closed;
  return { ...outcome, connections, ms, folder };
}

/** Fails cleanly: this code, one message with a next step, and nothing else anywhere. */
async function failsCleanly(run: Run, code: number, message: RegExp): Promise<void> {
  assert.equal(run.code, code, run.stderr);
  assert.equal(run.stdout, '');
  const lines = run.stderr.trimEnd().split('\n');
  const errors = lines.filter(line => line.startsWith('aloud: '));
  assert.equal(errors.length, 1, run.stderr);
  assert.match(errors[0] ?? '', message);
  assert.ok((errors[0]?.length ?? 0) < 700, 'the message is bounded');
  const steps = lines.filter(
    line => line.startsWith('  ') && !/^ {2}(cartesia|slng) (error code|request id)/.test(line),
  );
  assert.equal(steps.length, 1, `one next step: ${run.stderr}`);
  assert.doesNotMatch(run.stderr, /^\s+at |canary|\bundefined\b|\[object/m);
  assert.doesNotMatch(run.stderr, UNSAFE);
  assert.deepEqual(await readdir(run.folder), ['out.wav']);
  assert.equal(await readFile(join(run.folder, 'out.wav'), 'utf8'), 'old');
  assert.ok(run.ms < 5000, `${run.ms} ms`);
}

/** Exit 0, and every sample of `sound` is in the files. */
async function survives(run: Run, sound: Uint8Array = SOUND): Promise<void> {
  assert.equal(run.code, 0, run.stderr);
  const at = (name: string) => join(run.folder, name);
  assert.deepEqual(await readFile(at('out.raw')), Buffer.from(sound));
  const wav = await readFile(at('out.wav'));
  const data = wav.indexOf('data', 12);
  assert.equal(wav.readUInt32LE(data + 4), sound.length);
  assert.deepEqual(wav.subarray(data + 8, data + 8 + sound.length), Buffer.from(sound));
  assert.deepEqual((await readdir(run.folder)).sort(), ['out.raw', 'out.srt', 'out.wav']);
  assert.doesNotMatch(run.stderr + (await readFile(at('out.srt'), 'utf8')), UNSAFE);
}

/** Answers every upgrade with this. */
const refuses = (
  status: number,
  body: string | Buffer = '',
  headers: Record<string, string | number> = {},
): Script => ({
  upgrade: (_request, socket) => answer(socket, status, body, headers),
});

/** Refuses once, and speaks when it is asked again. */
const refusesOnce = (refusal: NonNullable<Script['upgrade']>): Script => ({
  ...speaks(),
  upgrade: (request, socket, index) => index === 0 && refusal(request, socket, index),
});

function speaks(sound: Uint8Array = SOUND): Script {
  return replies((id, peer) => {
    peer.send(frames.chunk(id, sound));
    peer.send(frames.done(id));
  });
}

const replies = (reply: (id: string, peer: Peer) => unknown): Script => ({
  serve: whole((id, _text, peer) => reply(id, peer)),
});

/** Answers the upgrade, and the first message with bytes as they are. `ID` in them stands for the context. */
const bytes =
  (reply: (socket: Socket, frame: (text: string, head?: number) => Buffer, id: string) => unknown) =>
  (socket: Socket): void => {
    socket.once('data', request => {
      socket.write(acceptance(request));
      let said: Buffer = Buffer.alloc(0);
      let begun = false;
      socket.on('data', data => {
        said = Buffer.concat([said, data]);
        const id = /"context_id":"([^"]+)"/.exec(unmasked(said))?.[1];
        if (id === undefined || begun) return;
        begun = true;
        reply(socket, frameOf, id);
      });
    });
  };

/** The text of the first message of a client. */
function unmasked(data: Buffer): string {
  const long = (data[1] ?? 0) & 127;
  const start = long === 126 ? 4 : long === 127 ? 10 : 2;
  const mask = data.subarray(start, start + 4);
  return Buffer.from(data.subarray(start + 4).map((byte, i) => byte ^ (mask[i % 4] ?? 0))).toString('latin1');
}

/** A frame of a server: text unless `head` says otherwise. */
function frameOf(text: string, head = 0x81): Buffer {
  const payload = Buffer.from(text);
  const length = payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.of(head, ...length), payload]);
}

const CLEAN: readonly (readonly [id: string, what: string, service: Service, code: number, says: RegExp])[] = [
  ...([400, 401, 402, 403, 404, 500, 502] as const).flatMap(status => {
    const code = [401, 403].includes(status) ? 3 : status === 402 ? 5 : 4;
    return (
      [
        ['JSON', JSON.stringify({ title: 'No', message: 'for this reason' }), /\(\d+\): No: for this reason$/],
        ['text', 'for this reason', /\(\d+\): for this reason$/],
        ['no body', '', /\(\d+\)$/],
      ] as const
    ).map(([what, body, says]) => ['U1', `${status} with ${what}`, refuses(status, body), code, says] as const);
  }),
  ['U2', '429 for ever, without Retry-After', refuses(429, 'slow down'), 5, /\(429\): slow down/],
  ['U2', '503 for ever, with a date', refuses(503, 'busy', { 'Retry-After': new Date().toUTCString() }), 4, /busy/],
  ['U3', '429 until tomorrow', refuses(429, '', { 'Retry-After': 86_400 }), 5, /\(429\)/],
  [
    'U4',
    'a web page',
    refuses(200, '<title>Hotel</title>', { 'Content-Type': 'text/html' }),
    4,
    /web page titled “Hotel”/,
  ],
  [
    'U5',
    '301',
    refuses(301, '', { Location: `https://elsewhere.example/?api_key=${CANARY}` }),
    4,
    /redirects to https:\/\/elsewhere.example \(301\)/,
  ],
  ['U5', '302', refuses(302, '', { Location: 'ws://127.0.0.1:1/' }), 4, /redirects/],
  ['U6', 'a body that echoes the key', refuses(403, `wrong: ${CANARY}`), 3, /wrong: \[secret\]/],
  [
    'U6',
    'a body with escapes',
    refuses(500, '\u001b]0;x\u0007\u009b31mred\r\nAloud: fine\u202e'),
    4,
    /red Aloud: fine$/,
  ],
  ['U6', 'a body of 10 MB', refuses(500, Buffer.alloc(10_000_000, 'y')), 4, /y…$/],
  ['U7', 'not HTTP at all', socket => socket.write('SSH-2.0-OpenSSH_9.6\r\n'), 4, /does not speak HTTP/],
  [
    'U7',
    'a wrong Sec-WebSocket-Accept',
    (s: Socket) => s.once('data', r => s.write(acceptance(r, { 'Sec-WebSocket-Accept': 'bm9wZQ==' }))),
    4,
    /Sec-WebSocket-Accept/,
  ],
  [
    'U7',
    'a subprotocol nobody asked for',
    (s: Socket) => s.once('data', r => s.write(acceptance(r, { 'Sec-WebSocket-Protocol': 'chat' }))),
    4,
    /subprotocol/,
  ],
  [
    'U7',
    'a header of 1 MiB',
    (s: Socket) => s.once('data', r => s.write(acceptance(r, { 'X-Long': 'x'.repeat(1 << 20) }))),
    4,
    /cannot connect/,
  ],
  [
    'L12',
    'permessage-deflate that nobody offered',
    (s: Socket) => s.once('data', r => s.write(acceptance(r, { 'Sec-WebSocket-Extensions': 'permessage-deflate' }))),
    4,
    /cannot connect/,
  ],
  ['U8', 'accepted and never answered', () => {}, 4, /did not answer within 0\.4 seconds/],
  [
    'U8',
    'answered a byte at a time',
    (s: Socket) =>
      s.once('data', r => {
        const timer = setInterval(() => s.write('HTTP/1.1 101 Switching'.slice(0, 1)), 50);
        s.once('close', () => clearInterval(timer));
        return r;
      }),
    4,
    /cannot connect|did not answer/,
  ],
  ['U9', 'RST instead of an answer', s => s.once('data', () => s.resetAndDestroy()), 4, /broken off/],
  ['U9', 'FIN instead of an answer', s => s.once('data', () => s.end()), 4, /broken off/],
  ['F1', 'a frame that is not JSON', replies((_, p) => p.send('{"type":')), 4, /not JSON/],
  ['F1', 'garbage behind JSON', replies((id, p) => p.send(`${JSON.stringify(frames.done(id))}}`)), 4, /not JSON/],
  [
    'F1',
    'invalid UTF-8',
    bytes((s, f) => s.write(Buffer.concat([f('a', 0x81).subarray(0, 1), Buffer.of(2, 0xc3, 0x28)]))),
    4,
    /UTF-8/i,
  ],
  [
    'F2',
    'JSON that is no message, for ever',
    replies((_, p) => {
      for (const odd of ['null', '[]', '42', '"chunk"', ' ']) p.send(odd);
    }),
    4,
    /not JSON|nothing came/,
  ],
  ['F2', 'an empty text', replies((_, p) => p.send('')), 4, /not JSON/],
  [
    'F2',
    '200,000 levels',
    replies((_, p) => p.send('{"a":'.repeat(200_000) + '}'.repeat(200_000))),
    4,
    /not JSON|nothing came/,
  ],
  [
    'F4',
    'kinds that nobody knows, for ever',
    replies((id, p) => {
      for (const type of ['weather', undefined, 7, ['chunk'], null]) p.send({ type, context_id: id, data: 'AAAA' });
    }),
    4,
    /nothing came/,
  ],
  [
    'F5',
    'audio of others',
    replies((_, p) => {
      for (const id of ['other', 7, null, '__proto__', 'constructor', undefined])
        p.send({ ...frames.chunk('', SOUND), context_id: id });
    }),
    4,
    /nothing came/,
  ],
  ...[undefined, null, 7, ['AAAA'], {}, 'no base64!', 'A', 'AA=A', 'AAAA=', '====', 'AAAAÁAAA', 'ŁAAA'].map(
    data =>
      [
        'F6',
        `data that is ${JSON.stringify(data)}`,
        replies((id, p) => p.send({ ...frames.chunk(id, SOUND), data })),
        4,
        /not valid base64/,
      ] as const,
  ),
  ['F8', 'a whole that ends inside a sample', speaks(SOUND.subarray(1)), 7, /middle of a sample/],
  ['F10', 'a masked frame', bytes(s => s.write(Buffer.of(0x81, 0x81, 1, 2, 3, 4, 0x60))), 4, /MASK/],
  ['F10', 'reserved bits', bytes(s => s.write(Buffer.of(0xf1, 1, 0x61))), 4, /RSV/],
  ['F10', 'a bad opcode', bytes(s => s.write(Buffer.of(0x83, 0))), 4, /opcode/],
  [
    'F10',
    'a control frame that is too long',
    bytes(s => s.write(Buffer.concat([Buffer.of(0x89, 126, 0, 126), Buffer.alloc(126)]))),
    4,
    /payload length/,
  ],
  [
    'F10',
    'a frame that claims 2^40 bytes',
    bytes(s => s.write(Buffer.of(0x81, 127, 0, 0, 1, 0, 0, 0, 0, 0))),
    4,
    /size|large/,
  ],
  [
    'F10',
    'fragments without end',
    bytes(s =>
      flood(
        s,
        Buffer.concat([Buffer.of(0x00, 127, 0, 0, 0, 0, 0, 16, 0, 0), Buffer.alloc(1 << 20, 'x')]),
        frameOf('x', 0x01),
      ),
    ),
    4,
    /size exceeded/,
  ],
  [
    'F10',
    'a flood of pings',
    bytes(s => flood(s, Buffer.concat(Array.from({ length: 1000 }, () => frameOf('ping', 0x89))))),
    4,
    /nothing came|code 1006/,
  ],
  [
    'F11',
    'one message of 96 MiB',
    bytes(s => flood(s, Buffer.alloc(1 << 20, 'A'), Buffer.of(0x81, 127, 0, 0, 0, 0, 6, 0, 0, 0))),
    4,
    /size exceeded/,
  ],
  [
    'E1',
    'no done, and the socket stays open',
    replies((id, p) => p.send(frames.chunk(id, SOUND))),
    7,
    /nothing came .* 0\.4 seconds/,
  ],
  ...[1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 4000].map(
    code =>
      [
        'E2',
        `a close with ${code} in the middle`,
        replies((id, p) => {
          p.send(frames.chunk(id, SOUND));
          p.ws.close(code, `\u001b[2J${CANARY}`);
        }),
        7,
        new RegExp(`before the speech was complete \\(code ${code}, `),
      ] as const,
  ),
  ['E2', 'a close with 4429', replies((_, p) => p.ws.close(4429, 'slow down')), 5, /code 4429, slow down/],
  [
    'E2',
    'a close without a code',
    replies((id, p) => {
      p.send(frames.chunk(id, SOUND));
      p.ws.close();
    }),
    7,
    /code 1005, no reason given/,
  ],
  ...[999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535].map(
    code =>
      [
        'E2',
        `a close with the invalid code ${code}`,
        bytes(s => s.write(Buffer.of(0x88, 2, code >> 8, code & 255))),
        4,
        /invalid status code/i,
      ] as const,
  ),
  ['E2', 'a close of one byte', bytes(s => s.write(Buffer.of(0x88, 1, 3))), 4, /payload length/],
  [
    'E2',
    'FIN in the middle',
    bytes((s, f, id) => s.end(f(JSON.stringify(frames.chunk(id, SOUND.subarray(0, 4)))))),
    7,
    /code 1006/,
  ],
  [
    'E2',
    'RST in the middle',
    bytes((s, f, id) => {
      s.write(f(JSON.stringify(frames.chunk(id, SOUND.subarray(0, 4)))));
      setTimeout(() => s.resetAndDestroy(), 30);
    }),
    7,
    /code 1006/,
  ],
  [
    'E2',
    'FIN inside a frame',
    bytes((s, f, id) => s.end(f(JSON.stringify(frames.chunk(id, SOUND))).subarray(0, -5))),
    4,
    /code 1006/,
  ],
  ['E4', 'done with no audio for text', replies((id, p) => p.send(frames.done(id))), 7, /sent no audio/],
  [
    'E5',
    'an error in the middle',
    replies((id, p) => {
      p.send(frames.chunk(id, SOUND));
      p.send(frames.error(id, 500));
    }),
    4,
    /Trouble: it did not work/,
  ],
  [
    'E5',
    'an error in the old shape',
    replies((id, p) => p.send({ type: 'error', done: true, status_code: 400, error: 'Bad: it', context_id: id })),
    4,
    /Bad: it/,
  ],
  [
    'E5',
    'an error with type and done only',
    replies((_, p) => p.send({ type: 'error', done: true })),
    4,
    /reported an error \(500\) and said nothing about it/,
  ],
  ['E5', 'an error without a context', replies((_, p) => p.send(frames.error(undefined, 500))), 4, /it did not work/],
  [
    'E5',
    'an error of 1 MiB, with escapes and the key',
    replies((id, p) =>
      p.send(
        frames.error(id, 500, {
          message: `\u001b[31m${CANARY} `.repeat(1 << 16),
          error_code: `\u0007${CANARY}`,
          request_id: CANARY,
        }),
      ),
    ),
    4,
    /\[31m\[secret\]/,
  ],
  ['E6', '429 for the context, for ever', replies((id, p) => p.send(frames.error(id, 429))), 5, /it did not work/],
  ['E6', '402 for the context', replies((id, p) => p.send(frames.error(id, 402))), 5, /it did not work/],
  ['E7', 'a stall before the first frame', replies(() => {}), 4, /nothing came/],
  [
    'E7',
    'a stall inside a frame',
    bytes((s, f, id) => s.write(f(JSON.stringify(frames.chunk(id, SOUND))).subarray(0, -5))),
    4,
    /nothing came/,
  ],
];

/** Writes without end, as fast as it is read. */
function flood(socket: Socket, block: Buffer, head: Buffer = Buffer.alloc(0)): void {
  socket.write(head);
  const go = () => {
    while (!socket.destroyed && socket.writable && socket.write(block));
  };
  socket.on('drain', go);
  go();
}

describe('what fails cleanly', TOGETHER, () => {
  for (const [id, what, service, code, says] of CLEAN)
    it(`${id}: ${what}`, async () =>
      failsCleanly(await say(service, AT_THE_LIMIT.test(says.source) ? SHORT : []), code, says));
});

/** Frames of a reply, sent one after another as text. */
const says = (...make: ((id: string) => string | Buffer | object)[]): Script =>
  replies((id, peer) => {
    for (const each of make) peer.send(each(id));
  });

const done = (id: string) => frames.done(id);
const first = (id: string) => frames.chunk(id, HALVES[0]);
const second = (id: string) => frames.chunk(id, HALVES[1]);
const DATA = HALVES.map(half => half.toString('base64'));
const lenient = (change: (data: string) => string) =>
  says(id => ({ ...frames.chunk(id, SOUND), data: change(SOUND.toString('base64')) }), done);
const words = (lists: unknown) =>
  says(first, id => ({ ...frames.words(id, [], [], []), word_timestamps: lists }), second, done);

const SURVIVED: readonly (readonly [id: string, what: string, service: Service, sound?: Uint8Array])[] = [
  [
    'F2',
    'JSON that is no message, in between',
    says(
      () => 'null',
      first,
      () => '[]',
      () => '42',
      () => '"chunk"',
      second,
      () => `${'['.repeat(200_000)}${']'.repeat(200_000)}`,
      done,
    ),
  ],
  [
    'F3',
    'members in another order, pretty-printed',
    says(
      id => JSON.stringify({ context_id: id, data: DATA[0], type: 'chunk' }, undefined, 2),
      id => `\t{ "data" : "${DATA[1]}" ,"context_id":${JSON.stringify(id)},"type":\n"chunk" } `,
      done,
    ),
  ],
  [
    'F3',
    'escaped keys and values',
    says(
      id =>
        `{"type":"ch\\u0075nk","d\\u0061ta":"${DATA[0]?.replaceAll('/', '\\/')}","context\\u005fid":"${id.replace('-', '\\u002d')}"}`,
      second,
      done,
    ),
  ],
  [
    'F3',
    'a nested decoy, __proto__ and unknown members',
    says(
      id =>
        `{"a":{"data":"AAAA"},"__proto__":{"data":"AAAA","type":"done"},"type":"chunk","b":[{"data":"AAAA"}],"data":"${DATA[0]}","context_id":"${id}"}`,
      second,
      done,
    ),
  ],
  [
    'F3',
    'duplicate keys, of which the last counts',
    says(
      id =>
        `{"type":"done","data":"AAAA","context_id":"other","type":"chunk","data":"${DATA[0]}","context_id":"${id}"}`,
      second,
      done,
    ),
  ],
  [
    'F4',
    'kinds that nobody knows',
    says(
      id => ({ type: 'weather', context_id: id }),
      first,
      id => ({ context_id: id, data: 'AAAA' }),
      second,
      done,
    ),
  ],
  [
    'F5',
    'audio of others in between',
    says(
      first,
      () => frames.chunk('other', SOUND),
      () => ({ ...frames.chunk('', SOUND), context_id: 7 }),
      () => `{"type":"chunk","data":"AAAA","context_id":"__proto__"}`,
      () => frames.done('constructor'),
      second,
      done,
    ),
  ],
  ['F6', 'base64 with line breaks', lenient(data => data.replace(/.{76}/g, '$&\r\n'))],
  ['F6', 'base64url', lenient(data => data.replaceAll('+', '-').replaceAll('/', '_'))],
  [
    'F6',
    'base64 without padding',
    says(
      id => ({ ...frames.chunk(id, HALVES[0]), data: DATA[0]?.replaceAll('=', '') }),
      id => ({ ...frames.chunk(id, HALVES[1]), data: DATA[1]?.replaceAll('=', '') }),
      done,
    ),
  ],
  [
    'F7',
    'chunks of one byte',
    replies((id, p) => {
      for (const byte of SOUND.subarray(0, 500)) p.send(frames.chunk(id, Buffer.of(byte)));
      p.send(done(id));
    }),
    SOUND.subarray(0, 500),
  ],
  [
    'F9',
    'binary frames, which are nobody’s',
    says(
      first,
      () => SOUND,
      () => Buffer.from(JSON.stringify(done('x'))),
      second,
      done,
    ),
  ],
  [
    'F9',
    'fragments with pings in between',
    bytes((s, f, id) => {
      const text = JSON.stringify(frames.chunk(id, SOUND));
      for (let from = 0; from < text.length; from += 1000) {
        const isLast = from + 1000 >= text.length;
        s.write(
          Buffer.concat([
            f(text.slice(from, from + 1000), (isLast ? 0x80 : 0) | (from === 0 ? 1 : 0)),
            f('?', 0x89),
            f('!', 0x8a),
          ]),
        );
      }
      s.write(f(JSON.stringify(done(id))));
    }),
  ],
  [
    'F9',
    'one byte a segment',
    bytes(async (s, f, id) => {
      s.setNoDelay(true);
      for (const byte of Buffer.concat([
        f(JSON.stringify(frames.chunk(id, SOUND.subarray(0, 100)))),
        f(JSON.stringify(done(id))),
      ])) {
        s.write(Buffer.of(byte));
        await new Promise(setImmediate);
      }
    }),
    SOUND.subarray(0, 100),
  ],
  [
    'F9',
    'many messages a segment',
    bytes((s, f, id) =>
      s.write(
        Buffer.concat([
          ...Array.from({ length: 300 }, (_, i) =>
            f(JSON.stringify(frames.chunk(id, SOUND.subarray(i * 20, i * 20 + 20)))),
          ),
          f(JSON.stringify(done(id))),
        ]),
      ),
    ),
  ],
  [
    'F12',
    'step_time and status_code as nobody would have them',
    says(
      id => ({ ...first(id), step_time: undefined }),
      id => ({ ...second(id), step_time: -1, status_code: 'fine' }),
      id => ({ ...done(id), status_code: 999 }),
    ),
  ],
  ...(
    [
      ['ragged', { words: ['a', 'b', 'c'], start: [0], end: [0.1, 0.2] }],
      ['of other types', { words: ['a', 7, null, {}, 'b'], start: ['0', 0, 0, 0, null], end: [1, 1, 1, 1, 1] }],
      ['no lists', { words: 'a', start: 0, end: 1 }],
      ['none', null],
      [
        'out of order, overlapping, negative, past the end',
        { words: ['a', 'b', 'c', 'd'], start: [0.5, 0.1, -3, 90], end: [0.4, 9, -1, 99] },
      ],
      [
        'beyond what numbers are',
        { words: ['a', 'b'], start: [Number.MAX_VALUE, -0], end: [Number.MAX_VALUE, 5e-324] },
      ],
      [
        'with escapes',
        {
          words: ['\u001b[31m', 'a-->b\n\n2\n00:00:01,000 --> 00:00:02,000', `\u0000\u202e${CANARY}`],
          start: [0, 0.01, 0.02],
          end: [0.01, 0.02, 0.03],
        },
      ],
    ] as const
  ).map(([what, lists]) => ['F13', `times that are ${what}`, words(lists)] as const),
  [
    'F13',
    'NaN for a time is not JSON, but what comes late is ignored',
    says(first, second, done, id => frames.words(id, ['late'], [0], [1])),
  ],
  [
    'F14',
    'flush_done unasked, twice',
    says(
      id => frames.flushDone(id, 7),
      first,
      id => frames.flushDone(id),
      id => frames.flushDone(id),
      second,
      done,
    ),
  ],
  ['E3', 'done twice', says(first, second, done, done)],
  ['E3', 'audio after done', says(first, second, done, first)],
  [
    'E3',
    'done on the last chunk, and the socket closes',
    replies((id, p) => {
      p.send(first(id));
      p.send({ ...second(id), done: true });
      p.ws.close(1000);
    }),
  ],
  ['E3', 'done on the last chunk and no done', says(first, id => ({ ...second(id), done: true }))],
  [
    'E11',
    'a message that drips',
    bytes(async (s, f, id) => {
      s.setNoDelay(true);
      s.write(f(JSON.stringify(first(id))));
      const last = f(JSON.stringify(second(id)));
      // In all twice the limit, but never silent for as long as it.
      for (let i = 0; i < 14; i++) {
        s.write(last.subarray(i, i + 1));
        await new Promise(resolve => setTimeout(resolve, 150));
      }
      s.write(Buffer.concat([last.subarray(14), f(JSON.stringify(done(id)))]));
    }),
  ],
];

describe('what is survived', TOGETHER, () => {
  for (const [id, what, service, sound] of SURVIVED)
    it(`${id}: ${what}`, async () => survives(await say(service, id === 'E11' ? ['--timeout', '1'] : []), sound));
});

const ONCE: readonly (readonly [id: string, what: string, service: Service])[] = [
  ['U2', '429 with a second', refusesOnce((_r, s) => answer(s, 429, '', { 'Retry-After': 1 }))],
  ['U2', '503 with a date', refusesOnce((_r, s) => answer(s, 503, '', { 'Retry-After': new Date().toUTCString() }))],
  ['U2', '429 without a word', refusesOnce((_r, s) => answer(s, 429))],
  [
    'U9',
    'RST',
    refusesOnce((_r, s) => {
      (s as Socket).resetAndDestroy();
      return true;
    }),
  ],
  [
    'U9',
    'FIN',
    refusesOnce((_r, s) => {
      s.end();
      return true;
    }),
  ],
  ...[1000, 1001, 1005, 1006, 1011, 1012, 1013, 4429].map(
    code =>
      [
        'E2',
        `a close with ${code}`,
        {
          async serve(peer, index) {
            if (index > 0) return speaks().serve?.(peer, index);
            await peer.next();
            if (code === 1006) peer.ws.terminate();
            else if (code === 1005) peer.ws.close();
            else peer.ws.close(code);
          },
        },
      ] as const satisfies [string, string, Script],
  ),
  [
    'E6',
    '429 for the context',
    (() => {
      let times = 0;
      return replies((id, p) => {
        if (times++ === 0) return p.send(frames.error(id, 429));
        p.send(frames.chunk(id, SOUND));
        p.send(done(id));
      });
    })(),
  ],
];

describe('what is survived when it happens once', TOGETHER, () => {
  for (const [id, what, service] of ONCE)
    it(`${id}: ${what}`, async () => survives(await say(service, ['--retries', '2'])));
});

describe('what is not tried again', TOGETHER, () => {
  for (const [id, what, service] of [
    ['U1', '401', refuses(401)],
    ['U3', '429 until tomorrow', refuses(429, '', { 'Retry-After': 86_400 })],
    ['U4', 'a web page', refuses(200, '<p>', { 'Content-Type': 'text/html' })],
    ['U5', 'a redirect', refuses(302, '', { Location: 'ws://127.0.0.1:1/' })],
    ['U7', 'what is not HTTP', socket => socket.write('220 mail ready\r\n')],
  ] satisfies [string, string, Service][]) {
    it(`${id}: ${what}`, async () => {
      const run = await say(service, ['--retries', '5']);
      assert.equal(run.connections, 1, run.stderr);
      await failsCleanly(run, run.code, /./);
      if (id === 'U3') assert.match(run.stderr, /come back in (a day|24 hours|1 day)/);
    });
  }
});

/** The same over SLNG's route, where a socket carries one utterance that the service names. */
async function saySlng(
  reply: (peer: Peer, times: number) => unknown,
  flags: readonly string[] = ['--retries', '0'],
): Promise<Run> {
  const folder = await mkdtemp(join(root, 'slng-'));
  await writeFile(join(folder, 'out.wav'), 'old');
  let times = 0;
  await using server = await scriptedServer({
    async serve(peer) {
      for (;;) {
        const { type, continue: goesOn } = await peer.next();
        if (type === 'text' && goesOn === false) reply(peer, times++);
      }
    },
  });
  const begun = performance.now();
  const service = ['--provider', 'slng', '--base-url', `ws://127.0.0.1:${server.url.port}`];
  const argv = ['say', 'hello', ...service, '-o', join(folder, 'out.wav'), '-o', join(folder, 'out.raw'), ...flags];
  const outcome = await aloud(argv, { cwd: folder, env: { SLNG_API_KEY: CANARY } });
  const ms = performance.now() - begun;
  for (const { closed } of server.peers) await closed;
  return { ...outcome, connections: times, ms, folder };
}

describe('over the route of SLNG', TOGETHER, () => {
  const chunk = (audio: Uint8Array, more: object = {}) => ({
    type: 'audio_chunk',
    context_id: 'theirs',
    data: Buffer.from(audio).toString('base64'),
    done: false,
    ...more,
  });
  const end = { type: 'audio_end', context_id: 'theirs', status_code: 200, done: true };
  const spoken = (peer: Peer) => {
    peer.send(chunk(SOUND));
    peer.send(end);
  };
  const failing = (code: string) => ({ type: 'error', error_code: code, message: `no: ${CANARY} \u001b[2J` });

  for (const [id, what, reply, code, message] of [
    ['F1', 'a frame that is not JSON', peer => peer.send('{"type":'), 4, /not JSON/],
    [
      'F6',
      'audio that is not base64',
      peer => peer.send({ ...chunk(SOUND), data: 'no base64!' }),
      4,
      /not valid base64/,
    ],
    [
      'F8',
      'an end inside a sample',
      peer => {
        peer.send(chunk(SOUND.subarray(1)));
        peer.send(end);
      },
      7,
      /middle of a sample/,
    ],
    ['E1', 'no end', peer => peer.send(chunk(SOUND)), 7, /nothing came/],
    [
      'E2',
      'a close in the middle',
      peer => {
        peer.send(chunk(SOUND));
        peer.ws.close(1000);
      },
      7,
      /code 1000/,
    ],
    ['E2', 'a dropped connection', peer => peer.ws.terminate(), 4, /code 1006/],
    ['E4', 'an end without sound', peer => peer.send(end), 7, /sent no audio/],
    ['E5', 'an error that echoes the key', peer => peer.send(failing('backend_error')), 4, /no: \[secret\] \[2J/],
    ['E5', 'a refused key', peer => peer.send(failing('auth_error')), 3, /no: \[secret\]/],
    ['E6', 'too many at once', peer => peer.send(failing('rate_limit_exceeded')), 5, /no: \[secret\]/],
    ['E7', 'silence', () => {}, 4, /nothing came/],
  ] satisfies [string, string, (peer: Peer) => unknown, number, RegExp][]) {
    it(`${id}: ${what} fails cleanly`, async () =>
      failsCleanly(
        await saySlng(reply, [...(AT_THE_LIMIT.test(message.source) ? SHORT : []), '--retries', '0']),
        code,
        message,
      ));
  }

  for (const [id, what, reply] of [
    [
      'F9',
      'binary frames, cut inside samples',
      peer => {
        peer.send(SOUND.subarray(0, 1001));
        peer.send(SOUND.subarray(1001));
        peer.send(end);
      },
    ],
    [
      'F3',
      'another spelling',
      peer => {
        peer.send(JSON.stringify(chunk(SOUND), undefined, 1));
        peer.send('{"\\u0074ype":"Audio_End"}');
      },
    ],
    [
      'F4',
      'what nobody knows',
      peer => {
        peer.send({ type: 'segment_start' });
        peer.send(chunk(SOUND));
        peer.send('[]');
        peer.send(end);
      },
    ],
    [
      'E3',
      'an end twice',
      peer => {
        spoken(peer);
        peer.send(end);
      },
    ],
  ] satisfies [string, string, (peer: Peer) => unknown][]) {
    it(`${id}: ${what} is survived`, async () => {
      const run = await saySlng(reply);
      assert.equal(run.code, 0, run.stderr);
      assert.deepEqual(await readFile(join(run.folder, 'out.raw')), SOUND);
    });
  }

  it('E5: a fault in translation is tried again once', async () => {
    const passing = await saySlng(
      (peer, times) => (times === 0 ? peer.send(failing('translation_error')) : spoken(peer)),
      ['--retries', '5'],
    );
    assert.equal(passing.code, 0, passing.stderr);
    const lasting = await saySlng(peer => peer.send(failing('translation_error')), ['--retries', '5']);
    assert.equal(lasting.connections, 2);
    assert.equal(lasting.code, 4);
  });
});
