/** A transcript that is written while it is read. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createPieces } from '../../src/server/pieces.ts';
import { collect } from '../support/collect.ts';

function weighed() {
  let weight = 0;
  const pieces = createPieces(change => {
    weight += change;
  });
  return { pieces, weight: () => weight };
}

describe('pieces', () => {
  it('come out as they went in, any number of them', async () => {
    const { pieces, weight } = weighed();
    const expected: unknown[] = [];
    for (let i = 0; i < 5000; i++) {
      pieces.say(`text ${i}`);
      expected.push(`text ${i}`);
      if (i % 3 === 0) {
        pieces.mark('told');
        expected.push({ flush: true });
      }
    }
    assert.ok(weight() > 0, 'they wait');
    pieces.end();
    assert.deepEqual(await collect(pieces.transcript), expected);
    assert.equal(weight(), 0);
  });

  it('text that reads like the name of a boundary is text', async () => {
    const { pieces } = weighed();
    for (const text of ['told', 'silent', 'probe', '']) pieces.say(text);
    pieces.end();
    assert.deepEqual(await collect(pieces.transcript), ['told', 'silent', 'probe', '']);
  });

  it('reach a reader that waits', async () => {
    const { pieces } = weighed();
    const reader = pieces.transcript[Symbol.asyncIterator]();
    const next = reader.next();
    assert.equal(pieces.starved, true);
    pieces.say('at last');
    assert.deepEqual(await next, { value: 'at last', done: false });
    assert.equal(pieces.starved, false);
  });

  it('boundaries are answered in the order in which they were read, and only those', async () => {
    const { pieces } = weighed();
    const reader = pieces.transcript[Symbol.asyncIterator]();
    pieces.mark('silent');
    pieces.mark('told');
    assert.equal(pieces.answered(), undefined);
    await reader.next();
    assert.deepEqual(pieces.unanswered(), ['silent', 'told']);
    assert.equal(pieces.answered(), 'silent');
    assert.equal(pieces.answered(), undefined);
    assert.equal(pieces.empty, false);
    await reader.next();
    assert.equal(pieces.answered(), 'told');
    assert.equal(pieces.empty, true);
  });

  it('a failure reaches the reader before what waits, and what waits weighs nothing', async () => {
    const { pieces, weight } = weighed();
    const reason = new Error('cancelled');
    const waiting = pieces.transcript[Symbol.asyncIterator]().next();
    pieces.fail(reason);
    await assert.rejects(waiting, reason);
    const other = weighed();
    other.pieces.say('never heard');
    other.pieces.fail(reason);
    await assert.rejects(collect(other.pieces.transcript), reason);
    assert.equal(weight(), 0);
    assert.equal(other.weight(), 0);
  });
});
