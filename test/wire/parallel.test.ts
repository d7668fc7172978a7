/** Long speech in parts at once: the same as one after another, whatever the parts do. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { bytesPerSample } from '../../src/audio.ts';
import type { AudioFormat, SpeechEvent, SpeechRequest } from '../../src/speech.ts';
import { partsOf } from '../../src/text/parts.ts';
import { isSpeakable } from '../../src/text/transcript.ts';
import { inParallel } from '../../src/wire/parallel.ts';
import { collect, from } from '../support/collect.ts';
import { echo, type RecordedSynthesizer, recorded } from '../support/scripted-synthesizer.ts';

const format: AudioFormat = { encoding: 'pcm_s16le', sampleRate: 8000 };
const request: SpeechRequest = {
  model: 'm',
  voice: 'v',
  language: 'en',
  format,
  timestamps: ['word', 'phoneme'],
};
const never = new AbortController().signal;
const turn = () => new Promise<void>(resolve => setImmediate(resolve));

/** Paragraphs of which each is a part. */
const paragraph = (index: number) => `${`Words of part ${index} go on here. `.repeat(40).trimEnd()}\n\n`;
const textOf = (count: number) => Array.from({ length: count }, (_, index) => paragraph(index)).join('');

/** The echo, whose parts take so many turns of the event loop between two events; each names its context. */
function slowed(turns: (part: number) => number): RecordedSynthesizer {
  let count = 0;
  return recorded(async function* (transcript, asked, signal) {
    const part = count++;
    yield { type: 'context', contextId: `c${part}` };
    for await (const event of echo().synthesize(transcript, asked, signal)) {
      for (let left = turns(part); left > 0; left--) await turn();
      signal.throwIfAborted();
      yield event;
    }
  });
}

/** Audio, times and contexts in the order in which they came, the audio joined. */
function flat(events: readonly SpeechEvent[]) {
  const bytes = Buffer.concat(events.map(event => (event.type === 'audio' ? event.chunk : Buffer.alloc(0))));
  const spans = events.flatMap(event => (event.type === 'timestamps' ? [[event.granularity, event.spans]] : []));
  const contexts = events.flatMap(event => (event.type === 'context' ? [event.contextId] : []));
  return { bytes, spans, contexts };
}

