import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMute } from '../../src/wire/mute.ts';

describe('a socket to nobody', () => {
  it('answers each frame with what it is told, in order, but not at once', async () => {
    const heard: string[] = [];
    const socket = createMute(frame => (frame === '' ? [] : [`${frame}!`, `${frame}?`]));
    socket.listen({
      frame: (data, isBinary) => heard.push(`${data}${isBinary}`),
      closed: () => assert.fail('it was never open'),
    });
    for (const frame of ['a', '', 'b']) assert.equal(socket.send(frame), undefined);
    assert.deepEqual(heard, []);
    await new Promise(resolve => setImmediate(resolve));
    assert.deepEqual(heard, ['a!false', 'a?false', 'b!false', 'b?false']);
    await socket.close();
  });
});
