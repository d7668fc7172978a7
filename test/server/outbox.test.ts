/** Who sends waits when too much waits to be sent, but not for a socket that has gone. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import type { WebSocket } from 'ws';
import { createOutbox } from '../../src/server/outbox.ts';

/** A socket that keeps what it is given until told to let it go. */
function heldSocket() {
  const held: { frame: string; sent: (() => void) | undefined }[] = [];
  const socket = Object.assign(new EventEmitter(), {
    OPEN: 1,
    readyState: 1,
    send(frame: string, _options: object, sent?: () => void) {
      held.push({ frame, sent });
    },
  });
  Object.defineProperty(socket, 'bufferedAmount', {
    get: () => held.reduce((sum, { frame }) => sum + frame.length, 0),
  });
  return { socket: socket as unknown as WebSocket, held, letGo: () => held.shift()?.sent?.() };
}

const isSettled = async (promise: Promise<void>) => {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  for (let i = 0; i < 3; i++) await new Promise<void>(resolve => setImmediate(resolve));
  return settled;
};

describe('the outbox', () => {
  it('lets each sender wait for its own frame above the mark', async () => {
    const { socket, held, letGo } = heldSocket();
    const { send } = createOutbox(socket, { bufferedBytes: 10 });
    assert.equal(send('12345'), undefined);
    assert.equal(send('67890'), undefined);
    const first = send('a');
    const second = send('b');
    assert.ok(first !== undefined && second !== undefined, 'both wait');
    assert.deepEqual(
      held.map(({ frame }) => frame),
      ['12345', '67890', 'a', 'b'],
    );
    for (let i = 0; i < 3; i++) letGo();
    assert.equal(await isSettled(first), true);
    assert.equal(await isSettled(second), false);
    letGo();
    assert.equal(await isSettled(second), true);
    assert.equal(send('c'), undefined);
  });

  it('lets nobody wait for a socket that has gone', async () => {
    const { socket } = heldSocket();
    const { send, closed } = createOutbox(socket, { bufferedBytes: 1 });
    const waiting = send('abc');
    assert.ok(waiting !== undefined, 'it waits');
    Object.assign(socket, { readyState: 3 });
    socket.emit('close');
    await waiting;
    await closed;
    assert.equal(send('more'), undefined);
  });

  it('gives others their turn when much was sent in one', async () => {
    const { socket } = heldSocket();
    const { send } = createOutbox(socket, { bufferedBytes: Number.POSITIVE_INFINITY });
    const frame = 'x'.repeat(50_000);
    let goOn: Promise<void> | undefined;
    let sent = 0;
    while (goOn === undefined && sent < 100) {
      goOn = send(frame);
      sent += 1;
    }
    assert.equal(sent, 3);
    await goOn;
    assert.equal(send(frame), undefined);
  });
});
