import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createTimeline } from '../../src/sinks/timeline.ts';
import type { Span } from '../../src/speech.ts';
import { S16 } from './setting.ts';

const span = (text: string, start: number, end: number): Span => ({ text, start, end });
const bytes = (seconds: number) => seconds * 48000;

/** Everything that comes out when `spans` go in before `seconds` of audio. */
function through(spans: readonly Span[], seconds: number): Span[] {
  const timeline = createTimeline(S16);
  const early = timeline.spans('word', spans);
  timeline.audio(bytes(seconds));
  return [...early, ...timeline.finish('word')];
}

describe('a timeline', () => {
  it('passes good times on unchanged', () => {
    const good = [span('a', 0, 0.5), span('b', 0.5, 0.9), span('c', 1, 1.5)];
    assert.deepEqual(through(good, 2), good);
  });

  it('gives out what the audio has settled and holds back what may still change', () => {
    const timeline = createTimeline(S16);
    timeline.audio(bytes(1));
    assert.deepEqual(timeline.spans('word', [span('a', 0, 0.5), span('b', 0.5, 0.9)]), [span('a', 0, 0.5)]);
    assert.deepEqual(timeline.spans('word', [span('c', 0.9, 1.5), span('d', 1.5, 2)]), [span('b', 0.5, 0.9)]);
    timeline.audio(bytes(0.8));
    assert.deepEqual(timeline.spans('word', []), [span('c', 0.9, 1.5)]);
    assert.deepEqual(timeline.spans('phoneme', [span('x', 0, 9)]), []);
    assert.equal(timeline.duration, 1.8);
    assert.deepEqual(timeline.finish('word'), [span('d', 1.5, 1.8)]);
    assert.deepEqual(timeline.finish('phoneme'), [span('x', 0, 1.8)]);
    assert.deepEqual(timeline.finish('word'), []);
  });

  it('drops the tags that are reported as words, whole or in parts', () => {
    const words = [
      ...[
        span('Hi', 0, 0.5),
        span('<break', 0.5, 0.5),
        span('time="1s"/>', 0.5, 0.5),
        span('<spell>AB</spell>.', 1, 1.5),
      ],
      ...[span('<break', 1.5, 1.6), span('my', 1.6, 1.7)],
    ];
    const spoken = [span('Hi', 0, 0.5), span('AB.', 1, 1.5), span('<break', 1.5, 1.6), span('my', 1.6, 1.7)];
    assert.deepEqual(through(words, 2), spoken);
    const timeline = createTimeline(S16);
    timeline.audio(bytes(2));
    const apart = words.flatMap(word => timeline.spans('word', [word]));
    assert.deepEqual(
      [...apart, ...timeline.finish('word')].map(({ text }) => text).join(' '),
      spoken.map(({ text }) => text).join(' '),
    );
  });

  it('cuts an end where the next word starts', () => {
    assert.deepEqual(through([span('a', 0, 0.7), span('b', 0.5, 1)], 2), [span('a', 0, 0.5), span('b', 0.5, 1)]);
  });

  it('puts words in the order of their times', () => {
    const mixed = [span('c', 1, 1.5), span('a', 0, 0.5), span('b', 0.5, 1)];
    assert.deepEqual(
      through(mixed, 2).map(each => each.text),
      ['a', 'b', 'c'],
    );
  });

  it('fits words without usable times in between the others', () => {
    const broken = [
      span('a', -3, 0.5),
      span('b', Number.NaN, Number.NaN),
      span('c', 1, 0.2),
      span('d', Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY),
      span('e', 1.5, 99),
    ];
    assert.deepEqual(through(broken, 2), [
      span('a', 0, 0.5),
      span('b', 0.5, 1),
      span('c', 1, 1),
      span('d', 1, 1.5),
      span('e', 1.5, 2),
    ]);
  });

  it('keeps words that lie beyond the end, at the end', () => {
    assert.deepEqual(through([span('a', 5, 6), span('b', 7, 8)], 2), [span('a', 2, 2), span('b', 2, 2)]);
  });

  it('holds back no more than a service can be ahead of its sound, however many come', () => {
    for (const order of [1, -1]) {
      const timeline = createTimeline(S16);
      timeline.audio(bytes(1));
      const many = Array.from({ length: 200_000 }, (_, index) =>
        span(`w${index}`, 2 + order * index, 3 + order * index),
      );
      const early = timeline.spans('word', many);
      const late = timeline.finish('word');
      assert.equal(early.length + late.length, many.length);
      assert.ok(late.length <= 20_000, `${late.length} were held`);
      assert.ok([...early, ...late].every(({ end }) => end <= 1));
    }
  });

  it('strips control characters and drops what is empty then', () => {
    const dirty = [span('\u001b[2Ja\nb\u0000', 0, 1), span(' \t\u0085', 1, 2), span('\u202eשלום\ud800', 1, 2)];
    assert.deepEqual(
      through(dirty, 2).map(each => each.text),
      ['[2Ja b', '\u202eשלום'],
    );
  });

  it('is ascending, without overlaps, finite and inside the audio, whatever comes (F13)', () => {
    const time = fc.oneof(fc.double({ min: -1, max: 12 }), fc.double());
    const spans = fc.array(fc.record({ text: fc.string({ minLength: 1 }), start: time, end: time }), { maxLength: 8 });
    const step = fc.record({ spans, seconds: fc.integer({ min: 0, max: 3 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), steps => {
        const timeline = createTimeline(S16);
        const out: Span[] = [];
        let given = 0;
        for (const { spans, seconds } of steps) {
          given += spans.length;
          out.push(...timeline.spans('word', spans));
          for (const { end } of out) assert.ok(end <= timeline.duration, 'settled inside the audio so far');
          timeline.audio(bytes(seconds));
        }
        out.push(...timeline.finish('word'));
        assert.ok(out.length <= given);
        let reached = 0;
        for (const { text, start, end } of out) {
          assert.ok(start >= reached && end >= start && end <= timeline.duration, `${reached} ${start} ${end}`);
          assert.match(text, /^\S(?:[^\p{Cc}]*\S)?$/u);
          reached = end;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('loses no word that has text', () => {
    const time = fc.double();
    const spans = fc.array(fc.record({ text: fc.constantFrom('a', 'b', 'c'), start: time, end: time }));
    fc.assert(
      fc.property(spans, given => {
        const texts = through(given, 5).map(each => each.text);
        assert.deepEqual(texts.sort(), given.map(each => each.text).sort());
      }),
    );
  });
});
