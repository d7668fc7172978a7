import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  acceptsEmbeddings,
  behaviourOf,
  DEFAULT_VERSION,
  hasStructuredErrors,
  isVersion,
  KNOWN_VERSIONS,
} from '../../src/protocol/versions.ts';

describe('versions', () => {
  it('are real calendar dates', () => {
    for (const version of [...KNOWN_VERSIONS, DEFAULT_VERSION, '2028-02-29', '2030-12-31'])
      assert.ok(isVersion(version));
    const wrong = [
      '',
      '2026',
      '2026-3-1',
      '2026-02-29',
      '2026-13-01',
      '2026-00-10',
      '2026-03-01 ',
      '20260301',
      'latest',
    ];
    for (const version of wrong) assert.ok(!isVersion(version), version);
  });

  it('behave as the greatest known one that is not later', () => {
    for (const version of KNOWN_VERSIONS) assert.equal(behaviourOf(version), version);
    assert.equal(behaviourOf('2025-12-31'), '2025-11-04');
    assert.equal(behaviourOf('2099-01-01'), KNOWN_VERSIONS.at(-1));
    assert.equal(behaviourOf('2020-01-01'), KNOWN_VERSIONS[0]);
    assert.deepEqual([...KNOWN_VERSIONS].sort(), KNOWN_VERSIONS);
  });

  it('change errors and embeddings with 2026-03-01', () => {
    for (const version of ['2024-06-10', '2025-11-04', '2026-02-28']) {
      assert.equal(hasStructuredErrors(version), false);
      assert.equal(acceptsEmbeddings(version), true);
    }
    for (const version of ['2026-03-01', '2026-08-14']) {
      assert.equal(hasStructuredErrors(version), true);
      assert.equal(acceptsEmbeddings(version), false);
    }
  });
});
