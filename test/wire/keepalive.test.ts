/** A socket that speaks up by itself in silence. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cartesia } from '../../src/protocol/cartesia.ts';
import { slng } from '../../src/protocol/slng.ts';
import { keptAlive } from '../../src/wire/keepalive.ts';
import type { Socket, SocketListener } from '../../src/wire/socket.ts';
import { manualClock } from '../support/clock.ts';

/** A socket that writes down what is sent. */
function fakeSocket() {
  const sent: string[] = [];
  let listener: SocketListener | undefined;
  const socket: Socket = {
    requestId: 'r',
    isOpen: true,
    received: 7,
    listen(hears) {
      listener = hears;
    },
    send(frame) {
      sent.push(frame);
      return undefined;
    },
    pause() {},
    resume() {},
    close: async () => {},
  };
  return { socket, sent, end: () => listener?.closed({ code: 1000, reason: '' }) };
}

const KEEPALIVE = '{"type":"keepalive"}';

describe('keeping a socket alive', () => {
  it('speaks every 20 s of silence, counted from what was sent last', async () => {
    const clock = manualClock();
    const { socket, sent } = fakeSocket();
    const kept = keptAlive(socket, slng, clock);
    await clock.advance(19_999);
    assert.deepEqual(sent, []);
    kept.send('text');
    await clock.advance(19_999);
    assert.deepEqual(sent, ['text']);
    await clock.advance(1);
    assert.deepEqual(sent, ['text', KEEPALIVE]);
    await clock.advance(60_000);
    assert.deepEqual(sent, ['text', KEEPALIVE, KEEPALIVE, KEEPALIVE, KEEPALIVE]);
    assert.equal(clock.pending, 1);
  });

  it('is quiet once the socket has gone, from either side', async () => {
    for (const from of ['here', 'there']) {
      const clock = manualClock();
      const { socket, sent, end } = fakeSocket();
      const kept = keptAlive(socket, slng, clock);
      let heard = 0;
      kept.listen({ frame() {}, closed: () => heard++ });
      if (from === 'here') await kept.close();
      else end();
      assert.equal(heard, from === 'here' ? 0 : 1);
      await clock.advance(60_000);
      assert.deepEqual(sent, []);
      assert.equal(clock.pending, 0);
    }
  });

  it('is the same socket otherwise, and untouched where the language says nothing in silence', () => {
    const clock = manualClock();
    const { socket } = fakeSocket();
    const { requestId, isOpen, received } = keptAlive(socket, slng, clock);
    assert.deepEqual([requestId, isOpen, received], ['r', true, 7]);
    assert.equal(keptAlive(socket, cartesia, clock), socket);
  });
});
