import assert from 'node:assert/strict';
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import * as wavefileModule from 'wavefile';
import { ENCODINGS, SAMPLE_RATES } from '../../src/audio.ts';
import { openFileTarget, openStreamTarget } from '../../src/sinks/target.ts';
import { createWavSink } from '../../src/sinks/wav.ts';
import type { AudioFormat, Encoding, SinkEvent } from '../../src/speech.ts';
import { manualClock } from '../support/clock.ts';
import {
  assertHolds,
  audio,
  contextOf,
  missing,
  play,
  run,
  runBytes,
  S16,
  type Setting,
  samples,
  scratch,
  word,
} from './setting.ts';

const { WaveFile } = wavefileModule.default ?? wavefileModule;

const FORMATS: AudioFormat[] = (Object.keys(ENCODINGS) as Encoding[]).flatMap(encoding =>
  SAMPLE_RATES.map(sampleRate => ({ encoding, sampleRate })),
);
const FFMPEG_NAMES = { pcm_s16le: 's16le', pcm_f32le: 'f32le', pcm_mulaw: 'mulaw', pcm_alaw: 'alaw' };

async function writeWav(path: string, events: Iterable<SinkEvent>, setting: Setting = {}, limit?: number) {
  const context = contextOf(setting);
  const sink = createWavSink(await openFileTarget(path, context), context, limit);
  await play(sink, events);
  await sink.close();
}

interface Chunk {
  readonly id: string;
  readonly size: number;
  readonly start: number;
}

/** The chunks of a RIFF file, strictly: even places, sizes that add up. */
function chunksOf(file: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 12; at < file.length; ) {
    const size = file.readUInt32LE(at + 4);
    chunks.push({ id: file.toString('latin1', at, at + 4), size, start: at + 8 });
    if (size === 0xffffffff) break;
    at += 8 + size + (size % 2);
    assert.ok(at <= file.length, 'a chunk reaches beyond the file');
  }
  return chunks;
}

function chunk(file: Buffer, id: string): Buffer {
  const found = chunksOf(file).find(other => other.id === id);
  assert.ok(found, `no ${id} chunk`);
  return file.subarray(found.start, found.start + found.size);
}

