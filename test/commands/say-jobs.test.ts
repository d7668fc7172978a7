/** How many parts of a text are spoken at once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Jobs, readJobs } from '../../src/commands/jobs-flag.ts';
import { jobsFor } from '../../src/commands/say-jobs.ts';
import { failsWith } from '../support/folder.ts';

type Run = Parameters<typeof jobsFor>[1];

function jobs(
  wish: Jobs | undefined,
  { provider = 'cartesia', plays = false, paths = ['a.wav'], length = 50_000 as number | undefined } = {},
): number | undefined {
  const files = paths.map(path => ({ kind: 'wav', path }));
  const run = { plan: { plays, files, timestamps: [] }, settings: { values: { provider } } };
  return jobsFor(wish, run as unknown as Run, length);
}

describe('--jobs', () => {
  it('is a number or auto', () => {
    assert.deepEqual(['1', '100', 'auto'].map(readJobs), [1, 100, 'auto']);
    for (const wrong of ['0', '101', '2.5', 'AUTO', '-1', 'x']) {
      assert.throws(() => readJobs(wrong), failsWith('usage', /^--jobs must be a whole number from 1 to 100, or auto/));
    }
  });

  it('is auto for a long text of a service to a file, whatever its length when that is not known', () => {
    assert.equal(jobs(undefined), 32);
    assert.equal(jobs('auto'), 32);
    assert.equal(jobs(undefined, { length: undefined }), 32);
    assert.equal(jobs(undefined, { paths: ['a.wav', 'a.srt'] }), 32);
  });

  it('is not used where it gains nothing, unless asked for', () => {
    for (const around of [{ plays: true }, { paths: ['-'] }]) {
      assert.equal(jobs(undefined, around), undefined);
      assert.equal(jobs(4, around), 4);
    }
    assert.equal(jobs('auto', { plays: true }), 32);
    assert.equal(jobs(4, { length: 2000 }), undefined);
    assert.equal(jobs(1), 1);
  });

  it('is one after the other with the built-in voice, so that a text that can be read again can be gone on with', () => {
    for (const wish of [undefined, 'auto', 1] as const) assert.equal(jobs(wish, { provider: 'local' }), 1);
    assert.equal(jobs('auto', { provider: 'local', plays: true }), undefined);
  });
});
