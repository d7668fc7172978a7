/** What a context says in Cartesia's messages (protocol §3). */
import { writeChunk, writeDone, writeFlushDone, writeTimestamps } from '../protocol/cartesia-events.ts';
import type { Wording } from './wording.ts';

/** The messages of the context of that id. */
export function cartesiaWording(id: string): Wording {
  return {
    begin: () => [],
    chunk: (audio, flushId, stepTimeMs) => writeChunk(id, audio, flushId, stepTimeMs),
    timestamps: (granularity, spans, flushId) => [writeTimestamps(id, granularity, spans, flushId)],
    flushed: flushId => [writeFlushDone(id, flushId)],
    done: () => [writeDone(id)],
  };
}