describe('a WAV file', () => {
  it('has the canonical 44 bytes in front of 16-bit samples', async test => {
    const path = join(scratch(test), 'a.wav');
    await writeWav(path, [audio(samples(S16, 1000))]);
    const file = readFileSync(path);
    const wave = new WaveFile();
    wave.fromScratch(1, 24000, '16', new Int16Array(1000));
    assert.deepEqual(file.subarray(0, 44), Buffer.from(wave.toBuffer().subarray(0, 44)));
    assert.deepEqual(file.subarray(44), samples(S16, 1000));
  });

  it('says what its samples are, with a fact chunk unless they are PCM', async test => {
    const folder = scratch(test);
    for (const encoding of Object.keys(ENCODINGS) as Encoding[]) {
      const format = { encoding, sampleRate: 8000 };
      const path = join(folder, `${encoding}.wav`);
      await writeWav(path, [audio(samples(format, 333))], { format });
      const file = readFileSync(path);
      const isPcm = encoding === 'pcm_s16le';
      assert.deepEqual(
        chunksOf(file).map(each => each.id),
        isPcm ? ['fmt ', 'data'] : ['fmt ', 'fact', 'data'],
      );
      assert.equal(chunk(file, 'fmt ').length, isPcm ? 16 : 18);
      if (!isPcm) assert.equal(chunk(file, 'fact').readUInt32LE(0), 333);
      assert.equal(file.readUInt32LE(4), file.length - 8);
      assert.equal(file.length % 2, 0, 'an odd chunk has its pad byte');
      assert.deepEqual(chunk(file, 'data'), samples(format, 333));
      const read = new WaveFile(file);
      assert.equal((read.fmt as { sampleRate: number }).sampleRate, 8000);
    }
  });

  it('is the same however its bytes are cut (F7)', async test => {
    const folder = scratch(test);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...FORMATS),
        fc.integer({ min: 0, max: 300 }),
        fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 40 }),
        async (format, count, cuts) => {
          const bytes = samples(format, count);
          const pieces: SinkEvent[] = [];
          let at = 0;
          for (const cut of cuts) {
            pieces.push(audio(bytes.subarray(at, at + cut)));
            at = Math.min(bytes.length, at + cut);
          }
          pieces.push(audio(bytes.subarray(at)));
          await writeWav(join(folder, 'whole.wav'), [audio(bytes)], { format });
          await writeWav(join(folder, 'cut.wav'), pieces, { format });
          assert.deepEqual(readFileSync(join(folder, 'cut.wav')), readFileSync(join(folder, 'whole.wav')));
          assert.deepEqual(chunk(readFileSync(join(folder, 'cut.wav')), 'data'), bytes);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('that would end inside a sample fails and leaves the old file (F8)', async test => {
    const folder = scratch(test);
    const path = join(folder, 'a.wav');
    writeFileSync(path, 'old');
    const events = [audio(samples(S16, 10)), audio(new Uint8Array(1))];
    await assert.rejects(writeWav(path, events), { kind: 'incomplete', exitCode: 7 });
    assert.equal(readFileSync(path, 'utf8'), 'old');
    assertHolds(folder, 'a.wav');
  });

  it('of no audio, and of one sample, is a WAV (O8)', async test => {
    const path = join(scratch(test), 'a.wav');
    for (const count of [0, 1]) {
      for (const encoding of Object.keys(ENCODINGS) as Encoding[]) {
        const format = { encoding, sampleRate: 16000 };
        await writeWav(path, [audio(samples(format, count))], { format });
        const file = readFileSync(path);
        assert.equal(chunk(file, 'data').length, samples(format, count).length);
        assert.equal(file.readUInt32LE(4), file.length - 8);
      }
    }
  });

  it('cut short is still a WAV: its header follows about once a second', async test => {
    const folder = scratch(test);
    const clock = manualClock();
    const context = contextOf({ clock });
    const target = await openFileTarget(join(folder, 'a.wav'), context);
    const sink = createWavSink(target, context);
    const second = samples(S16, 24000);
    const sizes: number[] = [];
    for (let index = 0; index < 5; index += 1) {
      await sink.write(audio(second));
      await target.edit?.flush();
      await clock.advance(500);
      const [temporary = ''] = readdirSync(folder);
      const file = readFileSync(join(folder, temporary));
      sizes.push(file.readUInt32LE(40) / second.length);
      assert.equal(file.readUInt32LE(4), 36 + file.readUInt32LE(40));
      if (sizes.at(-1) === 3 && !missing('soxi')) {
        writeFileSync(join(folder, 'killed.wav'), file);
        assert.equal(run('soxi', ['-s', join(folder, 'killed.wav')]).trim(), '72000');
      }
    }
    assert.deepEqual(sizes, [0, 1, 1, 3, 3]);
    await sink.abort(undefined);
  });

  it('that is aborted leaves nothing, or, when wished, what arrived', async test => {
    const folder = scratch(test);
    const path = join(folder, 'a.wav');
    for (const keepPartial of [false, true]) {
      const context = contextOf({ keepPartial, request: { timestamps: ['word'] } });
      const sink = createWavSink(await openFileTarget(path, context), context);
      await play(sink, [word('half', 0, 0.001), audio(samples(S16, 100)), audio(new Uint8Array(1))]);
      await sink.abort(new Error('enough'));
      await sink.write(audio(samples(S16, 100)));
      if (!keepPartial) assertHolds(folder);
    }
    assertHolds(folder, 'a.wav');
    const file = readFileSync(path);
    assert.deepEqual(chunk(file, 'data'), samples(S16, 100));
    assert.equal(file.readUInt32LE(4), file.length - 8);
    assert.deepEqual(
      chunksOf(file).map(each => each.id),
      ['fmt ', 'data', 'cue ', 'LIST'],
    );
  });

  it('that never began is not kept, wished or not', async test => {
    const folder = scratch(test);
    const context = contextOf({ keepPartial: true });
    const sink = createWavSink(await openFileTarget(join(folder, 'a.wav'), context), context);
    await sink.abort(new Error('enough'));
    assertHolds(folder);
  });

  it('carries words as cue points, labels and regions', async test => {
    const path = join(scratch(test), 'a.wav');
    const events = [
      word('Grüße,', 0.1, 0.25),
      word('世界', 0.25, 0.4),
      audio(samples(S16, 24000)),
      word('👋', 0.5, Number.NaN),
      word('\u0007\n', 0.6, 0.7),
    ];
    await writeWav(path, events, { request: { timestamps: ['word'] } });
    const points = (new WaveFile(readFileSync(path)).listCuePoints() as Record<string, unknown>[]).map(
      ({ label, position, end }) => [label, position, end],
    );
    assert.deepEqual(points, [
      ['Grüße,', 100, 250],
      ['世界', 250, 400],
      ['👋', 500, 1000],
    ]);
    const list = chunk(readFileSync(path), 'LIST').toString('latin1');
    assert.ok(list.lastIndexOf('labl') < list.indexOf('ltxt'), 'regions come after all labels');
  });

  it('has its chunks in order when there are more words than go into one batch', async test => {
    const path = join(scratch(test), 'a.wav');
    const format: AudioFormat = { encoding: 'pcm_mulaw', sampleRate: 8000 };
    const words = Array.from({ length: 300 }, (_, index) =>
      word('x'.repeat(1 + (index % 5)), index / 100, (index + 1) / 100),
    );
    await writeWav(path, [...words, audio(samples(format, 24001))], { format, request: { timestamps: ['word'] } });
    const file = readFileSync(path);
    assert.deepEqual(
      chunksOf(file).map(each => each.id),
      ['fmt ', 'fact', 'data', 'cue ', 'LIST'],
    );
    assert.equal(file.readUInt32LE(4), file.length - 8);
    assert.equal(new WaveFile(file).listCuePoints().length, 300);
    assert.deepEqual(chunk(file, 'data'), samples(format, 24001));
    assert.equal(chunk(file, 'cue ').readUInt32LE(0), 300);
  });

  it('takes hundreds of thousands of words at once', async test => {
    const path = join(scratch(test), 'a.wav');
    const spans = Array.from({ length: 200_000 }, (_, index) => ({ text: 'w', start: index / 1e5, end: index / 1e5 }));
    const events: SinkEvent[] = [audio(samples(S16, 48_000)), { type: 'timestamps', granularity: 'word', spans }];
    await writeWav(path, events, { request: { timestamps: ['word'] } });
    const file = readFileSync(path);
    assert.equal(chunk(file, 'cue ').readUInt32LE(0), 200_000);
    assert.equal(file.readUInt32LE(4), file.length - 8);
  });

  it('shows its words to ffprobe as chapters', { skip: missing('ffprobe') }, async test => {
    const path = join(scratch(test), 'a.wav');
    const events = [word('one', 0, 0.25), word('zwölf', 0.25, 0.5), audio(samples(S16, 24000))];
    await writeWav(path, events, { request: { timestamps: ['word'] } });
    const { chapters } = JSON.parse(run('ffprobe', ['-v', 'error', '-of', 'json', '-show_chapters', path]));
    assert.deepEqual(
      chapters.map((each: { start: number; tags: { title: string } }) => [each.start, each.tags.title]),
      [
        [0, 'one'],
        [6000, 'zwölf'],
      ],
    );
    assert.equal(run('soxi', ['-s', path]).trim(), '24000');
  });
});

