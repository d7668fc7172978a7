/** Bytes that leave as they come: to standard output, a named pipe, a device. */
import { close, constants, fstat, open } from 'node:fs';
import { open as openHandle } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { createBatch, storeAll } from './batch.ts';
import { codeOf, outputFailure, pipeFailure } from './output-failure.ts';
import type { FileTargetOptions, Target } from './target.ts';

/** How often to look whether somebody reads a named pipe by now. */
const PIPE_POLL_MS = 20;

const openDescriptor = promisify(open);
const closeDescriptor = promisify(close);

/**
 * A stream that somebody else owns: flushed on commit, never ended. Where it is a file (`> x.wav`),
 * it is written by its number: Node's own stream for it loses what a full disk did not take.
 */
export async function openStream(stream: Writable, name: string): Promise<Target> {
  if ('fd' in stream && typeof stream.fd === 'number') {
    const end = await endOfFile(stream.fd);
    if (end !== undefined) return descriptorTarget(stream.fd, name, { end });
  }
  return streamTarget(stream, name);
}

/** A device, or a file that is already open and gets its bytes at its end. */
export async function openDevice(path: string, name: string): Promise<Target> {
  const descriptor = await openDescriptor(path, constants.O_WRONLY | constants.O_APPEND | (constants.O_NOCTTY ?? 0));
  return descriptorTarget(descriptor, name, { isOwn: true, end: await endOfFile(descriptor) });
}

/**
 * A pipe with a name. `waits` says whether to wait for a reader; that never holds up a thread, which
 * would keep the process from ending.
 */
export async function openPipe(
  path: string,
  name: string,
  waits: boolean,
  options: FileTargetOptions,
): Promise<Target> {
  for (;;) {
    options.signal?.throwIfAborted();
    try {
      const fd = await openDescriptor(path, constants.O_WRONLY | (constants.O_NONBLOCK ?? 0));
      return streamTarget(new Socket({ fd, readable: false, writable: true }), name, true);
    } catch (error) {
      if (codeOf(error) !== 'ENXIO') throw error;
      if (!waits) throw pipeFailure(brokenPipe(), name);
    }
    await new Promise<void>(resolve => options.clock.after(PIPE_POLL_MS, resolve));
  }
}

/** Where batches of bytes go, and how that ends. */
interface Channel {
  /** Whether it may hold on to chunks that it has taken. */
  readonly mayKeep?: boolean;
  /** Resolves when the system has taken all of `chunks`; `onStored` hears of every advance. */
  store(chunks: readonly Uint8Array[], onStored: (count: number) => void): Promise<void>;
  /** All `stored` bytes have been taken: lets go of it, and fails if they did not get where they belong. */
  finish(stored: number): Promise<void>;
  /** Fails what is being stored. */
  interrupt?(): void;
  /** Lets go of it, whatever became of the bytes. */
  release(): Promise<void>;
  rewriteStart?(before: Uint8Array, after: Uint8Array, stored: number): Promise<boolean>;
}

function channelTarget(name: string, channel: Channel): Target {
  let length = 0;
  let stored = 0;
  let ended = false;
  const onStored = (count: number) => {
    stored += count;
  };
  const batch = createBatch(
    chunks =>
      channel.store(chunks, onStored).catch(error => {
        throw pipeFailure(error, name, stored);
      }),
    channel.mayKeep === undefined ? {} : { mayKeep: channel.mayKeep },
  );
  const rewriteStart = async (before: Uint8Array, after: Uint8Array) => {
    await batch.flush();
    return (await channel.rewriteStart?.(before, after, stored)) ?? false;
  };

  return {
    name,
    copies: channel.mayKeep !== true,
    get length() {
      return length;
    },
    write(chunk) {
      if (ended) return Promise.reject(outputFailure(closed(), name));
      length += chunk.byteLength;
      return batch.add(chunk);
    },
    ...(channel.rewriteStart === undefined ? {} : { rewriteStart }),
    async commit() {
      await batch.flush();
      ended = true;
      await channel.finish(stored);
    },
    async discard() {
      if (ended) return;
      ended = true;
      channel.interrupt?.();
      await batch.drop();
      await channel.release();
    },
  };
}

