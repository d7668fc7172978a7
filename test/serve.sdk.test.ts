/** Cartesia's own SDK for JavaScript, unmodified, over TLS against `aloud serve` (V6, V7, V41, V42). */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { builtInVoices } from '../src/engine/voices.ts';
import { runTrusting, type Serving, startServing } from './support/serving.ts';

interface Collected {
  readonly kinds: string[];
  readonly words: string[];
  readonly segments: Record<string, number>;
}

interface Results {
  readonly pushed: Collected;
  readonly timed: Collected;
  readonly both: Collected[];
  readonly late: number;
  readonly error: string;
  readonly after: Collected;
  readonly voices: string[];
  readonly voice: string;
  readonly bytes: { readonly head: string; readonly length: number };
  readonly events: string[];
  readonly refused: string;
  readonly token: boolean;
}

let home: string;
let serving: Serving;
let results: Results;

before(async () => {
  home = await mkdtemp(join(tmpdir(), 'aloud-sdk-'));
  serving = await startServing([], home);
  const script = join(import.meta.dirname, 'support/sdk-client.cjs');
  const { code, stdout, stderr } = await runTrusting(script, [`http://localhost:${serving.port}`], serving.certificate);
  assert.equal(code, 0, stderr);
  results = JSON.parse(stdout) as Results;
});

after(async () => {
  await serving?.stop();
  await rm(home, { recursive: true, force: true });
});

describe("Cartesia's SDK 4.2.0", () => {
  it('V6, V7: pushes, pushes, flushes, ends, and gets all audio', () => {
    assert.deepEqual(results.pushed.kinds, ['chunk', 'flush_done', 'done']);
    assert.deepEqual(Object.keys(results.pushed.segments), ['0']);
    assert.ok((results.pushed.segments[0] ?? 0) > 16_000);
  });

  it('V33: gets the times of words and phonemes', () => {
    assert.deepEqual(results.timed.words, ['One', 'two,', 'three.']);
    assert.ok(results.timed.kinds.includes('phoneme_timestamps'));
    assert.equal(results.timed.kinds.at(-1), 'done');
  });

  it('V27: hears nothing more of what it has cancelled', () => {
    assert.equal(results.late, 0);
  });

  it('V15: speaks in two contexts at once', () => {
    assert.equal(results.both.length, 2);
    for (const { kinds, segments } of results.both) {
      assert.deepEqual(kinds, ['chunk', 'done']);
      assert.ok((segments[0] ?? 0) > 16_000);
    }
  });

  it('V31: reads an error, and goes on on the same socket', () => {
    assert.equal(results.error, 'there is no model of that id');
    assert.deepEqual(results.after.kinds, ['chunk', 'done']);
  });

  it('V41: lists the voices to the end', () => {
    assert.equal(new Set(results.voices).size, results.voices.length);
    assert.equal(results.voices.length, builtInVoices().length + 5);
    assert.equal(results.voice, 'Default');
  });

  it('gets a whole text as bytes and as events, and a refusal as an error', () => {
    assert.equal(results.bytes.head, 'RIFF');
    assert.equal(results.bytes.length, (results.pushed.segments[0] ?? 0) + 44);
    assert.deepEqual(results.events, ['chunk', 'done']);
    assert.match(results.refused, /^400/);
  });

  it('V42: makes a token and opens a socket with it', () => {
    assert.equal(results.token, true);
  });
});

describe('a client that does not trust the certificate', () => {
  it('is told of it by its own TLS', async () => {
    const script = join(import.meta.dirname, 'support/sdk-client.cjs');
    const { code, stderr } = await runTrusting(script, [`http://localhost:${serving.port}`], '/dev/null');
    assert.notEqual(code, 0);
    assert.match(stderr, /self-signed certificate/);
  });
});
