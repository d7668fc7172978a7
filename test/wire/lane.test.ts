import assert from 'node:assert/strict';
import { connect, type Socket as TcpSocket } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { WebSocket } from 'ws';
import type { CloseFacts } from '../../src/wire/failures.ts';
import type { Socket } from '../../src/wire/socket.ts';
import { acceptance, rawServer } from '../support/scripted-server.ts';
import { open } from '../support/wire.ts';

/** A frame from a server (RFC 6455 §5.2), the length in as few bytes as there are, or in `wide` ones. */
function frame(first: number, payload: string | Buffer, wide: 0 | 2 | 8 = 0): Buffer {
  const data = Buffer.from(payload);
  const { length } = data;
  if (wide === 0 && length < 126) return Buffer.concat([Buffer.of(first, length), data]);
  if (wide < 8 && length < 65536) return Buffer.concat([Buffer.of(first, 126, length >> 8, length & 255), data]);
  const head = Buffer.of(first, 127, 0, 0, 0, 0, 0, 0, 0, 0);
  head.writeUInt32BE(length, 6);
  return Buffer.concat([head, data]);
}

const TEXT = 0x81;
const BINARY = 0x82;
const PING = 0x89;
const goodbye = Buffer.of(0x88, 2, 0x03, 0xe8);

/** Everything that is heard, in its order, as `text …` or `binary …`. */
function createEar() {
  const heard: string[] = [];
  const waiting = new Set<() => void>();
  const note = (data: Buffer, isBinary: boolean) => {
    heard.push(`${isBinary ? 'binary' : 'text'} ${data.toString('utf8')}`);
    for (const look of waiting) look();
  };
  const until = (last: string) =>
    new Promise<string[]>(resolve => {
      const look = () => {
        if (heard.at(-1) !== last) return;
        waiting.delete(look);
        resolve(heard.splice(0));
      };
      waiting.add(look);
      look();
    });
  return { heard, note, until };
}

function hear(socket: Socket) {
  const ear = createEar();
  const closed = new Promise<CloseFacts>(resolve => socket.listen({ frame: ear.note, closed: resolve }));
  return { ...ear, closed };
}

/** What `ws` alone makes of it. */
function hearBare(ws: WebSocket) {
  const ear = createEar();
  ws.on('message', (data, isBinary) => ear.note(data as Buffer, isBinary));
  return ear;
}