/** Writes to `stream`; `own` says that it is ours to end. */
function streamTarget(stream: Writable, name: string, own = false): Target {
  const givenUp = new AbortController();
  // The callbacks of the writes say what went wrong; without a listener it would be thrown as well.
  const ignore = () => {};
  stream.on('error', ignore);

  return channelTarget(name, {
    // Of what a socket has handed to the system, such as a pipe on standard output, nothing is kept.
    mayKeep: !(stream instanceof Socket),
    async store(chunks, onStored) {
      await send(stream, chunks, givenUp.signal).catch(error => {
        throw stream.errored ?? error;
      });
      for (const chunk of chunks) onStored(chunk.byteLength);
    },
    async finish() {
      if (!own) stream.off('error', ignore);
      else await finish(stream, name);
    },
    // What is on its way may wait for a reader for ever, so whoever waits for it is told.
    interrupt: () => givenUp.abort(closed()),
    async release() {
      if (own) stream.destroy();
    },
  });
}

/** Hands `chunks` to `stream` as one write; resolves when the system has taken them. */
function send(stream: Writable, chunks: readonly Uint8Array[], givenUp: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!stream.writable) return reject(brokenPipe());
    const settle = (error?: Error | null) => {
      stream.off('close', lose);
      givenUp.removeEventListener('abort', giveUp);
      if (error) reject(error);
      else resolve();
    };
    const lose = () => settle(brokenPipe());
    const giveUp = () => settle(givenUp.reason);
    stream.once('close', lose);
    givenUp.addEventListener('abort', giveUp);
    const last = chunks.length - 1;
    stream.cork();
    for (const [index, chunk] of chunks.entries()) {
      if (index === last) stream.write(chunk, settle);
      else stream.write(chunk);
    }
    stream.uncork();
  });
}

function finish(stream: Writable, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.once('close', () => {
      if (stream.errored) reject(pipeFailure(stream.errored, name));
      else resolve();
    });
    stream.end();
  });
}

interface Opened {
  /** Whether it is ours to close. */
  readonly isOwn?: boolean;
  /** How many bytes were in it, if it is a file. */
  readonly end: number | undefined;
}

/** Writes to something open by its number. */
function descriptorTarget(descriptor: number, name: string, { isOwn = false, end }: Opened): Target {
  return channelTarget(name, {
    store: (chunks, onStored) => storeAll(() => descriptor, chunks, null, onStored),
    async rewriteStart(before, after, stored) {
      return end !== undefined && rewrite(descriptor, before, after, end, end + stored);
    },
    async finish(stored) {
      if (!isOwn) return;
      await closeDescriptor(descriptor).catch(error => {
        throw outputFailure(error, name, stored);
      });
    },
    async release() {
      if (isOwn) await closeDescriptor(descriptor).catch(() => {});
    },
  });
}

/**
 * Puts `after` in place of `before` in a file that somebody else opened. Where that one stood in it
 * cannot be asked, so it is done only if the file is exactly what we would have made of it.
 */
async function rewrite(
  descriptor: number,
  before: Uint8Array,
  after: Uint8Array,
  start: number,
  end: number,
): Promise<boolean> {
  // Opened anew: what was opened for appending appends, whatever place is named.
  const file = await openHandle(`/dev/fd/${descriptor}`, 'r+').catch(() => undefined);
  try {
    const found = Buffer.alloc(before.byteLength);
    if (file === undefined || (await file.stat()).size !== end) return false;
    await file.read(found, 0, found.length, start);
    if (!found.equals(before)) return false;
    await storeAll(() => file.fd, [after], start);
    return true;
  } catch {
    return false;
  } finally {
    await file?.close().catch(() => {});
  }
}

/** The size of what is open as `descriptor`; undefined if it is no file. */
function endOfFile(descriptor: number): Promise<number | undefined> {
  return new Promise(resolve =>
    fstat(descriptor, (error, stats) => resolve(error === null && stats.isFile() ? stats.size : undefined)),
  );
}

function brokenPipe(): Error {
  return Object.assign(new Error('nobody reads'), { code: 'EPIPE' });
}

function closed(): Error {
  return Object.assign(new Error('it is closed'), { code: 'EBADF' });
}
