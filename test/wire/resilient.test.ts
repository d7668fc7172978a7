import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Failure } from '../../src/errors.ts';
import { systemClock } from '../../src/host.ts';
import type { Piece, SpeechEvent } from '../../src/speech.ts';
import { resilient } from '../../src/wire/resilient.ts';
import type { Session } from '../../src/wire/session.ts';
import { manualClock } from '../support/clock.ts';
import { collect, from } from '../support/collect.ts';
import { answer, frames, type Peer, scriptedServer, voiceOf, whole } from '../support/scripted-server.ts';
import { audioOf, calm, open, outcome, REQUEST, resilientWith } from '../support/wire.ts';

const speak = (id: string, text: string, peer: Peer) => {
  peer.send(frames.chunk(id, voiceOf(text)));
  peer.send(frames.done(id));
};

/** A session of which every attempt goes as told: the events to give, and then what to throw, if anything. */
function attempts(...script: { events?: SpeechEvent[]; error?: unknown }[]) {
  const heard: string[] = [];
  const session: Session = {
    async *synthesize(transcript) {
      const { events = [], error } = script[heard.length] ?? assert.fail('one attempt too many');
      const at = heard.push('') - 1;
      for await (const piece of transcript) heard[at] += typeof piece === 'string' ? piece : '|';
      yield* events;
      if (error !== undefined) throw error;
    },
    ready: async () => {},
    close: async () => {},
  };
  return { session, heard };
}

const again = (details: object = {}) => new Failure('service', 'down', { retryable: true, status: 503, ...details });
const audio: SpeechEvent = { type: 'audio', chunk: Buffer.of(1, 2) };
const words: SpeechEvent = { type: 'timestamps', granularity: 'word', spans: [{ text: 'a', start: 0, end: 1 }] };

