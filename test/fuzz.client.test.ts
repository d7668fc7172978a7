/** Frames that went wrong in any way, at the client: no crash, no hang, and no wrong audio taken for right. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { Failure } from '../src/errors.ts';
import { cartesia } from '../src/protocol/cartesia.ts';
import type { Dialect } from '../src/protocol/dialect.ts';
import { slng } from '../src/protocol/slng.ts';
import type { SpeechEvent } from '../src/speech.ts';
import { type Context, createContext } from '../src/wire/context.ts';
import { createLink, type Link } from '../src/wire/link.ts';
import type { Socket, SocketListener } from '../src/wire/socket.ts';
import { aloud } from './support/cli.ts';
import { manualClock } from './support/clock.ts';
import { from } from './support/collect.ts';
import { type Dice, diceOf, mutated } from './support/mutations.ts';
import { frames, type Peer, scriptedServer } from './support/scripted-server.ts';
import { audioOf, CANARY, calm, outcome, REQUEST, sessionWith } from './support/wire.ts';

/** What a context is after the frames so far, by the rules alone. */
interface Judged {
  readonly audio: Buffer[];
  state: 'open' | 'complete' | 'failed';
}

type Judge = (frame: Buffer, isBinary: boolean) => void;

/** Base64 read letter by letter: blanks, line breaks and the other alphabet are allowed, padding has to fit where it is. */
function strictBase64(text: string): Buffer | undefined {
  const bare = text.replace(/[ \t\r\n\v\f]/g, '');
  if (text === '') return Buffer.alloc(0);
  const padding = /={0,2}$/.exec(bare)?.[0].length ?? 0;
  const digits = bare.slice(0, bare.length - padding);
  if (digits === '' || digits.length % 4 === 1 || (padding > 0 && bare.length % 4 !== 0)) return undefined;
  const bytes: number[] = [];
  let bits = 0;
  let count = 0;
  for (const digit of digits) {
    const value = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.indexOf(
      digit === '-' ? '+' : digit === '_' ? '/' : digit,
    );
    if (value < 0) return undefined;
    bits = ((bits << 6) | value) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes.push((bits >> count) & 0xff);
  }
  return Buffer.from(bytes);
}

