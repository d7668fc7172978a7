/** What is shown of text from outside, and how much is known of a failure. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { EXIT_CODES, Failure, type FailureKind, nextStepOf, printable, printableJson } from '../src/errors.ts';

describe('printableJson', () => {
  it('is the same document, and nothing in it is for a terminal to obey', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.integer({ min: 0x7f, max: 0xffff }), (value, code) => {
        const hostile = { value, text: String.fromCharCode(code), [String.fromCharCode(code)]: 1 };
        const json = printableJson(hostile, 2);
        assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify(hostile)));
        for (const line of json.split('\n')) assert.equal(printable(line, 1e6), line.replace(/\s+/g, ' ').trim());
      }),
    );
  });
});

const framesOf = ({ stack = '' }: Error) => stack.slice(stack.indexOf('\n    at '));

describe('a failure', () => {
  it('of which more is known still says where it came from', () => {
    const failure = new Failure('network', 'gone', { retryable: true });
    const more = failure.with({ provider: 'cartesia' });
    assert.equal(framesOf(more), framesOf(failure));
    assert.match(framesOf(more), /errors\.test\.ts/);
    assert.deepEqual([more.retryable, more.details.provider], [true, 'cartesia']);
  });

  it('told in other words says the old ones nowhere', () => {
    for (const message of ['the key is sk_1', 'sk_1\n    at sk_1 (sk_1)', 'sk_1']) {
      const clean = new Failure('service', message).with({}, 'the key is [secret]');
      assert.equal(clean.message, 'the key is [secret]');
      assert.match(clean.stack ?? '', /^Failure: the key is \[secret\]\n {4}at .*errors\.test\.ts/);
      assert.doesNotMatch(clean.stack ?? '', /sk_1/);
    }
  });
});

describe('the next step after a failure', () => {
  it('is its own hint, or one that fits; only a bug and an interruption have none', () => {
    assert.equal(nextStepOf(new Failure('network', 'm', { hint: 'mine' })), 'mine');
    const silent = (Object.keys(EXIT_CODES) as FailureKind[]).filter(
      kind => nextStepOf(new Failure(kind, 'm')) === undefined,
    );
    // Of those, usage errors name their command's help, which is known elsewhere.
    assert.deepEqual(silent, ['gone', 'bug', 'usage', 'check', 'interrupted']);
    assert.notEqual(
      nextStepOf(new Failure('service', 'm', { status: 404 })),
      nextStepOf(new Failure('service', 'm', { status: 503 })),
    );
  });
});
