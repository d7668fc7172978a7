/** What a server says on SLNG's unified bridge (protocol §6.4). Nothing in it names a context. */
import type { RefusalFacts } from './refusal.ts';
import { errorCodeOf } from './slng-events.ts';

/** The session has begun. */
export function writeReady(sessionId: string): string {
  return JSON.stringify({ type: 'ready', session_id: sessionId, slng_request_id: sessionId });
}

/** Audio as the bridge's documents have it; `sequence` counts from 1. */
export function writeBridgeChunk(audio: Uint8Array, sequence: number): string {
  const data = Buffer.from(audio.buffer, audio.byteOffset, audio.byteLength).toString('base64');
  return `{"type":"audio_chunk","data":"${data}","sequence":${sequence}}`;
}

export function writeSegment(edge: 'start' | 'end', segmentId: string): string {
  return JSON.stringify({ type: `segment_${edge}`, segment_id: segmentId });
}

/** The answers to `flush`, once all audio is out, and to `clear`. */
export const FLUSHED = '{"type":"flushed"}';
export const CLEARED = '{"type":"cleared"}';

/** The end of what was to be spoken; `duration` in seconds. */
export function writeBridgeEnd(duration: number): string {
  return JSON.stringify({ type: 'audio_end', duration });
}

export function writeBridgeError(facts: RefusalFacts): string {
  return JSON.stringify({ type: 'error', code: errorCodeOf(facts), message: `${facts.title}: ${facts.message}` });
}