/** A server of bytes, and whoever connects to it. */
async function pair() {
  let accepted: (socket: TcpSocket) => void = () => {};
  const server = await rawServer(socket => {
    socket.setNoDelay(true);
    socket.once('data', request => {
      socket.write(acceptance(request));
      accepted(socket);
    });
  });
  const meet = async <T>(dial: (url: URL) => Promise<T> | T) => {
    const there = new Promise<TcpSocket>(resolve => {
      accepted = resolve;
    });
    const here = await dial(server.url);
    return { here, there: await there };
  };
  return { meet, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** Sends `bytes` cut at `cuts`, each piece in a turn of its own. */
async function send(socket: TcpSocket, bytes: Buffer, cuts: readonly number[]): Promise<void> {
  const places = [...new Set(cuts.map(cut => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const place of [...places, bytes.length]) {
    if (place > from) socket.write(bytes.subarray(from, place));
    from = place;
    await new Promise(resolve => setImmediate(resolve));
  }
}

const word = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.nat(70_000).map(length => 'é'.repeat(length)),
  fc.constantFrom(0, 1, 125, 126, 127, 65_535, 65_536).map(length => 'x'.repeat(length)),
);
/** Messages as bytes: whole, in unusual lengths, in fragments with pings between them, binary, and pings alone. */
const message = fc.oneof(
  { weight: 5, arbitrary: word.map(text => frame(TEXT, text)) },
  fc.tuple(word, fc.constantFrom<2 | 8>(2, 8)).map(([text, wide]) => frame(TEXT, text, wide)),
  word.map(text => frame(BINARY, text)),
  fc.string({ maxLength: 20 }).map(text => frame(PING, Buffer.from(text).subarray(0, 125))),
  fc
    .array(word, { minLength: 1, maxLength: 3 })
    .map(parts =>
      Buffer.concat([
        frame(0x01, 'begun '),
        ...parts.flatMap(part => [frame(PING, 'p'), frame(0x00, part)]),
        frame(0x80, ' ended'),
      ]),
    ),
);

describe('messages through the lane', () => {
  it('are those that `ws` alone gives, in the same order, wherever the bytes are cut', async () => {
    await using servers = await pair();
    const own = await servers.meet(url => open(url));
    // Who reads in another way, as TLS does.
    const other = await servers.meet(url =>
      open(url, { createConnection: () => connect(Number(url.port), url.hostname) }),
    );
    const bare = await servers.meet(url => new WebSocket(url));
    const ears = [hear(own.here), hear(other.here), hearBare(bare.here)] as const;
    let round = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 6 }), async (all, cuts) => {
        const last = `round ${round++}`;
        const bytes = Buffer.concat([...all, frame(TEXT, last)]);
        await Promise.all([own, other, bare].map(({ there }) => send(there, bytes, cuts)));
        const [here, there, expected] = await Promise.all(ears.map(({ until }) => until(`text ${last}`)));
        assert.deepEqual(here, expected);
        assert.deepEqual(there, expected);
        assert.equal(own.here.received, other.here.received);
      }),
      { numRuns: 100 },
    );
    await Promise.all([own.here.close(), other.here.close()]);
    bare.here.terminate();
  });

  it('are the same when every byte comes by itself', async () => {
    await using servers = await pair();
    const { here, there } = await servers.meet(url => open(url));
    const { until } = hear(here);
    const parts = [frame(TEXT, 'x'.repeat(130)), frame(PING, 'p'), frame(TEXT, 'ü'), frame(TEXT, 'end', 8)];
    const bytes = Buffer.concat(parts);
    await send(there, bytes, Array.from(bytes.keys()));
    assert.deepEqual(await until('text end'), [`text ${'x'.repeat(130)}`, 'text ü', 'text end']);
    await here.close();
  });

  it('wait while the socket is paused, and come in their order when it goes on', async () => {
    await using servers = await pair();
    const { here, there } = await servers.meet(url => open(url));
    const heard: string[] = [];
    await new Promise<void>(resolve => {
      here.listen({
        frame(data) {
          heard.push(String(data).slice(0, 8));
          if (heard.length % 50 === 1) {
            here.pause();
            setImmediate(() => here.resume());
          }
          if (heard.length === 500) resolve();
        },
        closed: () => resolve(),
      });
      const all = Array.from({ length: 500 }, (_, i) => {
        const name = `${i}`.padStart(8, '0');
        return i % 7 === 3 ? frame(0x01, name).toString('latin1') + frame(0x80, '').toString('latin1') : pad(name);
      });
      there.write(Buffer.from(all.join(''), 'latin1'));
    });
    assert.deepEqual(
      heard,
      Array.from({ length: 500 }, (_, i) => `${i}`.padStart(8, '0')),
    );
    await here.close();
  });

  it('are not heard behind a goodbye', async () => {
    await using servers = await pair();
    const { here, there } = await servers.meet(url => open(url));
    const { heard, closed } = hear(here);
    there.write(Buffer.concat([frame(TEXT, 'one'), goodbye, frame(TEXT, 'two')]));
    assert.equal((await closed).code, 1000);
    assert.deepEqual(heard, ['text one']);
  });

  it('are not heard once the first of them was reason enough to hang up', async () => {
    await using servers = await pair();
    const { here, there } = await servers.meet(url => open(url));
    const heard: string[] = [];
    const closed = new Promise<void>(resolve => {
      here.listen({
        frame(data) {
          heard.push(String(data));
          void here.close();
        },
        closed: () => resolve(),
      });
    });
    there.write(Buffer.concat([frame(TEXT, 'one'), frame(TEXT, 'two'), goodbye]));
    await closed;
    assert.deepEqual(heard, ['one']);
  });

  it('do not have to be kept until they are whole, however long they say they are', async () => {
    await using servers = await pair();
    const { here, there } = await servers.meet(url => open(url));
    const { heard, until } = hear(here);
    const long = 'l'.repeat(1024 * 1024);
    there.write(Buffer.concat([frame(TEXT, long), frame(TEXT, 'short')]));
    assert.deepEqual(await until('text short'), [`text ${long}`, 'text short']);
    assert.deepEqual(heard, []);
    await here.close();
  });

  it('that are not UTF-8 end the socket as `ws` ends it', async () => {
    await using servers = await pair();
    const { here, there } = await servers.meet(url => open(url));
    const { heard, closed } = hear(here);
    // Nothing is heard of one who goes on after our goodbye.
    there.once('data', () => there.end(frame(TEXT, 'two')));
    there.write(Buffer.concat([frame(TEXT, 'one'), frame(TEXT, Buffer.of(0xc3, 0x28))]));
    assert.match(String((await closed).error), /UTF-8/);
    assert.deepEqual(heard, ['text one']);
  });

  it('are not heard behind what cannot be understood, though `ws` says so later', async () => {
    const faults = {
      'reserved bits': Buffer.of(0xf1, 1, 0x61),
      'an unknown opcode': Buffer.of(0x83, 0),
      'a mask': Buffer.of(0x81, 0x81, 1, 2, 3, 4, 0x60),
      'no UTF-8': frame(TEXT, Buffer.of(0xc3, 0x28)),
    };
    await using servers = await pair();
    for (const [what, fault] of Object.entries(faults)) {
      const { here, there } = await servers.meet(url => open(url));
      const { heard, closed } = hear(here);
      there.on('data', () => there.end());
      there.write(Buffer.concat([frame(TEXT, 'one'), fault, frame(TEXT, 'two')]));
      assert.ok((await closed).error, what);
      assert.deepEqual(heard, ['text one'], what);
    }
  });

  it('in the middle of another that comes in fragments end the socket as `ws` ends it', async () => {
    await using servers = await pair();
    const { here, there } = await servers.meet(url => open(url));
    const { heard, closed } = hear(here);
    there.write(Buffer.concat([frame(0x01, 'begun'), frame(PING, 'p'), frame(TEXT, 'other'), frame(0x80, 'ended')]));
    assert.match(String((await closed).error), /invalid opcode 1/);
    assert.deepEqual(heard, []);
  });

  it('come in the memory that the next is read into', async () => {
    await using servers = await pair();
    const { here, there } = await servers.meet(url => open(url));
    const buffers = new Set<ArrayBufferLike>();
    await new Promise<void>(resolve => {
      let count = 0;
      const next = () => there.write(frame(TEXT, `message ${count}`));
      here.listen({
        frame(data) {
          buffers.add(data.buffer);
          if (++count === 20) resolve();
          else next();
        },
        closed: () => resolve(),
      });
      next();
    });
    assert.equal(buffers.size, 1);
    await here.close();
  });
});

describe('a server that speaks in the same breath as it accepts', () => {
  it('is heard, though the rest of a message may look like another', async () => {
    // Cut inside of its first letter, which leaves what could be the head of a text of five bytes.
    const half = '\u00c1\u0005hello, world';
    await using server = await rawServer(socket =>
      socket.once('data', request => {
        const early = Buffer.concat([frame(TEXT, 'early'), frame(TEXT, half).subarray(0, 3)]);
        socket.write(Buffer.concat([Buffer.from(acceptance(request)), early]));
      }),
    );
    const here = await open(server.url);
    const { until, heard } = hear(here);
    assert.deepEqual(await until('text early'), ['text early']);
    server.connections[0]?.write(frame(TEXT, half).subarray(3));
    assert.deepEqual(await until(`text ${half}`), [`text ${half}`]);
    assert.deepEqual(heard, []);
    await here.close();
  });
});

/** A text frame that begins with `name` and is long enough for a few to fill what is read at once. */
function pad(name: string): string {
  return frame(TEXT, name.padEnd(9000, '.')).toString('latin1');
}
