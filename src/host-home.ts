/** The home folder of whoever runs the program. */
import { homedir } from 'node:os';
import { isAbsolute } from 'node:path';

/** As the environment has it, else as the system does; absolute, or undefined where there is none. */
export function homeOf({
  env,
  platform,
}: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
}): string | undefined {
  const named = platform === 'win32' ? env.USERPROFILE : env.HOME;
  if (named !== undefined && isAbsolute(named)) return named;
  try {
    const known = homedir();
    return isAbsolute(known) ? known : undefined;
  } catch {
    return undefined;
  }
}
