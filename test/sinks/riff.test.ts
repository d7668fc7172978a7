/** Headers of audio that nobody waits for in a test: other programs read the lengths that they say (O8). */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { bytesPerSample } from '../../src/audio.ts';
import { headerBytes, waveHeader } from '../../src/sinks/riff.ts';
import type { Encoding } from '../../src/speech.ts';
import { without } from '../support/programs.ts';
import { scratch } from './setting.ts';

const HOUR = 3600;

describe('a WAV header (O8)', { skip: without('soxi', 'ffprobe') }, () => {
  for (const [what, encoding, sampleRate, samples] of [
    ['no samples', 'pcm_s16le', 24_000, 0],
    ['one sample', 'pcm_alaw', 8000, 1],
    ['20 h of a telephone', 'pcm_mulaw', 8000, 20 * HOUR * 8000],
    ['20 h at 24 kHz', 'pcm_s16le', 24_000, 20 * HOUR * 24_000],
    ['20 h of floats at 48 kHz', 'pcm_f32le', 48_000, 20 * HOUR * 48_000],
    ['one byte less than 4 GiB', 'pcm_mulaw', 8000, 0xffffffff - 60],
    ['one byte more than 4 GiB', 'pcm_mulaw', 8000, 0xffffffff + 2],
  ] as const satisfies (readonly [string, Encoding, number, number])[]) {
    it(`of ${what} is read as that by other programs`, test => {
      const path = join(scratch(test), 'a.wav');
      const format = { encoding, sampleRate };
      const data = samples * bytesPerSample(format);
      const sizes = { data, behind: data % 2 };
      const isLarge = headerBytes(format, false) + data > 0xffffffff;
      const header = waveHeader(format, isLarge, sizes);
      assert.equal(header.toString('latin1', 0, 4), isLarge ? 'RF64' : 'RIFF');
      writeFileSync(path, header);
      // A file with a hole in it: nothing of that size is written.
      truncateSync(path, header.length + data + sizes.behind);
      const run = (program: string, args: readonly string[]) =>
        execFileSync(program, args, { encoding: 'utf8' }).trim();
      // Of a large file soxi reads all that is in it, hole or not.
      if (samples > 0 && !isLarge) assert.equal(run('soxi', ['-s', path]), String(samples));
      const shown = run('ffprobe', [
        '-v',
        'error',
        '-show_entries',
        'stream=codec_name,duration_ts',
        '-of',
        'csv=p=0',
        path,
      ]);
      const [codec, duration] = shown.split(',');
      assert.equal(codec, encoding);
      assert.equal(Number(duration) || 0, samples);
    });
  }
});
