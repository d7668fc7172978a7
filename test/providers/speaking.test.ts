/** What providers have in common: further attempts that are told of, and a limit on contexts. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { cartesia } from '../../src/providers/cartesia.ts';
import { local } from '../../src/providers/local.ts';
import { slng } from '../../src/providers/slng.ts';
import type { SpeechRequest } from '../../src/speech.ts';
import { accessTo } from '../support/access.ts';
import { manualClock } from '../support/clock.ts';
import { collect, from } from '../support/collect.ts';
import { answer, frames, type Peer, scriptedServer } from '../support/scripted-server.ts';
import { audioOf, CANARY, calm, iterate, REQUEST } from '../support/wire.ts';

const SAMPLES = Buffer.alloc(4, 1);

/** Ends the context of the text that was said last. */
async function end(peer: Peer): Promise<void> {
  const { context_id: id } = await peer.until(message => message.continue === false);
  if (id !== undefined) {
    peer.send(frames.chunk(String(id), SAMPLES));
    return peer.send(frames.done(String(id)));
  }
  const contextId = `context ${peer.said.length}`;
  peer.send({ type: 'audio_chunk', context_id: contextId, status_code: 206, data: SAMPLES.toString('base64') });
  peer.send({ type: 'audio_end', context_id: contextId, status_code: 200, done: true });
}

for (const provider of [cartesia, slng]) {
  describe(`a connection to ${provider.name}`, () => {
    it('tells of every further attempt, without the key', { timeout: 20_000 }, async () => {
      await using server = await scriptedServer({
        upgrade: (_request, socket, index) => index < 2 && answer(socket, 503, `not now, ${CANARY}`),
        serve: end,
      });
      const clock = manualClock();
      const told: string[] = [];
      const access = accessTo(server.url, { clock, retries: 2, warn: line => void told.push(line) });
      const connection = provider.connect(access, calm());
      const speech = collect(connection.synthesize(from('Hello.'), REQUEST, calm()));
      for (const pauseMs of [500, 1000]) {
        const before = told.length;
        while (told.length === before) await new Promise(resolve => setImmediate(resolve));
        await clock.advance(pauseMs);
      }
      assert.deepEqual(audioOf(await speech), SAMPLES);
      const line = `${server.url.host} refused the connection (503): not now, [secret]; trying again`;
      assert.deepEqual(told, [line, line]);
      await connection.close();
    });

    it('C34: has no more contexts open at once than were asked for', async () => {
      await using server = await scriptedServer();
      const connection = provider.connect(accessTo(server.url, { maxContexts: 1 }), calm());
      const speak = (text: string) => collect(connection.synthesize(from(text), REQUEST, calm()));
      const all = Promise.all([speak('One.'), speak('Two.'), speak('Three.')]);
      const peer = await server.accept();
      for (let spoken = 1; spoken <= 3; spoken++) {
        await end(peer);
        assert.equal(peer.said.filter(message => message.continue === false).length, spoken);
      }
      await all;
      assert.equal(server.peers.length, 1);
      await connection.close();
    });
  });
}

describe('a connection to local', () => {
  it('C34: has no more contexts open at once than were asked for', async () => {
    const connection = local.connect(accessTo(new URL('ws://localhost'), { maxContexts: 1 }), calm());
    const request: SpeechRequest = { ...REQUEST, model: local.defaultModel, voice: 'en-us', maxBufferDelayMs: 0 };
    const first = iterate(connection.synthesize(from('One.'), request, calm()));
    await first.next();
    const log: string[] = [];
    const second = collect(connection.synthesize(from('Two.'), request, calm())).then(() => log.push('second'));
    await collect(first).then(() => log.push('first'));
    await second;
    assert.deepEqual(log, ['first', 'second']);
    await connection.close();
  });
});
