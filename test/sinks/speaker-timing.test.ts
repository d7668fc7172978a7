import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openSpeaker, type SpeakerSink } from '../../src/sinks/speaker.ts';
import { type AlsaCapture, alsaCapture, alsaPulseConfig } from '../support/alsa.ts';
import { without } from '../support/programs.ts';
import { type Pulse, type PulseRecording, startPulse } from '../support/pulse.ts';
import { realClock, samples } from '../support/sound.ts';

const built = existsSync(new URL('../../node_modules/speaker/build/Release', import.meta.url)) || process.env.CI;
const skip = without('pulseaudio', 'parec', 'aplay', 'pacat', 'play') || (built ? false : 'speaker is not built');
const PLAYERS = ['speaker', 'aplay', 'pacat', 'play'] as const;
const SECOND = 48000;

describe('the speaker in real time', { skip }, () => {
  let folder: string;
  let pulse: Pulse;
  let recording: PulseRecording;
  let capture: AlsaCapture;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aloud-test-'));
    capture = await alsaCapture(folder, alsaPulseConfig);
    pulse = await startPulse(folder);
    recording = await pulse.record();
  });
  after(async () => {
    await recording?.stop();
    await pulse?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const open = (player: (typeof PLAYERS)[number], device = capture) =>
    openSpeaker({
      player,
      format: { encoding: 'pcm_s16le', sampleRate: 24000 },
      env: { ...pulse.env, ...device.env, AUDIODRIVER: 'alsa' },
      platform: 'linux',
      clock: realClock(),
      warn: () => {},
    });

  const say = (sink: SpeakerSink, chunk: Uint8Array) => sink.write({ type: 'audio', chunk });
  const until = (ms: number) => new Promise(resolve => setTimeout(resolve, ms));

  for (const player of PLAYERS) {
    it(`${player} sounds at once, and close waits for the last sample and no longer`, async () => {
      const sink = await open(player);
      const heard = recording.next(true);
      const started = performance.now();
      await say(sink, samples(SECOND / 4));
      await heard;
      const toSound = performance.now() - started;
      await sink.close();
      const closed = performance.now();
      const end = recording.lastSoundAt ?? 0;
      assert.ok(toSound < 300, `${toSound} ms to the first sound`);
      assert.ok(closed - started > 480, `closed after ${closed - started} ms of 500`);
      assert.ok(closed > end - 50 && closed - end < 500, `closed ${closed - end} ms after the last sound`);
      assert.equal(sink.underruns, 0);
    });

    it(`S5: ${player} is silent within 100 ms of an abort`, async () => {
      const sink = await open(player);
      const heard = recording.next(true);
      await say(sink, samples(5 * SECOND));
      await heard;
      const before = performance.now();
      await sink.abort(new Error('stop'));
      await recording.next(false);
      const silent = (recording.lastSoundAt ?? 0) - before;
      assert.ok(silent < 100, `sound for ${silent} ms after the abort`);
    });
  }

  it('S4: every player resumes exactly after starving, and the gap is counted', async () => {
    async function starve(player: (typeof PLAYERS)[number]): Promise<void> {
      const own = await alsaCapture(await mkdtemp(join(folder, 'starve-')), alsaPulseConfig);
      const sink = await open(player, own);
      const parts = [samples(12000, 1), samples(12000, 2), samples(2400, 3)];
      for (const [index, part] of parts.entries()) {
        await say(sink, part);
        // The time in which nothing comes is what is tested: 0.2 s is within what is buffered, 1.2 s is not.
        if (index < 2) await until([200, 1200][index] ?? 0);
      }
      await sink.close();
      assert.equal(sink.underruns, 1, player);
      assert.equal(sink.position(), 1.1, player);
      if (player === 'pacat') return;
      const played = await own.played();
      const places = parts.map(part => played.indexOf(part));
      // What a player holds back of its last block was pushed out by silence, once.
      const pushed = { speaker: 0, aplay: 4800, play: 3360 }[player];
      assert.deepEqual(places, [0, 24000, 48000 + pushed], player);
      assert.ok(
        played.subarray(48000, places[2]).every(byte => byte === 0),
        player,
      );
    }
    await Promise.all(PLAYERS.map(starve));
  });

  it('a pause after a boundary is no underrun', async () => {
    const sink = await open('aplay');
    await say(sink, samples(2400));
    await sink.write({ type: 'flushed' });
    await until(400);
    await say(sink, samples(2400));
    await sink.close();
    assert.equal(sink.underruns, 0);
  });

  it('the position follows what is heard', async () => {
    for (const player of ['speaker', 'aplay'] as const) {
      const sink = await open(player);
      const heard = recording.next(true);
      await say(sink, samples(2 * SECOND));
      await heard;
      const from = performance.now();
      await until(600);
      const expected = (performance.now() - from) / 1000;
      assert.ok(Math.abs(sink.position() - expected) < 0.2, `${player}: ${sink.position()} s, not ${expected}`);
      await sink.abort(undefined);
    }
  });

  it('a cut is silent at once and plays what comes next', async () => {
    const sink = await open('aplay');
    const heard = recording.next(true);
    await say(sink, samples(5 * SECOND, 1));
    await heard;
    const next = samples(SECOND / 4, 2);
    const cut = sink.cut();
    await say(sink, next);
    await cut;
    await sink.close();
    assert.equal(sink.position(), 0.5);
    const played = await capture.played();
    assert.deepEqual(played.subarray(0, next.length), next);
    assert.ok(played.subarray(next.length).every(byte => byte === 0));
  });
});
