/** A hand over the loudspeaker. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createMuffle } from '../../src/commands/muffle.ts';
import type { SpeakerSink } from '../../src/sinks/speaker.ts';
import type { SinkEvent } from '../../src/speech.ts';

const format = { encoding: 'pcm_s16le', sampleRate: 8000 } as const;
const audio = (length: number): SinkEvent => ({ type: 'audio', chunk: new Uint8Array(length * 16_000) });

function setup(cut: () => Promise<void> = async () => {}) {
  const heard: SinkEvent[] = [];
  let position = 0;
  let cuts = 0;
  const speaker: SpeakerSink = {
    player: 'aplay',
    underruns: 0,
    position: () => position,
    write: async event => void heard.push(event),
    close: async () => {},
    abort: async () => {},
    cut() {
      cuts++;
      position = 0;
      return cut();
    },
  };
  const failures: unknown[] = [];
  const muffle = createMuffle({ name: 'aplay', sink: speaker }, speaker, format, reason => failures.push(reason));
  return {
    muffle,
    heard,
    failures,
    cuts: () => cuts,
    at(seconds: number) {
      position = seconds;
    },
  };
}

describe('a muffle', () => {
  it('hands on everything, and knows whether there is sound', async () => {
    const { muffle, heard, at } = setup();
    assert.equal(muffle.sounding(), false);
    await muffle.outlet.sink.write(audio(1));
    assert.equal(muffle.sounding(), true);
    at(0.99);
    assert.equal(muffle.sounding(), false);
    assert.equal(heard.length, 1);
  });

  it('cuts, and lets nothing through until the next context', async () => {
    const { muffle, heard, cuts } = setup();
    await muffle.outlet.sink.write(audio(1));
    muffle.cut();
    assert.equal(cuts(), 1);
    assert.equal(muffle.sounding(), false);
    await muffle.outlet.sink.write(audio(2));
    await muffle.outlet.sink.write({ type: 'flushed' });
    assert.equal(heard.length, 1);
    assert.equal(muffle.sounding(), false);
    await muffle.outlet.sink.write({ type: 'context', contextId: 'b' });
    await muffle.outlet.sink.write(audio(1));
    assert.deepEqual(
      heard.map(({ type }) => type),
      ['audio', 'context', 'audio'],
    );
    assert.equal(muffle.sounding(), true);
  });

  it('tells when the loudspeaker does not come back', async () => {
    const broken = new Error('no player');
    const { muffle, failures } = setup(() => Promise.reject(broken));
    muffle.cut();
    await new Promise(resolve => setImmediate(resolve));
    assert.deepEqual(failures, [broken]);
  });
});
