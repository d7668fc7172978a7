import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';

const MIB = 1024 * 1024;
const SPEECH = join(import.meta.dirname, 'support/long-speech.ts');

interface Taken {
  readonly peak: number;
  readonly live: number;
  readonly characters: number;
  readonly words: number;
}

describe('the line in a process of its own', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'aloud-test-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function speakOf(characters: number): Promise<Taken> {
    // Little room for what may be thrown away: what is left of the figures is what is kept.
    const options = ['--expose-gc', '--max-semi-space-size=1', '--max-old-space-size=32', '--import', 'tsx'];
    const args = [...options, SPEECH, folder, String(characters), 'wav', 'srt', 'json'];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    return JSON.parse(stdout) as Taken;
  }

  it('takes no more memory for a megabyte of text than for 200 KB', async () => {
    // With less, what waits to be written has not come to as much as it may.
    const short = await speakOf(200_000);
    const long = await speakOf(1_000_000);
    assert.ok(long.characters >= 1_000_000 && long.words > 250_000, `${long.characters} characters`);
    const [live, peak] = [(long.live - short.live) / MIB, (long.peak - short.peak) / MIB];
    // Measured: 0.03. The text alone would be 0.76, a number for each word 1.6.
    assert.ok(live < 0.5, `${live.toFixed(2)} MiB more in use`);
    // Measured: 4 to 16. What is thrown away late is in it, so this sees only what is large; it is the figure that users see.
    assert.ok(peak < 24, `${peak.toFixed(1)} MiB more at the peak`);
  });
});
