import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FIGURES, groupTakes, rounded, sortGroups } from '../../src/report/figures.ts';
import { findBreaches } from '../../src/report/gates.ts';
import { percentile } from '../../src/report/statistics.ts';
import type { Recording, Take } from '../../src/report/takes.ts';

const RECORDING: Recording = {
  duration: 2,
  bytes: 96_000,
  leadingSilence: 0.25,
  trailingSilence: 0.75,
  peak: -3.21,
  loudness: -20.04,
  clippedSamples: 0,
  firstAudioMs: 100,
  totalMs: 400,
  words: 4,
  file: 'v/x.wav',
  timestamps: undefined,
  outline: [],
  requestIds: [],
};

function take(voice: string, more: Partial<Recording> | string = {}, textIndex = 0): Take {
  const outcome =
    typeof more === 'string'
      ? { error: { code: 'service', message: more, hint: undefined, requestId: undefined } }
      : { ...RECORDING, ...more };
  return {
    voice: { id: voice, name: voice.toUpperCase() },
    model: 'm',
    text: 'x',
    textIndex,
    take: 1,
    language: 'en',
    outcome,
  };
}

describe('figures of a voice', () => {
  it('are what its takes come to together', () => {
    const takes = [100, 300, 200].map(firstAudioMs => take('a', { firstAudioMs }));
    const [group] = groupTakes([...takes, take('a', 'failed'), take('b')]);
    assert.deepEqual(group?.figures, {
      first_audio_p50_ms: 200,
      first_audio_p95_ms: 300,
      total_ms: 400,
      real_time_factor: 0.2,
      duration_s: 2,
      words_per_minute: 240,
      leading_silence_s: 0.25,
      trailing_silence_s: 0.75,
      peak_dbfs: -3.2,
      loudness_lufs: -20,
      clipped_samples: 0,
      bytes: 288_000,
    });
  });

  it('are null where there is nothing to measure', () => {
    const [failed] = groupTakes([take('a', 'failed')]);
    assert.deepEqual(new Set(Object.values(failed?.figures ?? {})), new Set([null]));
    const silent = {
      peak: undefined,
      loudness: undefined,
      firstAudioMs: undefined,
      duration: 0,
      leadingSilence: 0,
      trailingSilence: 0,
      bytes: 0,
    };
    const [group] = groupTakes([take('a', silent)]);
    for (const key of ['peak_dbfs', 'loudness_lufs', 'first_audio_p50_ms', 'real_time_factor', 'words_per_minute'])
      assert.equal(group?.figures[key], null, key);
  });

  it('keep voices, models and, when asked, texts apart', () => {
    const takes = [take('a'), take('b'), take('a', {}, 1), { ...take('a'), model: 'n' }];
    assert.deepEqual(
      groupTakes(takes).map(group => group.takes.length),
      [2, 1, 1],
    );
    assert.deepEqual(
      groupTakes(takes, true).map(group => group.takes.length),
      [1, 1, 1, 1],
    );
  });

  it('sort by what is best, with nothing to measure last, or by name', () => {
    const groups = groupTakes([
      take('a', { loudness: -30 }),
      take('b', { loudness: undefined }),
      take('c', { loudness: -10 }),
      take('d', { loudness: -20 }),
    ]);
    const order = (by: string) =>
      sortGroups(groups, by)
        .map(group => group.takes[0]?.voice.id)
        .join('');
    assert.equal(order('lufs'), 'cdab');
    assert.equal(order('name'), 'abcd');
    assert.equal(order('first'), 'abcd');
    const slow = groupTakes([take('a', { firstAudioMs: 9 }), take('b', { firstAudioMs: 1 }), take('c', 'failed')]);
    assert.deepEqual(
      sortGroups(slow, 'first').map(group => group.takes[0]?.voice.id),
      ['b', 'a', 'c'],
    );
  });

  it('percentiles are values that were measured', () => {
    assert.equal(percentile([], 0.5), undefined);
    assert.equal(percentile([7], 0.95), 7);
    assert.equal(percentile([3, 1, 2], 0.5), 2);
    assert.equal(percentile([4, 1, 3, 2], 0.5), 2);
    assert.equal(
      percentile(
        Array.from({ length: 100 }, (_, i) => i + 1),
        0.95,
      ),
      95,
    );
    assert.equal(
      percentile(
        Array.from({ length: 19 }, (_, i) => i),
        0.95,
      ),
      18,
    );
  });

  it('rounding makes no -0 and no NaN', () => {
    assert.ok(Object.is(rounded(-0.001, 1), 0));
    assert.equal(rounded(Number.NaN, 1), null);
    assert.equal(rounded(Number.NEGATIVE_INFINITY, 1), null);
    assert.equal(rounded(1.25, 1), 1.3);
  });

  it('every figure has a name and a key of its own', () => {
    assert.equal(new Set(FIGURES.map(({ name }) => name)).size, FIGURES.length);
    assert.equal(new Set(FIGURES.map(({ key }) => key)).size, FIGURES.length);
  });
});

describe('limits', () => {
  const gatesOf = (takes: Take[], gates: Parameters<typeof findBreaches>[1]) =>
    findBreaches(takes, gates).map(({ gate }) => gate);

  it('that are not set are not looked at, and those that are kept are not mentioned', () => {
    assert.deepEqual(gatesOf([take('a', { clippedSamples: 9 })], {}), []);
    const gates = {
      maxFirstAudioMs: 100,
      maxSilence: 0.75,
      minLoudness: -20.04,
      maxLoudness: -20.04,
      noClipping: true,
      duration: { min: 2, max: 2 },
    };
    assert.deepEqual(gatesOf([take('a')], gates), []);
  });

  it('are held against each recording, the time to first audio against the 95th percentile', () => {
    const takes = [
      take('a', { firstAudioMs: 50 }),
      take('a', { firstAudioMs: 150, leadingSilence: 2, trailingSilence: 2 }),
      take('a', 'failed'),
    ];
    assert.deepEqual(gatesOf(takes, { maxFirstAudioMs: 120, maxSilence: 1 }), [
      '--max-first-audio',
      '--max-silence',
      '--max-silence',
    ]);
  });

  it('silence has no loudness, which is no loudness that keeps a lower limit', () => {
    const silent = [take('a', { loudness: undefined })];
    assert.deepEqual(gatesOf(silent, { minLoudness: -60 }), ['--min-loudness']);
    assert.deepEqual(gatesOf(silent, { maxLoudness: -10 }), []);
  });

  it('a duration may be too short and too long', () => {
    assert.deepEqual(
      gatesOf([take('a', { duration: 0.9 }), take('a', { duration: 3.1 })], { duration: { min: 1, max: 3 } }),
      ['--expect-duration', '--expect-duration'],
    );
  });
});
