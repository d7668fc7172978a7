import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createTimeline } from '../../src/engine/timeline.ts';

const brief = (spans: readonly { text: string; start: number; end: number }[]) =>
  spans.map(({ text, start, end }) => `${text} ${start}-${end}`);

describe('the timeline', () => {
  it('ends a word where the next one begins, or where it falls silent', () => {
    const timeline = createTimeline(['one', 'two'], [0, 0, 0, 0, 1, 1, 1], false);
    timeline.word(1, 0);
    timeline.phoneme('w', 10);
    timeline.phoneme('', 50);
    timeline.phoneme('', 60);
    timeline.word(5, 90);
    assert.deepEqual(brief(timeline.take().words), ['one 0-50']);
    timeline.phoneme('t', 95);
    timeline.phoneme('', 120);
    timeline.finish(150);
    const { words, phonemes } = timeline.take();
    assert.deepEqual(brief(words), ['two 90-120']);
    assert.deepEqual(brief(phonemes), ['t 95-120']);
  });

  it('is not misled by a silence inside a word', () => {
    const timeline = createTimeline(['apt'], [0, 0, 0], false);
    timeline.word(1, 0);
    timeline.phoneme('', 10);
    timeline.phoneme('t', 20);
    timeline.finish(40);
    assert.deepEqual(brief(timeline.take().words), ['apt 0-40']);
  });

  it('makes one word of a number, whatever the order of its events', () => {
    const timeline = createTimeline(['$12', 'now'], [0, 0, 0, 0, 1, 1, 1], false);
    for (const [position, sample] of [
      [1, 0],
      [2, 20],
      [1, 40],
      [5, 60],
      [3, 70],
      [99, 80],
    ] as const) {
      timeline.word(position, sample);
    }
    timeline.finish(100);
    assert.deepEqual(brief(timeline.take().words), ['$12 0-60', 'now 60-100']);
  });

  it('gives words that are not spoken no length', () => {
    const timeline = createTimeline(['—', 'a', '*', 'b', '*'], [0, 0, 1, 1, 2, 2, 3, 3, 4], false);
    timeline.word(3, 10);
    timeline.phoneme('a', 10);
    timeline.word(7, 30);
    timeline.phoneme('b', 30);
    timeline.finish(50);
    assert.deepEqual(brief(timeline.take().words), ['— 0-0', 'a 10-30', '* 30-30', 'b 30-50', '* 50-50']);
  });

  it('shares the sounds of a group among its characters', () => {
    const timeline = createTimeline(['今', '日', 'は'], [0, 1, 2], true);
    timeline.word(1, 0);
    for (const sample of [0, 10, 20, 30, 40, 50]) timeline.phoneme('x', sample);
    timeline.word(1, 35);
    timeline.phoneme('', 60);
    timeline.finish(70);
    assert.deepEqual(brief(timeline.take().words), ['今 0-20', '日 20-40', 'は 40-60']);
  });

  it('shares the time where there are fewer sounds than characters', () => {
    const timeline = createTimeline(['今', '日'], [0, 1], true);
    timeline.word(1, 10);
    timeline.finish(50);
    assert.deepEqual(brief(timeline.take().words), ['今 10-30', '日 30-50']);
  });

  it('does not take a change of language for a sound', () => {
    const timeline = createTimeline(['a'], [0], true);
    timeline.word(1, 0);
    for (const [ipa, sample] of [
      ['(en)', 0],
      ['a', 5],
      ['(ja)', 9],
    ] as const)
      timeline.phoneme(ipa, sample);
    timeline.finish(10);
    assert.deepEqual(brief(timeline.take().phonemes), ['a 5-9']);
  });

  it('has one span for each word, in order, whatever the engine says', () => {
    const event = fc.record({ position: fc.nat(30), step: fc.nat(50), ipa: fc.constantFrom('', 'a', undefined) });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), fc.nat(12), fc.boolean(), (events, count, unspaced) => {
        const tokens = Array.from({ length: count }, (_, i) => `w${i}`);
        const timeline = createTimeline(
          tokens,
          tokens.flatMap((_, i) => [i, i]),
          unspaced,
        );
        let sample = 0;
        const words = [];
        for (const { position, step, ipa } of events) {
          sample += step;
          if (ipa === undefined) timeline.word(position, sample);
          else timeline.phoneme(ipa, sample);
          words.push(...timeline.take().words);
        }
        timeline.finish(sample);
        words.push(...timeline.take().words);
        assert.deepEqual(
          words.map(word => word.text),
          tokens,
        );
        let end = 0;
        for (const word of words) {
          assert.ok(word.start >= end && word.end >= word.start && word.end <= sample, JSON.stringify(words));
          end = word.end;
        }
      }),
    );
  });
});