describe('speech in parallel', () => {
  it('is the same as one part after another, in whatever order and at whatever speed they are done', async () => {
    const sequential = flat(
      await collect(
        inParallel(
          slowed(() => 0),
          { jobs: 1 },
        ).synthesize(from(textOf(7)), request, never),
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 7, maxLength: 7 }),
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 5 }),
        async (speeds, jobs, pauses) => {
          const synthesizer = slowed(part => speeds[part] ?? 0);
          const events: SpeechEvent[] = [];
          for await (const event of inParallel(synthesizer, { jobs }).synthesize(from(textOf(7)), request, never)) {
            events.push(event);
            for (let left = pauses[events.length % pauses.length] ?? 0; left > 0; left--) await turn();
          }
          assert.deepEqual(flat(events), sequential);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('says what one context would have said of it all, with times from the start of the whole', async () => {
    const text = textOf(5);
    const whole = flat(await collect(echo().synthesize(from(text), request, never)));
    const parts = flat(await collect(inParallel(echo(), { jobs: 3 }).synthesize(from(text), request, never)));
    assert.deepEqual(parts.bytes, whole.bytes);
    const rounded = ({ spans }: typeof whole) =>
      spans
        .filter(([granularity]) => granularity === 'word')
        .flatMap(([, each]) => each as { text: string; start: number; end: number }[])
        .map(({ text: word, start, end }) => [word, Math.round(start * 1e6), Math.round(end * 1e6)]);
    assert.deepEqual(rounded(parts), rounded(whole));
  });

  it('gives a context of its own to each part, with the tags that hold said again', async () => {
    const synthesizer = echo();
    const text = `<speed ratio="1.2"/>${textOf(2)}<speed ratio="0.9"/>${textOf(2)}`;
    await collect(inParallel(synthesizer, { jobs: 4 }).synthesize(from(text), request, never));
    const parts = await collect(partsOf(from(text), 'en'));
    assert.equal(parts.length, 4);
    assert.deepEqual(
      synthesizer.calls.map(call => call.text),
      parts.map(part => part.again + part.text),
    );
    assert.equal(parts[3]?.again, '<speed ratio="0.9"/> ');
    // Sentence by sentence, so that what is lost is said again from there.
    assert.ok(synthesizer.calls.every(call => call.pieces.length > 1));
  });

  for (const jobs of [1, 3]) {
    it(`never has more than ${jobs} at once`, async () => {
      let now = 0;
      let most = 0;
      const synthesizer = recorded(async function* (transcript, asked, signal) {
        most = Math.max(most, ++now);
        for (let left = 5; left > 0; left--) await turn();
        yield* echo().synthesize(transcript, asked, signal);
        now--;
      });
      await collect(inParallel(synthesizer, { jobs }).synthesize(from(textOf(9)), request, never));
      assert.equal(most, jobs);
    });
  }

  it('begins no more parts than it may for one who takes nothing, and goes on when he does', async () => {
    const synthesizer = echo();
    const speech = inParallel(synthesizer, { jobs: 2 }).synthesize(from(textOf(30)), request, never);
    const events = speech[Symbol.asyncIterator]();
    await events.next();
    for (let left = 200; left > 0; left--) await turn();
    assert.equal(synthesizer.calls.length, 8);
    for (;;) if ((await events.next()).done) break;
    assert.equal(synthesizer.calls.length, 30);
  });

  it('hands on the first part as it comes, while its text is all there is', async () => {
    let more = () => {};
    const written = new Promise<void>(resolve => {
      more = resolve;
    });
    async function* text() {
      yield `${textOf(2)}And so on. And`;
      await written;
      yield ' on.';
    }
    const events = inParallel(echo(), { jobs: 2 }).synthesize(text(), request, never)[Symbol.asyncIterator]();
    const first: string[] = [];
    while (first.at(-1) !== 'audio') first.push((await events.next()).value.type);
    more();
    const rest = flat(await collect({ [Symbol.asyncIterator]: () => events }));
    assert.ok(rest.bytes.length > 0);
  });

  it('opens no context before the text of its part is whole', async () => {
    let more = () => {};
    const written = new Promise<void>(resolve => {
      more = resolve;
    });
    async function* text() {
      yield textOf(3).slice(0, -20);
      await written;
      yield textOf(3).slice(-20);
    }
    const synthesizer = echo();
    const speech = collect(inParallel(synthesizer, { jobs: 9 }).synthesize(text(), request, never));
    for (let left = 20; left > 0; left--) await turn();
    assert.equal(synthesizer.calls.length, 2);
    more();
    await speech;
    assert.equal(synthesizer.calls.length, 3);
  });

  it('leaves out a part in which there is nothing to say, but not a text that is nothing else', async () => {
    const synthesizer = echo();
    const text = `${textOf(2)}${'\n'.repeat(300_000)}`;
    const parts: string[] = [];
    const options = { jobs: 2, onPart: (part: { text: string }) => void parts.push(part.text) };
    await collect(inParallel(synthesizer, options).synthesize(from(text), request, never));
    const spoken = parts.filter(isSpeakable);
    assert.ok(spoken.length < parts.length);
    assert.deepEqual(
      synthesizer.calls.splice(0).map(call => call.text),
      spoken,
    );
    assert.equal(parts.join(''), text);
    await collect(inParallel(synthesizer, { jobs: 2 }).synthesize(from('🎉'), request, never));
    assert.equal(synthesizer.calls[0]?.text, '🎉');
  });

  it('completes a sample that a part ends in the middle of', async () => {
    const odd = recorded(async function* (transcript) {
      for await (const _ of transcript);
      yield { type: 'audio', chunk: Buffer.from([1, 2, 3]) };
      yield { type: 'timestamps', granularity: 'word', spans: [{ text: 'a', start: 0, end: 1 / 8000 }] };
    });
    const { bytes, spans } = flat(
      await collect(inParallel(odd, { jobs: 2 }).synthesize(from(textOf(2)), request, never)),
    );
    assert.deepEqual([...bytes], [1, 2, 3, 0, 1, 2, 3, 0]);
    assert.deepEqual(spans[1], ['word', [{ text: 'a', start: 2 / 8000, end: 3 / 8000 }]]);
    assert.equal(bytes.length % bytesPerSample(format), 0);
  });
});

describe('a part that fails', () => {
  const failing = (at: number) => {
    let count = 0;
    return recorded(async function* (transcript, asked, signal) {
      const part = count++;
      for await (const event of echo().synthesize(transcript, asked, signal)) {
        // Those before it are slower.
        for (let left = part < at ? 20 : 2; left > 0; left--) await turn();
        signal.throwIfAborted();
        if (part === at && event.type === 'audio') throw new Error(`no ${part}`);
        yield event;
      }
      if (part > at) await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
  };

  it('fails the speech behind all that came before it, and ends those behind it at once', async () => {
    const synthesizer = failing(2);
    const events: SpeechEvent[] = [];
    const parts: string[] = [];
    const speech = inParallel(synthesizer, { jobs: 5, onPart: part => void parts.push(part.text) });
    await assert.rejects(async () => {
      for await (const event of speech.synthesize(from(textOf(20)), request, never)) events.push(event);
    }, /no 2/);
    const before = flat(await collect(echo().synthesize(from(paragraph(0) + paragraph(1)), request, never)));
    assert.deepEqual(flat(events).bytes, before.bytes);
    assert.deepEqual(parts, [paragraph(0), paragraph(1)]);
    for (let left = 10; left > 0; left--) await turn();
    assert.ok(synthesizer.calls.length <= 6, String(synthesizer.calls.length));
    assert.deepEqual(
      synthesizer.calls.slice(3).map(call => call.signal.aborted),
      synthesizer.calls.slice(3).map(() => true),
    );
  });

  it('is told even if the text never ends', async () => {
    async function* text() {
      yield textOf(4);
      await new Promise(() => {});
    }
    await assert.rejects(collect(inParallel(failing(1), { jobs: 3 }).synthesize(text(), request, never)), /no 1/);
  });

  it('of the reading is told behind what was read before', async () => {
    async function* text() {
      yield textOf(3);
      throw new Error('unreadable');
    }
    const events: SpeechEvent[] = [];
    await assert.rejects(async () => {
      for await (const event of inParallel(echo(), { jobs: 2 }).synthesize(text(), request, never)) events.push(event);
    }, /unreadable/);
    const { bytes } = flat(await collect(echo().synthesize(from(paragraph(0) + paragraph(1)), request, never)));
    assert.deepEqual(flat(events).bytes, bytes);
  });
});

describe('speech in parallel that is not wanted any more', () => {
  const waiting = () =>
    recorded(async function* (_transcript, _request, signal) {
      yield { type: 'audio', chunk: Buffer.alloc(2) };
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });

  it('ends every part when it is left early', async () => {
    const synthesizer = waiting();
    for await (const _ of inParallel(synthesizer, { jobs: 3 }).synthesize(from(textOf(5)), request, never)) {
      for (let left = 20; left > 0; left--) await turn();
      break;
    }
    assert.equal(synthesizer.calls.length, 3);
    assert.ok(synthesizer.calls.every(call => call.signal.aborted));
  });

  it('ends every part with the reason of the signal, which is thrown', async () => {
    const synthesizer = waiting();
    const controller = new AbortController();
    const events = inParallel(synthesizer, { jobs: 3 }).synthesize(from(textOf(5)), request, controller.signal);
    const iterator = events[Symbol.asyncIterator]();
    await iterator.next();
    const next = assert.rejects(iterator.next(), /stop it/);
    controller.abort(new Error('stop it'));
    await next;
    assert.ok(synthesizer.calls.every(call => (call.signal.reason as Error).message === 'stop it'));
    await assert.rejects(
      collect(inParallel(synthesizer, { jobs: 3 }).synthesize(from('a'), request, controller.signal)),
      /stop it/,
    );
  });
});

describe('a speech that goes on behind its beginning', () => {
  /** What an undisturbed run gives, and its first parts as they would have been kept. */
  async function kept(count: number, text: string) {
    const events: SpeechEvent[] = [];
    let parts = 0;
    const options = { jobs: 1, onPart: () => void parts++ };
    const beginning: SpeechEvent[] = [];
    for await (const event of inParallel(echo(), options).synthesize(from(text), request, never)) {
      if (parts < count) beginning.push(event);
      events.push(event);
    }
    return { events, beginning: { parts: count, events: () => from(...beginning) } };
  }

  it('is the same as one that was not interrupted, and only the rest of it is spoken', async () => {
    const { events, beginning } = await kept(3, textOf(6));
    const synthesizer = echo();
    const told: [string, boolean][] = [];
    const onPart = (part: { text: string }, isSpoken: boolean) => void told.push([part.text, isSpoken]);
    const speech = inParallel(synthesizer, { jobs: 2, beginning, onPart });
    assert.deepEqual(flat(await collect(speech.synthesize(from(textOf(6)), request, never))), flat(events));
    assert.deepEqual(
      synthesizer.calls.map(call => call.text),
      [3, 4, 5].map(paragraph),
    );
    assert.deepEqual(
      told,
      [0, 1, 2, 3, 4, 5].map(index => [paragraph(index), index > 2]),
    );
  });

  it('says nothing when the text turns out to be another one', async () => {
    const { beginning } = await kept(2, textOf(4));
    const synthesizer = echo();
    const events: SpeechEvent[] = [];
    const speech = inParallel(synthesizer, {
      jobs: 2,
      beginning,
      onPart: () => {
        throw new Error('another text');
      },
    });
    await assert.rejects(async () => {
      for await (const event of speech.synthesize(from(textOf(4)), request, never)) events.push(event);
    }, /another text/);
    assert.deepEqual([events.length, synthesizer.calls.length], [0, 0]);
  });

  it('ends with the signal while the beginning is being given', async () => {
    const { beginning } = await kept(2, textOf(4));
    const controller = new AbortController();
    const speech = inParallel(echo(), { jobs: 2, beginning }).synthesize(from(textOf(4)), request, controller.signal);
    let events = 0;
    await assert.rejects(async () => {
      for await (const _ of speech) {
        events++;
        controller.abort(new Error('stop it'));
      }
    }, /stop it/);
    assert.equal(events, 1);
  });
});