describe('a second attempt', () => {
  it('C4: a refused key is not tried again', async () => {
    await using server = await scriptedServer({ upgrade: (_request, socket) => answer(socket, 401, 'no') });
    const session = resilientWith(server.url);
    const { error } = await outcome(session.synthesize(from('x'), REQUEST, calm()));
    assert.ok(error instanceof Failure && error.kind === 'auth' && error.exitCode === 3);
    assert.match(error.hint ?? '', /CARTESIA_API_KEY/);
    assert.equal(server.upgrades.length, 1);
    await session.close();
  });

  for (const status of [429, 503]) {
    it(`C6 U2: a ${status} at the upgrade is tried again, and speech comes when it is over`, async () => {
      await using server = await scriptedServer({
        upgrade: (_request, socket, index) => index < 2 && answer(socket, status),
        serve: whole(speak),
      });
      const session = resilientWith(server.url);
      const events = await collect(session.synthesize(from('a', 'b'), REQUEST, calm()));
      assert.deepEqual(audioOf(events), voiceOf('ab'));
      assert.equal(server.upgrades.length, 3);
      await session.close();
    });
  }

  it('C6: it gives up after the configured number of attempts', async () => {
    for (const retries of [0, 1, 3]) {
      await using server = await scriptedServer({ upgrade: (_request, socket) => answer(socket, 429) });
      const session = resilientWith(server.url, { retries });
      const { error } = await outcome(session.synthesize(from('x'), REQUEST, calm()));
      assert.ok(error instanceof Failure && error.kind === 'quota' && error.exitCode === 5);
      assert.equal(server.upgrades.length, retries + 1);
      await session.close();
    }
  });

  it('G14: what is worth only one further attempt gets no second one', async () => {
    const once = { error: again().with({ mostRetries: 1 }) };
    const { session, heard } = attempts(once, once);
    const wrapped = resilient(session, { clock: systemClock, reportsInputs: true, retries: 5, random: () => 0 });
    const { error } = await outcome(wrapped.synthesize(from('x'), REQUEST, calm()));
    assert.ok(error instanceof Failure);
    assert.equal(heard.length, 2);
  });

  it('C6: pauses grow up to thirty seconds and are spread over all of their length', async () => {
    for (const random of [0.25, 0.999]) {
      const clock = manualClock();
      const { session } = attempts(...Array.from({ length: 9 }, () => ({ error: again() })));
      const pauses: number[] = [];
      const retrying = (_: Failure, pauseMs: number) => pauses.push(pauseMs);
      const run = outcome(
        resilient(session, { clock, reportsInputs: true, retries: 8, random: () => random, retrying }).synthesize(
          from('x'),
          REQUEST,
          calm(),
        ),
      );
      await clock.advance(200_000);
      await run;
      assert.deepEqual(
        pauses,
        [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000].map(most => most * random),
      );
      assert.equal(clock.pending, 0);
    }
  });

  it('U2: a wait that is asked for is kept', async () => {
    const clock = manualClock();
    const { session, heard } = attempts({ error: again({ retryAfterMs: 7000 }) }, { events: [audio] });
    const run = outcome(
      resilient(session, { clock, reportsInputs: true, retries: 2, random: () => 0 }).synthesize(
        from('x'),
        REQUEST,
        calm(),
      ),
    );
    await clock.advance(6999);
    assert.equal(heard.length, 1);
    await clock.advance(1);
    assert.equal((await run).error, undefined);
  });

  it('U3: a wait of a day is not waited for: it fails at once, with 5, and says when to come back', async () => {
    await using server = await scriptedServer({
      upgrade: (_request, socket) => answer(socket, 429, '', { 'Retry-After': 86_400 }),
    });
    const session = resilientWith(server.url);
    const { error } = await outcome(session.synthesize(from('x'), REQUEST, calm()));
    assert.ok(error instanceof Failure && error.exitCode === 5);
    assert.match(error.hint ?? '', /24 hours/);
    assert.equal(server.upgrades.length, 1);
    await session.close();
  });

  it('C28: a socket that breaks before any audio costs a new one, and the text is said again', async () => {
    await using server = await scriptedServer({
      serve: async (peer, index) => {
        if (index < 2) {
          await peer.next();
          peer.ws.terminate();
        } else await whole(speak)(peer);
      },
    });
    const session = resilientWith(server.url);
    const events = await collect(session.synthesize(from('one ', 'two ', 'three'), REQUEST, calm()));
    assert.deepEqual(audioOf(events), voiceOf('one two three'));
    const ids = events.flatMap(event => (event.type === 'context' ? [event.contextId] : []));
    assert.equal(new Set(ids).size, 3);
    assert.equal(server.peers.length, 3);
    await session.close();
  });

  it('C28: a socket that always breaks is given up with 4', async () => {
    await using server = await scriptedServer({ serve: peer => peer.next().then(() => peer.ws.terminate()) });
    const session = resilientWith(server.url);
    const { error } = await outcome(session.synthesize(from('x'), REQUEST, calm()));
    assert.ok(error instanceof Failure && error.exitCode === 4, String(error));
    assert.equal(server.peers.length, 3);
    await session.close();
  });

  it('C28: after audio the text is said again, and what was heard of it is left out', async () => {
    await using server = await scriptedServer({
      serve: async (peer, index) => {
        const { context_id } = await peer.until(message => message.continue === false);
        const voice = voiceOf('a longer text');
        if (index === 0) peer.send(frames.chunk(String(context_id), voice.subarray(0, 4)));
        else peer.send(frames.chunk(String(context_id), voice));
        if (index > 0) peer.send(frames.done(String(context_id)));
        else peer.ws.close(1011);
      },
    });
    const session = resilientWith(server.url);
    const events = await collect(session.synthesize(from('a longer text'), REQUEST, calm()));
    assert.deepEqual(audioOf(events), voiceOf('a longer text'));
    assert.deepEqual(
      events.flatMap(event => (event.type === 'audio' || event.type === 'seam' ? [event.type] : [])),
      ['audio', 'seam', 'audio'],
    );
    await session.close();
  });

  it('C28: where text was too long to be kept, the failure is 7', async () => {
    const gone = new Failure('network', 'it has gone', { retryable: true });
    const { session } = attempts({ events: [audio], error: gone });
    const wrapped = resilient(session, { clock: systemClock, reportsInputs: true, retries: 2 });
    const { error } = await outcome(wrapped.synthesize(from('x'.repeat(270_000)), REQUEST, calm()));
    assert.ok(error instanceof Failure && error.kind === 'incomplete' && error.exitCode === 7);
    assert.match(error.hint ?? '', /too long to be kept/);
  });

  it('C39 E6: a context that is one too many is tried again while others go on', async () => {
    let refusals = 0;
    await using server = await scriptedServer({
      serve: whole((id, text, peer) => {
        if (text === 'crowded' && refusals++ < 2)
          peer.send(frames.error(id, 429, { error_code: 'concurrency_limited' }));
        else speak(id, text, peer);
      }),
    });
    const session = resilientWith(server.url);
    const texts = ['crowded', 'other'];
    const results = await Promise.all(texts.map(text => collect(session.synthesize(from(text), REQUEST, calm()))));
    assert.deepEqual(results.map(audioOf), texts.map(voiceOf));
    assert.equal(server.peers.length, 1);
    await session.close();
  });

  it('C39: being one too many does not count while others get their turn', async () => {
    let refused = 0;
    const session: Session = {
      async *synthesize(transcript) {
        const text = (await collect(transcript)).join('');
        if (text === 'crowded' && refused++ < 5) {
          void collect(wrapped.synthesize(from('other'), REQUEST, calm()));
          throw new Failure('quota', 'one too many', { status: 429, retryable: true });
        }
        yield audio;
      },
      ready: async () => {},
      close: async () => {},
    };
    const wrapped = resilient(session, { clock: systemClock, reportsInputs: true, retries: 1, random: () => 0 });
    assert.deepEqual(await collect(wrapped.synthesize(from('crowded'), REQUEST, calm())), [audio]);
    assert.equal(refused, 6);
  });

  it('L1: many contexts, few places and 429 at random: all are done, and none twice', async () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return seed / 2 ** 31;
    };
    const spoken: string[] = [];
    await using server = await scriptedServer({
      serve: whole((id, text, peer) => {
        if (random() < 0.3) return peer.send(frames.error(id, 429));
        spoken.push(text);
        speak(id, text, peer);
      }),
    });
    const session = resilientWith(server.url, { retries: 5 }, { maxContexts: 2 });
    const texts = Array.from({ length: 200 }, (_, i) => `t${i}`);
    const results = await Promise.all(texts.map(text => collect(session.synthesize(from(text), REQUEST, calm()))));
    assert.deepEqual(results.map(audioOf), texts.map(voiceOf));
    assert.deepEqual(spoken.sort(), texts.sort());
    await session.close();
  });

  it('no sentence is said twice where the service does not report signs as spoken', async () => {
    const second: SpeechEvent = { type: 'audio', chunk: Buffer.alloc(48_000) };
    const spoken: SpeechEvent[] = [second, { type: 'flushed' }];
    const { session, heard } = attempts({ events: [...spoken, ...spoken], error: again() }, { events: [second] });
    const wrapped = resilient(session, { clock: systemClock, reportsInputs: true, retries: 1, random: () => 0 });
    const texts = ['One. ', '* * * ', 'Two. ', 'Three.'];
    await collect(wrapped.synthesize(from(...texts), { ...REQUEST, maxBufferDelayMs: 0 }, calm()));
    assert.deepEqual(heard, ['One. * * * Two. Three.', 'Three.']);
  });

  it('a context that has died meanwhile is no failure: another goes on, unless that is refused too', async () => {
    const closed = new Failure('service', 'Context has closed', { status: 400 });
    const options = { clock: systemClock, reportsInputs: true, retries: 0 };
    const asked = { ...REQUEST, maxBufferDelayMs: 0 };
    const flushed: SpeechEvent = { type: 'flushed' };
    const second: SpeechEvent = { type: 'audio', chunk: Buffer.alloc(48_000) };
    const died = { events: [second, flushed], error: closed };
    const { session, heard } = attempts(died, { events: [audio] });
    const events = await collect(resilient(session, options).synthesize(from('one', 'two', 'three'), asked, calm()));
    assert.deepEqual(heard, ['onetwothree', 'twothree']);
    assert.deepEqual(events, [second, flushed, { type: 'seam' }, audio]);
    const bad = attempts(died, { error: closed });
    const run = await outcome(resilient(bad.session, options).synthesize(from('one', 'two'), asked, calm()));
    assert.deepEqual([run.error, bad.heard.length], [closed, 2]);
    // Who gives text as it is written has to know how far it was heard.
    const open = attempts(died);
    assert.equal(
      (await outcome(resilient(open.session, options).synthesize(from('a'), REQUEST, calm()))).error,
      closed,
    );
  });

  it('what may not go better the next time is not tried', async () => {
    for (const error of [new Failure('service', 'bad request', { status: 400 }), new Error('a bug')]) {
      const { session, heard } = attempts({ error });
      const run = await outcome(
        resilient(session, { clock: systemClock, reportsInputs: true, retries: 2 }).synthesize(
          from('x'),
          REQUEST,
          calm(),
        ),
      );
      assert.equal(run.error, error);
      assert.equal(heard.length, 1);
    }
  });

  it('every attempt has the whole text, and times without audio do not come twice', async () => {
    const { session, heard } = attempts({ events: [words], error: again() }, { events: [words, audio, words] });
    const texts: Piece[] = ['a', { flush: true }, 'b'];
    const events = await collect(
      resilient(session, { clock: systemClock, reportsInputs: true, retries: 2, random: () => 0 }).synthesize(
        from(...texts),
        REQUEST,
        calm(),
      ),
    );
    assert.deepEqual(heard, ['a|b', 'a|b']);
    assert.deepEqual(events, [words, audio, words]);
  });

  it('times without any audio come at the end', async () => {
    const { session } = attempts({ events: [words] });
    const events = await collect(
      resilient(session, { clock: systemClock, reportsInputs: true, retries: 0 }).synthesize(
        from('…'),
        REQUEST,
        calm(),
      ),
    );
    assert.deepEqual(events, [words]);
  });

  it('a text too long to keep is said once only', async () => {
    const { session, heard } = attempts({ error: again() });
    const run = await outcome(
      resilient(session, { clock: systemClock, reportsInputs: true, retries: 2 }).synthesize(
        from('x'.repeat(270_000)),
        REQUEST,
        calm(),
      ),
    );
    assert.ok(run.error instanceof Failure);
    assert.equal(heard.length, 1);
  });

  it('an abort ends a pause at once, and so does closing', async () => {
    for (const how of ['abort', 'close']) {
      const clock = manualClock();
      const { session } = attempts({ error: again() });
      const stop = new AbortController();
      const wrapped = resilient(session, { clock, reportsInputs: true, retries: 2, random: () => 0.5 });
      const run = outcome(wrapped.synthesize(from('x'), REQUEST, stop.signal));
      while (clock.pending === 0) await new Promise(resolve => setImmediate(resolve));
      const reason = new Error('enough');
      if (how === 'abort') stop.abort(reason);
      else await wrapped.close();
      const { error } = await run;
      if (how === 'abort') assert.equal(error, reason);
      else assert.ok(error instanceof Failure && error.kind === 'interrupted');
      assert.equal(clock.pending, 0);
    }
  });

  it('leaving early ends the transcript', async () => {
    let ended = false;
    async function* text() {
      try {
        for (;;) yield 'more ';
      } finally {
        ended = true;
      }
    }
    await using server = await scriptedServer({
      serve: async peer => {
        const { context_id } = await peer.next();
        peer.send(frames.chunk(String(context_id), Buffer.alloc(2)));
      },
    });
    const session = resilientWith(server.url);
    for await (const event of session.synthesize(text(), REQUEST, calm())) if (event.type === 'audio') break;
    assert.equal(ended, true);
    await session.close();
  });

  it('ready() tries again too, and C4 not when the key is refused', async () => {
    await using server = await scriptedServer({
      upgrade: (_request, socket, index) => index < 2 && answer(socket, 503),
    });
    const session = resilientWith(server.url);
    await session.ready();
    assert.equal(server.upgrades.length, 3);
    await session.close();
    await using shut = await scriptedServer({ upgrade: (_request, socket) => answer(socket, 403) });
    const refused = resilientWith(shut.url);
    await assert.rejects(refused.ready(), { kind: 'auth' });
    assert.equal(shut.upgrades.length, 1);
    await refused.close();
    await assert.rejects(open(shut.url), { kind: 'auth' });
  });
});
