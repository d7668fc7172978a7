/** One speech over many contexts: no pause of the writer is ever noticed. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { seconds } from '../../src/audio.ts';
import { Failure } from '../../src/errors.ts';
import { createSpeechServer } from '../../src/server/local-server.ts';
import type { ContextRecord, ServerOptions } from '../../src/server/options.ts';
import type { Piece, SpeechEvent, SpeechRequest, Synthesizer } from '../../src/speech.ts';
import { renewing } from '../../src/wire/renew.ts';
import { type ManualClock, manualClock } from '../support/clock.ts';
import { collect, from } from '../support/collect.ts';
import { echo, echoOf, recorded, SECONDS_PER_CHAR } from '../support/scripted-synthesizer.ts';
import { audioOf, calm, outcome, REQUEST, resilientWith } from '../support/wire.ts';

const TIMED: SpeechRequest = { ...REQUEST, timestamps: ['word'] };
/** As services do without being told. */
const EXPIRY_MS = 1000;

/** Text that a test writes bit by bit. */
function writer() {
  const written: (Piece | undefined)[] = [];
  let wake: (() => void) | undefined;
  return {
    write(...pieces: readonly Piece[]) {
      written.push(...pieces);
      wake?.();
    },
    end() {
      written.push(undefined);
      wake?.();
    },
    async *transcript(): AsyncGenerator<Piece> {
      for (;;) {
        if (written.length === 0) {
          await new Promise<void>(resolve => {
            wake = resolve;
          });
        }
        const piece = written.shift();
        if (piece === undefined) return;
        yield piece;
      }
    },
  };
}

/** A service over `synthesizer` whose clock, and ours, is in the test's hands. */
async function service(t: TestContext, synthesizer: Synthesizer, options: ServerOptions = {}) {
  const clock = manualClock();
  const ended: ContextRecord[] = [];
  const server = createSpeechServer(synthesizer, {
    clock,
    expiryMs: EXPIRY_MS,
    onLog: record => ended.push(record),
    ...options,
  });
  const session = resilientWith(
    new URL('ws://inside'),
    { clock },
    { clock, timeoutMs: 20_000, socket: { createConnection: server.connect } },
  );
  t.after(async () => {
    await session.close();
    await server.close();
  });
  await session.ready();
  return { clock, ended, session };
}

/** Lets frames travel: they take turns of the event loop, not time. */
async function travel(turns = 60): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise(resolve => setImmediate(resolve));
}

/** What has been heard of `source` so far, and how it ended. */
function listen(source: AsyncIterable<SpeechEvent>) {
  const items: SpeechEvent[] = [];
  const over = (async () => {
    for await (const item of source) items.push(item);
  })();
  over.catch(() => {});
  return { items, over };
}

/** Lets frames travel until it is so; a socket that is opened anew takes many turns. */
async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20_000 && !isSo(); turn++) await travel(1);
}

/** Lets time pass in which frames travel. */
async function pass(clock: ManualClock, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; ) {
    // Long pauses in long steps, once nothing moves any more.
    const step = Math.min(ms - passed, passed < 6000 ? 50 : 30_000);
    await clock.advance(step);
    await travel(10);
    passed += step;
  }
}

function wordsOf(events: readonly SpeechEvent[]) {
  return events.flatMap(event => (event.type === 'timestamps' && event.granularity === 'word' ? event.spans : []));
}

/** What the echo said: each character is so many samples of its own code. */
function said(events: readonly SpeechEvent[]): string {
  const audio = audioOf(events);
  const size = echoOf('x', REQUEST.format).length;
  assert.equal(audio.length % size, 0);
  return Array.from({ length: audio.length / size }, (_, at) => String.fromCharCode(audio[at * size] ?? 0)).join('');
}

function contextsOf(events: readonly SpeechEvent[]): number {
  return events.filter(event => event.type === 'context').length;
}

