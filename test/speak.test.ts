import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Failure } from '../src/errors.ts';
import { cutMemory } from '../src/slabs.ts';
import { type Outlet, speak } from '../src/speak.ts';
import type { Sink, SinkEvent, SpeechEvent, SpeechRequest, Synthesizer } from '../src/speech.ts';
import { manualClock } from './support/clock.ts';
import { from } from './support/collect.ts';

const request: SpeechRequest = {
  model: 'm',
  voice: 'v',
  format: { encoding: 'pcm_s16le', sampleRate: 8000 },
  timestamps: ['word'],
};

const audio = (...bytes: number[]): SpeechEvent => ({ type: 'audio', chunk: Uint8Array.from(bytes) });

/** Says one thing for each piece of text, after reading the next piece ahead. */
function echo(events: (piece: string) => SpeechEvent[]): Synthesizer {
  return {
    async *synthesize(transcript, _request, signal) {
      for await (const piece of transcript) {
        signal.throwIfAborted();
        if (typeof piece === 'string') yield* events(piece);
      }
    },
  };
}

interface Log extends Sink {
  readonly seen: (SinkEvent | string)[];
}

function log(fails: (event: SinkEvent | 'close') => unknown = () => undefined): Log {
  const seen: (SinkEvent | string)[] = [];
  const check = (event: SinkEvent | 'close') => {
    const error = fails(event);
    if (error !== undefined) throw error;
    seen.push(event);
  };
  return {
    seen,
    write: async event => check(event),
    close: async () => check('close'),
    abort: async () => void seen.push('abort'),
  };
}

function say(text: string[], sinks: Record<string, Sink>, signal = new AbortController().signal) {
  const outlets: Outlet[] = Object.entries(sinks).map(([name, sink]) => ({ name, sink }));
  const synthesizer = echo(piece => [{ type: 'context', contextId: `c-${piece}`, requestId: 'r' }, audio(1, 2)]);
  return speak({ synthesizer, transcript: from(...text), request, outlets, clock: manualClock(), signal });
}

