import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ENCODINGS } from '../../src/audio.ts';
import { createRawSink } from '../../src/sinks/raw.ts';
import { openFileTarget } from '../../src/sinks/target.ts';
import type { Encoding } from '../../src/speech.ts';
import { assertHolds, audio, contextOf, play, S16, samples, scratch, word } from './setting.ts';

describe('a raw file', () => {
  it('is the samples and nothing else, however they are cut (F7)', async test => {
    const path = join(scratch(test), 'a.raw');
    const encodings = Object.keys(ENCODINGS) as Encoding[];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...encodings),
        fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 40 }),
        async (encoding, cuts) => {
          const format = { encoding, sampleRate: 8000 };
          const bytes = samples(format, 50);
          const context = contextOf({ format });
          const sink = createRawSink(await openFileTarget(path, context), context);
          let at = 0;
          for (const cut of cuts) {
            await sink.write(audio(bytes.subarray(at, at + cut)));
            at = Math.min(bytes.length, at + cut);
          }
          await play(sink, [word('a', 0, 1), audio(bytes.subarray(at))]);
          await sink.close();
          assert.deepEqual(readFileSync(path), bytes);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('that would end inside a sample fails and leaves the old file (F8)', async test => {
    const folder = scratch(test);
    const path = join(folder, 'a.raw');
    const format = { encoding: 'pcm_f32le', sampleRate: 8000 } as const;
    writeFileSync(path, 'old');
    const context = contextOf({ format });
    const sink = createRawSink(await openFileTarget(path, context), context);
    await play(sink, [audio(new Uint8Array(9)), audio(new Uint8Array(2))]);
    await assert.rejects(sink.close(), {
      kind: 'incomplete',
      message: 'the audio ended inside a sample (3 of its 4 bytes came)',
    });
    assert.equal(readFileSync(path, 'utf8'), 'old');
    assertHolds(folder, 'a.raw');
  });

  it('cut short holds whole samples, when it is wished', async test => {
    const folder = scratch(test);
    const context = contextOf({ keepPartial: true });
    const sink = createRawSink(await openFileTarget(join(folder, 'a.raw'), context), context);
    await play(sink, [audio(samples(S16, 10)), audio(new Uint8Array(1))]);
    await assert.rejects(sink.close(), { kind: 'incomplete' });
    await sink.abort(undefined);
    assert.deepEqual(readFileSync(join(folder, 'a.raw')), samples(S16, 10));
    assertHolds(folder, 'a.raw');
  });
});
