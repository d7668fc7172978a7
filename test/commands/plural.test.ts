/** One thing is one thing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { plural } from '../../src/commands/plural.ts';
import { silenceFailure, untakenFailure } from '../../src/wire/failures.ts';

describe('plural', () => {
  it('is for all counts but one', () => {
    assert.deepEqual(
      [0, 1, 2].map(count => plural(count, 'word')),
      ['0 words', '1 word', '2 words'],
    );
    assert.deepEqual([plural(1, 'entry', 'entries'), plural(3, 'entry', 'entries')], ['1 entry', '3 entries']);
  });

  it('is kept by failures that tell how long they waited', () => {
    assert.match(silenceFailure(1000, false).message, /for 1 second$/);
    assert.match(silenceFailure(500, false).message, /for 0\.5 seconds$/);
    assert.match(untakenFailure(2000).message, /for 2 seconds while/);
  });
});
