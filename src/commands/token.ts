/** `aloud token`: a short-lived access token for a client that must not have the key. */
import type { Command } from 'commander';
import { Failure, printable } from '../errors.ts';
import type { Host } from '../host.ts';
import type { FlagValues } from '../settings/layer.ts';
import { integer } from '../settings/readers.ts';
import { resolveSettings, type Settings } from '../settings/resolve.ts';
import { addPresentationFlags, type PresentationFlags, present } from './options.ts';
import { reach } from './reach.ts';
import { readFlags, settingOptions } from './settings-options.ts';

export interface TokenOptions {
  /** Seconds. */
  readonly expires: number;
  readonly presentation: PresentationFlags;
  readonly flags: FlagValues;
}

const EXAMPLES = `Examples:
  $ aloud token
  $ aloud token --expires 600
  $ aloud token --json --api-key-file key.txt
`;

/** Cartesia makes none that lasts longer (protocol §8.1). */
const MOST_SECONDS = 3600;
const USUAL_SECONDS = 600;

/** Adds the command to `program`; parses only. */
export function register(program: Command, host: Host, signal: AbortSignal, run: typeof token = token): void {
  const command = program
    .command('token')
    .description('make a short-lived access token for a client')
    .addHelpText('before', EXAMPLES)
    .option('--expires <s>', `how long it is good for (1 to ${MOST_SECONDS})`, String(USUAL_SECONDS));
  for (const name of ['apiKeyFile', 'baseUrl', 'apiVersion', 'auth', 'connectTimeout'] as const) {
    for (const option of settingOptions(name)) command.addOption(option);
  }
  addPresentationFlags(command);
  command.action((flags: PresentationFlags & { readonly expires: string }) =>
    run({ expires: readExpires(flags.expires), presentation: flags, flags: readFlags(command) }, host, signal),
  );
}

function readExpires(text: string): number {
  const reader = integer(1, MOST_SECONDS);
  const seconds = reader.fromText(text);
  if (seconds !== undefined) return seconds;
  throw new Failure('usage', `--expires must be ${reader.expects}, not ${JSON.stringify(printable(text, 60))}`, {
    hint: 'the service makes no token that lasts longer than an hour',
  });
}

/** Asks Cartesia, which alone has such tokens, and prints the token alone. */
export async function token(options: TokenOptions, host: Host, signal: AbortSignal): Promise<void> {
  present(options.presentation, host);
  const settings = withoutToken(await resolveSettings({ ...options.flags, provider: 'cartesia' }, host));
  const { provider, access } = await reach(settings, host, signal).catch(error => {
    // Nobody else makes tokens, so that to do without a key is no way out.
    const isKeyless = error instanceof Failure && error.kind === 'config' && error.hint?.includes('--provider local');
    throw isKeyless ? error.with({ hint: 'set CARTESIA_API_KEY, or use --api-key-file' }) : error;
  });
  if (provider.issueToken === undefined) throw new Failure('usage', `${provider.name} knows no access tokens`);
  const made = await provider.issueToken(access, options.expires, signal).catch(error => {
    throw error instanceof Failure ? error.with({ provider: provider.name }) : error;
  });
  if (options.presentation.json) await host.printJson({ token: made, expires_in: options.expires });
  else await host.print(`${made}\n`);
}

/** A token makes no tokens: only a key does. */
function withoutToken(settings: Settings): Settings {
  const values = { ...settings.values, accessTokenFile: undefined, cartesiaAccessToken: undefined };
  return { ...settings, values };
}
