import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { packOutline, unpackOutline } from '../../src/report/page-data.ts';

describe('an outline as text', () => {
  it('comes back as it was, as fine as 64 levels are', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), levels => {
        const packed = packOutline(levels);
        assert.match(packed, /^[0-o]*$/);
        const back = unpackOutline(packed);
        assert.equal(back.length, levels.length);
        assert.ok(back.every((level, at) => Math.abs(level - (levels[at] ?? 0)) <= 0.5 / 63 + 1e-9));
      }),
    );
  });
});
