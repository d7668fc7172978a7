import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { recordingOf } from '../../src/commands/wav-source.ts';
import { collect } from '../support/collect.ts';
import { failsWith, ownFolder } from '../support/folder.ts';
import { wavOf } from '../support/sound.ts';
import { audioOf, REQUEST } from '../support/wire.ts';

async function* nothing(): AsyncGenerator<string> {}
const read = (path: string) => collect(recordingOf(path).synthesize(nothing(), REQUEST, new AbortController().signal));

describe('a recording read back', () => {
  const wav = wavOf(
    Float32Array.from({ length: 50_000 }, (_, i) => Math.sin(i)),
    8000,
  );

  it('is its samples and nothing else, whatever chunks are around them', async test => {
    const folder = await ownFolder(test);
    const padding = Buffer.concat([Buffer.from('JUNK\x05\0\0\0'), Buffer.alloc(6)]);
    const padded = Buffer.concat([
      wav.subarray(0, 36),
      padding,
      wav.subarray(36),
      Buffer.from('cue \x04\0\0\0\0\0\0\0'),
    ]);
    for (const [name, bytes] of Object.entries({ plain: wav, padded })) {
      const events = await read(await folder.write(`${name}.wav`, bytes));
      assert.deepEqual(audioOf(events), wav.subarray(44), name);
    }
  });

  it('of no samples is no sound', async test => {
    const folder = await ownFolder(test);
    assert.deepEqual(await read(await folder.write('x.wav', wavOf(new Float32Array(0), 8000))), []);
  });

  it('that is gone, or no recording, fails with output', async test => {
    const folder = await ownFolder(test);
    await assert.rejects(read(`${folder.path}/none.wav`), failsWith('output', /cannot read .*none\.wav/));
    await assert.rejects(read(await folder.write('x.wav', 'RIFF....WAVEoops')), failsWith('output', /not a WAV file/));
  });
});
