/** Frames made before they are needed, so that the service is never what a client waits for. */
import { randomBytes } from 'node:crypto';
import { CHUNK_SAMPLES } from './behaviour.ts';

/** How a context wants its audio, and which language it speaks. */
export interface Wanted {
  readonly contextId: string;
  readonly sampleBytes: number;
  readonly isSlng: boolean;
}

/** A chunk of audio as one WebSocket message, ready for the socket. */
export interface ChunkFrame {
  readonly bytes: Buffer;
  /** Where the base64 begins. */
  readonly dataAt: number;
}

const noise = new Map<number, string>();

/** The same audio in every chunk, as it comes: noise, so that nothing is gained by its being simple. */
function audioOf(sampleBytes: number): string {
  const known = noise.get(sampleBytes);
  if (known !== undefined) return known;
  const made = randomBytes(CHUNK_SAMPLES * sampleBytes).toString('base64');
  noise.set(sampleBytes, made);
  return made;
}

export function chunkFrame({ contextId, sampleBytes, isSlng }: Wanted): ChunkFrame {
  const data = audioOf(sampleBytes);
  const text = isSlng
    ? `{"type":"audio_chunk","context_id":"${contextId}","status_code":206,"done":false,"data":"${data}","step_time":58.6,"flush_id":0}`
    : `{"type":"chunk","data":"${data}","done":false,"status_code":206,"step_time":58.6,"context_id":"${contextId}","flush_id":0}`;
  const bytes = textFrame(text);
  return { bytes, dataAt: bytes.indexOf('"data":"') + 8 };
}

/** A server's unmasked text message (RFC 6455 §5.2). */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.from([0x81, length]), payload]);
  if (length < 65536) return Buffer.concat([Buffer.from([0x81, 126, length >> 8, length & 255]), payload]);
  const head = Buffer.from([0x81, 127, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32BE(length, 6);
  return Buffer.concat([head, payload]);
}

/** Word times for the seconds `from`–`to`, three words a second: a message, or none where no word begins. */
export function wordsFrames(contextId: string, from: number, to: number): Buffer[] {
  const count = Math.floor(to * 3) - Math.floor(from * 3);
  if (count === 0) return [];
  const start = Array.from({ length: count }, (_, i) => (Math.floor(from * 3) + i) / 3);
  const times = { words: start.map(() => 'benchmark'), start, end: start.map(at => at + 0.3) };
  const common = { done: false, status_code: 206, context_id: contextId };
  return [textFrame(JSON.stringify({ type: 'timestamps', ...common, word_timestamps: times }))];
}

export function doneFrame({ contextId, isSlng }: Wanted): Buffer {
  const context = { context_id: contextId, done: true };
  return textFrame(
    JSON.stringify(
      isSlng ? { type: 'audio_end', status_code: 200, ...context } : { type: 'done', status_code: 206, ...context },
    ),
  );
}

export function refusalFrame(contextId: string): Buffer {
  return textFrame(
    JSON.stringify({
      type: 'error',
      done: true,
      status_code: 429,
      error_code: 'concurrency_limited',
      title: 'Too many requests',
      message: 'too many contexts at once',
      request_id: 'bench',
      context_id: contextId,
    }),
  );
}

export function flushDoneFrame(contextId: string, flushId: number): Buffer {
  return textFrame(
    JSON.stringify({
      type: 'flush_done',
      done: false,
      flush_done: true,
      flush_id: flushId,
      status_code: 206,
      context_id: contextId,
    }),
  );
}
