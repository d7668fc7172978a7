import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { SAMPLE_RATES } from '../../src/audio.ts';
import { createLoudnessMeter } from '../../src/report/loudness.ts';
import { ownFolder } from '../support/folder.ts';
import { without } from '../support/programs.ts';
import { wavOf } from '../support/sound.ts';

const run = promisify(execFile);

/** Something like speech: a voiced buzz in syllables, with hiss between and a pause in the middle. */
function babble(sampleRate: number, seconds: number): Float32Array {
  let state = 1;
  const hiss = () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 16) / 32768 - 1;
  };
  return Float32Array.from({ length: sampleRate * seconds }, (_, i) => {
    const t = i / sampleRate;
    if (t > seconds * 0.4 && t < seconds * 0.55) return 0;
    const syllable = Math.max(0, Math.sin(2 * Math.PI * 3 * t));
    let buzz = 0;
    for (let n = 1; n <= 20; n++) buzz += n * 120 < sampleRate / 2 ? Math.sin(2 * Math.PI * 120 * n * t) / n : 0;
    return 0.2 * syllable * buzz + 0.02 * hiss();
  });
}

/** What ffmpeg's own implementation of the standard says about a file. */
async function theirs(path: string): Promise<number> {
  const filter = 'ebur128=metadata=1,ametadata=print:key=lavfi.r128.I:file=-';
  const { stdout } = await run('ffmpeg', ['-v', 'error', '-i', path, '-af', filter, '-f', 'null', '-']);
  return Number([...stdout.matchAll(/r128\.I=(\S+)/g)].at(-1)?.[1]);
}

function measure(samples: Float32Array, sampleRate: number, piece = samples.length): number | undefined {
  const meter = createLoudnessMeter(sampleRate);
  for (let at = 0; at < samples.length; at += piece) meter.add(samples.subarray(at, at + piece));
  return meter.integrated();
}

describe('integrated loudness', () => {
  it('a full-scale sine of 997 Hz in one channel is at -3.01 LUFS, as the standard says', () => {
    const sine = Float32Array.from({ length: 48000 * 3 }, (_, i) => Math.sin((2 * Math.PI * 997 * i) / 48000));
    assert.ok(Math.abs((measure(sine, 48000) ?? 0) - -3.01) < 0.02);
  });

  for (const sampleRate of SAMPLE_RATES) {
    it(`is within 0.1 LU of ffmpeg's ebur128 at ${sampleRate} Hz`, { skip: without('ffmpeg') }, async test => {
      const folder = await ownFolder(test);
      for (const [name, gain] of [
        ['loud', 1],
        ['soft', 0.05],
      ] as const) {
        const samples = babble(sampleRate, 4).map(sample => sample * gain);
        await folder.write(`${name}.wav`, wavOf(samples, sampleRate));
        const expected = await theirs(join(folder.path, `${name}.wav`));
        const actual = measure(samples, sampleRate) ?? 0;
        assert.ok(Math.abs(actual - expected) < 0.1, `${name}: ${actual} against ${expected}`);
      }
    });
  }

  it('a pause does not make speech softer: the gates leave it out', () => {
    const speech = babble(24000, 3);
    const padded = new Float32Array(speech.length * 3);
    padded.set(speech);
    assert.ok(Math.abs((measure(padded, 24000) ?? 0) - (measure(speech, 24000) ?? 0)) < 0.5);
  });

  it('does not depend on how the samples are cut', () => {
    const samples = babble(8000, 2);
    assert.equal(measure(samples, 8000, 1), measure(samples, 8000));
    assert.equal(measure(samples, 8000, 777), measure(samples, 8000));
  });

  it('there is none for silence, and none for less than 400 ms', () => {
    assert.equal(measure(new Float32Array(24000), 24000), undefined);
    assert.equal(measure(babble(24000, 3).subarray(0, 9599), 24000), undefined);
    assert.notEqual(measure(babble(24000, 3).subarray(0, 9600), 24000), undefined);
  });
});
