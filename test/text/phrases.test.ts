import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { AlignedSpan } from '../../src/text/align.ts';
import { type Cue, type CueMode, createCueBuilder } from '../../src/text/phrases.ts';
import { assertLinear } from '../support/growth.ts';

/** Words of `seconds` each, with `pause` after those that are in `pauses`. */
function spoken(text: string, seconds = 0.3, pauses: Readonly<Record<number, number>> = {}): AlignedSpan[] {
  let at = 0;
  return (text.match(/\S+\s*/g) ?? []).map((written, index) => {
    const start = at;
    at += seconds;
    const span = { text: written.trim(), written, start, end: at };
    at += pauses[index] ?? 0;
    return span;
  });
}

function cuesOf(mode: CueMode, words: readonly AlignedSpan[], duration = words.at(-1)?.end ?? 0): Cue[] {
  const builder = createCueBuilder({ mode });
  return [...words.flatMap(word => builder.push([word])), ...builder.finish(duration)];
}

const shown = (cues: readonly Cue[]) => cues.map(cue => cue.lines.join(' | '));

test('one word a cue', () => {
  const cues = cuesOf('word', spoken('Hello, “big” world!'));
  assert.deepEqual(shown(cues), ['Hello,', '“big”', 'world!']);
  assert.deepEqual(
    cues.map(cue => cue.start),
    [0, 0.3, 0.6],
  );
});

test('one sentence a cue, with its punctuation', () => {
  const text = 'Dr. Smith said: “Stop!” That was all. Then he left.';
  assert.deepEqual(shown(cuesOf('sentence', spoken(text))), [
    'Dr. Smith said: “Stop!”',
    'That was all.',
    'Then he left.',
  ]);
});

test('a sentence too long for a cue is broken at its clauses', () => {
  const text =
    'When the evening came at last to the harbour of the town, the fishermen brought in their boats; nobody spoke.';
  assert.deepEqual(shown(cuesOf('sentence', spoken(text))), [
    'When the evening came at last | to the harbour of the town,',
    'the fishermen brought in | their boats; nobody spoke.',
  ]);
});

test('a phrase ends at a pause; sentences too short to read share a cue', () => {
  const text = 'I came here yesterday and I saw it all. No. No! Yes.';
  assert.deepEqual(shown(cuesOf('phrase', spoken(text, 0.3, { 3: 0.8, 8: 1 }))), [
    'I came here yesterday',
    'and I saw it all.',
    'No. No! Yes.',
  ]);
});

test('sentences long enough to read keep a cue each', () => {
  assert.deepEqual(shown(cuesOf('phrase', spoken('This is one of them. And this is two.'))), [
    'This is one of them.',
    'And this is two.',
  ]);
});

test('a word longer than a line is cut', () => {
  const cues = cuesOf('phrase', spoken(`${'x'.repeat(100)} end`, 2));
  assert.deepEqual(
    cues.flatMap(cue => cue.lines).map(line => line.replace(' end', '').length),
    [42, 42, 16],
  );
});

test('wide scripts have shorter lines and no spaces, and no line begins with a closing mark', () => {
  const text = '我们今天早上一起去了城里的大市场，买了很多新鲜的水果和蔬菜，然后坐公共汽车回家做了一顿非常好吃的午饭。';
  const words = [...text.matchAll(/[\p{L}]\p{P}*/gu)].map(([written], index) => {
    return { text: written, written, start: index * 0.2, end: index * 0.2 + 0.2 };
  });
  const cues = cuesOf('phrase', words);
  const lines = cues.flatMap(cue => cue.lines);
  assert.equal(lines.join(''), text);
  for (const line of lines) assert.ok(line.length <= 20 && /^\p{L}/u.test(line), line);
  assert.match(cues[0]?.lines.at(-1) ?? '', /，$/);
});

test('a short cue stands half a second if the next one allows', () => {
  assert.deepEqual(
    cuesOf('word', spoken('a b c', 0.1, { 0: 0.2, 1: 1 }), 1.5).map(({ start, end }) =>
      [start, end].map(time => +time.toFixed(3)),
    ),
    [
      [0, 0.3],
      [0.3, 0.8],
      [1.4, 1.5],
    ],
  );
});

