/** What a server says on SLNG's bridge: valid by the schema, and read by our client as well. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  CLEARED,
  FLUSHED,
  writeBridgeChunk,
  writeBridgeEnd,
  writeBridgeError,
  writeReady,
  writeSegment,
} from '../../src/protocol/slng-bridge.ts';
import { readSlngEvent } from '../../src/protocol/slng-events.ts';
import { assertValid } from '../support/schemas.ts';

const text = fc.string({ unit: 'binary' });

describe('what the bridge says', () => {
  it('is valid, whatever is in it', () => {
    fc.assert(
      fc.property(
        text,
        fc.uint8Array(),
        fc.nat(),
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        (words, audio, n, time) => {
          const messages = [
            writeReady(words),
            writeBridgeChunk(audio, n),
            writeSegment('start', words),
            writeSegment('end', words),
            FLUSHED,
            CLEARED,
            writeBridgeEnd(time),
            writeBridgeError({ status: 400, title: 'Title', message: words }),
          ];
          for (const message of messages) assertValid('slng-bridge.server.message.json', JSON.parse(message));
          const chunk = readSlngEvent(Buffer.from(writeBridgeChunk(audio, n)), false);
          if (audio.length === 0) return;
          assert.deepEqual(
            chunk?.type === 'event' && chunk.event.type === 'audio' && Buffer.from(chunk.event.chunk),
            Buffer.from(audio),
          );
        },
      ),
    );
  });

  it('an error has a code of the table and says what happened', () => {
    const error = JSON.parse(writeBridgeError({ status: 429, title: 'Too many', message: 'wait' }));
    assert.deepEqual(error, { type: 'error', code: 'rate_limit', message: 'Too many: wait' });
  });
});
