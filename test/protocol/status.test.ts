import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { meaningOf } from '../../src/protocol/status.ts';

describe('a status', () => {
  const meanings: [number[], string, boolean][] = [
    [[401, 403], 'auth', false],
    [[402], 'quota', false],
    [[429], 'quota', true],
    [[408, 409, 425], 'service', true],
    [[400, 404, 410, 413, 422, 418], 'service', false],
    [[500, 502, 503, 504, 599], 'service', true],
    [[0, -1, 200, 206, 302], 'service', false],
  ];
  for (const [statuses, kind, retryable] of meanings) {
    it(`of ${statuses.join(', ')} means ${kind}, ${retryable ? 'perhaps later' : 'for good'}`, () => {
      for (const status of statuses) assert.deepEqual(meaningOf(status), { kind, retryable });
    });
  }
});
