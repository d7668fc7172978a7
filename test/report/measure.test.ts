import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { encode } from '../../src/audio.ts';
import { createSoundMeter } from '../../src/report/measure.ts';
import type { Encoding } from '../../src/speech.ts';
import { ownFolder } from '../support/folder.ts';
import { without } from '../support/programs.ts';
import { chunked } from '../support/sound.ts';

const run = promisify(execFile);

async function measure(samples: Float32Array, encoding: Encoding = 'pcm_s16le', sampleRate = 8000) {
  const meter = createSoundMeter({ encoding, sampleRate });
  for (const chunk of chunked(encode(samples, encoding))) meter.hear(chunk);
  return meter;
}

/** Half a second of silence, a second of sine at `level`, a quarter of silence, at 8000 Hz. */
function padded(level: number): Float32Array {
  return Float32Array.from({ length: 14000 }, (_, i) =>
    i < 4000 || i >= 12000 ? 0 : level * Math.sin((2 * Math.PI * 440 * i) / 8000),
  );
}

describe('figures of a recording', () => {
  for (const encoding of ['pcm_s16le', 'pcm_f32le', 'pcm_mulaw', 'pcm_alaw'] satisfies Encoding[]) {
    it(`are the same for ${encoding} in chunks of odd sizes, as exact as the encoding is`, async () => {
      const figures = (await measure(padded(0.5), encoding)).figures();
      assert.equal(figures.duration, 1.75);
      assert.equal(figures.bytes, encode(padded(0.5), encoding).length);
      assert.ok(Math.abs(figures.leadingSilence - 0.5) < 0.001);
      assert.ok(Math.abs(figures.trailingSilence - 0.25) < 0.001);
      assert.ok(Math.abs((figures.peak ?? 0) - -6.02) < 0.3);
      assert.equal(figures.clippedSamples, 0);
      assert.ok(Math.abs((figures.loudness ?? 0) - -10.41) < 0.1, String(figures.loudness));
    });

    it(`clipping is found in ${encoding}`, async () => {
      const clean = (await measure(padded(0.97), encoding)).figures();
      assert.equal(clean.clippedSamples, 0);
      const clipped = (await measure(padded(3), encoding)).figures();
      assert.ok(clipped.clippedSamples > 3000, String(clipped.clippedSamples));
    });
  }

  it('one sample at full scale is a peak, two in a row are clipped', async () => {
    const samples = new Float32Array(100);
    samples[10] = 1;
    assert.equal((await measure(samples)).figures().clippedSamples, 0);
    samples[11] = -1;
    assert.equal((await measure(samples)).figures().clippedSamples, 2);
    samples[12] = 1;
    assert.equal((await measure(samples)).figures().clippedSamples, 3);
  });

  it('silence is silent all through, has no peak and no loudness, and nothing at all is no seconds long', async () => {
    const silent = (await measure(new Float32Array(8000))).figures();
    assert.deepEqual(
      [silent.leadingSilence, silent.trailingSilence, silent.peak, silent.loudness],
      [1, 1, undefined, undefined],
    );
    assert.equal((await measure(new Float32Array(0))).figures().duration, 0);
  });

  it('what is no number in floating point counts as silence', async () => {
    const meter = createSoundMeter({ encoding: 'pcm_f32le', sampleRate: 8000 });
    const chunk = Buffer.from(Float32Array.from([Number.NaN, 0.5, Number.POSITIVE_INFINITY]).buffer);
    meter.hear(chunk);
    assert.ok(Math.abs((meter.figures().peak ?? 0) - -6.02) < 0.01);
  });

  it('silence at both ends is where ffmpeg finds it', { skip: without('ffmpeg') }, async test => {
    const folder = await ownFolder(test);
    await folder.write('x.raw', encode(padded(0.4), 'pcm_s16le'));
    const input = ['-f', 's16le', '-ar', '8000', '-ac', '1', '-i', join(folder.path, 'x.raw')];
    const { stderr } = await run('ffmpeg', [...input, '-af', 'silencedetect=noise=-50dB:d=0.1', '-f', 'null', '-']);
    const [leading, trailing] = [...stderr.matchAll(/silence_duration: (\S+)/g)].map(match => Number(match[1]));
    const figures = (await measure(padded(0.4))).figures();
    assert.ok(Math.abs(figures.leadingSilence - (leading ?? 0)) < 0.001, `${leading}`);
    assert.ok(Math.abs(figures.trailingSilence - (trailing ?? 0)) < 0.001, `${trailing}`);
  });

  it('the outline has as many levels as asked for, of sound of any length', async () => {
    const meter = await measure(padded(0.5));
    const outline = meter.outline(7);
    assert.equal(outline.length, 7);
    assert.deepEqual([outline[0], outline[1], outline[6]], [0, 0, 0]);
    assert.ok(outline.slice(2, 6).every(level => Math.abs(level - 0.5) < 0.01));
    assert.equal((await measure(new Float32Array(3).fill(1))).outline(200).length, 200);
    assert.deepEqual((await measure(new Float32Array(0))).outline(2), [0, 0]);
  });
});
