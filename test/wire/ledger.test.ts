import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Piece } from '../../src/speech.ts';
import { createLedger } from '../../src/wire/ledger.ts';
import { collect, from } from '../support/collect.ts';

/** A source whose pieces come when the test says so. */
function slow() {
  const waiting: ((result: IteratorResult<Piece>) => void)[] = [];
  const errors: ((error: unknown) => void)[] = [];
  const transcript = {
    [Symbol.asyncIterator]: () => ({
      next: () =>
        new Promise<IteratorResult<Piece>>((resolve, reject) => {
          waiting.push(resolve);
          errors.push(reject);
        }),
    }),
  };
  return {
    transcript,
    reads: () => waiting.length,
    give: (value: Piece) => waiting.at(-1)?.({ done: false, value }),
    fail: (error: unknown) => errors.at(-1)?.(error),
  };
}

const turn = () => new Promise(resolve => setImmediate(resolve));
const reader = (ledger: ReturnType<typeof createLedger>) => ledger.transcript()[Symbol.asyncIterator]();

describe('a ledger', () => {
  it('gives the same pieces every time', async () => {
    const pieces: Piece[] = ['a', '', { flush: true }, 'b'];
    const ledger = createLedger(from(...pieces), 'inputs');
    for (let i = 0; i < 3; i++) assert.deepEqual(await collect(ledger.transcript()), pieces);
    assert.equal(ledger.whole, true);
  });

  it('a piece that was being read for one reader goes to the next', async () => {
    const source = slow();
    const ledger = createLedger(source.transcript, 'inputs');
    const given = reader(ledger).next();
    const wanted = reader(ledger).next();
    await turn();
    assert.equal(source.reads(), 1);
    source.give('a');
    assert.deepEqual(await wanted, { done: false, value: 'a' });
    assert.equal((await given).done, true);
  });

  it('begins when there is a first piece, or none at all, and reads no more for that', async () => {
    const source = slow();
    const ledger = createLedger(source.transcript, 'inputs');
    const begun = ledger.begun();
    assert.equal(source.reads(), 1);
    source.give('a');
    await begun;
    await ledger.begun();
    assert.equal(source.reads(), 1);
    await createLedger(from(), 'inputs').begun();
  });

  it('gives only what is not known to be spoken', async () => {
    const ledger = createLedger(from('One. ', 'Two. ', 'Three.'), 'inputs');
    await collect(ledger.transcript());
    assert.equal(ledger.spoken(1), true);
    assert.deepEqual(await collect(ledger.transcript()), ['Two. ', 'Three.']);
    assert.equal(ledger.spoken(1) && ledger.spoken(1), true);
    assert.deepEqual(await collect(ledger.transcript()), []);
  });

  it('knows the last segment of what was handed out', async () => {
    const ledger = createLedger(from('One. ', 'Two. ', ' '), 'inputs');
    assert.equal(ledger.isLast(), false);
    const pieces = reader(ledger);
    await pieces.next();
    assert.equal(ledger.isLast(), true);
    await pieces.next();
    assert.equal(ledger.isLast(), false);
    ledger.spoken(1);
    assert.equal(ledger.isLast(), true);
    await pieces.next();
    assert.equal(ledger.isLast(), true);
  });

  it('where boundaries are acknowledged, gives what comes after the last of those', async () => {
    const ledger = createLedger(from<Piece>('One', '. ', { flush: true }, 'Two', '. '), 'boundaries');
    await collect(ledger.transcript());
    assert.equal(ledger.spoken(1), true);
    assert.equal(ledger.spoken(1), false, 'what follows has no boundary');
    assert.deepEqual(await collect(ledger.transcript()), ['Two', '. ']);
  });

  it('believes no acknowledgement of what has not been handed out', async () => {
    const ledger = createLedger(from('One. ', 'Two.'), 'inputs');
    assert.equal(ledger.spoken(1), false);
    await reader(ledger).next();
    assert.equal(ledger.spoken(1), true);
    assert.equal(ledger.spoken(1), false);
    assert.deepEqual(await collect(ledger.transcript()), ['Two.']);
  });

  it('F14: one that comes twice, or for text that cannot have been spoken, ends the counting, and loses nothing', async () => {
    const ledger = createLedger(from('One. ', 'Two. ', 'Three.'), 'inputs');
    await collect(ledger.transcript());
    assert.deepEqual(
      [ledger.spoken(1), ledger.spoken(0), ledger.spoken(1), ledger.spoken(9)],
      [true, false, false, false],
    );
    assert.deepEqual(await collect(ledger.transcript()), ['Two. ', 'Three.']);
  });

  it('takes those of blanks and of boundaries beside an input for what they are', async () => {
    const ledger = createLedger(from<Piece>('One. ', { flush: true }, ' ', 'Two. ', 'Three.'), 'inputs');
    await collect(ledger.transcript());
    assert.deepEqual(
      [ledger.spoken(1), ledger.spoken(0), ledger.spoken(0), ledger.spoken(1)],
      [true, false, false, true],
    );
    assert.deepEqual(await collect(ledger.transcript()), ['Three.']);
    const silent = createLedger(from<Piece>('One. ', { flush: true }, ' ', 'Two. ', 'Three.'), 'inputs');
    await collect(silent.transcript());
    assert.deepEqual([silent.spoken(1), silent.spoken(1)], [true, true]);
    assert.deepEqual(await collect(silent.transcript()), ['Three.']);
  });

  it('passes over boundaries before the first text, which nobody sends', async () => {
    const ledger = createLedger(from<Piece>({ flush: true }, 'One. ', { flush: true }, 'Two.'), 'boundaries');
    assert.deepEqual(await collect(ledger.transcript()), ['One. ', { flush: true }, 'Two.']);
    assert.equal(ledger.spoken(1), true);
    assert.deepEqual(await collect(ledger.transcript()), ['Two.']);
  });

  it('begins anew with something to speak, if there is anything', async () => {
    const ledger = createLedger(from(' ', 'One. ', '\n', 'Two. ', ' '), 'inputs');
    assert.deepEqual(await collect(ledger.transcript()), [' ', 'One. ', '\n', 'Two. ', ' ']);
    ledger.spoken(1);
    assert.deepEqual(await collect(ledger.transcript()), ['Two. ', ' ']);
    ledger.spoken(1);
    assert.deepEqual(await collect(ledger.transcript()), []);
  });

  it('begins anew with signs only together with the text behind them, which is acknowledged as one', async () => {
    const ledger = createLedger(from('One. ', '* * *', '\n', '— ', 'Two. ', '... ', 'Three.', ' "'), 'inputs');
    await collect(ledger.transcript());
    ledger.spoken(1);
    assert.deepEqual(await collect(ledger.transcript()), ['* * *\n— Two. ', '... ', 'Three.', ' "']);
    ledger.spoken(1);
    assert.deepEqual(await collect(ledger.transcript()), ['... Three.', ' "']);
    ledger.spoken(1);
    assert.deepEqual(await collect(ledger.transcript()), []);
  });

  it('waits for the text behind signs that are still to be written', async () => {
    const source = slow();
    const ledger = createLedger(source.transcript, 'boundaries');
    const first = reader(ledger);
    for (const piece of ['One. ', { flush: true }, '* * *'] as const) {
      const given = first.next();
      source.give(piece);
      await given;
    }
    ledger.spoken(1);
    const second = reader(ledger);
    const given = second.next();
    for (const piece of [{ flush: true }, '\n', 'Two.'] as const) {
      await turn();
      source.give(piece);
    }
    assert.equal((await given).value, '* * *\nTwo.');
  });

  it('begins anew with a sign that some voice may read out, where nothing comes behind it', async () => {
    const ledger = createLedger(from('One. ', '\u{1F600}'), 'inputs');
    await collect(ledger.transcript());
    ledger.spoken(1);
    assert.deepEqual(await collect(ledger.transcript()), ['\u{1F600}']);
  });

  it('says the tags again that are in force', async () => {
    const slowly = '<speed ratio="0.8"/>';
    const ledger = createLedger(from(`${slowly}One. `, 'Two. ', 'Three.'), 'inputs');
    await collect(ledger.transcript());
    ledger.spoken(1);
    for (let i = 0; i < 2; i++) assert.deepEqual(await collect(ledger.transcript()), [`${slowly} Two. `, 'Three.']);
  });

  it('keeps no more than its limit of what is not spoken, and as much again once that is', async () => {
    const ledger = createLedger(from('Abc. ', 'def. ', 'ghi. '), 'inputs', 10);
    const first = reader(ledger);
    await first.next();
    await first.next();
    ledger.spoken(1);
    await first.next();
    assert.equal(ledger.whole, true);
    const other = createLedger(from('Abc. ', 'def. ', 'ghi. '), 'inputs', 10);
    await collect(other.transcript());
    assert.equal(other.whole, false);
    assert.equal(other.spoken(1), false);
  });

  it('what it cannot keep goes on as it was, boundaries too', async () => {
    const pieces: Piece[] = ['Abc. ', { flush: true }, 'def. ', { flush: true }, ' ', 'ghi. ', { flush: true }, 'jkl.'];
    const ledger = createLedger(from(...pieces), 'boundaries', 7);
    assert.deepEqual(await collect(ledger.transcript()), pieces);
    assert.equal(ledger.whole, false);
  });

  it('a piece beyond the limit is not lost to a reader that is behind', async () => {
    const source = slow();
    const ledger = createLedger(source.transcript, 'inputs', 3);
    const first = reader(ledger);
    const one = first.next();
    source.give('ab');
    await one;
    const pending = first.next();
    const second = reader(ledger);
    source.give('cd');
    await pending;
    assert.equal(ledger.whole, false);
    assert.equal((await second.next()).value, 'ab');
    assert.equal((await second.next()).value, 'cd');
  });

  it('an error of the source reaches whoever comes to it, every time', async () => {
    const wrong = new Error('stdin broke');
    const source = slow();
    const ledger = createLedger(source.transcript, 'inputs');
    const first = reader(ledger).next();
    const second = reader(ledger);
    source.fail(wrong);
    await first;
    await assert.rejects(second.next(), error => error === wrong);
    await assert.rejects(reader(ledger).next(), error => error === wrong);
    assert.equal(source.reads(), 1);
  });

  it('no reader ends the source', async () => {
    let ended = false;
    async function* text() {
      try {
        yield 'a';
        yield 'b';
      } finally {
        ended = true;
      }
    }
    const ledger = createLedger(text(), 'inputs');
    for await (const _ of ledger.transcript()) break;
    await turn();
    assert.equal(ended, false);
  });
});
