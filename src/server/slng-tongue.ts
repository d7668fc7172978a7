/** The two message languages of SLNG as the server speaks them: the native route's and the bridge's (protocol §6.3, §6.4). */
import type { IncomingMessage } from 'node:http';
import type { RefusalFacts } from '../protocol/refusal.ts';
import {
  CLEARED,
  FLUSHED,
  writeBridgeChunk,
  writeBridgeEnd,
  writeBridgeError,
  writeReady,
  writeSegment,
} from '../protocol/slng-bridge.ts';
import { writeAudioChunk, writeAudioEnd, writeSlngError } from '../protocol/slng-events.ts';
import type { Command, Text } from '../protocol/slng-requests.ts';
import type { Frame, Wording } from './wording.ts';

/** One input to the utterance at hand. */
export interface Input {
  readonly transcript: string;
  /** False ends the utterance after this input. */
  readonly continue: boolean;
  readonly flush: boolean;
}

export interface Tongue {
  readonly isBridge: boolean;
  /** What a message means to the utterance at hand. */
  read(message: Text | Command): Input;
  /** After `init`. */
  ready(sessionId: string): readonly Frame[];
  /** After `clear`. */
  cleared(): readonly Frame[];
  wording(contextId: string): Wording;
  error(facts: RefusalFacts, requestId: string): string;
}

/** One context after the other, named by us; no word about flushes but the number in later chunks (protocol §10, 29). */
export const native: Tongue = {
  isBridge: false,
  read: message =>
    message.kind === 'text'
      ? { transcript: message.text, continue: message.continue, flush: message.flush }
      : { transcript: '', continue: true, flush: true },
  ready: () => [],
  cleared: () => [],
  wording: id => ({
    begin: () => [],
    chunk: (audio, flushId, stepTimeMs) => writeAudioChunk(id, audio, flushId, stepTimeMs),
    timestamps: () => [],
    flushed: () => [],
    done: () => [writeAudioEnd(id)],
  }),
  error: writeSlngError,
};

/** How a client of the bridge wants to be answered, where the document leaves room. */
interface Accent {
  readonly isBinary: boolean;
  /** What ends an utterance. */
  readonly ends: readonly ('flushed' | 'audio_end')[];
}

/**
 * The document has audio in JSON, and both `flushed` and `audio_end`. SLNG's plug-in for pipecat
 * (pipecat-slng 0ddf1ba, on `websockets`) hears binary audio only and stops at `flushed`; the one for
 * LiveKit (01ce0a0, on `aiohttp`) takes the first of the two as the end, and the second as the end of
 * what it says next. Neither gives its own name.
 */
const ACCENTS: readonly (readonly [RegExp, Accent])[] = [
  [/\bwebsockets\//, { isBinary: true, ends: ['audio_end', 'flushed'] }],
  [/\baiohttp\//, { isBinary: true, ends: ['audio_end'] }],
];
const PLAIN: Accent = { isBinary: false, ends: ['flushed', 'audio_end'] };

/** The bridge as the client that makes the request understands it. */
export function bridgeFor({ headers }: IncomingMessage): Tongue {
  const agent = headers['user-agent'] ?? '';
  const [, accent] = ACCENTS.find(([name]) => name.test(agent)) ?? [undefined, PLAIN];
  return bridge(accent);
}

/** `flush` ends an utterance here, be it a message or a member of `text`. */
function bridge({ isBinary, ends }: Accent): Tongue {
  return {
    isBridge: true,
    read: message =>
      message.kind === 'text'
        ? { transcript: message.text, continue: !message.flush, flush: false }
        : { transcript: '', continue: false, flush: false },
    ready: sessionId => [writeReady(sessionId)],
    cleared: () => [CLEARED],
    wording: id => bridgeWording(id, isBinary, ends),
    error: writeBridgeError,
  };
}

function bridgeWording(id: string, isBinary: boolean, ends: Accent['ends']): Wording {
  let sequence = 0;
  return {
    begin: () => [writeSegment('start', id)],
    chunk: audio => {
      sequence += 1;
      return isBinary ? audio : writeBridgeChunk(audio, sequence);
    },
    timestamps: () => [],
    flushed: () => [],
    done: seconds => [
      ...(sequence > 0 ? [writeSegment('end', id)] : []),
      ...ends.map(end => (end === 'flushed' ? FLUSHED : writeBridgeEnd(seconds))),
    ],
  };
}
