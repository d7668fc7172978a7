import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import * as library from 'ws';
import { closeFrame, textFrame } from '../../src/wire/frames.ts';

/** What the types of `ws` do not tell. */
interface Reading {
  write(bytes: Buffer): void;
  on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): this;
  on(event: 'conclude', listener: (code: number, reason: Buffer) => void): this;
  on(event: 'error', listener: (error: Error) => void): this;
}
const { Receiver } = library as unknown as { readonly Receiver: new (options: { isServer: boolean }) => Reading };

/** What `ws` makes of frames as a server reads them: each must be masked. */
function read(bytes: Buffer, cuts: readonly number[] = []): string[] {
  const heard: string[] = [];
  const receiver = new Receiver({ isServer: true });
  receiver.on('message', (data, isBinary) => heard.push(`${isBinary ? 'binary' : 'text'} ${data}`));
  receiver.on('conclude', (code, reason) => heard.push(`close ${code} ${reason}`));
  receiver.on('error', error => heard.push(String(error)));
  const places = cuts.map(cut => cut % (bytes.length + 1)).sort((a, b) => a - b);
  let from = 0;
  for (const to of [...places, bytes.length]) {
    if (to > from) receiver.write(bytes.subarray(from, to));
    from = to;
  }
  return heard;
}

describe('a frame from a client', () => {
  it('is read as what was put into it, whatever that is', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 5 }), texts => {
        const expected = texts.map(text => `text ${Buffer.from(text)}`);
        assert.deepEqual(read(Buffer.concat(texts.map(textFrame))), expected);
      }),
    );
    for (const length of [0, 1, 125, 126, 127, 65_535, 65_536, 1_000_000]) {
      const text = 'x'.repeat(length);
      assert.deepEqual(read(textFrame(text)), [`text ${text}`]);
      assert.equal(textFrame(text).length, length + 4 + (length < 126 ? 2 : length < 65_536 ? 4 : 10));
    }
  });

  it('says goodbye', () => {
    assert.deepEqual(read(closeFrame(1000)), ['close 1000 ']);
  });

  it('looks different every time, so that nobody in between can be told what to see (RFC 6455 §10.3)', () => {
    const masks = new Set(Array.from({ length: 20 }, () => textFrame('the same').toString('hex', 2, 6)));
    assert.ok(masks.size > 15);
  });
});
