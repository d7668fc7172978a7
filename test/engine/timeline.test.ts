import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createTimeline, type Source } from '../../src/engine/timeline.ts';

const brief = (spans: readonly { text: string; start: number; end: number }[]) =>
  spans.map(({ text, start, end }) => `${text} ${start}-${end}`);

/** A sentence whose words weigh what they have letters. */
function source(tokens: readonly string[], owners: readonly number[]): Source {
  return { tokens, owners, weights: tokens.map(token => token.replace(/\W/g, '').length || 0.01) };
}

describe('the timeline', () => {
  it('starts and ends a word with its sounds', () => {
    const timeline = createTimeline(source(['one', 'two', 'on'], [0, 0, 0, 0, 1, 1, 1, 1, 2, 2]));
    timeline.word(1, 0);
    timeline.phoneme('w', 10);
    timeline.phoneme('n', 30);
    timeline.word(5, 40);
    const { words, phonemes } = timeline.take();
    assert.deepEqual(brief(words), ['one 0-40']);
    assert.deepEqual(brief(phonemes), ['w 0-30', 'n 30-40']);
    timeline.phoneme('t', 90);
    timeline.phoneme('uː', 100);
    timeline.phoneme('', 120);
    timeline.phoneme('', 140);
    timeline.word(9, 150);
    timeline.phoneme('', 150);
    timeline.phoneme('ɒ', 160);
    timeline.phoneme('', 200);
    timeline.finish(210);
    const rest = timeline.take();
    assert.deepEqual(brief(rest.words), ['two 40-120', 'on 160-200']);
    assert.deepEqual(brief(rest.phonemes), ['t 40-100', 'uː 100-120', 'ɒ 160-200']);
  });

  it('is not misled by a silence inside a word', () => {
    const timeline = createTimeline(source(['apt'], [0, 0, 0]));
    timeline.word(1, 0);
    timeline.phoneme('a', 0);
    timeline.phoneme('', 10);
    timeline.phoneme('t', 20);
    timeline.finish(40);
    assert.deepEqual(brief(timeline.take().words), ['apt 0-40']);
  });

  it('gives words that espeak-ng speaks as one their part of the sounds', () => {
    const timeline = createTimeline(source(['of', 'the', 'end'], [0, 0, 0, 1, 1, 1, 1, 2, 2, 2]));
    timeline.word(1, 0);
    for (const [ipa, sample] of [
      ['ʌ', 0],
      ['v', 100],
      ['ð', 200],
      ['ə', 300],
    ] as const)
      timeline.phoneme(ipa, sample);
    timeline.word(8, 400);
    timeline.phoneme('ɛ', 410);
    timeline.finish(500);
    assert.deepEqual(brief(timeline.take().words), ['of 0-200', 'the 200-400', 'end 400-500']);
  });

  it('makes one word of a number, whatever the order of its events', () => {
    const timeline = createTimeline(source(['$12', 'now'], [0, 0, 0, 0, 1, 1, 1]));
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
    const timeline = createTimeline(source(['—', 'a', '*', 'b', '*'], [0, 0, 1, 1, 2, 2, 3, 3, 4]));
    timeline.word(3, 10);
    timeline.phoneme('a', 10);
    timeline.word(7, 30);
    timeline.phoneme('b', 30);
    timeline.finish(50);
    assert.deepEqual(brief(timeline.take().words), ['— 0-0', 'a 10-30', '* 30-30', 'b 30-50', '* 50-50']);
  });

  it('shares the sounds of a group among its characters', () => {
    const timeline = createTimeline({ tokens: ['今', '日', 'は'], owners: [0, 1, 2], weights: [1, 1, 1] });
    timeline.word(1, 0);
    for (const sample of [0, 100, 200, 300]) timeline.phoneme('x', sample);
    timeline.word(1, 390);
    for (const sample of [400, 500]) timeline.phoneme('x', sample);
    timeline.phoneme('', 600);
    timeline.finish(700);
    assert.deepEqual(brief(timeline.take().words), ['今 0-200', '日 200-390', 'は 390-600']);
  });

  it('shares the time where no sounds are known', () => {
    const timeline = createTimeline({ tokens: ['今', '日'], owners: [0, 1], weights: [1, 1] });
    timeline.word(1, 10);
    timeline.finish(50);
    assert.deepEqual(brief(timeline.take().words), ['今 10-30', '日 30-50']);
  });

  it('does not take a change of language for a sound', () => {
    const timeline = createTimeline(source(['a'], [0]));
    timeline.word(1, 0);
    for (const [ipa, sample] of [
      ['(en)', 0],
      ['a', 5],
      ['(ja)', 9],
    ] as const)
      timeline.phoneme(ipa, sample);
    timeline.finish(10);
    assert.deepEqual(brief(timeline.take().phonemes), ['a 0-9']);
  });

  it('has one span for each word, in order, whatever the engine says, and no phoneme crosses its border', () => {
    const event = fc.record({
      position: fc.nat(30),
      step: fc.nat(50),
      ipa: fc.constantFrom('', 'a', '(en)', undefined),
    });
    const weight = fc.constantFrom(0, 0.01, 1, 3, 12);
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), fc.array(weight, { maxLength: 12 }), (events, weights) => {
        const tokens = weights.map((_, i) => `w${i}`);
        const timeline = createTimeline({ tokens, owners: tokens.flatMap((_, i) => [i, i]), weights });
        let sample = 0;
        const words = [];
        const phonemes = [];
        for (const { position, step, ipa } of events) {
          sample += step;
          if (ipa === undefined) timeline.word(position, sample);
          else timeline.phoneme(ipa, sample);
          const taken = timeline.take();
          words.push(...taken.words);
          phonemes.push(...taken.phonemes);
        }
        timeline.finish(sample);
        const taken = timeline.take();
        words.push(...taken.words);
        phonemes.push(...taken.phonemes);
        assert.deepEqual(
          words.map(word => word.text),
          tokens,
        );
        for (const spans of [words, phonemes]) {
          let end = 0;
          for (const span of spans) {
            assert.ok(span.start >= end && span.end >= span.start && span.end <= sample, JSON.stringify(spans));
            end = span.end;
          }
        }
        for (const border of words.flatMap(({ start, end }) => (end > start ? [start, end] : []))) {
          assert.ok(
            !phonemes.some(({ start, end }) => start < border && border < end),
            JSON.stringify([words, phonemes]),
          );
        }
      }),
      { numRuns: 500 },
    );
  });
});