describe('speech whose writer pauses', () => {
  for (const pauseMs of [500, 2000, 10_000, 600_000]) {
    it(`T5 E8 C37: a pause of ${pauseMs / 1000} s loses nothing, and the service ends no context`, async t => {
      const synthesizer = echo();
      const { clock, ended, session } = await service(t, synthesizer);
      const text = writer();
      const { items, over } = listen(renewing(session, { clock }).synthesize(text.transcript(), TIMED, calm()));
      const sentences = ['One is here. ', 'Two comes late. ', 'Three ends it.'];
      for (const sentence of sentences) {
        text.write(sentence);
        await until(() => said(items).endsWith(sentence));
        await pass(clock, pauseMs);
      }
      text.end();
      await over;
      assert.equal(said(items), sentences.join(''));
      assert.deepEqual(
        wordsOf(items).map(({ text: word }) => word),
        sentences.join('').split(' '),
      );
      assert.deepEqual(
        ended.map(({ outcome: how }) => how),
        ended.map(() => 'done'),
      );
      assert.equal(contextsOf(items), pauseMs < 1000 ? 1 : 3);
    });
  }

  it('C32: times count from the start of the whole, whatever the contexts', async t => {
    const { clock, session } = await service(t, echo());
    const text = writer();
    const spoken = collect(renewing(session, { clock }).synthesize(text.transcript(), TIMED, calm()));
    text.write('One two. ');
    await travel();
    await pass(clock, 900);
    text.write('Three four.');
    text.end();
    const events = await spoken;
    assert.equal(contextsOf(events), 2);
    const starts = wordsOf(events).map(({ start }) => Math.round(start / SECONDS_PER_CHAR));
    assert.deepEqual(starts, [0, 4, 9, 15]);
    const last = wordsOf(events).at(-1);
    assert.ok((last?.end ?? 0) <= seconds(audioOf(events).length, REQUEST.format) + 1e-9);
  });

  it('tokens that keep coming stay in one context, joined as they were written', async t => {
    const synthesizer = echo();
    const { clock, session } = await service(t, synthesizer);
    const text = writer();
    const spoken = collect(renewing(session, { clock }).synthesize(text.transcript(), TIMED, calm()));
    const tokens = 'A story of one, told in many small tokens. It ends here.'.split(/(?<=.)(?=.)/);
    for (const token of tokens) {
      text.write(token);
      await clock.advance(30);
      await travel(2);
    }
    text.end();
    await travel();
    const events = await spoken;
    assert.equal(contextsOf(events), 1);
    assert.equal(synthesizer.calls[0]?.text, tokens.join(''));
    assert.equal(said(events), tokens.join(''));
  });

  it('a first text that waits for the rest of its sentence is not cut off', async t => {
    const synthesizer = echo();
    const { clock, session } = await service(t, synthesizer);
    const text = writer();
    const spoken = collect(renewing(session, { clock }).synthesize(text.transcript(), TIMED, calm()));
    text.write('Half a');
    await travel();
    await pass(clock, 2900);
    text.write(' sentence.');
    text.end();
    await travel();
    assert.equal(contextsOf(await spoken), 1);
    assert.equal(synthesizer.calls.length, 1);
  });

  it('C13: a context begins with something to speak, however it was written', async t => {
    const synthesizer = echo();
    const { clock, session } = await service(t, synthesizer);
    const text = writer();
    const spoken = outcome(renewing(session, { clock }).synthesize(text.transcript(), TIMED, calm()));
    text.write('Wait', '.');
    await travel();
    await pass(clock, 5000);
    text.write('..', '"', { flush: true }, ' Go', ' on.', '\n');
    await travel();
    await pass(clock, 5000);
    text.write('\n', '--', ' ');
    text.end();
    await travel();
    const { items, error } = await spoken;
    assert.equal(error, undefined);
    assert.deepEqual(
      synthesizer.calls.map(call => call.text),
      ['Wait.', '.." Go on.\n'],
    );
    assert.equal(contextsOf(items), 2);
  });

  it('an utterance ends its context, and the next one follows', async t => {
    const synthesizer = echo();
    const { clock, session } = await service(t, synthesizer);
    const lines = ['First line.\n', '\n', 'Second line.\n', 'Third.'];
    const renewed = renewing(session, { clock, endsUtterance: text => text.endsWith('\n') });
    const events = await collect(renewed.synthesize(from(...lines), TIMED, calm()));
    assert.deepEqual(
      synthesizer.calls.map(call => call.text),
      ['First line.\n', '\nSecond line.\n', 'Third.'],
    );
    assert.equal(contextsOf(events), 3);
    assert.equal(said(events), lines.join(''));
  });

  it('whatever the pieces and the pauses, the same words are spoken', async t => {
    const step = fc.oneof(
      fc.constantFrom('Hello ', 'wor', 'ld. ', '... ', '\n', 'A b. ', '3', '.5 ', '<break time="1s"/>', '🎉 '),
      fc.constantFrom(100, 699, 701, 1200, 4000),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async steps => {
        const synthesizer = echo();
        const { clock, session } = await service(t, synthesizer);
        const text = writer();
        const spoken = outcome(renewing(session, { clock }).synthesize(text.transcript(), TIMED, calm()));
        text.write('Well. ');
        for (const item of steps) {
          if (typeof item === 'string') text.write(item);
          else await pass(clock, item);
          await travel(25);
        }
        text.end();
        await travel();
        const { items, error } = await spoken;
        assert.equal(error, undefined);
        const whole = ['Well. ', ...steps.filter(item => typeof item === 'string')].join('');
        const told = synthesizer.calls.map(call => call.text).join('');
        assert.ok(whole.startsWith(told) && !/[\p{L}\p{N}]/u.test(whole.slice(told.length)), `${whole} | ${told}`);
        assert.deepEqual(audioOf(items), echoOf(told, REQUEST.format));
        const starts = wordsOf(items).map(({ start }) => start);
        assert.deepEqual(
          starts,
          [...starts].sort((a, b) => a - b),
        );
      }),
      { numRuns: 40 },
    );
  });
});

