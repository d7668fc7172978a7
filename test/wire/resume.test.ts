/** Speech over a wire that breaks: every sample arrives once, whatever is cut off where. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { Failure } from '../../src/errors.ts';
import { systemClock } from '../../src/host.ts';
import { cartesia, introduce } from '../../src/protocol/cartesia.ts';
import type { Dialect } from '../../src/protocol/dialect.ts';
import { introduceToSlng, slng } from '../../src/protocol/slng.ts';
import { parseFault } from '../../src/server/faults.ts';
import { createSpeechServer } from '../../src/server/local-server.ts';
import type { Piece, Span, SpeechEvent, SpeechRequest, Synthesizer } from '../../src/speech.ts';
import { resilient } from '../../src/wire/resilient.ts';
import { createSession } from '../../src/wire/session.ts';
import { openSocket, type Socket } from '../../src/wire/socket.ts';
import { collect, from } from '../support/collect.ts';
import { sentenceVoice } from '../support/sentence-voice.ts';
import { audioOf, calm, outcome, REQUEST } from '../support/wire.ts';

const ROUTES = {
  cartesia: { dialect: cartesia, introduction: introduce({ baseUrl: new URL('ws://inside'), version: '2026-03-01' }) },
  slng: { dialect: slng, introduction: introduceToSlng({ baseUrl: new URL('ws://inside'), model: 'sonic-3' }) },
};
type Route = keyof typeof ROUTES;

/**
 * A session with a server of ours, on which the first sockets break: each after as many frames as `cuts` says. What
 * breaks is the connection, or only the word of it: then the service ends the context with an error.
 */
function breaking(t: TestContext | undefined, voice: Synthesizer, cuts: readonly number[], route: Route, retries = 2) {
  const { dialect, introduction } = ROUTES[route];
  const server = createSpeechServer(voice);
  const left = [...cuts];
  const opened: string[] = [];
  const said: string[] = [];
  const open = async (signal: AbortSignal) => {
    const side = server.connect();
    const options = { connectTimeoutMs: 5000, clock: systemClock, createConnection: () => side };
    const socket = await openSocket({ ...introduction, ...options }, signal);
    opened.push(route);
    return cutting(socket, left.shift(), () => side.destroy(), said);
  };
  const inner = createSession(dialect, open, { clock: systemClock, timeoutMs: 5000 });
  const session = resilient(inner, {
    clock: systemClock,
    retries,
    random: () => 0,
    reportsInputs: (dialect as Dialect).reportsInputs,
  });
  const close = async () => {
    await session.close();
    await server.close();
  };
  t?.after(close);
  return { session, close, opened, said };
}

/** Breaks after `frames` of audio, times and boundaries. */
function cutting(socket: Socket, frames: number | undefined, destroy: () => void, said: string[]): Socket {
  let left = frames ?? Number.POSITIVE_INFINITY;
  return Object.create(socket, {
    send: { value: (frame: string) => said.push(frame) && socket.send(frame) },
    listen: {
      value(listener: Parameters<Socket['listen']>[0]) {
        socket.listen({
          closed: facts => listener.closed(facts),
          frame(data, isBinary) {
            const isSpeech = !data.includes('"ready"');
            if (left > 0 || !isSpeech) listener.frame(data, isBinary);
            if (isSpeech && --left <= 0) destroy();
          },
        });
      },
    },
    isOpen: { get: () => socket.isOpen },
    received: { get: () => socket.received },
    requestId: { get: () => socket.requestId },
  }) as Socket;
}

const spansOf = (events: readonly SpeechEvent[], kind: string): Span[] =>
  events
    .flatMap(event => (event.type === 'timestamps' && event.granularity === kind ? event.spans : []))
    .filter(span => !span.text.startsWith('<'))
    .map(({ text, start, end }) => ({ text, start: Math.round(start * 1e6), end: Math.round(end * 1e6) }));

const word = fc.constantFrom(
  'a',
  'river',
  'of',
  'uncommon',
  'light',
  '<speed ratio="1.2"/> slow',
  '<volume ratio="2"/>loud',
);
const sentence = fc.array(word, { minLength: 1, maxLength: 8 }).map(words => `It is ${words.join(' ')}. `);
const format = { encoding: 'pcm_s16le', sampleRate: 8000 } as const;
const request: SpeechRequest = { ...REQUEST, format, timestamps: ['word', 'phoneme'] };

