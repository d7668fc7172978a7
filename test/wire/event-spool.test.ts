/** Events that wait for their turn, in memory and on disk. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { SpeechEvent } from '../../src/speech.ts';
import { createEventSpool, type EventSpool } from '../../src/wire/event-spool.ts';
import { ownFolder } from '../support/folder.ts';

const audio = (size: number, value: number): SpeechEvent => ({ type: 'audio', chunk: Buffer.alloc(size, value) });
const words = (start: number): SpeechEvent => ({
  type: 'timestamps',
  granularity: 'word',
  spans: [{ text: `w${start}`, start, end: Number.POSITIVE_INFINITY }],
});

async function drain(spool: EventSpool): Promise<SpeechEvent[]> {
  const events: SpeechEvent[] = [];
  while (await spool.more()) {
    for (let event = spool.take(); event !== undefined; event = spool.take()) events.push(event);
  }
  return events;
}

/** The same whatever kind of bytes the chunks are. */
const plain = (events: readonly SpeechEvent[]) =>
  events.map(event => (event.type === 'audio' ? { ...event, chunk: Buffer.from(event.chunk).toString('hex') } : event));

describe('an event spool', () => {
  it('gives back what it took, in order, wherever that waited and whenever it is taken', async () => {
    const event = fc.oneof(
      fc.tuple(fc.integer({ min: 0, max: 40_000 }), fc.nat(255)).map(([size, value]) => audio(size, value)),
      fc.double({ noNaN: true, min: 0, max: 1e6 }).map(words),
      fc.constant<SpeechEvent>({ type: 'context', contextId: 'c', requestId: 'r' }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(event, fc.boolean()), { maxLength: 40 }),
        fc.constantFrom(0, 100_000, 1e9),
        async (steps, each) => {
          const allowance = { each, all: 1e9, held: 0, stored: 0 };
          const spool = createEventSpool(allowance);
          const taken: SpeechEvent[] = [];
          for (const [pushed, takes] of steps) {
            await spool.push(pushed);
            const next = takes && (await spool.more()) ? spool.take() : undefined;
            if (next !== undefined) taken.push(next);
          }
          spool.end();
          taken.push(...(await drain(spool)));
          assert.deepEqual(plain(taken), plain(steps.map(([pushed]) => pushed)));
          assert.equal(allowance.held, 0);
          await spool.release(undefined);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('holds no more in memory than it may, and leaves nothing on the disk', async test => {
    const folder = await ownFolder(test);
    const { TMPDIR } = process.env;
    process.env.TMPDIR = folder.path;
    test.after(() => {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    });
    const allowance = { each: 200_000, all: 300_000, held: 0, stored: 0 };
    const spools = Array.from({ length: 4 }, () => createEventSpool(allowance));
    for (let turn = 0; turn < 100; turn++) {
      for (const spool of spools) await spool.push(audio(30_000, turn));
    }
    assert.ok(allowance.held < 300_000 + 4 * 100_000, String(allowance.held));
    assert.deepEqual(readdirSync(folder.path), []);
    assert.ok(allowance.stored > 11_000_000 && allowance.stored < 12_500_000, String(allowance.stored));
    for (const spool of spools) {
      spool.end();
      const values = (await drain(spool)).map(event => event.type === 'audio' && event.chunk[0]);
      assert.deepEqual(
        values,
        Array.from({ length: 100 }, (_, turn) => turn),
      );
      await spool.release(undefined);
    }
    assert.deepEqual([allowance.held, allowance.stored], [0, 0]);
  });

  it('lets an event be taken while it is being put on the disk', async () => {
    const allowance = { each: 0, all: 0, held: 0, stored: 0 };
    const spool = createEventSpool(allowance);
    const storing = spool.push(audio(100_000, 1));
    assert.ok(storing !== undefined);
    assert.equal(spool.take()?.type, 'audio');
    assert.equal(allowance.held, 0);
    await storing;
    assert.equal(allowance.held, 0);
    await spool.push(audio(10, 2));
    spool.end();
    assert.equal((await drain(spool)).length, 1);
  });

  it('keeps all in memory where no file can be made', async test => {
    const { TMPDIR } = process.env;
    process.env.TMPDIR = '/nonexistent/folder';
    test.after(() => {
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    });
    const spool = createEventSpool({ each: 0, all: 0, held: 0, stored: 0 });
    for (let turn = 0; turn < 10; turn++) await spool.push(audio(100_000, turn));
    spool.end();
    assert.equal((await drain(spool)).length, 10);
  });

  it('wakes whoever waits, and tells of a failure only behind all that came before it', async () => {
    const spool = createEventSpool({ each: 1000, all: 1000, held: 0, stored: 0 });
    const more = spool.more();
    await spool.push(words(1));
    assert.equal(await more, true);
    assert.deepEqual(spool.take(), words(1));
    assert.equal(spool.take(), undefined);
    await spool.push(words(2));
    spool.end({ reason: new Error('lost') });
    await spool.push(words(3));
    assert.equal(await spool.more(), true);
    assert.deepEqual(spool.take(), words(2));
    await assert.rejects(spool.more(), /lost/);
  });

  it('that is released throws away what waits, and tells whoever waits why', async () => {
    const allowance = { each: 0, all: 0, held: 0, stored: 0 };
    const spool = createEventSpool(allowance);
    await spool.push(audio(100_000, 1));
    await spool.push(audio(10, 2));
    const recovering = assert.rejects(spool.more(), /enough/);
    await spool.release(new Error('enough'));
    await recovering;
    assert.equal(spool.take(), undefined);
    assert.equal(allowance.held, 0);
    const waiting = createEventSpool(allowance);
    const more = assert.rejects(waiting.more(), /enough/);
    await waiting.release(new Error('enough'));
    await more;
  });
});