test('a word that is spoken but not written belongs to the one before', () => {
  const cues = cuesOf('word', [
    { text: 'twelve', written: '$12 ', start: 0, end: 0.6 },
    { text: 'dollars', written: '', start: 0.6, end: 1.2 },
    { text: 'each', written: 'each', start: 1.2, end: 2 },
  ]);
  assert.deepEqual(cues, [
    { start: 0, end: 1.2, lines: ['$12'], text: '$12 ' },
    { start: 1.2, end: 2, lines: ['each'], text: 'each' },
  ]);
});

test('cues come out as soon as they are settled', () => {
  const builder = createCueBuilder({ mode: 'sentence' });
  const words = spoken('One is here. Two is here. Three');
  const early = words.slice(0, 6).flatMap(word => builder.push([word]));
  assert.deepEqual(shown(early), []);
  assert.deepEqual(shown(builder.push(words.slice(6))), ['One is here.']);
  assert.deepEqual(shown(builder.finish(10)), ['Two is here.', 'Three']);
});

test('without words there are no cues', () => {
  assert.deepEqual(cuesOf('phrase', [], 3), []);
  assert.deepEqual(cuesOf('word', [{ text: '.', written: ' ', start: 0, end: 1 }]), []);
});

const narrow = (line: string) => [...new Intl.Segmenter().segment(line)].length;

const anyWord = fc.record({
  written: fc.oneof(
    fc.constantFrom('word ', 'Hello, ', 'end. ', 'Dr. ', '', ' ', '好', '，', '。「', '！\n\n', '- ', '🙂 ', 'Wait… '),
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.constantFrom('averyverylongwordwithoutanyend'.repeat(6), 'several words at once, unmatched. And more '),
  ),
  length: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 9)),
  gap: fc.constantFrom(0, 0, 0, 0.1, 0.7, -0.2),
});

test('cues are in order, apart, short enough, and show all text once', () => {
  fc.assert(
    fc.property(
      fc.array(anyWord, { maxLength: 60 }),
      fc.constantFrom<CueMode>('word', 'phrase', 'sentence'),
      fc.integer({ min: 1, max: 9 }),
      (given, mode, batch) => {
        let at = 0;
        const words = given.map(({ written, length, gap }) => {
          const start = Math.max(0, at + gap);
          at = start + length;
          return { text: 'x', written, start, end: at };
        });
        const duration = Math.max(0, ...words.map(word => word.end));
        const builder = createCueBuilder({ mode });
        const cues: Cue[] = [];
        for (let i = 0; i < words.length; i += batch) cues.push(...builder.push(words.slice(i, i + batch)));
        cues.push(...builder.finish(duration));
        let end = 0;
        for (const cue of cues) {
          assert.ok(cue.start >= end && cue.end >= cue.start && cue.end <= duration, JSON.stringify(cue));
          assert.ok(cue.end - cue.start <= 7 + 1e-9);
          end = cue.end;
          assert.ok(cue.lines.length === 1 || cue.lines.length === 2);
          for (const line of cue.lines) {
            assert.equal(line, line.trim());
            assert.ok(line !== '' && narrow(line) <= 42, line);
            assert.ok((line.match(/\p{Script=Han}/gu)?.length ?? 0) <= 20);
          }
        }
        const fold = (text: string) => text.replace(/\s+/g, '');
        assert.equal(fold(cues.flatMap(cue => cue.lines).join('')), fold(words.map(word => word.written).join('')));
      },
    ),
    { numRuns: 1000 },
  );
});

test('times that make no sense do no harm', () => {
  const words = [
    { text: 'a', written: 'a ', start: Number.NaN, end: -1 },
    { text: 'b', written: 'b ', start: 5, end: Number.POSITIVE_INFINITY },
    { text: 'c', written: 'c', start: 1, end: 0 },
  ];
  assert.deepEqual(cuesOf('word', words, 2), [
    { start: 0, end: 0.5, lines: ['a'], text: 'a ' },
    { start: 2, end: 2, lines: ['b'], text: 'b ' },
    { start: 2, end: 2, lines: ['c'], text: 'c' },
  ]);
});

test('a long text takes linear time', async () => {
  for (const written of ['word ', '好', 'x.', 'word, ', 'No. ']) {
    const build = (words: number) => {
      const builder = createCueBuilder({ mode: 'phrase' });
      let count = 0;
      for (let i = 0; i < words; i++) {
        count += builder.push([{ text: 'x', written, start: i / 4, end: i / 4 + 0.2 }]).length;
      }
      assert.ok(count + builder.finish(words / 4).length > words / 200);
    };
    await assertLinear(build, 2500, written);
  }
});
