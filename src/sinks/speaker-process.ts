/** The child process that owns the package `speaker`, which aborts when it finds no device and stops only when killed.
 *
 * Samples come on stdin as s16le mono; reports go to the parent as messages.
 * Arguments: sample rate in Hz, rate and channels to open the device with, the module to load, the device or nothing.
 */
import process from 'node:process';
import { createResampler } from '../audio-resample.ts';

/** What the child says. Bytes count what came on stdin. */
export type SpeakerReport =
  /** The device is open. */
  | { readonly type: 'ready' }
  /** The device cannot be opened; the process ends. */
  | { readonly type: 'failed'; readonly reason: string }
  /** So many bytes are with the device's driver, which holds back half a second of them. */
  | { readonly type: 'passed'; readonly bytes: number }
  /** Everything has been heard; the process ends. */
  | { readonly type: 'drained'; readonly bytes: number };

/** The part of `speaker` 0.5 that is used. The package is optional, and so are its types. */
interface Speaker {
  _open?(): unknown;
  write(chunk: Uint8Array, done: (error?: Error | null) => void): boolean;
  end(): unknown;
  once(event: 'close', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

type SpeakerMaker = new (options: object) => Speaker;

// The addon leaks a little with every write and blocks for as long as one takes.
const PIECE_BYTES = 4096;
const REPORT_MS = 50;

const [rate, deviceRate, channels] = process.argv.slice(2, 5).map(Number) as [number, number, number];
const [module = 'speaker', device] = process.argv.slice(5);
const resampler = rate === deviceRate ? undefined : createResampler(rate, deviceRate);

// The parent is gone, however it went: nobody wants this sound any more.
process.on('disconnect', () => process.exit(0));

void speak();

async function speak(): Promise<never> {
  try {
    const speaker = await open();
    await report({ type: 'ready' });
    const bytes = await play(speaker);
    await report({ type: 'drained', bytes });
    process.exit(0);
  } catch (error) {
    await report({ type: 'failed', reason: error instanceof Error ? error.message : String(error) });
    process.exit(1);
  }
}

async function open(): Promise<Speaker> {
  const loaded: { default: SpeakerMaker } = await import(module);
  const speaker = new loaded.default({
    channels,
    bitDepth: 16,
    sampleRate: deviceRate,
    ...(device ? { device } : {}),
  });
  // Opens on the first write otherwise, which is after the request has been paid for.
  speaker._open?.();
  return speaker;
}

async function play(speaker: Speaker): Promise<number> {
  let failed: ((error: Error) => void) | undefined;
  const failure = new Promise<never>((_, reject) => {
    failed = reject;
  });
  failure.catch(() => {});
  speaker.on('error', error => failed?.(error));

  let passed = 0;
  let timer: NodeJS.Timeout | undefined;
  const tell = () => {
    timer = undefined;
    void report({ type: 'passed', bytes: passed });
  };
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    // A write of half a sample is refused by the addon.
    const whole = bytes.length - (bytes.length % 2);
    for (let at = 0; at < whole; at += PIECE_BYTES) {
      const piece = bytes.subarray(at, Math.min(at + PIECE_BYTES, whole));
      await Promise.race([write(speaker, formed(piece)), failure]);
      passed += piece.length;
      timer ??= setTimeout(tell, REPORT_MS);
    }
    rest = bytes.subarray(whole);
  }
  if (resampler !== undefined) await Promise.race([write(speaker, spread(resampler.end())), failure]);
  clearTimeout(timer);
  tell();
  const closed = new Promise<void>(resolve => speaker.once('close', resolve));
  speaker.end();
  await Promise.race([closed, failure]);
  return passed;
}

function write(speaker: Speaker, samples: Uint8Array): Promise<void> {
  if (samples.length === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    speaker.write(samples, error => (error ? reject(error) : resolve()));
  });
}

/** Samples as they came, in the form of the device. */
function formed(mono: Uint8Array): Uint8Array {
  if (resampler === undefined && channels === 1) return mono;
  // Copied for alignment; `slice` of a Buffer would not copy.
  const samples = new Int16Array(new Uint8Array(mono).buffer);
  return spread(resampler?.push(samples) ?? samples);
}

/** Gives every channel the one there is. */
function spread(mono: Int16Array | Float32Array): Uint8Array {
  const all = new Int16Array(mono.length * channels);
  for (let at = 0; at < mono.length; at += 1) {
    const value = Math.max(-32768, Math.min(32767, Math.round(mono[at] ?? 0)));
    all.fill(value, at * channels, (at + 1) * channels);
  }
  return new Uint8Array(all.buffer);
}

/** Resolves when the message is on its way; a parent that is gone ends us by `disconnect`. */
function report(message: SpeakerReport): Promise<void> {
  return new Promise(resolve => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, () => resolve());
  });
}