describe('a context that has gone', () => {
  const closed = () =>
    new Failure('service', 'Context has closed', { status: 400, providerCode: 'context_closed', retryable: false });
  const audio = (text: string): SpeechEvent => ({ type: 'audio', chunk: echoOf(text, REQUEST.format) });

  /** A service whose first contexts are gone when more is said to them `afterMs` after the audio. */
  function forgetful(clock: ManualClock, afterMs: number, times = 1) {
    return recorded(async function* (transcript) {
      let heardAt: number | undefined;
      const gone = synthesizer.calls.length <= times;
      for await (const piece of transcript) {
        if (gone && heardAt !== undefined && clock.now() - heardAt >= afterMs) throw closed();
        if (typeof piece !== 'string') continue;
        yield audio(piece);
        heardAt = clock.now();
      }
      if (gone && heardAt !== undefined && clock.now() - heardAt >= afterMs) throw closed();
    });
  }
  let synthesizer = recorded(async function* () {});

  it('C36: text that it did not take is spoken once, on a new one', async () => {
    const clock = manualClock();
    synthesizer = forgetful(clock, 550);
    const text = writer();
    const spoken = outcome(renewing(synthesizer, { clock }).synthesize(text.transcript(), REQUEST, calm()));
    text.write('Spoken. ');
    await clock.advance(600);
    text.write('\n', 'Refused.');
    text.end();
    const { items, error } = await spoken;
    assert.equal(error, undefined);
    assert.deepEqual(
      synthesizer.calls.map(call => call.text),
      ['Spoken. \n', '\nRefused.'],
    );
    assert.equal(said(items), 'Spoken. \nRefused.');
  });

  it('C36: its end comes too late, and nobody hears of it', async () => {
    const clock = manualClock();
    synthesizer = forgetful(clock, 700);
    const text = writer();
    const spoken = outcome(renewing(synthesizer, { clock }).synthesize(text.transcript(), REQUEST, calm()));
    text.write('Spoken. ');
    await clock.advance(5000);
    text.write('And more.');
    await clock.advance(10);
    text.end();
    const { items, error } = await spoken;
    assert.equal(error, undefined);
    assert.equal(said(items), 'Spoken. And more.');
  });

  it('C36: what a new context refuses as well is refused', async () => {
    const clock = manualClock();
    synthesizer = recorded(async function* (transcript) {
      for await (const piece of transcript) {
        if (piece !== 'Spoken. ') throw closed();
        yield audio('Spoken. ');
      }
    });
    const text = writer();
    const spoken = outcome(renewing(synthesizer, { clock }).synthesize(text.transcript(), REQUEST, calm()));
    text.write('Spoken. ');
    await clock.advance(600);
    text.write('Bad.');
    const { error } = await spoken;
    assert.equal((error as Failure).message, 'Context has closed');
    assert.equal(synthesizer.calls.length, 2);
  });

  it('a refusal in the middle of the speech is a failure', async () => {
    const clock = manualClock();
    synthesizer = recorded(async function* (transcript) {
      for await (const piece of transcript) {
        yield audio(String(piece));
        throw closed();
      }
    });
    const { error } = await outcome(renewing(synthesizer, { clock }).synthesize(from('Hello.'), REQUEST, calm()));
    assert.equal((error as Failure).kind, 'service');
    assert.equal(synthesizer.calls.length, 1);
  });

  it('other failures pass as they are, with what came before them', async () => {
    const clock = manualClock();
    synthesizer = recorded(async function* () {
      yield audio('a');
      throw new Failure('incomplete', 'gone', { retryable: true });
    });
    const { items, error } = await outcome(renewing(synthesizer, { clock }).synthesize(from('a'), REQUEST, calm()));
    assert.equal((error as Failure).message, 'gone');
    assert.equal(items.length, 1);
  });

  it('times whose audio never came, and half a sample, are made good', async () => {
    const clock = manualClock();
    let first = true;
    synthesizer = recorded(async function* (transcript) {
      if (!first) {
        for await (const piece of transcript) if (typeof piece === 'string') yield audio('xx');
        yield { type: 'timestamps', granularity: 'word', spans: [{ text: 'new', start: 0, end: 0.02 }] };
        return;
      }
      first = false;
      let spoken = false;
      for await (const _piece of transcript) {
        if (spoken) throw closed();
        const spans = [
          { text: 'heard', start: 0, end: 0.01 },
          { text: 'never', start: 0.02, end: 0.03 },
        ];
        yield { type: 'timestamps', granularity: 'word', spans };
        yield { type: 'audio', chunk: new Uint8Array(481) };
        await clock.advance(600);
        spoken = true;
      }
    });
    const events = await collect(
      renewing(synthesizer, { clock }).synthesize(from('Heard never. ', 'New.'), TIMED, calm()),
    );
    assert.equal(audioOf(events).length, 482 + 2 * 480);
    const words = wordsOf(events);
    assert.deepEqual(
      words.map(({ text }) => text),
      ['heard', 'new'],
    );
    assert.equal(words[1]?.start, 241 / 24000);
  });
});

