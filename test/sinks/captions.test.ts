/** Words as they are heard. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCaptions } from '../../src/sinks/captions.ts';
import type { AudioFormat, SinkEvent, Span } from '../../src/speech.ts';
import { manualClock } from '../support/clock.ts';

const format: AudioFormat = { encoding: 'pcm_s16le', sampleRate: 8000 };
const SECOND = 16_000;

function setup({ plays = true } = {}) {
  const clock = manualClock();
  const shown: string[] = [];
  let heard = 0;
  const captions = createCaptions({
    format,
    clock,
    show: text => shown.push(text),
    position: plays ? () => heard : undefined,
  });
  return {
    clock,
    captions,
    text: () => shown.join(''),
    write: (...events: readonly SinkEvent[]) => Promise.all(events.map(event => captions.write(event))),
    /** Time passes, and the sound with it unless told otherwise. */
    async pass(ms: number, sound = ms) {
      for (let passed = 0; passed < ms; passed += 10) {
        heard += sound / ms / 100;
        await clock.advance(10);
      }
    },
    restart() {
      heard = 0;
    },
  };
}

const audio = (length: number): SinkEvent => ({ type: 'audio', chunk: new Uint8Array(length * SECOND) });
const words = (...spans: readonly Span[]): SinkEvent => ({ type: 'timestamps', granularity: 'word', spans });
const span = (text: string, start: number): Span => ({ text, start, end: start + 0.4 });
const text = (written: string): SinkEvent => ({ type: 'text', text: written });

describe('captions', () => {
  it('show a word when it is heard, not when it arrives', async () => {
    const { write, pass, text: shown, clock } = setup();
    await write(text('One, two three.'), words(span('one', 0), span('two', 1), span('three', 2)), audio(3));
    await pass(10);
    assert.equal(shown(), 'One, ');
    await pass(900);
    assert.equal(shown(), 'One, ');
    await pass(100);
    assert.equal(shown(), 'One, two ');
    await pass(1000);
    assert.equal(shown(), 'One, two three.');
    assert.equal(clock.pending, 0);
  });

  it('stand still while the sound does', async () => {
    const { write, pass, text: shown } = setup();
    await write(text('One two'), words(span('One', 0), span('two', 0.5)), audio(1));
    await pass(100);
    await pass(5000, 0);
    assert.equal(shown(), 'One ');
    await pass(450);
    assert.equal(shown(), 'One two');
  });

  it('show words as they come where nothing plays', async () => {
    const { write, text: shown } = setup({ plays: false });
    await write(text('One two'), words(span('One', 0), span('two', 50)));
    assert.equal(shown(), 'One two');
  });

  it('show the rest at the end, with what was said without words', async () => {
    const { write, captions, text: shown, clock } = setup();
    await write(text('It is clear: 2 + 2 = 4.'), words(span('It', 0), span('is', 1), span('clear:', 2)), audio(9));
    await captions.close();
    assert.equal(shown(), 'It is clear: 2 + 2 = 4.');
    assert.equal(clock.pending, 0);
  });

  it('without the text, show the words by themselves', async () => {
    const { write, captions, text: shown } = setup();
    await write(words(span('one', 0), span('two', 1)));
    await captions.close();
    assert.equal(shown(), 'one two ');
  });

  it('after a cut show what comes next, at its own time', async () => {
    const { write, pass, captions, restart, text: shown } = setup();
    await write(text('Old words here. '), words(span('Old', 0), span('words', 1), span('here.', 2)), audio(3));
    await pass(500);
    captions.cut();
    restart();
    // What was on its way still comes, and belongs to what was cut.
    await write(words(span('here.', 2)), audio(1), { type: 'context', contextId: 'b' });
    await write(text('New ones.'), words(span('New', 4), span('ones.', 5)), audio(2));
    await pass(10);
    assert.equal(shown(), 'Old New ');
    await pass(1000);
    assert.equal(shown(), 'Old New ones.');
  });

  it('aborted, show nothing more and leave no timer', async () => {
    const { write, captions, pass, clock, text: shown } = setup();
    await write(text('One two'), words(span('One', 0), span('two', 1)), audio(2));
    await captions.abort(undefined);
    await pass(3000);
    assert.equal(shown(), 'One ');
    assert.equal(clock.pending, 0);
  });
});
