/** The flags that commands share, in the groups of their help. */
import { type Command, Option } from 'commander';
import type { Host } from '../host.ts';
import type { SettingName } from '../settings/index.ts';
import { settingOptions } from './settings-options.ts';

/** The settings that a command which speaks takes as flags. */
const SPEECH: Readonly<Record<string, readonly SettingName[]>> = {
  'Voice:': ['voice', 'model', 'language', 'speed', 'rate', 'volume', 'emotion', 'pronunciationDict'],
  'Sound and times:': ['encoding', 'sampleRate', 'format', 'phonemes', 'normalizedTimestamps', 'cues'],
  'Playing:': ['player', 'audioDevice', 'leadIn', 'tail'],
  'Provider:': [
    'provider',
    'apiVersion',
    'baseUrl',
    'auth',
    'region',
    'worldPart',
    'apiKeyFile',
    'accessTokenFile',
    'timeout',
    'connectTimeout',
    'retries',
    'maxBufferDelay',
  ],
};

/** Adds the flags of every setting that matters to speech, but those that the command has no use for. */
export function addSpeechFlags(command: Command, without: readonly SettingName[] = []): Command {
  for (const [heading, names] of Object.entries(SPEECH)) {
    command.optionsGroup(heading);
    for (const name of names) {
      if (!without.includes(name)) for (const option of settingOptions(name)) command.addOption(option);
    }
  }
  return command;
}

/** How a command talks to people. */
export interface PresentationFlags {
  readonly json?: true;
  readonly quiet?: true;
  readonly verbose?: true;
  readonly debug?: true;
  readonly color: boolean;
}

const ONE_DOCUMENT = 'one JSON document on stdout instead of prose, errors too';

/** Adds the flags that say how a command talks to people; `json` says what `--json` gives. */
export function addPresentationFlags(command: Command, json = ONE_DOCUMENT): Command {
  return addMessageFlags(command.optionsGroup('Messages:').option('--profile <name>', 'a named set of settings'), json);
}

/** The same for a command that reads no settings. */
export function addMessageFlags(command: Command, json = ONE_DOCUMENT): Command {
  return command
    .optionsGroup('Messages:')
    .option('--json', json)
    .addOption(new Option('-q, --quiet', 'only errors and warnings').conflicts(['verbose', 'debug']))
    .option('--verbose', 'say more about what is going on')
    .option('--debug', 'say everything, but never a key')
    .option('--no-color', 'no colour on the terminal')
    .helpOption('-h, --help', 'show this help');
}

/** Tells the host how to talk. */
export function present(flags: PresentationFlags, host: Host): void {
  const { json = false, quiet = false, verbose = false, debug = false, color } = flags;
  host.configure({ json, quiet, verbose, debug, color });
}
