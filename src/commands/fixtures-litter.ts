/** Removes what a run that was killed has left beside its outputs: files that never got their names. */
import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Project } from './fixtures-project.ts';

/** A file that somebody is writing changes all the time. */
const QUIET_MS = 10_000;

/** As files of ours are called until they are whole. */
const UNFINISHED = /^\..{1,200}\.[0-9a-f]{12}\.tmp$/s;

export async function removeLitter({ source, fence }: Project, folders: ReadonlySet<string>): Promise<void> {
  for (const folder of folders) {
    const path = folder === '.' ? dirname(source.path) : fence.inside(folder);
    const names = await readdir(path).catch(() => []);
    for (const name of names.filter(each => UNFINISHED.test(each))) {
      const facts = await stat(join(path, name)).catch(() => undefined);
      if (facts?.isFile() && Date.now() - facts.mtimeMs > QUIET_MS)
        await rm(join(path, name), { force: true }).catch(() => {});
    }
  }
}
