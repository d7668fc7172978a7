/** Keeps results.json and results.csv up to date while a run goes on; each is whole whenever somebody looks. */
import { join } from 'node:path';
import { openFileTarget } from '../sinks/target.ts';
import type { Clock } from '../speech.ts';

export interface ResultFiles {
  /** There is more to write: it will be soon. Throws what an earlier write failed with. */
  changed(): void;
  /** Writes what there is now, and is done. @throws Failure of kind output */
  finish(): Promise<void>;
}

/** No more often than this, and no more than a tenth of the time: a large file is not written for each of its rows. */
const EVERY_MS = 250;
const SHARE = 10;

/**
 * Writes the files by name for the first time, which proves that it can be done.
 *
 * @param render the files' names and what is to be in them
 * @throws Failure of kind output
 */
export async function openResultFiles(
  folder: string,
  render: () => Readonly<Record<string, string>>,
  clock: Clock,
): Promise<ResultFiles> {
  let problem: { readonly error: unknown } | undefined;
  let cancel: (() => void) | undefined;
  let writing = Promise.resolve();

  let tookMs = 0;

  const write = async () => {
    const begun = clock.now();
    for (const [name, content] of Object.entries(render())) await replace(join(folder, name), content, clock);
    tookMs = clock.now() - begun;
  };
  await write();

  return {
    changed() {
      if (problem !== undefined) throw problem.error;
      cancel ??= clock.after(Math.max(EVERY_MS, SHARE * tookMs), () => {
        cancel = undefined;
        writing = writing.then(write).catch(error => {
          problem = { error };
        });
      });
    },
    async finish() {
      cancel?.();
      await writing;
      await write();
    },
  };
}

async function replace(path: string, content: string, clock: Clock): Promise<void> {
  const target = await openFileTarget(path, { clock });
  try {
    await target.write(Buffer.from(content));
    // Not waiting for the disk: there will be another one soon.
    await target.commit(true);
  } catch (error) {
    await target.discard();
    throw error;
  }
}
