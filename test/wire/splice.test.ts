import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Span, SpeechEvent } from '../../src/speech.ts';
import { createSplice } from '../../src/wire/splice.ts';
import { audioOf, REQUEST } from '../support/wire.ts';

const format = { encoding: 'pcm_s16le', sampleRate: 8000 } as const;
const SECOND = 16_000;

const audio = (bytes: number): SpeechEvent => ({ type: 'audio', chunk: new Uint8Array(bytes) });
const word = (text: string, start: number): Span => ({ text, start, end: start + 0.01 });
const told = (...spans: Span[]): SpeechEvent => ({ type: 'timestamps', granularity: 'word', spans });

/** A splice, and all that comes out of it. */
function spliced() {
  const splice = createSplice({ ...REQUEST, format, timestamps: ['word'] });
  const events: SpeechEvent[] = [];
  return {
    splice,
    pass: (...all: SpeechEvent[]) => {
      for (const event of all) events.push(...splice.pass(event));
    },
    boundary: () => void events.push(...splice.boundary()),
    end: () => void events.push(...splice.end()),
    bytes: () => audioOf(events).length,
    words: () =>
      events.flatMap(event => (event.type === 'timestamps' ? event.spans : [])).map(({ text, start }) => [text, start]),
  };
}

describe('a splice', () => {
  it('a take that tells fewer words of a segment takes none away from the next', () => {
    const { splice, pass, boundary, end, words } = spliced();
    pass(told(word('one', 0), word('two', 0.02), word('three', 0.04)), audio(SECOND / 10));
    splice.restart();
    // The last of its words comes when the segment is over already.
    pass(told(word('one', 0)), audio(SECOND / 8));
    boundary();
    pass(told(word('three', 0.04), word('four', 0.13)), told(word('five', 0.15)), audio(SECOND));
    end();
    assert.deepEqual(words(), [
      ['one', 0],
      ['two', 0.02],
      ['three', 0.04],
      ['four', 0.13],
      ['five', 0.15],
    ]);
  });

  it('words that come when their segment is over are not taken for those of the next', () => {
    const { splice, pass, boundary, end, words, bytes } = spliced();
    pass(audio(SECOND));
    boundary();
    // Rounded, as services tell them: the third begins with the segment.
    pass(told(word('one', 0.2), word('two', 0.985), word('three', 0.999)), audio(SECOND));
    splice.restart();
    pass(told(word('three', -0.001), word('four', 0.5), word('five', 1.5)), audio(2 * SECOND));
    end();
    assert.deepEqual(
      words().map(([text]) => text),
      ['one', 'two', 'three', 'four', 'five'],
    );
    assert.equal(bytes(), 3 * SECOND);
  });

  it('no sample is torn, wherever the takes break off and however long they are', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4000), { minLength: 1, maxLength: 4 }), fc.nat(2000), (cuts, samples) => {
        const { splice, pass, boundary, end, bytes } = spliced();
        for (const cut of cuts) {
          pass(audio(cut));
          splice.restart();
        }
        pass(audio(samples * 2));
        boundary();
        assert.equal(bytes() % 2, 0);
        pass(audio(2));
        end();
        assert.equal(bytes() % 2, 0);
      }),
    );
  });

  it('takes any number of times at once', () => {
    const { splice, pass, end, words } = spliced();
    const many = Array.from({ length: 200_000 }, (_, i) => word('a', i / 1000));
    pass(told(...many.slice(0, 1)), { type: 'timestamps', granularity: 'word', spans: many.slice(1) }, audio(2));
    splice.restart();
    pass({ type: 'timestamps', granularity: 'word', spans: many }, audio(2));
    end();
    assert.equal(words().length, many.length);
  });
});
