/** Requests that went wrong in any way, at the server: each is answered or closed, others are unharmed, memory is bounded. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import { systemClock } from '../src/host.ts';
import { type Listening, listen } from '../src/server/listen.ts';
import { createSpeechServer, type SpeechServer } from '../src/server/local-server.ts';
import { type Dice, diceOf, mutateBytes, mutated } from './support/mutations.ts';
import { audioOf, dial, generation, type PlainClient } from './support/plain-client.ts';
import { echo, echoOf } from './support/scripted-synthesizer.ts';
import { INIT } from './support/slng-client.ts';

const FORMAT = { encoding: 'pcm_s16le', sampleRate: 8000 } as const;

let server: SpeechServer;
let listening: Listening;
let witness: PlainClient;
const rejections: unknown[] = [];
const noteRejection = (reason: unknown) => rejections.push(reason);
before(async () => {
  server = createSpeechServer(echo(), { concurrency: 500, limits: { frameBytes: 100_000 } });
  listening = await listen(server.httpServer, { host: '127.0.0.1', port: 0, clock: systemClock });
  witness = await dial(server, { port: listening.port });
  process.on('unhandledRejection', noteRejection);
});
after(async () => {
  process.off('unhandledRejection', noteRejection);
  witness.socket.terminate();
  listening.close();
  await server.close();
});

let spoken = 0;

/** Somebody who has done nothing wrong is served as ever, by the same socket and by a new one. */
async function assertUnharmed(): Promise<void> {
  const fresh = await dial(server, { port: listening.port });
  for (const client of [witness, fresh]) {
    const id = `witness-${spoken++}`;
    client.send(generation(id, 'Still there'));
    const frames = await client.end(id);
    assert.deepEqual(audioOf(frames, id), echoOf('Still there', FORMAT));
    client.frames.length = 0;
  }
  fresh.socket.terminate();
  assert.deepEqual(rejections, []);
}

const IDS = ['a', 'b', 'c/d', ''];

/** What a client might say to Cartesia's route, of which most is sound. */
function cartesiaMessage(dice: Dice): object {
  const context_id = dice.pick(IDS);
  if (dice.chance(0.1)) return { context_id, cancel: true };
  return generation(
    context_id,
    dice.pick(['Hello. ', 'a', '', ' ', '…', '\ud800', '<break time="1s"/>', 'x'.repeat(500)]),
    {
      continue: dice.chance(0.7),
      ...(dice.chance(0.2) ? { flush: true } : {}),
      ...(dice.chance(0.3) ? { add_timestamps: true, max_buffer_delay_ms: dice.number(6000) } : {}),
      ...(dice.chance(0.2) ? { generation_config: { speed: dice.number(3), volume: 1, emotion: 'calm' } } : {}),
    },
  );
}

/** The same for SLNG's. */
function slngMessage(dice: Dice): object {
  if (dice.chance(0.15)) return INIT;
  const type = dice.pick(['text', 'text', 'text', 'flush', 'clear', 'cancel', 'close', 'keepalive']);
  return { type, text: dice.pick(['Hello. ', '', 'x'.repeat(300)]), continue: dice.chance(0.5) };
}

const ROUTES = [
  ['/tts/websocket?cartesia_version=2026-03-01', cartesiaMessage],
  ['/tts/websocket?cartesia_version=2024-06-10', cartesiaMessage],
  ['/v1/tts/cartesia/sonic:3', slngMessage],
  ['/v1/bridges/unmute/tts/cartesia/sonic:3', slngMessage],
] as const;

/** Says `count` mutated messages on one socket; resolves when the server has dealt with them, or has closed. */
async function babble(path: string, message: (dice: Dice) => object, dice: Dice, count: number): Promise<number> {
  const socket = new WebSocket(`ws://127.0.0.1:${listening.port}${path}`, { perMessageDeflate: false });
  socket.on('error', () => {});
  const [opened] = await Promise.race([
    once(socket, 'open').then(() => [true]),
    once(socket, 'close').then(() => [false]),
  ]);
  if (!opened) return 0;
  socket.on('message', (data, isBinary) => void (isBinary || JSON.parse(String(data))));
  if (path.startsWith('/v1')) socket.send(JSON.stringify(INIT));
  const closed = once(socket, 'close');
  for (let i = 0; i < count; i++) {
    const frame = mutated(message(dice), IDS, dice);
    if (dice.chance(0.05)) socket.send(frame);
    else socket.send(frame.toString('utf8'));
  }
  // A ping comes back when everything before it has been read.
  const pong = once(socket, 'pong').catch(() => {});
  socket.ping();
  await Promise.race([pong, closed]);
  if (dice.chance(0.5)) socket.terminate();
  else socket.close();
  await closed;
  return count;
}

