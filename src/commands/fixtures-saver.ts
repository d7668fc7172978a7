/** Keeps the lock up with the work, so that whoever is killed has little to do again. */
import { writeLock } from '../fixtures/lock.ts';
import { type LockRecord, writeRecord } from '../fixtures/lock-record.ts';
import { type LineSorter, mergeLines, type NamedLine } from '../fixtures/sorted-lines.ts';
import type { Host } from '../host.ts';
import type { Project, Survey } from './fixtures-project.ts';

/** The lock is saved this often, so that whoever is killed has little to do again; of all time it takes this part. */
const SAVE_MS = 100;
const SAVE_SHARE = 20;

export interface Saver {
  add(output: string, record: LockRecord): Promise<void>;
  /** Writes the lock if it is not what it should be. */
  save(): Promise<void>;
}

/** Keeps the lock up with the work: what is new over what was there, without what nobody asks for any more. */
export function createSaver({ lockPath, locks }: Project, { outputs }: Survey, fresh: LineSorter, host: Host): Saver {
  let unsaved = 0;
  let savedAt = Number.NEGATIVE_INFINITY;
  let savingTook = 0;
  let saving: Promise<void> = Promise.resolve();
  let isSaved = locks[0]?.size === outputs.size;

  async function* wanted(lines: AsyncIterable<NamedLine>): AsyncGenerator<NamedLine> {
    for await (const line of lines) if (outputs.get(line.name) !== undefined) yield line;
  }

  async function write(): Promise<void> {
    const begun = host.clock.now();
    unsaved = 0;
    await writeLock(lockPath, mergeLines([fresh.sorted(), ...locks.map(lock => wanted(lock.lines()))]));
    isSaved = true;
    savedAt = host.clock.now();
    savingTook = savedAt - begun;
  }

  return {
    async add(output, record) {
      // One line is added at a time, and none while the lock is written.
      saving = saving.then(async () => {
        await fresh.add({ name: output, line: writeRecord(output, record) });
        unsaved += 1;
        if (host.clock.now() - savedAt > Math.max(SAVE_MS, savingTook * SAVE_SHARE)) await write();
      });
      await saving;
    },
    async save() {
      await saving;
      const isEmpty = unsaved === 0 && locks.every(lock => lock.size === 0);
      if (!isEmpty && (unsaved > 0 || !isSaved)) await write();
    },
  };
}
