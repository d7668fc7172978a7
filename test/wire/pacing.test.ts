import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createPacing, LEAD } from '../../src/wire/pacing.ts';

describe('pacing', () => {
  it('lets text go ahead as far as the lead, and further as it is heard', () => {
    const pacing = createPacing(false, 100);
    pacing.sent('x'.repeat(60));
    assert.equal(pacing.hasRoom('x'.repeat(40)), true);
    assert.equal(pacing.hasRoom('x'.repeat(41)), false);
    pacing.heard(1);
    assert.equal(pacing.hasRoom('x'.repeat(54)), true);
    assert.equal(pacing.hasRoom('x'.repeat(55)), false);
  });

  it('lets a text longer than the lead go when nothing else is unspoken', () => {
    const pacing = createPacing(false, 100);
    assert.equal(pacing.hasRoom('x'.repeat(1000)), true);
    pacing.sent('x'.repeat(1000));
    assert.equal(pacing.hasRoom('x'), false);
    pacing.quiet();
    assert.equal(pacing.hasRoom('x'.repeat(1000)), true);
  });

  it('believes a service that reports its inputs, and no other', () => {
    for (const reports of [true, false]) {
      const pacing = createPacing(reports, 100);
      pacing.sent('x'.repeat(50));
      pacing.sent('x'.repeat(50));
      pacing.flushed();
      assert.equal(pacing.hasRoom('x'.repeat(50)), reports);
      assert.equal(pacing.hasRoom('x'.repeat(51)), false);
      pacing.flushed();
      pacing.flushed();
      assert.equal(pacing.hasRoom('x'.repeat(100)), reports);
    }
  });

  it('what is reported late is no credit for later text', () => {
    const pacing = createPacing(true, 100);
    pacing.sent('x'.repeat(100));
    pacing.quiet();
    pacing.sent('y'.repeat(100));
    pacing.flushed();
    assert.equal(pacing.hasRoom('z'), false);
    pacing.flushed();
    assert.equal(pacing.hasRoom('z'.repeat(100)), true);
  });

  it('what is reported of boundaries and of silent text is no credit for other text', () => {
    const pacing = createPacing(true, 100);
    for (const text of ['x'.repeat(50), '', '…', 'y'.repeat(50)]) pacing.sent(text);
    for (let i = 0; i < 3; i++) pacing.flushed();
    assert.equal(pacing.hasRoom('z'.repeat(51)), false);
    pacing.flushed();
    assert.equal(pacing.hasRoom('z'.repeat(100)), true);
  });

  it('mark-up that no voice understands may be spoken', () => {
    const pacing = createPacing(false, 100);
    pacing.sent('<foo bar>'.repeat(10));
    assert.equal(pacing.hasRoom('x'.repeat(20)), false);
  });

  it('does not wait for what cannot be heard', () => {
    const pacing = createPacing(false, 100);
    for (let i = 0; i < 50; i++) pacing.sent(' … 🙂 — ');
    assert.equal(pacing.hasRoom('x'.repeat(100)), true);
  });

  it('counts a character that takes as long as three for three', () => {
    const pacing = createPacing(false, 100);
    pacing.sent('語'.repeat(20));
    assert.equal(pacing.hasRoom('x'.repeat(40)), true);
    assert.equal(pacing.hasRoom('x'.repeat(41)), false);
  });

  it('audio that is heard too late is no credit for later text', () => {
    const pacing = createPacing(false, 100);
    pacing.sent('x');
    pacing.heard(1000);
    pacing.sent('x'.repeat(100));
    assert.equal(pacing.hasRoom('x'), false);
  });

  it('whatever happens, unspoken text stays within the lead or is one piece', () => {
    const step = fc.oneof(
      fc.integer({ min: 1, max: 3000 }).map(length => ({ length })),
      fc.double({ min: 0, max: 60, noNaN: true }).map(seconds => ({ seconds })),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), steps => {
        const pacing = createPacing(true);
        let sent = 0;
        let spoken = 0;
        for (const one of steps) {
          if ('seconds' in one) {
            pacing.heard(one.seconds);
            spoken = Math.min(sent, spoken + one.seconds * 14);
          } else if (pacing.hasRoom('x'.repeat(one.length))) {
            assert.ok(sent - spoken < 1.001 || sent - spoken + one.length <= LEAD + 0.001);
            pacing.sent('x'.repeat(one.length));
            sent += one.length;
          }
        }
      }),
    );
  });
});