/** The whole message, by `JSON.parse` and nothing else; `broken` where it is none, undefined where it is no object. */
function parsed(frame: Buffer): Record<string, unknown> | 'broken' | undefined {
  let value: unknown;
  try {
    value = JSON.parse(frame.toString('utf8'));
  } catch {
    return 'broken';
  }
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function finish(context: Judged): void {
  const bytes = context.audio.reduce((sum, part) => sum + part.length, 0);
  context.state = bytes > 0 && bytes % 2 === 0 ? 'complete' : 'failed';
}

function hear(context: Judged, data: unknown): void {
  const audio = typeof data === 'string' ? strictBase64(data) : undefined;
  if (audio === undefined) context.state = 'failed';
  else context.audio.push(audio);
}

/** The rules of Cartesia's messages. */
function judgeCartesia(contexts: ReadonlyMap<string, Judged>): Judge {
  const open = (id: unknown) => {
    const context = typeof id === 'string' ? contexts.get(id) : undefined;
    return context?.state === 'open' ? context : undefined;
  };
  const failAll = () => {
    for (const context of contexts.values()) if (context.state === 'open') context.state = 'failed';
  };
  return (frame, isBinary) => {
    const message = isBinary ? undefined : parsed(frame);
    if (message === 'broken') return failAll();
    if (message === undefined) return;
    const context = open(message.context_id);
    if (message.type === 'error') {
      if (typeof message.context_id !== 'string') failAll();
      else if (context) context.state = 'failed';
    } else if (context && message.type === 'chunk') hear(context, message.data);
    else if (context && message.type === 'done') finish(context);
  };
}

/** The rules of SLNG's messages for one context on a socket, whatever it is called there. */
function judgeSlng(context: Judged): Judge {
  return (frame, isBinary) => {
    if (context.state !== 'open') return;
    if (isBinary) return void context.audio.push(frame);
    const message = parsed(frame);
    if (message === 'broken') context.state = 'failed';
    if (message === 'broken' || message === undefined || typeof message.type !== 'string') return;
    const type = message.type.toLowerCase();
    if (type === 'error') context.state = 'failed';
    else if (['audio_end', 'end', 'done'].includes(type)) finish(context);
    else if (['audio_chunk', 'audio', 'chunk'].includes(type)) hear(context, message.data);
  };
}

const IDS = ['a3b8', 'context/two', '"ü\\'];

/** What a service might say, of which most is sound. */
function original(dice: Dice, dialect: Dialect): object {
  const context_id = dice.pick(IDS);
  const data = Buffer.from(Array.from({ length: dice.number(40) }, () => dice.number(256))).toString('base64');
  const isSlng = dialect === slng;
  switch (dice.number(16)) {
    case 0:
      return { type: isSlng ? 'audio_end' : 'done', done: true, status_code: 206, context_id };
    case 1:
      return { type: 'timestamps', context_id, word_timestamps: { words: ['a'], start: [0], end: [dice.number(9)] } };
    case 2:
      return { type: 'flush_done', context_id, flush_done: true, flush_id: 1 };
    case 3:
      return dice.chance(0.3)
        ? { type: 'error', done: true, status_code: 500, message: 'm', context_id }
        : { type: 'weather' };
    default:
      return {
        type: isSlng ? 'audio_chunk' : 'chunk',
        data,
        done: false,
        status_code: 206,
        step_time: 1.5,
        context_id,
        flush_id: 1,
      };
  }
}

/** A link whose other end is the test. */
function linkOf(dialect: Dialect): { link: Link; say: Judge } {
  let listener: SocketListener | undefined;
  let received = 0;
  const socket: Socket = {
    requestId: undefined,
    isOpen: true,
    get received() {
      return received;
    },
    listen: hears => (listener = hears),
    send: () => undefined,
    pause() {},
    resume() {},
    close: async () => {},
  };
  const link = createLink(dialect, socket, manualClock(), () => {});
  return {
    link,
    say(frame, isBinary) {
      received += frame.length;
      listener?.frame(frame, isBinary);
    },
  };
}

async function begin(link: Link, dialect: Dialect, id: string): Promise<Context> {
  const clock = manualClock();
  const over = () => link.remove(id);
  const redact = (text: string) => text;
  const context = createContext({
    id,
    request: REQUEST,
    dialect,
    line: link,
    clock,
    timeoutMs: 1e9,
    joinsChunks: true,
    redact,
    signal: calm(),
    over,
  });
  link.add(id, context);
  context.speak('hello', from<string>()[Symbol.asyncIterator]());
  return context;
}

/** What has come of a context, as the rules would put it. */
function result(context: Context): { audio: Buffer; state: Judged['state'] } {
  const events: SpeechEvent[] = [];
  for (let event = context.take(); event !== undefined; event = context.take()) events.push(event);
  const audio = audioOf(events);
  try {
    return { audio, state: context.ended() ? 'complete' : 'open' };
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    assert.ok(error.message.length <= 600 && !error.message.includes('\u001b'));
    return { audio, state: 'failed' };
  }
}

/** Frames of one run, and how many runs make a hundred thousand, for both; that many in CI. */
const FRAMES = 50;
const RUNS = process.env.CI === undefined ? 300 : 1000;

/** Frames for contexts of their own until those are over, or `most` of them. Gives how many it were. */
async function round(
  dialect: Dialect,
  dice: Dice,
  most: number,
  seen: Record<Judged['state'], number>,
): Promise<number> {
  const ids = dialect === slng ? IDS.slice(0, 1) : IDS;
  const { link, say } = linkOf(dialect);
  const contexts = new Map<string, Context>();
  for (const id of ids) contexts.set(id, await begin(link, dialect, id));
  await setImmediate();
  const judged = new Map(ids.map((id): [string, Judged] => [id, { audio: [], state: 'open' }]));
  const judge = dialect === slng ? judgeSlng(judged.get(ids[0] ?? '') ?? assert.fail()) : judgeCartesia(judged);
  let count = 0;
  let isOver = false;
  while (count < most && !isOver) {
    const frame = mutated(original(dice, dialect), IDS, dice);
    const isBinary = dice.chance(0.05);
    say(frame, isBinary);
    judge(frame, isBinary);
    count += 1;
    isOver = dice.chance(0.03) || [...judged.values()].every(({ state }) => state !== 'open');
  }
  for (const [id, context] of contexts) {
    const expected = judged.get(id) ?? assert.fail();
    const { audio, state } = result(context);
    assert.equal(state, expected.state);
    assert.deepEqual(audio, Buffer.concat(expected.audio));
    seen[state] += 1;
    context.stop(new Error('enough'));
  }
  return count;
}

for (const [name, dialect] of [
  ['Cartesia', cartesia],
  ['SLNG', slng],
] as const) {
  describe(`mutated frames of ${name}`, () => {
    it('F1 F2 F3 F4 F5 F6 E3: 50,000 of them, in CI, give what JSON.parse and the rules give, in bounded time and memory', async () => {
      const before = process.memoryUsage().heapUsed;
      const seen = { open: 0, complete: 0, failed: 0 };
      await fc.assert(
        fc.asyncProperty(fc.integer(), async seed => {
          const dice = diceOf(seed);
          for (let left = FRAMES; left > 0; ) left -= await round(dialect, dice, left, seen);
        }),
        { numRuns: RUNS },
      );
      // Else the frames would be too wild, or too tame, to try anything.
      for (const [state, count] of Object.entries(seen)) assert.ok(count > RUNS / 20, `${state}: ${count}`);
      globalThis.gc?.();
      assert.ok(process.memoryUsage().heapUsed - before < 100e6);
    });
  });
}

describe('mutated frames on a real socket', () => {
  it('F1 F2 F3 F5 F6 F9: the session hears of each context what the rules give, and the next one is whole', async () => {
    let next: (peer: Peer) => Promise<void> = async () => {};
    await using server = await scriptedServer({ serve: peer => next(peer) });
    await fc.assert(
      fc.asyncProperty(fc.integer(), async seed => {
        const dice = diceOf(seed);
        const judged: Judged = { audio: [], state: 'open' };
        next = async peer => {
          const id = String((await peer.next()).context_id);
          const judge = judgeCartesia(new Map([[id, judged]]));
          for (let i = 0; i < 30; i++) {
            const message = { ...original(dice, cartesia), ...(dice.chance(0.8) ? { context_id: id } : {}) };
            // What is not UTF-8 ends the socket, which is another row.
            const frame = Buffer.from(mutated(message, [...IDS, id], dice).toString('utf8'));
            const isBinary = dice.chance(0.05);
            peer.ws.send(frame, { binary: isBinary });
            judge(frame, isBinary);
          }
          peer.ws.close(1000);
        };
        const session = sessionWith(server.url);
        const { items, error } = await outcome(session.synthesize(from('hello'), REQUEST, calm()));
        await session.close();
        if (judged.state === 'open') assert.ok(error === undefined || error instanceof Failure);
        else assert.equal(error === undefined, judged.state === 'complete');
        assert.deepEqual(audioOf(items), Buffer.concat(judged.audio));
      }),
      { numRuns: 60 },
    );
    next = async peer => {
      const id = String((await peer.next()).context_id);
      peer.send(frames.chunk(id, Buffer.from('good')));
      peer.send(frames.done(id));
    };
    const session = sessionWith(server.url);
    const { items, error } = await outcome(session.synthesize(from('hello'), REQUEST, calm()));
    assert.equal(error, undefined);
    assert.deepEqual(audioOf(items), Buffer.from('good'));
    await session.close();
  });
});

describe('mutated answers over HTTP', () => {
  it('F2 F3 L10: voices and tokens are read or refused, the key shows nowhere, and nothing breaks', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'aloud-fuzz-'));
    let body: Buffer = Buffer.alloc(0);
    const service = createServer((_request, response) => response.end(body));
    await new Promise<void>(resolve => service.listen(0, '127.0.0.1', resolve));
    const { port } = service.address() as AddressInfo;
    const flags = ['--provider', 'cartesia', '--base-url', `http://127.0.0.1:${port}`, '--retries', '0'];
    const env = { CARTESIA_API_KEY: CANARY, HOME: folder };
    const voice = { id: 'a', name: 'Katie', language: 'en', description: `x\u001b[31m${CANARY}`, is_owner: false };
    try {
      await fc.assert(
        fc.asyncProperty(fc.integer(), async seed => {
          const dice = diceOf(seed);
          const inner = JSON.parse(safe(mutated(voice, IDS, dice))) as unknown;
          const page = {
            data: [voice, inner],
            has_more: dice.chance(0.5),
            next_page: dice.pick([null, 'a', 7]),
            token: CANARY,
          };
          body = mutated(dice.chance(0.2) ? voice : page, IDS, dice);
          const argv = dice.pick([
            ['voices', '--refresh'],
            ['voices', '--json', '--refresh'],
            ['voices', 'show', 'a'],
            ['voices', 'Kat'],
          ]);
          const { code, stdout, stderr } = await aloud([...argv, ...flags], { cwd: folder, env });
          assert.ok([0, 2, 4].includes(code), `${code} ${stderr}`);
          assert.ok(!`${stdout}${stderr}`.includes(CANARY), stdout + stderr);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be shown
          assert.doesNotMatch(stdout + stderr, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
        }),
        { numRuns: 150 },
      );
      for (const name of await readdir(folder, { recursive: true })) {
        const content = await readFile(join(folder, name), 'utf8').catch(() => '');
        assert.ok(!content.includes(CANARY), name);
      }
    } finally {
      service.closeAllConnections();
      await new Promise(resolve => service.close(resolve));
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** JSON, or `null` where it was one no longer. */
function safe(bytes: Buffer): string {
  try {
    return JSON.stringify(JSON.parse(bytes.toString('utf8')));
  } catch {
    return 'null';
  }
}