describe('speak', () => {
  it('gives every event to every sink, text before its sound, and closes them', async () => {
    const [a, b] = [log(), log()];
    await say(['Hello ', 'world'], { a, b });
    const expected = [
      { type: 'text', text: 'Hello ' },
      { type: 'context', contextId: 'c-Hello ', requestId: 'r' },
      audio(1, 2),
      { type: 'text', text: 'world' },
      { type: 'context', contextId: 'c-world', requestId: 'r' },
      audio(1, 2),
      'close',
    ];
    assert.deepEqual(a.seen, expected);
    assert.deepEqual(b.seen, expected);
  });

  it('sums up what was spoken', async () => {
    const summary = await say(['Hello ', 'world'], { a: log() });
    assert.deepEqual(summary, {
      characters: 11,
      audioBytes: 4,
      words: 0,
      firstAudioMs: 0,
      totalMs: 0,
      contextIds: ['c-Hello ', 'c-world'],
      requestIds: ['r'],
      seams: [],
    });
  });

  it('tells where the speech went on in another take', async () => {
    const synthesizer = echo(() => [
      { type: 'audio', chunk: Buffer.alloc(8000) },
      { type: 'seam' },
      { type: 'audio', chunk: Buffer.alloc(4) },
    ]);
    const outlets = [{ name: 'a', sink: log() }];
    const signal = new AbortController().signal;
    const summary = await speak({
      synthesizer,
      transcript: from('x'),
      request,
      outlets,
      clock: manualClock(),
      signal,
    });
    assert.deepEqual(summary.seams, [0.5]);
  });

  it('writes one event after the other, also to a sink that answers with a promise it gave before', async () => {
    const seen: number[] = [];
    const ready = Promise.resolve();
    let busy = false;
    const sink: Sink = {
      ...log(),
      write(event) {
        if (event.type !== 'audio') return ready;
        assert.equal(busy, false);
        const [mark = 0] = event.chunk;
        seen.push(mark);
        if (mark % 3 !== 0) return ready;
        busy = true;
        return new Promise<void>(resolve => setImmediate(resolve)).then(() => {
          busy = false;
        });
      },
    };
    const marks = Array.from({ length: 20 }, (_, i) => i);
    const synthesizer = echo(() => marks.map(mark => audio(mark)));
    const outlets = [{ name: 'a', sink }];
    const signal = new AbortController().signal;
    await speak({ synthesizer, transcript: from('x'), request, outlets, clock: manualClock(), signal });
    assert.deepEqual(seen, marks);
  });

  it('lets the synthesizer go before it says that the last sink has failed', async () => {
    let isLetGo = false;
    const synthesizer: Synthesizer = {
      async *synthesize() {
        try {
          for (;;) yield audio(1);
        } finally {
          await new Promise(resolve => setImmediate(resolve));
          isLetGo = true;
        }
      },
    };
    const full = new Failure('output', 'the disk is full');
    const outlets = [{ name: 'a', sink: log(event => (event === 'close' ? undefined : full)) }];
    const signal = new AbortController().signal;
    const spoken = speak({ synthesizer, transcript: from('x'), request, outlets, clock: manualClock(), signal });
    await assert.rejects(spoken, full);
    assert.equal(isLetGo, true);
  });

  it('gives the memory of chunks back where no sink looks at them any more, and only there', async () => {
    const slabsFor = async (...sinks: Sink[]) => {
      const slabs = new Set<ArrayBufferLike>();
      const synthesizer: Synthesizer = {
        async *synthesize(transcript) {
          for await (const _ of transcript);
          for (let i = 0; i < 100; i++) {
            const chunk = cutMemory(8192);
            slabs.add(chunk.buffer);
            yield { type: 'audio', chunk };
          }
        },
      };
      const outlets = sinks.map((sink, i) => ({ name: `${i}`, sink }));
      const signal = new AbortController().signal;
      await speak({ synthesizer, transcript: from('x'), request, outlets, clock: manualClock(), signal });
      return slabs.size;
    };
    const copying: Sink = { ...log(), write: async () => {}, copies: true };
    assert.ok((await slabsFor(copying, copying)) <= 2);
    assert.ok((await slabsFor(copying, log())) >= 6);
  });

  it('goes on without a sink that fails, and says at the end what failed and what is whole', async () => {
    const full = new Failure('output', 'the disk is full');
    const [good, bad] = [log(), log(event => (event !== 'close' && event.type === 'audio' ? full : undefined))];
    await assert.rejects(say(['a', 'b'], { 'a.wav': good, 'a.srt': bad }), (error: unknown) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.kind, 'output');
      assert.equal(error.message, 'the disk is full');
      assert.match(error.hint ?? '', /a\.wav/);
      return true;
    });
    assert.equal(good.seen.at(-1), 'close');
    assert.equal(bad.seen.at(-1), 'abort');
  });

  it('ends when the last sink has failed', async () => {
    const full = new Failure('output', 'the disk is full');
    const bad = log(event => (event !== 'close' && event.type === 'audio' ? full : undefined));
    await assert.rejects(say(['a', 'b', 'c'], { bad }), full);
    assert.deepEqual(
      bad.seen.map(event => (typeof event === 'string' ? event : event.type)),
      ['text', 'context', 'abort'],
    );
  });

  it('a reader that goes away is no failure as long as something else listens', async () => {
    const gone = new Failure('gone', 'the reader went away');
    const [file, pipe] = [log(), log(event => (event !== 'close' && event.type === 'audio' ? gone : undefined))];
    await say(['a', 'b'], { file, pipe });
    assert.equal(file.seen.at(-1), 'close');
  });

  it('aborts every sink when the synthesizer fails, and throws what it threw', async () => {
    const sink = log();
    const failure = new Failure('service', 'no');
    const synthesizer = echo(() => {
      throw failure;
    });
    const outlets = [{ name: 'a', sink }];
    const signal = new AbortController().signal;
    await assert.rejects(
      speak({ synthesizer, transcript: from('a'), request, outlets, clock: manualClock(), signal }),
      failure,
    );
    assert.equal(sink.seen.at(-1), 'abort');
  });

  it('is not over before every sink has let go, also when the signal came first', async () => {
    const controller = new AbortController();
    let letGo = () => {};
    let gone = false;
    const sink: Sink = {
      write: async () => {},
      close: async () => {},
      abort: () =>
        new Promise<void>(resolve => {
          letGo = () => {
            gone = true;
            resolve();
          };
        }),
    };
    const synthesizer: Synthesizer = {
      async *synthesize(_transcript, _request, signal) {
        yield audio(1, 2);
        controller.abort(new Failure('interrupted', 'interrupted'));
        setImmediate(() => setImmediate(() => letGo()));
        signal.throwIfAborted();
      },
    };
    const outlets = [{ name: 'a', sink }];
    const { signal } = controller;
    const speaking = speak({ synthesizer, transcript: from('a'), request, outlets, clock: manualClock(), signal });
    await assert.rejects(speaking, { kind: 'interrupted' });
    assert.equal(gone, true);
  });

  it('is silent as soon as the signal says so, whatever the synthesizer does, and throws the reason', async () => {
    const sink = log();
    const controller = new AbortController();
    let stuck = () => {};
    const synthesizer: Synthesizer = {
      async *synthesize() {
        yield audio(1, 2);
        await new Promise<void>(resolve => {
          stuck = resolve;
        });
      },
    };
    const outlets = [{ name: 'a', sink }];
    const speaking = speak({
      synthesizer,
      transcript: from('a'),
      request,
      outlets,
      clock: manualClock(),
      signal: controller.signal,
      onEvent: () => setImmediate(() => controller.abort(new Failure('interrupted', 'interrupted'))),
    });
    await new Promise<void>(resolve => controller.signal.addEventListener('abort', () => resolve()));
    assert.equal(sink.seen.at(-1), 'abort');
    stuck();
    await assert.rejects(speaking, { kind: 'interrupted' });
  });
});