describe('a WAV above what 32 bits can say (O8)', () => {
  for (const expectLarge of [true, false]) {
    it(`becomes RF64, ${expectLarge ? 'in the room it has' : 'making room in place'}`, async test => {
      const folder = scratch(test);
      const path = join(folder, 'a.wav');
      for (const encoding of Object.keys(ENCODINGS) as Encoding[]) {
        const format = { encoding, sampleRate: 8000 };
        const bytes = samples(format, 1_000_001);
        const pieces = Array.from({ length: 101 }, (_, index) =>
          audio(bytes.subarray(index * 65537, (index + 1) * 65537)),
        );
        await writeWav(path, pieces, { format, expectLarge }, 900_000);
        const file = readFileSync(path);
        assert.equal(file.toString('latin1', 0, 4), 'RF64');
        assert.equal(file.readUInt32LE(4), 0xffffffff);
        assert.equal(file.toString('latin1', 12, 16), 'ds64');
        assert.equal(file.readBigUInt64LE(20), BigInt(file.length - 8));
        assert.equal(file.readBigUInt64LE(28), BigInt(bytes.length));
        assert.equal(file.readBigUInt64LE(36), 1_000_001n);
        const data = chunksOf(file).at(-1);
        assert.ok(data?.id === 'data' && data.size === 0xffffffff);
        assert.deepEqual(file.subarray(data.start, data.start + bytes.length), bytes);
        if (!missing('soxi', 'ffprobe')) {
          assert.equal(run('soxi', ['-s', path]).trim(), '1000001');
          const args = ['-v', 'error', '-show_entries', 'stream=duration_ts', '-of', 'csv=p=0', path];
          assert.equal(run('ffprobe', args).trim(), '1000001');
        }
      }
      assertHolds(folder, 'a.wav');
    });
  }

  it('with room to spare stays RIFF', async test => {
    const path = join(scratch(test), 'a.wav');
    await writeWav(path, [audio(samples(S16, 100))], { expectLarge: true });
    const file = readFileSync(path);
    assert.deepEqual(
      chunksOf(file).map(each => each.id),
      ['JUNK', 'fmt ', 'data'],
    );
    assert.equal(file.readUInt32LE(4), file.length - 8);
  });

  it('becomes RF64 for its words alone', async test => {
    const path = join(scratch(test), 'a.wav');
    const events = [word('long', 0, 0.001), audio(samples(S16, 100))];
    await writeWav(path, events, { request: { timestamps: ['word'] } }, 300);
    const file = readFileSync(path);
    assert.equal(file.toString('latin1', 0, 4), 'RF64');
    assert.equal(file.readBigUInt64LE(20), BigInt(file.length - 8));
    assert.ok(file.includes('long'));
    assert.deepEqual(file.subarray(80, 280), samples(S16, 100));
  });
});