describe('speech that is interrupted', () => {
  it('goes on with the text that comes next, and tells the service', async t => {
    const synthesizer = echo();
    const { clock, ended, session } = await service(t, synthesizer);
    const text = writer();
    const renewed = renewing(session, { clock });
    const iterator = renewed.synthesize(text.transcript(), TIMED, calm())[Symbol.asyncIterator]();
    text.write('Stop me.');
    const heard: SpeechEvent[] = [];
    while (!heard.some(event => event.type === 'audio')) heard.push((await iterator.next()).value);
    renewed.interrupt();
    await travel();
    text.write('Another.\n');
    text.end();
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) heard.push(next.value);
    assert.deepEqual(
      ended.map(({ outcome: how }) => how),
      ['cancelled', 'done'],
    );
    assert.equal(said(heard), 'Stop me.Another.\n');
    assert.equal(wordsOf(heard).at(-1)?.start, 8 * SECONDS_PER_CHAR);
  });

  it('drops the rest of the utterance, however late that comes', async t => {
    const synthesizer = echo();
    const { clock, session } = await service(t, synthesizer);
    const text = writer();
    const renewed = renewing(session, { clock, endsUtterance: piece => piece.endsWith('\n') });
    const { items, over } = listen(renewed.synthesize(text.transcript(), TIMED, calm()));
    text.write('Stop me. ');
    await until(() => said(items) === 'Stop me. ');
    renewed.interrupt();
    text.write('This too, ', 'and ', 'this.\n');
    await travel();
    text.write('But not this.\n');
    text.end();
    await over;
    assert.equal(said(items), 'Stop me. But not this.\n');
  });

  it('drops what has not been taken, and its times', async () => {
    const clock = manualClock();
    const text = writer();
    const renewed = renewing(echo(), { clock });
    const iterator = renewed.synthesize(text.transcript(), TIMED, calm())[Symbol.asyncIterator]();
    text.write('Heard. ', 'Not ', 'at all. ');
    const first = iterator.next();
    await travel();
    await first;
    renewed.interrupt();
    text.write('Next.');
    text.end();
    const heard: SpeechEvent[] = [];
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) heard.push(next.value);
    assert.equal(said(heard), 'Next.');
    assert.deepEqual(
      wordsOf(heard).map(({ text: word, start }) => [word, start]),
      [['Next.', 7 * SECONDS_PER_CHAR]],
    );
  });

  it('by its signal, ends with the reason', async t => {
    const { clock, session } = await service(t, echo());
    const controller = new AbortController();
    const text = writer();
    const spoken = outcome(renewing(session, { clock }).synthesize(text.transcript(), REQUEST, controller.signal));
    text.write('Hello.');
    await travel();
    const reason = new Failure('interrupted', 'enough');
    controller.abort(reason);
    assert.equal((await spoken).error, reason);
    // Those of the server and of the socket.
    assert.ok(clock.pending <= 2, `${clock.pending} timers`);
  });
});

describe('a taker that is slow', () => {
  it('costs no more memory than it may, and loses nothing', async () => {
    const clock = manualClock();
    const block = 1024 * 1024;
    let made = 0;
    const synthesizer = recorded(async function* (transcript) {
      for await (const piece of transcript) {
        if (typeof piece !== 'string') continue;
        made++;
        yield { type: 'audio', chunk: new Uint8Array(block) };
      }
    });
    const pieces = Array.from({ length: 40 }, (_, at) => `Sentence ${at}. `);
    const iterator = renewing(synthesizer, { clock })
      .synthesize(from(...pieces), REQUEST, calm())
      [Symbol.asyncIterator]();
    await iterator.next();
    await travel();
    assert.ok(made < 20, `${made} blocks wait`);
    let taken = 1;
    while (!(await iterator.next()).done) taken++;
    assert.equal(taken, 40);
    assert.equal(synthesizer.calls.map(call => call.text).join(''), pieces.join(''));
  });
});