/** Requests as bytes, before anything happens to them. */
const REQUESTS: readonly string[] = [
  'GET /tts/websocket?cartesia_version=2026-03-01 HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n\u0081\u0082\u0000\u0000\u0000\u0000{}',
  'GET /v1/tts/cartesia/sonic:3?token=x HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\nOrigin: http://localhost\r\n\r\n',
  `POST /tts/bytes HTTP/1.1\r\nHost: a\r\nCartesia-Version: 2026-03-01\r\nContent-Type: application/json\r\nContent-Length: 197\r\n\r\n${JSON.stringify({ model_id: 'sonic-3', transcript: 'Hello', voice: { mode: 'id', id: 'a0e99841-438c-4a64-b679-ae501e7d6091' }, output_format: { container: 'raw', encoding: 'pcm_s16le', sample_rate: 8000 } })}`,
  'POST /tts/sse HTTP/1.1\r\nHost: a\r\nCartesia-Version: 2026-03-01\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n2\r\n1}\r\n0\r\n\r\n',
  'GET /voices?limit=10&starting_after=x HTTP/1.1\r\nHost: a\r\nCartesia-Version: 2026-03-01\r\n\r\n',
  'GET /voices/%2e%2e%2fx%zz HTTP/1.1\r\nHost: a\r\nCartesia-Version: 2024-06-10\r\n\r\n',
  'POST /access-token HTTP/1.1\r\nHost: a\r\nCartesia-Version: 2026-03-01\r\nContent-Length: 50\r\n\r\n{"grants":{"tts":true},"expires_in":60}           ',
  'GET / HTTP/1.0\r\n\r\n',
];
const HEADERS = [
  'Content-Length: 5',
  'Content-Length: -1',
  'Transfer-Encoding: chunked',
  'Connection: close',
  'Expect: 100-continue',
  'Origin: https://evil.example',
  'Cartesia-Version: ../../x',
  `X: ${'y'.repeat(20_000)}`,
  'Upgrade: h2c',
  'Sec-WebSocket-Key: x',
  'Host:',
  'Authorization: Bearer \u0000',
];

function mutatedRequest(dice: Dice): Buffer {
  let text = dice.pick(REQUESTS);
  while (dice.chance(0.4)) text = text.replace('\r\n', () => `\r\n${dice.pick(HEADERS)}\r\n`);
  if (dice.chance(0.2))
    text = text.replace(
      /^\S+ \S+/,
      () =>
        `${dice.pick(['GET', 'POST', 'PUT', 'get', 'X'])} ${dice.pick(['/', '*', '//x', '/tts/bytes', '/tts/websocket', 'http://a/', `/${'z'.repeat(9000)}`])}`,
    );
  let bytes: Buffer = Buffer.from(text, 'latin1');
  while (dice.chance(0.5)) bytes = mutateBytes(bytes, dice);
  return bytes;
}

/** Sends bytes, in one piece or two, and says no more; resolves when the server has hung up. */
async function throwAt(bytes: Buffer, dice: Dice): Promise<void> {
  const socket = connect(listening.port, '127.0.0.1');
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  socket.resume();
  const cut = dice.number(bytes.length + 1);
  socket.write(bytes.subarray(0, cut));
  if (dice.chance(0.1)) socket.once('connect', () => socket.resetAndDestroy());
  else socket.end(bytes.subarray(cut));
  await closed;
}

describe('mutated requests', () => {
  it('V1: messages of every route are answered or the socket is closed, and others go on', async () => {
    const before = process.memoryUsage().heapUsed;
    let messages = 0;
    await fc.assert(
      fc.asyncProperty(fc.integer(), async seed => {
        const dice = diceOf(seed);
        const runs = ROUTES.map(([path, message]) => babble(path, message, dice, 25));
        for (const count of await Promise.all(runs)) messages += count;
      }),
      { numRuns: 100 },
    );
    await assertUnharmed();
    assert.ok(messages > 7000, `${messages}`);
    globalThis.gc?.();
    assert.ok(process.memoryUsage().heapUsed - before < 100e6);
  });

  it('V1: requests and upgrades as bytes are answered or hung up on, and others go on', async () => {
    const before = process.memoryUsage().heapUsed;
    await fc.assert(
      fc.asyncProperty(fc.integer(), async seed => {
        const dice = diceOf(seed);
        await Promise.all(Array.from({ length: 10 }, () => throwAt(mutatedRequest(dice), dice)));
      }),
      { numRuns: 150 },
    );
    await assertUnharmed();
    globalThis.gc?.();
    assert.ok(process.memoryUsage().heapUsed - before < 100e6);
  });

  it('V2: nothing of it is left: no connection, no context', async () => {
    const connections = () =>
      new Promise<number>(resolve => server.httpServer.getConnections((_, count) => resolve(count)));
    while ((await connections()) > 1) await new Promise(setImmediate);
    await assertUnharmed();
  });
});
