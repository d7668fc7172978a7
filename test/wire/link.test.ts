import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Failure } from '../../src/errors.ts';
import type { Dialect, Message } from '../../src/protocol/dialect.ts';
import type { Context } from '../../src/wire/context.ts';
import { createLink, HELD_ALONE, HELD_BRIEFLY, HELD_TOGETHER } from '../../src/wire/link.ts';
import type { Socket, SocketListener } from '../../src/wire/socket.ts';
import { manualClock } from '../support/clock.ts';

/** A link whose socket and contexts only write down what happens to them. */
function linked(contextsPerSocket = Number.POSITIVE_INFINITY) {
  const log: string[] = [];
  let hears: SocketListener = { frame() {}, closed() {} };
  const socket: Socket = {
    requestId: undefined,
    isOpen: true,
    received: 0,
    listen: listener => {
      hears = listener;
    },
    send: () => undefined,
    pause: () => void log.push('pause'),
    resume: () => void log.push('resume'),
    close: async () => {},
  };
  const dialect = { contextsPerSocket, read: (frame: Buffer) => JSON.parse(String(frame)) as Message };
  const clock = manualClock();
  const link = createLink(dialect as unknown as Dialect, socket, clock, () => log.push('gone'));
  const held: Record<string, number> = {};
  const add = (id: string) => {
    held[id] = 0;
    const context = {
      held: () => held[id],
      receive: (message: Message) => void log.push(`${id}:${message.type}`),
      resumed: () => void log.push(`${id}:resumed`),
      closed: () => void log.push(`${id}:closed`),
      giveUp: ({ message }: Failure) => void log.push(`${id}:${message}`),
    };
    link.add(id, context as unknown as Context);
  };
  const hold = (id: string, bytes: number) => {
    held[id] = (held[id] ?? 0) + bytes;
    link.hold(bytes);
  };
  const say = (message: object) => hears.frame(Buffer.from(JSON.stringify(message)), false);
  return { link, log, clock, add, hold, say, close: () => hears.closed({ code: 1006, reason: '' }) };
}

const MiB = 1024 * 1024;

describe('a link', () => {
  it('waits for a quick taker, and a moment only for a slow one', async () => {
    const { link, log, clock, add, hold } = linked();
    add('a');
    hold('a', HELD_BRIEFLY);
    assert.deepEqual(log, []);
    hold('a', 1);
    assert.deepEqual(log, ['pause']);
    hold('a', -HELD_BRIEFLY / 4);
    await clock.advance(50);
    assert.deepEqual(log, ['pause'], 'he is at it');
    hold('a', -HELD_BRIEFLY / 4 - 1);
    assert.deepEqual(log.splice(0), ['pause', 'resume']);
    assert.equal(clock.pending, 0);
    hold('a', HELD_BRIEFLY);
    await clock.advance(99);
    assert.deepEqual(log.splice(0), ['pause']);
    await clock.advance(1);
    assert.deepEqual(log.splice(0), ['resume']);
    hold('a', MiB);
    await clock.advance(1000);
    hold('a', -MiB);
    hold('a', MiB);
    assert.deepEqual(log, [], 'who is slow is not waited for');
    await clock.advance(100);
    hold('a', -MiB);
    hold('a', MiB);
    assert.deepEqual(log, ['pause'], 'until he is quick again');
    assert.equal(link.paused, false);
  });

  it('pauses for one context that is not taken from, and goes on when some of it was', async () => {
    const { link, log, clock, add, hold } = linked();
    add('a');
    hold('a', HELD_ALONE);
    await clock.advance(100);
    assert.deepEqual(log.splice(0), ['pause', 'resume']);
    hold('a', 1);
    hold('a', -MiB);
    assert.equal(link.paused, true);
    hold('a', -1);
    assert.deepEqual(log, ['pause', 'resume', 'a:resumed']);
  });

  it('L2: a context that is not taken from does not hold up another, old or new', () => {
    const { link, log, add, hold } = linked();
    add('slow');
    hold('slow', HELD_ALONE + 1);
    assert.equal(link.paused, true);
    add('new');
    assert.equal(link.paused, false);
    hold('slow', 10 * MiB);
    assert.equal(link.paused, false);
    link.remove('slow');
    assert.equal(link.paused, false, 'what waits for a context that is over is nothing that pausing would help');
    hold('new', 1);
    assert.equal(link.paused, false);
    assert.deepEqual(log, ['pause', 'resume', 'slow:resumed', 'new:resumed']);
  });

  it('pauses when too much waits for all of them together', () => {
    const { link, add, hold } = linked();
    for (const id of ['a', 'b', 'c', 'd', 'e']) add(id);
    for (const id of ['a', 'b', 'c', 'd']) hold(id, HELD_TOGETHER / 4);
    assert.equal(link.paused, false);
    hold('e', 1);
    assert.equal(link.paused, true);
    hold('b', -MiB - 1);
    assert.equal(link.paused, false);
  });

  it('gives up the one that most waits for, when nobody takes and another is in want', async () => {
    const { link, log, clock, add, hold } = linked();
    const failure = new Failure('output', 'untaken');
    for (const id of ['a', 'b', 'c']) add(id);
    hold('a', HELD_TOGETHER / 4);
    hold('b', HELD_TOGETHER / 2);
    await clock.advance(100);
    log.length = 0;
    link.relieve(failure);
    assert.deepEqual(log, [], 'nobody is in want while the socket is read');
    hold('a', HELD_TOGETHER / 4 + MiB);
    hold('a', -1);
    assert.equal(link.paused, true);
    link.relieve(failure);
    assert.deepEqual(log, ['pause'], 'something was taken');
    link.relieve(failure);
    assert.deepEqual(log, ['pause', 'a:untaken']);
  });

  it('gives up what has arrived whole, too', () => {
    const { link, log, add, hold } = linked();
    add('whole');
    add('other');
    hold('whole', HELD_TOGETHER);
    link.remove('whole');
    add('new');
    hold('other', 1);
    link.relieve(new Failure('output', 'untaken'));
    assert.deepEqual(log, ['pause', 'whole:untaken']);
  });

  it('an error without an id is for all, anything else without an id for nobody', () => {
    const { log, add, say } = linked();
    add('a');
    add('b');
    say({ type: 'done' });
    say({ type: 'event', event: { type: 'flushed' } });
    say({ type: 'done', contextId: 'x' });
    assert.deepEqual(log, []);
    say({ type: 'error', failure: new Failure('service', 'x') });
    say({ type: 'broken' });
    say({ type: 'done', contextId: 'b' });
    assert.deepEqual(log, ['a:error', 'b:error', 'a:broken', 'b:broken', 'b:done']);
  });

  it('where a socket carries one context, that is the one that is meant', () => {
    const { log, add, say } = linked(1);
    add('a');
    say({ type: 'done' });
    assert.deepEqual(log, ['a:done']);
  });

  it('tells of the end of the socket before its contexts hear of it', () => {
    const { log, add, close } = linked();
    add('a');
    close();
    assert.deepEqual(log, ['gone', 'a:closed']);
  });
});
