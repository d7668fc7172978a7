/** Bytes that go to a second place as they arrive. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createTee } from '../../src/commands/tee.ts';
import type { Target } from '../../src/sinks/target.ts';
import { collect, from } from '../support/collect.ts';

/** A target that takes what it is given when it is told to. */
function target(write: (chunk: Uint8Array) => Promise<void> = async () => {}) {
  const got: Uint8Array[] = [];
  const ends: string[] = [];
  const made: Target = {
    name: 'here',
    copies: false,
    get length() {
      return got.length;
    },
    write(chunk) {
      got.push(chunk);
      return write(chunk);
    },
    commit: async () => void ends.push('commit'),
    discard: async () => void ends.push('discard'),
  };
  return { made, got: () => Buffer.concat(got).toString(), ends };
}

const bytes = (...texts: readonly string[]) => from(...texts.map(text => Buffer.from(text)));
const turns = async (count = 20) => {
  for (let turn = 0; turn < count; turn++) await new Promise(resolve => setImmediate(resolve));
};
const never = () => assert.fail('nothing has failed');

describe('a tee', () => {
  it('gives the same bytes to both, and says whether they end a line', async () => {
    for (const [texts, endsLine] of [
      [['one ', 'two'], false],
      [['one\n', ''], true],
      [[], true],
    ] as const) {
      const { made, got, ends } = target();
      const tee = createTee(bytes(...texts), made, never);
      assert.equal(Buffer.concat(await collect(tee.bytes)).toString(), texts.join(''));
      await tee.finish();
      assert.equal(got(), texts.join(''));
      assert.deepEqual(ends, ['commit']);
      assert.equal(tee.endsLine, endsLine);
    }
  });

  it('passes on what nobody has read yet', async () => {
    const { made, got } = target();
    createTee(bytes('one ', 'two'), made, never);
    await turns();
    assert.equal(got(), 'one two');
  });

  it('lets the reader have what the target has not taken', async () => {
    let release: (() => void) | undefined;
    const { made } = target(
      () =>
        new Promise(resolve => {
          release = resolve;
        }),
    );
    const tee = createTee(bytes('one ', 'two'), made, never);
    const reader = tee.bytes[Symbol.asyncIterator]();
    assert.equal(String((await reader.next()).value), 'one ');
    let second: string | undefined;
    void reader.next().then(({ value }) => {
      second = String(value);
    });
    await turns();
    assert.equal(second, undefined, 'a slow target slows the reading');
    release?.();
    await turns();
    assert.equal(second, 'two');
  });

  it('reads a bounded way ahead', async () => {
    let read = 0;
    async function* source() {
      for (; read < 100; read++) yield new Uint8Array(1024 * 1024);
    }
    const { made } = target();
    const tee = createTee(source(), made, never);
    await turns(200);
    assert.ok(read < 8, `${read} MiB ahead`);
    let taken = 0;
    for await (const chunk of tee.bytes) taken += chunk.length;
    assert.equal(taken, 100 * 1024 * 1024);
  });

  it('tells when the target fails, and reads no more', async () => {
    const gone = new Error('gone');
    let failure: unknown;
    const { made } = target(() => Promise.reject(gone));
    const tee = createTee(bytes('one ', 'two'), made, reason => {
      failure = reason;
    });
    assert.equal(Buffer.concat(await collect(tee.bytes)).toString(), 'one ');
    assert.equal(failure, gone);
  });

  it('hands on what its source failed with', async () => {
    async function* source() {
      yield Buffer.from('one');
      throw new Error('broken');
    }
    const { made, got, ends } = target();
    const tee = createTee(source(), made, never);
    await assert.rejects(collect(tee.bytes), /broken/);
    await tee.abandon();
    assert.equal(got(), 'one');
    assert.deepEqual(ends, ['discard']);
  });
});
