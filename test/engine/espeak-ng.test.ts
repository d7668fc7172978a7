import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { loadEspeakNg } from '../../src/engine/espeak-ng.ts';

const MODULE = pathToFileURL(createRequire(import.meta.url).resolve('@echogarden/espeak-ng-emscripten')).href;

/** What is heard of a breathy voice from an engine that was loaded when the clock said `time`. */
async function heardAt(time: number, voice: string): Promise<string> {
  const { now } = Date;
  Date.now = () => time;
  try {
    const espeak = await loadEspeakNg(MODULE);
    assert.equal(Date.now(), time, 'the clock is as it was');
    const hash = createHash('sha256');
    espeak.speak(
      'Once upon a time.',
      { voice, rate: 175, volume: 100 },
      {
        word() {},
        phoneme() {},
        audio: samples => void hash.update(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)),
        isCancelled: () => false,
      },
    );
    return hash.digest('hex');
  } finally {
    Date.now = now;
  }
}

describe('espeak-ng', () => {
  it('says the same whenever it was loaded, in voices with noise in them too', async () => {
    assert.equal(await heardAt(1_000_000_000_000, 'gmw/en-US+f2'), await heardAt(2_000_000_000_000, 'gmw/en-US+f2'));
  });
});
