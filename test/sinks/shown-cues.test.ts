import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createShownCues, type ShownCue } from '../../src/sinks/shown-cues.ts';

function shown(...cues: readonly [text: string, start: number, end: number][]): [string, number, number][] {
  const made = createShownCues();
  const all: ShownCue[] = [
    ...cues.flatMap(([text, start, end]) => made.push({ text, start, end, lines: [text.trim()] })),
    ...made.finish(),
  ];
  return all.map(({ lines, start, end }) => [lines.join('|'), start, end]);
}

describe('shown cues', () => {
  it('are the same in milliseconds where each has a length', () => {
    assert.deepEqual(shown(['a ', 0, 0.5], ['b', 0.5, 1.0009]), [
      ['a', 0, 500],
      ['b', 500, 1000],
    ]);
  });

  it('share the time of what starts with them, else of what was before', () => {
    assert.deepEqual(shown(['a ', 0, 1], ['b ', 1, 1], ['c', 1, 2]), [
      ['a', 0, 1000],
      ['b c', 1000, 2000],
    ]);
    assert.deepEqual(shown(['a ', 0, 1], ['b ', 1.5, 1.5], ['c', 2, 3]), [
      ['a b', 0, 1000],
      ['c', 2000, 3000],
    ]);
    assert.deepEqual(shown(['a ', 0, 1], ['b ', 1, 1], ['c', 2, 2]), [['a b c', 0, 1000]]);
    assert.deepEqual(shown(['a ', 0, 0], ['b', 2, 3]), [['a b', 2000, 3000]]);
  });

  it('share it by how much there is to read, when it is too much at once', () => {
    const long = `${'x'.repeat(40)} ${'y'.repeat(40)} `;
    assert.deepEqual(shown([long, 1, 1], [long, 1, 3]), [
      [`${'x'.repeat(40)}|${'y'.repeat(40)}`, 1000, 2000],
      [`${'x'.repeat(40)}|${'y'.repeat(40)}`, 2000, 3000],
    ]);
  });

  it('lose nothing and keep a length each where there is hardly any time', () => {
    const word = `${'x'.repeat(80)} `;
    const cues = Array.from({ length: 20 }, (): [string, number, number] => [word, 1, 1]);
    const all = shown(...cues, ['end', 1, 1.003]);
    assert.equal(all.length, 3);
    assert.deepEqual(
      all.map(([, start, end]) => [start, end]),
      [
        [1000, 1001],
        [1001, 1002],
        [1002, 1003],
      ],
    );
    assert.equal(
      all
        .map(([text]) => text)
        .join('')
        .replaceAll('|', '')
        .replaceAll(' ', ''),
      `${'x'.repeat(1600)}end`,
    );
  });

  it('without any time for them are none', () => {
    assert.deepEqual(shown(['a', 1, 1]), []);
    assert.deepEqual(shown(['\u0000', 1, 2]), []);
  });
});
