/** A folder of a test's own, gone when the test is over. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

export interface Folder {
  readonly path: string;
  /** Writes a file, with the folders above it; values other than text as JSON. Resolves to its path. */
  write(name: string, content: unknown, mode?: number): Promise<string>;
}

export async function ownFolder(test: TestContext): Promise<Folder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'aloud-test-')));
  test.after(() => rm(path, { recursive: true, force: true }));
  return {
    path,
    async write(name, content, mode = 0o600) {
      const file = join(path, name);
      await mkdir(dirname(file), { recursive: true });
      const data = typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content);
      await writeFile(file, data, { mode });
      return file;
    },
  };
}

/** Matches a failure by its kind and a part of its message, for `assert.rejects` and `assert.throws`. */
export function failsWith(kind: string, message: RegExp, hint?: RegExp) {
  return (error: unknown): boolean => {
    const { kind: actual, message: said, hint: next } = error as { kind?: string; message: string; hint?: string };
    const fits = actual === kind && message.test(said) && (hint === undefined || hint.test(next ?? ''));
    if (!fits) throw new Error(`expected ${kind} ${message} ${hint ?? ''}, got ${actual}: ${said} [${next}]`);
    return true;
  };
}
