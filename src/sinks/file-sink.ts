/** How every file ends: whole under its name, or not at all, or, when wished, with what arrived. */
import type { Sink, SinkEvent } from '../speech.ts';
import type { SinkContext } from './context.ts';
import type { Target } from './target.ts';

/** What makes one kind of file. Calls follow one another. */
export interface FileWriter {
  write(event: SinkEvent): Promise<void>;
  /**
   * Writes what is still missing; the target is committed by the caller. With `partial` the events
   * stopped early or a write has failed, and what arrived is to become a valid file.
   */
  finish(partial: boolean): Promise<void>;
  /** Whether anything worth keeping has arrived. */
  readonly started: boolean;
  /** Where in the file the samples begin, in bytes; absent where there are none, or they cannot be told apart. */
  readonly samplesAt?: number | undefined;
  /** Frees what the writer holds beside the target. */
  release?(): Promise<void>;
}

/** Makes a sink out of a `writer` to `target`. */
export function createFileSink(
  target: Target,
  writer: FileWriter,
  { keepPartial = false, onKept, onLost }: Pick<SinkContext, 'keepPartial' | 'onKept' | 'onLost'>,
): Sink {
  let writing: Promise<void> = Promise.resolve();
  let ending: Promise<void> | undefined;

  return {
    copies: target.copies,
    write(event) {
      // After an abort there may still be an event on its way: nobody waits for it.
      if (ending !== undefined) return Promise.resolve();
      writing = writer.write(event);
      return writing;
    },
    close() {
      ending ??= close();
      return ending;
    },
    abort(reason) {
      if (ending === undefined) ending = giveUp(reason);
      // A file is in its place in a moment; a reader may never take the rest.
      else if (target.edit === undefined) void target.discard();
      return ending.catch(() => {});
    },
  };

  async function close(): Promise<void> {
    try {
      await writer.finish(false);
      await target.commit();
    } catch (error) {
      await giveUp(error);
      throw error;
    } finally {
      await writer.release?.();
    }
  }

  async function giveUp(reason: unknown): Promise<void> {
    try {
      await offer(reason);
      if (keepPartial && target.edit !== undefined && writer.started) {
        await writing.catch(() => {});
        await writer.finish(true);
        // Whoever interrupts does not want to wait for the disk.
        await target.commit(true);
        onKept?.(target.name);
      }
    } catch {
      // What cannot even be kept is dropped below; why it was given up is known already.
    } finally {
      await target.discard();
      await writer.release?.();
    }
  }

  /** Whoever wants what there is of the sound can have it. */
  async function offer(reason: unknown): Promise<void> {
    const { edit } = target;
    if (onLost === undefined || edit === undefined || writer.samplesAt === undefined) return;
    await writing.catch(() => {});
    const start = writer.samplesAt;
    const bytes = (await edit.salvage()) - (start ?? 0);
    if (start === undefined || bytes <= 0) return;
    await onLost({ start, bytes, moveTo: path => edit.moveTo(path, keepPartial) }, reason).catch(() => {});
  }
}