describe('a WAV on a pipe', () => {
  async function piped(events: Iterable<SinkEvent>, setting: Setting = {}): Promise<Buffer> {
    const stdout = new PassThrough();
    const read = buffer(stdout);
    const context = contextOf({ ...setting, stdout });
    const sink = createWavSink(await openStreamTarget(stdout), context);
    await play(sink, events);
    await sink.close();
    stdout.end();
    return read;
  }

  it('has unknown sizes, never zero, and nothing behind its samples', async () => {
    const format: AudioFormat = { encoding: 'pcm_alaw', sampleRate: 8000 };
    const events = [word('hi', 0, 1), audio(samples(format, 333))];
    const file = await piped(events, { format, expectLarge: true, request: { timestamps: ['word'] } });
    assert.equal(file.readUInt32LE(4), 0xffffffff);
    assert.deepEqual(
      chunksOf(file).map(each => each.id),
      ['fmt ', 'fact', 'data'],
    );
    assert.deepEqual(file.subarray(58), samples(format, 333));
  });

  it('is read whole by sox and ffmpeg in every encoding', { skip: missing('sox', 'ffmpeg') }, async test => {
    const path = join(scratch(test), 'piped.wav');
    for (const encoding of Object.keys(ENCODINGS) as Encoding[]) {
      const format = { encoding, sampleRate: 16000 };
      writeFileSync(path, await piped([audio(samples(format, 5001))], { format }));
      assert.deepEqual(
        runBytes('ffmpeg', ['-v', 'error', '-i', path, '-c', 'copy', '-f', FFMPEG_NAMES[encoding], '-']),
        samples(format, 5001),
      );
      assert.equal(runBytes('sox', [path, '-t', 's16', '-']).length, 5001 * 2);
    }
  });

  it('stays empty when it fails before any audio', async () => {
    const stdout = new PassThrough();
    const context = contextOf({ stdout });
    const sink = createWavSink(await openStreamTarget(stdout), context);
    await sink.abort(new Error('no voice'));
    assert.equal(stdout.readableLength, 0);
  });
});

