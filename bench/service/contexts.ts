/** The contexts on one socket of the scripted service: what they are owed, and how it goes out. */
import type { Duplex } from 'node:stream';
import { type Behaviour, CHUNK_SAMPLES, type Happened } from './behaviour.ts';
import {
  type ChunkFrame,
  chunkFrame,
  doneFrame,
  flushDoneFrame,
  refusalFrame,
  type Wanted,
  wordsFrames,
} from './frames.ts';

/** One input to a context, whichever language it came in. */
export interface Input extends Wanted {
  readonly sampleRate: number;
  readonly text: string;
  readonly isLast: boolean;
  readonly wantsWords: boolean;
}

/** Counts over all sockets. */
export type Account = { -readonly [Member in keyof Happened]: Happened[Member] } & { active: number };

interface Context extends Input {
  readonly frame: ChunkFrame;
  /** Chunks that the text so far comes to, and that went out. */
  owed: number;
  sent: number;
  isWhole: boolean;
  /** When the next chunk is due, on the clock of `performance`. */
  due: number;
  /** Where inputs end, in chunks. */
  readonly ends: number[];
  flushes: number;
}

export interface Contexts {
  input(input: Input): void;
  cancel(contextId: string): void;
  /** The socket has gone. */
  end(): void;
}

export function createContexts(socket: Duplex, behaviour: () => Behaviour, account: Account): Contexts {
  const contexts = new Map<string, Context>();
  const refused = new Set<string>();
  let isFull = false;
  let isPumping = false;
  socket.on('drain', () => {
    isFull = false;
    pump();
  });

  function input(said: Input): void {
    const { contextId } = said;
    if (refused.has(contextId)) return;
    let context = contexts.get(contextId);
    if (context === undefined) {
      const { limit = 0 } = behaviour();
      account.contexts++;
      if (limit > 0 && account.active >= limit) {
        account.refused++;
        refused.add(contextId);
        socket.write(refusalFrame(contextId));
        return;
      }
      context = begin(said);
    }
    hear(context, said);
    if ((behaviour().pace ?? 0) > 0) step(context);
    else if (!isPumping) {
      isPumping = true;
      setImmediate(() => {
        isPumping = false;
        pump();
      });
    }
  }

  function begin(said: Input): Context {
    const frame = chunkFrame(said);
    const context = {
      ...said,
      frame,
      owed: 0,
      sent: 0,
      isWhole: false,
      due: performance.now(),
      ends: [],
      flushes: 0,
    };
    contexts.set(said.contextId, context);
    account.active++;
    return context;
  }

  function hear(context: Context, { text, isLast, sampleRate }: Input): void {
    const { seconds = 1, secondsPerCharacter } = behaviour();
    const chunks = (wanted: number) => Math.max(1, Math.round((wanted * sampleRate) / CHUNK_SAMPLES));
    if (secondsPerCharacter === undefined) {
      if (context.owed === 0 && text.trim() !== '') context.owed = chunks(seconds);
    } else if (text.trim() !== '') {
      context.owed += chunks(text.length * secondsPerCharacter);
      context.ends.push(context.owed);
    }
    context.isWhole ||= isLast;
  }

  /** As fast as the socket takes it, a frame of each context in turn, each message in a write of its own as a service sends it. */
  function pump(): void {
    if ((behaviour().pace ?? 0) > 0) return;
    while (!isFull) {
      let isIdle = true;
      for (const context of [...contexts.values()]) {
        if (context.sent < context.owed) {
          isIdle = false;
          put(context.frame.bytes);
          advance(context);
        }
        finish(context);
      }
      if (isIdle) return;
    }
  }

  /** What is due by now, and the rest when it is. */
  function step(context: Context): void {
    const { pace = 1, isStamped = false } = behaviour();
    if (contexts.get(context.contextId) !== context) return;
    const chunkMs = (CHUNK_SAMPLES / context.sampleRate / pace) * 1000;
    const now = performance.now();
    // Time in which there was nothing to say is not made up for.
    if (now - context.due > 200 + chunkMs) context.due = now;
    while (context.sent < context.owed && context.due <= now) {
      const frame = Buffer.from(context.frame.bytes);
      if (isStamped) stamp(frame, context.frame.dataAt);
      put(frame);
      advance(context);
      context.due += chunkMs;
    }
    finish(context);
    if (context.sent < context.owed) setTimeout(step, Math.max(0, context.due - performance.now()), context);
  }

  function advance(context: Context): void {
    const { contextId, sampleRate, wantsWords, isSlng } = context;
    const second = (chunks: number) => (chunks * CHUNK_SAMPLES) / sampleRate;
    const from = second(context.sent++);
    if (wantsWords) for (const words of wordsFrames(contextId, from, second(context.sent))) put(words);
    account.seconds += second(1);
    while (!isSlng && context.ends.length > 0 && (context.ends[0] ?? 0) <= context.sent) {
      context.ends.shift();
      context.flushes++;
      put(flushDoneFrame(contextId, context.flushes));
    }
  }

  function finish(context: Context): void {
    if (!context.isWhole || context.sent < context.owed || !contexts.delete(context.contextId)) return;
    account.active--;
    put(doneFrame(context));
  }

  function put(bytes: Buffer): void {
    if (!socket.write(bytes)) isFull = true;
  }

  return {
    input,
    cancel(contextId) {
      if (contexts.delete(contextId)) account.active--;
    },
    end() {
      account.active -= contexts.size;
      contexts.clear();
      isFull = true;
    },
  };
}

/** Writes the time over the first nine bytes of the audio: on a clock that all processes of the machine share. */
function stamp(frame: Buffer, at: number): void {
  const time = Buffer.alloc(9);
  time.writeBigUInt64LE(process.hrtime.bigint());
  frame.write(time.toString('base64'), at, 'latin1');
}