describe('speech over a wire that breaks', () => {
  for (const route of ['cartesia', 'slng'] as const) {
    it(`E10 E2: is whole to the byte and to the time, wherever ${route} breaks off, a thousand times`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(sentence, { minLength: 1, maxLength: 6 }),
          fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 4 }),
          fc.constantFrom(0, 250),
          fc.integer({ min: 1500, max: 25_000 }),
          // So fast that no acknowledgement of it is believed, or as people speak.
          fc.constantFrom(50, 1000),
          async (texts, cuts, maxBufferDelayMs, chunkBytes, characterBytes) => {
            const voice = sentenceVoice({ chunkBytes, characterBytes });
            const asked = { ...request, maxBufferDelayMs };
            const calmly = breaking(undefined, voice, [], route);
            const whole = await collect(calmly.session.synthesize(from(...texts), asked, calm()));
            await calmly.close();
            const broken = breaking(undefined, voice, cuts, route, cuts.length + 1);
            const { items, error } = await outcome(broken.session.synthesize(from(...texts), asked, calm()));
            await broken.close();
            assert.equal(error, undefined);
            assert.ok(audioOf(items).equals(audioOf(whole)), 'the audio is the same');
            assert.deepEqual(spansOf(items, 'word'), spansOf(whole, 'word'));
            const kinds = route === 'cartesia' ? ['phoneme'] : [];
            for (const kind of kinds) assert.deepEqual(spansOf(items, kind), spansOf(whole, kind));
          },
        ),
        { numRuns: 500 },
      );
    });
  }

  const story = ['One is the first. ', 'Two is the second. ', 'Three is the third. ', 'Four is the last.'];

  it('E10: says no more again than the sentence that broke', async t => {
    const { session, said } = breaking(t, sentenceVoice(), [12], 'cartesia');
    const events = await collect(session.synthesize(from(...story), { ...request, maxBufferDelayMs: 0 }, calm()));
    const transcripts = said.map(frame => (JSON.parse(frame) as { transcript: string }).transcript);
    const count = (text: string) => transcripts.filter(said => said === text).length;
    assert.equal(events.filter(event => event.type === 'seam').length, 1);
    assert.deepEqual(story.map(count), [1, 1, 2, 2]);
  });

  it('E10: a take that is not like the one before goes on with the word that was broken', async t => {
    const { session } = breaking(t, sentenceVoice({ steady: false, chunkBytes: 1000 }), [9], 'cartesia');
    const events = await collect(session.synthesize(from('aaaa bbbb cccc dddd'), request, calm()));
    const first = { bytes: 19_000, word: 4750 };
    const words = spansOf(events, 'word');
    assert.deepEqual(
      words.map(span => span.text),
      ['aaaa', 'bbbb', 'cccc', 'dddd'],
    );
    for (const [i, { start }] of words.entries()) assert.ok(start >= (words[i - 1]?.end ?? 0), JSON.stringify(words));
    const seam = events.findIndex(event => event.type === 'seam');
    const before = audioOf(events.slice(0, seam)).length;
    // Seven chunks of 1000 bytes: in the middle of the second word.
    assert.equal(before, 7000);
    const rest = audioOf(events).length - before;
    assert.ok(Math.abs(rest - 1.25 * (first.bytes - first.word)) <= 2, `${rest} bytes`);
  });

  it('E10: without times what was delivered is counted', async t => {
    const { session } = breaking(t, sentenceVoice({ chunkBytes: 3333 }), [2], 'cartesia');
    const asked: SpeechRequest = { ...request, timestamps: [] };
    const whole = await collect(sentenceVoice().synthesize(from('Just a few words.'), asked, calm()));
    const events = await collect(session.synthesize(from('Just a few words.'), asked, calm()));
    assert.deepEqual(audioOf(events), audioOf(whole));
  });

  it('E2: what always breaks at the same place is given up, with 7 and what arrived', async t => {
    const { session, opened } = breaking(t, sentenceVoice(), Array(9).fill(3), 'cartesia');
    const { items, error } = await outcome(session.synthesize(from(...story), request, calm()));
    assert.ok(error instanceof Failure && error.kind === 'incomplete' && error.exitCode === 7, String(error));
    assert.ok(audioOf(items).length > 0);
    assert.equal(opened.length, 3);
  });

  it('E1: a service that never says that it is done is never done, though it has told of every sentence', async t => {
    const server = createSpeechServer(sentenceVoice(), { faults: [parseFault('no-done')] });
    const open = (signal: AbortSignal) => {
      const options = { connectTimeoutMs: 5000, clock: systemClock, createConnection: server.connect };
      return openSocket({ ...ROUTES.cartesia.introduction, ...options }, signal);
    };
    const inner = createSession(cartesia, open, { clock: systemClock, timeoutMs: 50 });
    const session = resilient(inner, { clock: systemClock, retries: 2, random: () => 0, reportsInputs: true });
    t.after(() => session.close().then(() => server.close()));
    const run = session.synthesize(from(...story), { ...request, maxBufferDelayMs: 0 }, calm());
    const { items, error } = await outcome(run);
    assert.ok(error instanceof Failure && error.exitCode === 7, String(error));
    const whole = await collect(sentenceVoice().synthesize(from(...story), request, calm()));
    assert.ok(audioOf(items).equals(audioOf(whole)), 'and nothing is heard twice');
  });

  it('without retries nothing is said again', async t => {
    const { session, opened } = breaking(t, sentenceVoice(), [4], 'cartesia', 0);
    const { error } = await outcome(session.synthesize(from(...story), request, calm()));
    assert.ok(error instanceof Failure && error.exitCode === 7);
    assert.equal(opened.length, 1);
  });

  it('E10: goes on behind a sentence that nothing but signs follow, wherever it breaks off', async t => {
    const texts = ['One is the first. ', '* * *\n', 'Two is the second. ', '... ', '" '];
    const asked = { ...request, maxBufferDelayMs: 0 };
    for (let cut = 0; cut < 12; cut++) {
      const { session } = breaking(t, sentenceVoice(), [cut], 'cartesia');
      const { items, error } = await outcome(session.synthesize(from(...texts), asked, calm()));
      assert.equal(error, undefined, `${cut}: ${error}`);
      const words = spansOf(items, 'word').map(span => span.text);
      assert.equal(words.filter(word => /\w/.test(word)).join(' '), 'One is the first. Two is the second.');
    }
  });

  it('a boundary of the text stays one', async t => {
    const pieces: Piece[] = ['One. ', { flush: true }, 'Two. ', { flush: true }, 'Three.'];
    const { session } = breaking(t, sentenceVoice(), [3], 'cartesia');
    const whole = await collect(sentenceVoice().synthesize(from(...pieces), { ...request, timestamps: [] }, calm()));
    const events = await collect(
      session.synthesize(from(...pieces), { ...request, timestamps: [], maxBufferDelayMs: 1000 }, calm()),
    );
    assert.deepEqual(audioOf(events), audioOf(whole));
    assert.equal(events.filter(event => event.type === 'flushed').length, 2);
  });
});
