/** The pair of streams behaves as a socket does, and is used as one. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { WebSocket, WebSocketServer } from 'ws';
import { createPair } from '../../src/server/pair.ts';

const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise<void>(resolve => setImmediate(resolve));
};

/** Writes chunk after chunk until told to wait; gives the bytes accepted. */
function fill(end: Duplex, chunk: Buffer): number {
  let bytes = 0;
  do bytes += chunk.length;
  while (end.write(chunk));
  return bytes;
}

describe('a pair', () => {
  it('carries bytes both ways, in order, at once', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 5000 })), fc.array(fc.uint8Array()), async (there, back) => {
        const [a, b] = createPair();
        for (const chunk of there) a.write(chunk);
        for (const chunk of back) b.write(chunk);
        a.end();
        b.end();
        assert.deepEqual(Buffer.concat(await b.toArray()), Buffer.concat(there));
        assert.deepEqual(Buffer.concat(await a.toArray()), Buffer.concat(back));
      }),
      { numRuns: 50 },
    );
  });

  it('hands a chunk over without copying it', async () => {
    const [a, b] = createPair();
    const chunk = Buffer.from('the same memory');
    a.write(chunk);
    const [received] = (await once(b, 'data')) as [Buffer];
    assert.equal(received.buffer, chunk.buffer);
    assert.equal(received.byteOffset, chunk.byteOffset);
  });

  it('never delivers within the call that writes', async () => {
    const [a, b] = createPair();
    let received = 0;
    b.on('data', () => {
      received += 1;
    });
    a.write('x');
    await Promise.resolve();
    assert.equal(received, 0);
    await once(b, 'data');
  });

  it('makes the writer wait for the reader, and go on when it reads', async () => {
    const [a, b] = createPair();
    const chunk = Buffer.alloc(16 * 1024);
    let bytes = 0;
    for (let i = 0; i < 10; i++) {
      bytes += fill(a, chunk);
      const drained = await Promise.race([once(a, 'drain').then(() => true), turns(5).then(() => false)]);
      if (!drained) break;
    }
    assert.ok(bytes < 2 * 1024 * 1024, `${bytes} bytes were taken unread`);
    assert.ok(a.writableNeedDrain, 'the writer waits');
    const drained = once(a, 'drain');
    const read = text(b);
    await drained;
    a.end();
    assert.equal((await read).length, bytes);
  });

  it('may be ended on one side and written on the other', async () => {
    const [a, b] = createPair();
    a.end('question');
    b.once('data', question => assert.equal(String(question), 'question'));
    await once(b, 'end');
    b.end('answer');
    assert.equal(await text(a), 'answer');
    await turns(3);
    assert.ok(a.destroyed && b.destroyed, 'both have ended');
  });

  it('delivers what was written before an end was destroyed', async () => {
    const [a, b] = createPair();
    a.write('last words');
    a.destroy();
    assert.equal(await text(b), 'last words');
  });

  it('fails the writer whose other end has gone', async () => {
    const [a, b] = createPair();
    b.destroy();
    await turns(2);
    a.write('anybody?');
    const [error] = (await once(a, 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'EPIPE');
    assert.ok(a.destroyed, 'it is over');
  });

  it('fails the writer that waits when the other end goes', async () => {
    const [a, b] = createPair();
    fill(a, Buffer.alloc(100_000));
    await turns(3);
    b.destroy();
    const [error] = (await once(a, 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'EPIPE');
  });

  it('completes every write of an end that is destroyed', async () => {
    const [a] = createPair();
    const outcomes: boolean[] = [];
    for (let i = 0; i < 20; i++) a.write(Buffer.alloc(100_000), error => outcomes.push(error == null));
    await turns(3);
    a.on('error', () => {});
    a.destroy();
    await turns(3);
    assert.equal(outcomes.length, 20);
    assert.ok(outcomes.includes(false), 'and says which were lost');
  });

  it('carries HTTP', async () => {
    const server = createServer((incoming, answer) => {
      void text(incoming).then(body => answer.end(body.toUpperCase()));
    });
    const [client, inside] = createPair();
    server.emit('connection', inside);
    const outgoing = request({ method: 'POST', createConnection: () => client });
    outgoing.setTimeout(1000);
    outgoing.end('hello');
    const [answer] = await once(outgoing, 'response');
    assert.equal(await text(answer), 'HELLO');
  });

  it('carries WebSockets, their close as well', async () => {
    const server = createServer();
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', socket => socket.on('message', data => socket.send(data)));
    const [stream, inside] = createPair();
    server.emit('connection', inside);
    const client = new WebSocket('ws://pair', { createConnection: () => stream as never, handshakeTimeout: 1000 });
    await once(client, 'open');
    const big = Buffer.alloc(3_000_000, 7);
    client.send(big);
    const [echoed] = (await once(client, 'message')) as [Buffer];
    assert.equal(big.compare(echoed), 0);
    client.close(1000, 'bye');
    const [code, reason] = await once(client, 'close');
    assert.deepEqual([code, String(reason)], [1000, 'bye']);
    await turns(5);
    assert.ok(stream.destroyed && inside.destroyed, 'nothing is left');
  });
});
