import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { describe, it } from 'node:test';
import { systemClock } from '../../src/host.ts';
import { createPair } from '../../src/server/pair.ts';
import type { CloseFacts } from '../../src/wire/failures.ts';
import { type Attempt, findFault, type Joined, joinLate, openThrough } from '../../src/wire/library.ts';
import { createUpgrade } from '../../src/wire/upgrade.ts';
import { acceptance } from '../support/scripted-server.ts';
import { calm } from '../support/wire.ts';

const attempt = (signal = calm()): Attempt => ({
  url: new URL('ws://there/'),
  headers: {},
  maxPayload: 1000,
  signal,
  place: 'there',
  clock: systemClock,
  redact: text => text,
});

const hearing = (joined: Joined) =>
  new Promise<CloseFacts>(resolve => joined.attend({ frame() {}, failed() {}, closed: resolve }));

describe('`ws`, called in late', () => {
  it('hears of an end that came before it, and after', async () => {
    for (const when of ['before', 'after']) {
      const [here, there] = createPair();
      const end = async () => {
        there.end();
        await once(here.resume(), 'end');
      };
      if (when === 'before') await end();
      let closed: Promise<CloseFacts> | undefined;
      await joinLate(here, attempt(), joined => {
        closed = hearing(joined);
        joined.feed(Buffer.of(0x88, 2, 0x0f, 0xa0));
      });
      if (when === 'after') await end();
      assert.equal((await closed)?.code, 4000);
    }
  });

  it('tells of an end that nobody was there to hear', async () => {
    const [here] = createPair();
    here.destroy();
    let late: Joined | undefined;
    await joinLate(here, attempt(), joined => {
      late = joined;
    });
    assert.ok(late);
    const { ws } = late;
    if (ws.readyState !== ws.CLOSED) await once(ws, 'close');
    assert.equal((await hearing(late)).code, 1006);
  });
});

describe('`ws`, asked what is wrong', () => {
  const answered = (reply: (yes: string) => string) => {
    const upgrade = createUpgrade(new URL('ws://there/'), {});
    assert.ok(upgrade);
    const yes = acceptance(Buffer.from(upgrade.request));
    return { said: Buffer.from(reply(yes)), readdress: upgrade.readdress };
  };

  it('says so, and if it finds nothing that is a fault, too', async () => {
    for (const [reply, said] of [
      [() => 'HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n', /refused the connection \(401\)/],
      [(yes: string) => yes.replace('Upgrade: websocket', 'Upgrade: h2c'), /Upgrade/],
      [(yes: string) => yes, /cannot be understood/],
    ] as const) {
      const [here] = createPair();
      await assert.rejects(findFault(here, answered(reply), attempt()), said);
      assert.ok(here.destroyed);
    }
  });
});

describe('`ws`, through an agent', () => {
  it('gives up at once where nobody waits any more', async () => {
    const reason = new Error('enough');
    await assert.rejects(openThrough(new Agent(), attempt(AbortSignal.abort(reason))), error => error === reason);
  });
});
