/** The loop of voices-test over a synthesizer and a clock of the test's own. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TakePlan } from '../../src/commands/voices-test-plan.ts';
import { makeTakes } from '../../src/commands/voices-test-run.ts';
import { Failure } from '../../src/errors.ts';
import { isRecorded, type Take } from '../../src/report/takes.ts';
import type { SpeechEvent } from '../../src/speech.ts';
import { manualClock } from '../support/clock.ts';
import { failsWith } from '../support/folder.ts';
import { recorded, type Speak } from '../support/scripted-synthesizer.ts';
import { samples } from '../support/sound.ts';

/** Waits for the text, then refuses to speak it. */
function refusing(failure: Failure): Speak {
  return async function* (transcript) {
    for await (const piece of transcript) if (piece === '') yield sound(0);
    throw failure;
  };
}

const format = { encoding: 'pcm_s16le', sampleRate: 8000 } as const;

function plan(voice: string): TakePlan {
  const request = { model: 'm', voice, format, timestamps: [] };
  return {
    voice: { id: voice, name: voice },
    request,
    text: 'Hello there',
    textIndex: 0,
    take: 1,
    path: `${voice}/hello`,
  };
}

function studio(speak: Speak, jobs = 1) {
  const clock = manualClock();
  const takes: Take[] = [];
  const synthesizer = recorded(speak);
  const run = (voices: readonly string[], signal = new AbortController().signal) =>
    makeTakes(
      voices.map(plan),
      {
        synthesizer,
        jobs,
        clock,
        open: async ({ path }) => ({ outlets: [], file: `${path}.wav`, timestamps: undefined }),
        onBegin() {},
        onTake: (_plan, take) => takes.push(take),
      },
      signal,
    );
  return { clock, takes, synthesizer, run };
}

const CONTEXT = { type: 'context', contextId: 'c', requestId: 'r' } as const;
const sound = (count: number): SpeechEvent => ({ type: 'audio', chunk: samples(count) });
const busy = new Failure('quota', 'too many', { retryable: true, status: 429 });

describe('making takes', () => {
  it('the time to first audio counts from when the service has the text, not from the queue before it', async () => {
    const { clock, takes, run } = studio(async function* (transcript) {
      for await (const _ of transcript);
      await clock.advance(5000);
      yield CONTEXT;
      await clock.advance(120);
      yield sound(4000);
      await clock.advance(80);
      yield sound(4000);
    });
    await run(['a']);
    const [take] = takes;
    assert.ok(take !== undefined && isRecorded(take));
    assert.deepEqual([take.outcome.firstAudioMs, take.outcome.totalMs], [120, 200]);
    assert.deepEqual([take.outcome.duration, take.outcome.words, take.outcome.file], [1, 2, 'a/hello.wav']);
    assert.deepEqual(take.outcome.requestIds, ['r']);
    assert.equal(take.outcome.outline.length, 160);
  });

  it('a failure of one is a take with an error; the next is made', async () => {
    const { takes, run } = studio(async function* (transcript, { voice }) {
      for await (const _ of transcript);
      if (voice === 'b') throw new Failure('service', 'no such voice', { hint: 'choose another', requestId: 'r7' });
      yield sound(100);
    });
    await run(['a', 'b', 'c']);
    assert.deepEqual(
      takes.map(take => [take.voice.id, isRecorded(take)]),
      [
        ['a', true],
        ['b', false],
        ['c', true],
      ],
    );
    assert.deepEqual(takes[1]?.outcome, {
      error: { code: 'service', message: 'no such voice', hint: 'choose another', requestId: 'r7' },
    });
  });

  it('too many at once is waited out, longer each time, until it is the turn of it', async () => {
    let refusals = 3;
    const { clock, takes, synthesizer, run } = studio(async function* (transcript) {
      for await (const _ of transcript);
      if (refusals-- > 0) throw busy;
      yield sound(100);
    });
    const running = run(['a']);
    await clock.advance(0);
    assert.equal(synthesizer.calls.length, 1);
    for (const [ms, calls] of [
      [1999, 1],
      [1, 2],
      [3999, 2],
      [1, 3],
      [7999, 3],
      [1, 4],
    ] as const) {
      await clock.advance(ms);
      assert.equal(synthesizer.calls.length, calls);
    }
    await running;
    assert.deepEqual(takes.map(isRecorded), [true]);
  });

  it('while others get through it is tried on and on; when nobody does, the run ends', async () => {
    let spoken = 0;
    const patient = studio(async function* (transcript, { voice }) {
      for await (const _ of transcript);
      if (voice === 'unlucky' && spoken < 30) throw busy;
      await new Promise<void>(resolve => patient.clock.after(1000, resolve));
      spoken++;
      yield sound(100);
    }, 2);
    const names = ['unlucky', ...Array.from({ length: 30 }, (_, n) => `v${n}`)];
    const running = patient.run(names);
    let over = false;
    const end = () => {
      over = true;
    };
    running.then(end, end);
    while (!over) await patient.clock.advance(1000);
    await running;
    assert.equal(patient.takes.filter(isRecorded).length, 31);

    const hopeless = studio(refusing(busy));
    const failing = hopeless.run(['a', 'b']);
    failing.catch(() => {});
    for (let i = 0; i < 40; i++) await hopeless.clock.advance(1000);
    await assert.rejects(failing, failsWith('quota', /too many/));
    assert.equal(hopeless.takes.length, 1);
  });

  it('what would fail them all ends the run: credentials, credit, no network from the start, no place to write', async () => {
    for (const kind of ['auth', 'config', 'quota', 'network', 'output'] as const) {
      const { takes, run } = studio(refusing(new Failure(kind, 'no')));
      await assert.rejects(run(['a', 'b', 'c']), failsWith(kind, /no/));
      assert.equal(takes.length, 1, kind);
    }
  });

  it('the network may fail one of them in between', async () => {
    const { takes, run } = studio(async function* (transcript, { voice }) {
      for await (const _ of transcript);
      if (voice === 'b') throw new Failure('network', 'gone');
      yield sound(100);
    });
    await run(['a', 'b', 'c']);
    assert.deepEqual(takes.map(isRecorded), [true, false, true]);
  });

  it('a signal ends it with its reason, and what was not tried is no take', async () => {
    const controller = new AbortController();
    const { takes, run } = studio(async function* (transcript, { voice }, signal) {
      for await (const _ of transcript);
      if (voice === 'b') controller.abort(new Failure('interrupted', 'interrupted'));
      signal.throwIfAborted();
      yield sound(100);
    });
    await assert.rejects(run(['a', 'b', 'c'], controller.signal), failsWith('interrupted', /interrupted/));
    assert.deepEqual(
      takes.map(take => take.voice.id),
      ['a'],
    );
  });

  it('a bug is a bug, not a row', async () => {
    const { takes, run } = studio(async function* () {
      yield sound(100);
      throw new TypeError('oops');
    });
    await assert.rejects(run(['a', 'b']), /TypeError: oops/);
    assert.equal(takes.length, 0);
  });
});
