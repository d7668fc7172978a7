/** Events that wait for their turn, in order: the first of them in memory, more in a temporary file. */
import type { FileHandle } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import { Failure } from '../errors.ts';
import type { SpeechEvent } from '../speech.ts';
import { openNameless } from '../temporaries.ts';

/** What each of several spools and all of them together may hold in memory, in bytes. */
export interface Allowance {
  readonly each: number;
  readonly all: number;
  /** What they hold in memory now, and what their files have grown to. */
  held: number;
  stored: number;
}

/** First in, first out, for one giver and one taker. */
export interface EventSpool {
  /** Takes an event, whose bytes must not change any more. A promise says that the disk needs a moment. */
  push(event: SpeechEvent): Promise<void> | undefined;
  /** No more will come; with `failure` whoever has taken all gets its reason. */
  end(failure?: { readonly reason: unknown }): void;
  /** The next event, if it is at hand. */
  take(): SpeechEvent | undefined;
  /** Resolves to whether there are more, once that is known and the next is at hand. @throws what it was ended with */
  more(): Promise<boolean>;
  /** Throws away what waits, on disk too; whoever still comes for it gets `reason`. */
  release(reason: unknown): Promise<void>;
}

/** What is written and read at once. */
const BLOCK_BYTES = 64 * 1024;
/** About what an event, and each span of one, takes beside its audio. */
const EVENT_BYTES = 64;

interface Block {
  /** In memory, or in the file from `at` on. */
  events: SpeechEvent[] | undefined;
  size: number;
  at: number;
  length: number;
}

/** A spool that takes to a file beyond the allowance. Where no file can be written it all stays in memory. */
export function createEventSpool(allowance: Allowance): EventSpool {
  const blocks: Block[] = [];
  /** The last of them, while it grows. */
  let growing: Block | undefined;
  /** What is being taken. */
  let current: readonly SpeechEvent[] = [];
  let at = 0;
  let held = 0;
  let file: FileHandle | undefined;
  let stored = 0;
  let isRefused = false;
  let storing: Promise<void> = Promise.resolve();
  let ending: { readonly failure?: { readonly reason: unknown } } | undefined;
  let wake: (() => void) | undefined;

  const hold = (bytes: number) => {
    held += bytes;
    allowance.held += bytes;
  };
  const rouse = () => {
    wake?.();
    wake = undefined;
  };

  function push(event: SpeechEvent): Promise<void> | undefined {
    if (ending !== undefined) return undefined;
    growing ??= addBlock();
    const size = sizeOf(event);
    growing.events?.push(event);
    growing.size += size;
    hold(size);
    rouse();
    if (growing.size < BLOCK_BYTES) return undefined;
    const full = growing;
    growing = undefined;
    if (isRefused || (held <= allowance.each && allowance.held <= allowance.all)) return undefined;
    storing = putAway(full);
    return storing;
  }

  function addBlock(): Block {
    const block = { events: [], size: 0, at: 0, length: 0 };
    blocks.push(block);
    return block;
  }

  async function putAway(block: Block): Promise<void> {
    try {
      const bytes = serialize(block.events);
      file ??= await openNameless();
      await writeAll(file, bytes, stored);
      block.at = stored;
      block.length = bytes.length;
      stored += bytes.length;
      allowance.stored += bytes.length;
    } catch {
      // Memory will do; what was stored before stays readable.
      isRefused = true;
      return;
    }
    // It may have been taken meanwhile.
    if (!blocks.includes(block)) return;
    block.events = undefined;
    hold(-block.size);
  }

  function take(): SpeechEvent | undefined {
    if (at < current.length) return current[at++];
    const [block] = blocks;
    if (block?.events === undefined) return undefined;
    blocks.shift();
    if (block === growing) growing = undefined;
    hold(-block.size);
    current = block.events;
    at = 1;
    return current[0];
  }

  async function more(): Promise<boolean> {
    for (;;) {
      const [block] = blocks;
      if (at < current.length || block?.events !== undefined) return true;
      if (block !== undefined) {
        await recover(block);
      } else if (ending !== undefined) {
        if (ending.failure !== undefined) throw ending.failure.reason;
        return false;
      } else {
        await new Promise<void>(resolve => {
          wake = resolve;
        });
      }
    }
  }

  async function recover(block: Block): Promise<void> {
    try {
      const bytes = Buffer.allocUnsafeSlow(block.length);
      for (let read = 0; read < bytes.length; ) {
        const { bytesRead } = (await file?.read(bytes, read, bytes.length - read, block.at + read)) ?? { bytesRead: 0 };
        if (bytesRead === 0) throw new Error('it is shorter than it was');
        read += bytesRead;
      }
      // It may have been thrown away meanwhile.
      if (!blocks.includes(block)) return;
      block.events = deserialize(bytes) as SpeechEvent[];
      hold(block.size);
    } catch (cause) {
      if (!blocks.includes(block)) return;
      throw new Failure('output', 'a temporary file cannot be read', { cause, hint: 'look at the disk of TMPDIR' });
    }
  }

  return {
    push,
    end(failure) {
      ending ??= failure === undefined ? {} : { failure };
      rouse();
    },
    take,
    more,
    async release(reason) {
      ending = { failure: { reason } };
      blocks.length = 0;
      growing = undefined;
      current = [];
      at = 0;
      hold(-held);
      rouse();
      // Its number may be another file's as soon as it is closed.
      await storing;
      const open = file;
      file = undefined;
      allowance.stored -= stored;
      stored = 0;
      await open?.close().catch(() => {});
    },
  };
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written);
    if (bytesWritten === 0) throw new Error('nothing was taken');
    written += bytesWritten;
  }
}

function sizeOf(event: SpeechEvent): number {
  if (event.type === 'audio') return event.chunk.length + EVENT_BYTES;
  return event.type === 'timestamps' ? (event.spans.length + 1) * EVENT_BYTES : EVENT_BYTES;
}
