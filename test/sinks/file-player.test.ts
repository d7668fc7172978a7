import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import wavefile from 'wavefile';
import { Failure } from '../../src/errors.ts';
import { openSpeaker, type SpeakerOptions, type SpeakerSink } from '../../src/sinks/speaker.ts';
import { script } from '../support/programs.ts';
import { chunked, realClock, samples } from '../support/sound.ts';

let root: string;
let folder: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'aloud-test-'));
});
after(() => rm(root, { recursive: true, force: true }));

/** Keeps every file it is given, and the names they had. */
const KEEP = (at: string) => `n=$(/usr/bin/wc -l < ${at}/names); /bin/cp "$1" ${at}/$n.wav; echo "$1" >> ${at}/names`;

async function open(after: string, options: Partial<SpeakerOptions> = {}): Promise<SpeakerSink> {
  folder = await mkdtemp(join(root, 'run-'));
  const PATH = join(folder, 'bin');
  await script(PATH, 'afplay', `: >> ${folder}/names; ${KEEP(folder)}; ${after}`);
  return openSpeaker({
    player: 'auto',
    format: { encoding: 'pcm_s16le', sampleRate: 24000 },
    env: { PATH },
    platform: 'darwin',
    clock: realClock(),
    warn: () => {},
    speakerModule: 'aloud-has-no-such-module',
    realTime: false,
    ...options,
  });
}

const names = async () => (await readFile(join(folder, 'names'), 'utf8')).trim().split('\n');
const failsWith = (pattern: RegExp) => (error: unknown) =>
  error instanceof Failure && error.exitCode === 6 && pattern.test(error.message);

async function say(sink: SpeakerSink, bytes: Uint8Array): Promise<void> {
  for (const chunk of chunked(bytes)) await sink.write({ type: 'audio', chunk });
}

/** The samples of each file after the silent one of the trial. */
async function played(): Promise<Buffer[]> {
  const files: Buffer[] = [];
  for (const index of (await names()).slice(1).keys()) {
    const wav = new wavefile.WaveFile(await readFile(join(folder, `${index + 1}.wav`)));
    const { sampleRate, numChannels, bitsPerSample } = wav.fmt as Record<string, number>;
    assert.deepEqual([sampleRate, numChannels, bitsPerSample], [24000, 1, 16]);
    files.push(Buffer.from((wav.data as { samples: Uint8Array }).samples));
  }
  return files;
}

describe('a player of files', () => {
  it('plays every sample once, in finished WAVs cut where it is quiet, and leaves no file behind', async () => {
    const sink = await open('exit 0');
    assert.equal(sink.player, 'afplay');
    const quiet = Buffer.alloc(7200);
    const speech = [samples(40_000, 1), quiet, samples(30_000, 2), quiet, samples(20_000, 3)];
    // The second part when the first has been cut and its rest played: a cut must leave nothing behind for the next.
    await sink.write({ type: 'audio', chunk: Buffer.concat(speech.slice(0, 3)) });
    while (!existsSync(join(folder, '2.wav'))) await new Promise(setImmediate);
    await sink.write({ type: 'audio', chunk: Buffer.concat(speech.slice(3)) });
    await sink.close();
    const files = await played();
    assert.deepEqual(Buffer.concat(files), Buffer.concat(speech));
    assert.ok(
      files[0]?.subarray(-4800).every(byte => byte === 0),
      'cut inside a sound',
    );
    const quietRest = (files[0]?.length ?? 0) - 80_000;
    assert.deepEqual(files[1], Buffer.concat([quiet.subarray(quietRest), samples(30_000, 2)]));
    assert.equal(sink.position(), (90_000 + 7200) / 24000);
    for (const name of await names()) assert.ok(!existsSync(dirname(name)));
  });

  it('plays a short word without waiting for more', async () => {
    const sink = await open('exit 0', { clock: realClock(10) });
    const word = samples(5000);
    await say(sink, word);
    const heard = () => existsSync(join(folder, '1.wav'));
    while (!heard()) await new Promise(setImmediate);
    await sink.close();
    assert.deepEqual(Buffer.concat(await played()), word);
  });

  it('cuts anywhere when it never gets quiet', async () => {
    const sink = await open('exit 0');
    const speech = samples(24000 * 25);
    await say(sink, speech);
    await sink.close();
    assert.deepEqual(Buffer.concat(await played()), speech);
    assert.equal(sink.underruns, 0);
  });

  it('is not opened when the trial fails, or is over before it can be', async () => {
    await assert.rejects(
      open('echo "AudioQueueStart failed" >&2; exit 1'),
      failsWith(/afplay: AudioQueueStart failed \(exit status 1\)$/),
    );
    assert.ok(!existsSync(dirname((await names())[0] ?? '')));
    await assert.rejects(
      open('exit 0', { realTime: true, clock: realClock(0.01) }),
      failsWith(/afplay: it ended before the sound could$/),
    );
  });

  it('S3: fails in the middle, exits too early, or hangs', async () => {
    const second = (then: string) => `[ $n = 0 ] || { ${then}; }`;
    for (const [body, pattern, options] of [
      [second('echo "device lost" >&2; exit 1'), /^afplay failed while playing: device lost/, {}],
      [`${second('exit 0')}; /bin/sleep 0.1`, /it ended before the sound could/, { realTime: true }],
      [second('exec /bin/sleep 1000'), /it does not come to an end|it takes no more sound/, { clock: realClock(30) }],
    ] as const) {
      const sink = await open(body, options);
      await say(sink, samples(48000));
      await assert.rejects(sink.close(), failsWith(pattern));
      await sink.abort(undefined);
      assert.ok(!existsSync(dirname((await names())[0] ?? '')));
    }
  });

  it('S5: abort kills the one that plays and removes the files', async () => {
    const sink = await open(`[ $n = 0 ] || { echo $$ > ${'$0'}.pid; exec /bin/sleep 1000; }`);
    await say(sink, samples(24000 * 12));
    const pidFile = join(folder, 'bin', 'afplay.pid');
    while (!existsSync(pidFile) || (await readFile(pidFile, 'utf8')) === '') await new Promise(setImmediate);
    const pid = Number(await readFile(pidFile, 'utf8'));
    await sink.abort(new Error('stop'));
    assert.throws(() => process.kill(pid, 0));
    assert.ok(!existsSync(dirname((await names())[0] ?? '')));
  });
});
