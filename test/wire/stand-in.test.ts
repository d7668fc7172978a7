import assert from 'node:assert/strict';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { createPair } from '../../src/server/pair.ts';
import { createStandIn, endTogether } from '../../src/wire/stand-in.ts';

const REQUEST = 'GET / HTTP/1.1\r\nSec-WebSocket-Key: abc\r\nX: y\r\n\r\n';

function standingIn() {
  const [here, there] = createPair();
  const keys: string[] = [];
  const standIn = createStandIn(here, key => {
    keys.push(key);
    return 'yes';
  });
  return { here, there, keys, standIn };
}

describe('a stand-in', () => {
  it('answers the request itself, however it is cut, and passes on what follows', async () => {
    const { there, keys, standIn } = standingIn();
    for (const letter of REQUEST) standIn.write(letter);
    assert.equal(String((await once(standIn, 'data'))[0]), 'yes');
    assert.deepEqual(keys, ['abc']);
    standIn.write('one ');
    standIn.end('two');
    assert.equal(await text(there), 'one two');
  });

  it('ends where the connection ends, and not before what was pushed is read', async () => {
    const { here, there, standIn } = standingIn();
    standIn.write(REQUEST);
    there.end();
    await once(here.resume(), 'end');
    standIn.push(' and more');
    endTogether(here, standIn);
    assert.equal(await text(standIn), 'yes and more');
  });

  it('is lost where the connection is lost, before or after', async () => {
    for (const when of ['before', 'after']) {
      const { here, standIn } = standingIn();
      if (when === 'before') {
        here.destroy();
        await once(here, 'close');
      }
      endTogether(here, standIn);
      if (when === 'after') here.destroy();
      await once(standIn, 'close');
      assert.ok(standIn.destroyed);
    }
  });

  it('takes the connection with it', async () => {
    const { here, standIn } = standingIn();
    standIn.destroy();
    await once(here, 'close');
    const other = standingIn();
    other.here.destroy();
    other.standIn.resume().end();
    other.standIn.push(null);
    await once(other.standIn, 'close');
  });
});