describe('a WAV on standard output that is a file', () => {
  for (const [name, flags, before] of [
    ['empty', 'w', ''],
    ['with something in front', 'r+', 'first'],
    ['that is appended to', 'a', 'first'],
  ] as const) {
    it(`${name}: has exact sizes`, async test => {
      const path = join(scratch(test), 'out.wav');
      writeFileSync(path, before);
      const fd = openSync(path, flags);
      if (flags === 'r+') writeSync(fd, before);
      const format: AudioFormat = { encoding: 'pcm_mulaw', sampleRate: 8000 };
      const stdout = Object.assign(new PassThrough(), { fd });
      const context = contextOf({ format, stdout });
      const sink = createWavSink(await openStreamTarget(stdout), context);
      await sink.write(audio(samples(format, 333)));
      await sink.close();
      closeSync(fd);
      const file = readFileSync(path).subarray(before.length);
      assert.equal(file.readUInt32LE(4), file.length - 8);
      assert.deepEqual(chunk(file, 'data'), samples(format, 333));
      assert.equal(file.length % 2, 0);
    });
  }

  it('opened in an odd place: is left as it was written', async test => {
    const path = join(scratch(test), 'out.wav');
    writeFileSync(path, Buffer.alloc(5000, 1));
    const fd = openSync(path, 'r+');
    const stdout = Object.assign(new PassThrough(), { fd });
    const sink = createWavSink(await openStreamTarget(stdout), contextOf({ stdout }));
    await sink.write(audio(samples(S16, 10)));
    await sink.close();
    closeSync(fd);
    const file = readFileSync(path);
    assert.equal(file.readUInt32LE(4), 0xffffffff);
    assert.deepEqual(file.subarray(44, 64), samples(S16, 10));
    assert.deepEqual(file.subarray(64), Buffer.alloc(5000 - 64, 1));
  });
});

describe('other people read a WAV of every encoding and rate', () => {
  const count = 4321;

  async function all(folder: string): Promise<string[]> {
    const paths: string[] = [];
    for (const format of FORMATS) {
      const path = join(folder, `${format.encoding}-${format.sampleRate}.wav`);
      await writeWav(path, [audio(samples(format, count))], { format });
      paths.push(path);
    }
    return paths;
  }

  it('soxi: rate and exact length', { skip: missing('soxi') }, async test => {
    const paths = await all(scratch(test));
    assert.deepEqual(
      run('soxi', ['-s', ...paths])
        .trim()
        .split('\n'),
      paths.map(() => String(count)),
    );
    assert.deepEqual(
      run('soxi', ['-r', ...paths])
        .trim()
        .split('\n'),
      FORMATS.map(format => String(format.sampleRate)),
    );
    assert.deepEqual(
      run('soxi', ['-c', ...paths])
        .trim()
        .split('\n'),
      paths.map(() => '1'),
    );
  });

  it('ffmpeg: every sample, bit for bit', { skip: missing('ffmpeg', 'ffprobe') }, async test => {
    const paths = await all(scratch(test));
    for (const [index, format] of FORMATS.entries()) {
      const path = paths[index] ?? '';
      const args = [
        '-v',
        'error',
        '-show_entries',
        'stream=codec_name,sample_rate,duration_ts',
        '-of',
        'csv=p=0',
        path,
      ];
      assert.equal(run('ffprobe', args).trim(), `${format.encoding},${format.sampleRate},${count}`);
      if (format.sampleRate !== 22050) continue;
      const out = runBytes('ffmpeg', [
        '-v',
        'error',
        '-i',
        path,
        '-c',
        'copy',
        '-f',
        FFMPEG_NAMES[format.encoding],
        '-',
      ]);
      assert.deepEqual(out, samples(format, count));
    }
  });

  it("Python's wave: 16-bit samples, bit for bit", { skip: missing('python3') }, async test => {
    const folder = scratch(test);
    const paths = (await all(folder)).filter(path => path.includes('s16'));
    const script =
      'import sys,wave,hashlib\nfor p in sys.argv[1:]:\n w=wave.open(p)\n print(w.getframerate(),w.getnframes(),w.getsampwidth(),w.getnchannels(),w.readframes(10**9)==open(p,"rb").read()[44:])';
    const expected = SAMPLE_RATES.map(rate => `${rate} ${count} 2 1 True`);
    assert.deepEqual(
      run('python3', ['-c', script, ...paths])
        .trim()
        .split('\n'),
      expected,
    );
  });

  it('wavefile: every sample', async test => {
    const folder = scratch(test);
    const path = join(folder, 'a.wav');
    const format: AudioFormat = { encoding: 'pcm_f32le', sampleRate: 48000 };
    await writeWav(path, [audio(samples(format, count))], { format });
    const wave = new WaveFile(readFileSync(path));
    const read = Float32Array.from(wave.getSamples(false, Float32Array) as unknown as Float32Array);
    assert.deepEqual(Buffer.from(read.buffer), samples(format, count));
  });
});
