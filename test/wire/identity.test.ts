/** A synthesizer behind the wire is the synthesizer: what it says arrives, and a hand raised in front is felt behind. */
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { bytesPerSample, ENCODINGS, SAMPLE_RATES } from '../../src/audio.ts';
import { createSpeechServer } from '../../src/server/local-server.ts';
import type { Encoding, Granularity, Piece, SpeechEvent, SpeechRequest, Synthesizer } from '../../src/speech.ts';
import { collect, from } from '../support/collect.ts';
import { echo, recorded, scripted } from '../support/scripted-synthesizer.ts';
import { calm, REQUEST, sessionWith } from '../support/wire.ts';

/** `synthesizer`, as a client finds it behind a server. */
function connect(t: TestContext, synthesizer: Synthesizer) {
  const server = createSpeechServer(synthesizer);
  const session = sessionWith(new URL('ws://inside'), { socket: { createConnection: server.connect } });
  const close = async () => {
    await session.close();
    await server.close();
  };
  t.after(close);
  return { session, close };
}

/** Events that say the same whatever the audio was cut into. */
function joined(events: readonly SpeechEvent[]): SpeechEvent[] {
  const said: SpeechEvent[] = [];
  for (const event of events) {
    const last = said.at(-1);
    if (event.type === 'context') continue;
    if (event.type !== 'audio') said.push(event);
    else if (last?.type !== 'audio') said.push({ type: 'audio', chunk: Buffer.from(event.chunk) });
    else said[said.length - 1] = { type: 'audio', chunk: Buffer.concat([last.chunk, event.chunk]) };
  }
  return said;
}

const seconds = fc.double({ min: 0, max: 1e6, noNaN: true }).map(value => value + 0);
const span = fc.record(
  { text: fc.string({ unit: 'binary' }), start: seconds, end: seconds },
  { noNullPrototype: true },
);
const granularity = fc.constantFrom<Granularity>('word', 'phoneme');

/** With some audio in each: a text without any is a failure to the client (FAULTS E4). */
function scripts(sampleBytes: number): fc.Arbitrary<SpeechEvent[]> {
  const audio = fc
    .uint8Array({ minLength: 1, maxLength: 40_000, size: 'xlarge' })
    .map(bytes => bytes.subarray(0, bytes.length - (bytes.length % sampleBytes)))
    .filter(bytes => bytes.length > 0);
  return fc
    .array(
      fc.oneof(
        audio.map((chunk): SpeechEvent => ({ type: 'audio', chunk })),
        fc
          .tuple(granularity, fc.array(span, { minLength: 1 }))
          .map(([kind, spans]): SpeechEvent => ({ type: 'timestamps', granularity: kind, spans })),
        fc.constant<SpeechEvent>({ type: 'flushed' }),
      ),
    )
    .filter(events => events.some(event => event.type === 'audio'));
}

const formats = fc.record(
  {
    encoding: fc.constantFrom(...(Object.keys(ENCODINGS) as Encoding[])),
    sampleRate: fc.constantFrom(...SAMPLE_RATES),
  },
  { noNullPrototype: true },
);

describe('a synthesizer behind the wire', () => {
  it('says what it says', async t => {
    await fc.assert(
      fc.asyncProperty(
        formats.chain(format => fc.tuple(fc.constant(format), scripts(bytesPerSample(format)))),
        async ([format, events]) => {
          const request: SpeechRequest = { ...REQUEST, format, timestamps: ['word', 'phoneme'] };
          const { session, close } = connect(t, scripted(events));
          const heard = await collect(session.synthesize(from('Something to say.'), request, calm()));
          await close();
          assert.deepEqual(joined(heard), joined(events));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('hears the text whole and says it whole, whatever the pieces', async t => {
    const pieces = fc.array(
      fc.oneof(
        fc.string(),
        fc.constantFrom('. ', 'Hello', ' wor', 'ld! ', '3', '.5'),
        fc.constant({ flush: true } as const),
      ),
    );
    await fc.assert(
      fc.asyncProperty(pieces, async rest => {
        const transcript: Piece[] = ['Well', ...rest];
        const synthesizer = echo();
        const { session, close } = connect(t, synthesizer);
        const heard = await collect(session.synthesize(from(...transcript), REQUEST, calm()));
        await close();
        assert.equal(synthesizer.calls[0]?.text, transcript.filter(piece => typeof piece === 'string').join(''));
        const direct = await collect(echo().synthesize(from(...transcript), REQUEST, calm()));
        const audio = (events: SpeechEvent[]) => joined(events.filter(event => event.type === 'audio'));
        assert.deepEqual(audio(heard), audio(direct));
      }),
      { numRuns: 40 },
    );
  });

  it('stops when the one in front aborts or leaves, wherever that is', async t => {
    const script = [...Array(12).keys()].map((i): SpeechEvent => ({ type: 'audio', chunk: new Uint8Array(2).fill(i) }));
    for (const how of ['abort', 'leave'] as const) {
      for (let position = 0; position <= script.length; position++) {
        const left = withResolvers();
        const synthesizer = recorded(async function* (_transcript, _request, signal) {
          signal.addEventListener('abort', () => left.resolve());
          yield* script;
          await left.promise;
          throw signal.reason;
        });
        const { session, close } = connect(t, synthesizer);
        const stop = new AbortController();
        const reason = new Error('enough');
        let heard = 0;
        const listen = async () => {
          if (position === 0 && how === 'abort') queueMicrotask(() => stop.abort(reason));
          for await (const event of session.synthesize(from('Something'), REQUEST, stop.signal)) {
            if (event.type === 'audio') heard += 1;
            if (heard < position) continue;
            if (how === 'leave') return;
            stop.abort(reason);
          }
        };
        if (how === 'abort') await assert.rejects(listen(), reason);
        else await listen();
        if (position > 0) await left.promise;
        await close();
        for (const call of synthesizer.calls) assert.equal(call.signal.aborted, true);
      }
    }
  });
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>(done => {
    resolve = done;
  });
  return { promise, resolve };
}
