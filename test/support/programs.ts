/** Other people's programs that a test needs, and programs that a test makes up. */
import { accessSync, constants } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';

/**
 * What to give as `skip` to a test that needs `programs`: the reason when one is missing, else false.
 * In CI nothing is skipped: there a missing program is a failure.
 */
export function without(...programs: readonly string[]): string | false {
  const missing = programs.filter(program => !isInstalled(program));
  return missing.length === 0 || process.env.CI !== undefined ? false : `${missing.join(', ')} not installed`;
}

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? '').split(delimiter).some(folder => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Writes a shell script `name` into `folder` (made if need be) and gives its path. Commands in it need their full path. */
export async function script(folder: string, name: string, body: string, mode = 0o755): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, name);
  await writeFile(file, `#!/bin/sh\n${body}\n`);
  await chmod(file, mode);
  return file;
}
