/** What the tests of sinks share: a folder of their own, a context, a tone, and other people's programs. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { TestContext } from 'node:test';
import { bytesPerSample } from '../../src/audio.ts';
import type { SinkContext } from '../../src/sinks/context.ts';
import type { AudioFormat, Sink, SinkEvent, SpeechRequest } from '../../src/speech.ts';
import { manualClock } from '../support/clock.ts';

export const S16: AudioFormat = { encoding: 'pcm_s16le', sampleRate: 24000 };

/** A folder that is removed after the test. */
export function scratch(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'aloud-sinks-'));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Setting extends Partial<Omit<SinkContext, 'request'>> {
  readonly format?: AudioFormat;
  readonly request?: Partial<SpeechRequest>;
  /** Gathers the names of files without words. */
  readonly wordless?: string[];
}

/** A context with everything unsaid set to something plain. */
export function contextOf(setting: Setting = {}): SinkContext {
  const { format = S16, request = {}, wordless = [], ...rest } = setting;
  return {
    request: { model: 'sonic-3', voice: 'v-1', format, timestamps: [], ...request },
    provider: 'local',
    cues: 'phrase',
    createdBy: 'aloud 0.0.0',
    clock: manualClock(),
    stdout: new Writable({ write: (_chunk, _encoding, done) => done() }),
    onNoWords: name => void wordless.push(name),
    ...rest,
  };
}

/** `count` samples that differ from one another, as bytes. */
export function samples(format: AudioFormat, count: number): Buffer {
  const size = bytesPerSample(format);
  const bytes = Buffer.alloc(count * size);
  for (let index = 0; index < count; index += 1) {
    const value = Math.sin(index / 7) * 0.8;
    if (format.encoding === 'pcm_f32le') bytes.writeFloatLE(value, index * 4);
    else if (format.encoding === 'pcm_s16le') bytes.writeInt16LE(Math.round(value * 32767), index * 2);
    else bytes.writeUInt8((index * 37) & 0xff, index);
  }
  return bytes;
}

export async function play(sink: Sink, events: Iterable<SinkEvent>): Promise<void> {
  for (const event of events) await sink.write(event);
}

export function audio(chunk: Uint8Array): SinkEvent {
  return { type: 'audio', chunk };
}

export function word(text: string, start: number, end: number): SinkEvent {
  return { type: 'timestamps', granularity: 'word', spans: [{ text, start, end }] };
}

export function phoneme(text: string, start: number, end: number): SinkEvent {
  return { type: 'timestamps', granularity: 'phoneme', spans: [{ text, start, end }] };
}

/** Why a test that needs `programs` cannot run here, if it cannot. In CI it has to. */
export function missing(...programs: readonly string[]): string | false {
  if (process.env.CI) return false;
  const absent = programs.filter(program => spawnSync('which', [program]).status !== 0);
  return absent.length === 0 ? false : `not installed: ${absent.join(', ')}`;
}

/** Runs a program that must succeed; its output as text. */
export function run(program: string, args: readonly string[]): string {
  return runBytes(program, args).toString();
}

/** The same, its output as bytes. */
export function runBytes(program: string, args: readonly string[]): Buffer {
  const { status, stdout, stderr, error } = spawnSync(program, args, { maxBuffer: 1e9 });
  assert.equal(status, 0, `${program} ${args.join(' ')}: ${error ?? stderr}`);
  return stdout;
}

/** Asserts that `folder` holds nothing but `names`: no temporary file is left. */
export function assertHolds(folder: string, ...names: readonly string[]): void {
  assert.deepEqual(readdirSync(folder).sort(), [...names].sort());
}
