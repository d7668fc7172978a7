/** `aloud config set` and `unset`: change the user's own settings file. */
import type { Command } from 'commander';
import { Failure, printable } from '../errors.ts';
import type { Host } from '../host.ts';
import { checked, readKey } from '../settings/credentials.ts';
import { type Edited, editUserFile } from '../settings/edit.ts';
import { fileKey, isSecret, keyOf, SETTING_NAMES, SETTINGS, type SettingName } from '../settings/index.ts';
import { typedValue } from '../settings/layer.ts';
import { nearest } from '../settings/nearest.ts';

export interface EditOptions {
  readonly action: 'set' | 'unset';
  readonly setting: string;
  readonly value?: string;
  /** The file that holds a key. */
  readonly fromFile?: string;
  readonly profile?: string;
  readonly json: boolean;
}

const SET_EXAMPLES = `Examples:
  $ aloud config set voice en-gb
  $ aloud config set speed 1.1 --profile narrator
  $ aloud config set cartesia_api_key --from-file key.txt
`;

const UNSET_EXAMPLES = `Examples:
  $ aloud config unset voice
  $ aloud config unset speed --profile narrator
`;

/** Adds the two below `aloud config`; parses only. */
export function registerEdits(command: Command, host: Host, signal: AbortSignal, run: typeof editConfig): void {
  const set = command
    .command('set')
    .description('set something in your own settings file; comments in it stay')
    .argument('<setting>', 'its name, as aloud config lists it')
    .argument('[value]', 'what it is to be; a key comes from --from-file or standard input')
    .addHelpText('before', SET_EXAMPLES)
    .option('--from-file <file>', 'read a key from a file, - for standard input')
    .option('--profile <name>', 'in a profile, made if need be')
    .option('--json', 'as JSON');
  const unset = command
    .command('unset')
    .description('take something out of your own settings file')
    .argument('<setting>', 'its name')
    .addHelpText('before', UNSET_EXAMPLES)
    .option('--profile <name>', 'out of a profile')
    .option('--json', 'as JSON');
  set.action((setting: string, value: string | undefined) =>
    run({ ...optionsOf('set', setting, set), ...(value === undefined ? {} : { value }) }, host, signal),
  );
  unset.action((setting: string) => run(optionsOf('unset', setting, unset), host, signal));
}

function optionsOf(action: EditOptions['action'], setting: string, command: Command): EditOptions {
  // The same names are flags of `aloud config` itself: where they stand on the line makes no difference.
  const { fromFile, profile, json = false } = command.optsWithGlobals<Partial<EditOptions>>();
  return {
    action,
    setting,
    json,
    ...(fromFile === undefined ? {} : { fromFile }),
    ...(profile === undefined ? {} : { profile }),
  };
}

/** Changes the file and says so. */
export async function editConfig(options: EditOptions, host: Host, signal: AbortSignal): Promise<void> {
  host.configure({ json: options.json });
  const { action, setting, profile } = options;
  const name = keyOf(setting);
  if (profile !== undefined && (profile.trim() === '' || profile !== printable(profile, 60))) {
    throw new Failure('usage', 'the name of a profile is one line of at most 60 characters');
  }
  const key = name === undefined ? setting : fileKey(name);
  const inside = profile === undefined ? {} : { profile };
  if (action === 'unset') {
    const edited = await editUserFile({ key: key.replaceAll('-', '_'), value: undefined, ...inside }, host);
    // What is no setting can be taken out, too: it is in the way of every command.
    if (!edited.changed && name === undefined) throw unknown(setting);
    return tell(
      edited.changed ? `${printable(key, 60)} is not set any more` : `${key} was not set`,
      edited,
      options,
      host,
    );
  }
  if (name === undefined || SETTINGS[name].files === 'none') throw unknown(setting);
  const value = isSecret(name) ? await readSecret(name, options, host, signal) : readPlain(name, options, host);
  const edited = await editUserFile({ key, value, ...inside }, host);
  const variable = SETTINGS[name].env;
  if (host.env[variable]) host.warn(`${variable} is set in the environment, and that is stronger`);
  const shown = isSecret(name) ? 'is set' : `is ${printable(String(value), 80)}`;
  await tell(`${key} ${shown}`, edited, options, host);
}

function unknown(setting: string): Failure {
  const known = SETTING_NAMES.filter(name => SETTINGS[name].files !== 'none').map(fileKey);
  const meant = nearest(setting.replaceAll('-', '_'), known);
  return new Failure('usage', `there is no setting ${JSON.stringify(printable(setting, 60))}`, {
    hint: meant === undefined ? 'aloud config lists them' : `did you mean ${meant}?`,
  });
}

function readPlain(name: SettingName, { value, fromFile }: EditOptions, host: Host): unknown {
  if (fromFile !== undefined) {
    throw new Failure('usage', '--from-file is for keys', { hint: `aloud config set ${fileKey(name)} VALUE` });
  }
  if (value !== undefined) return typedValue(name, value, host);
  throw new Failure('usage', `there is no value for ${fileKey(name)}`, {
    hint: `aloud config set ${fileKey(name)} VALUE, or aloud config unset ${fileKey(name)}`,
  });
}

/** A key: everybody on the machine can read a command line, so it is never taken from there. */
async function readSecret(
  name: SettingName,
  { value, fromFile }: EditOptions,
  host: Host,
  signal: AbortSignal,
): Promise<string> {
  const key = fileKey(name);
  const hint = `aloud config set ${key} --from-file FILE, or pipe it in`;
  if (value !== undefined) {
    throw new Failure('usage', 'a key is not taken from the command line, where others can read it', { hint });
  }
  if (fromFile !== undefined && fromFile !== '-') {
    return (await readKey(fromFile, '--from-file', host, signal)).secret.reveal();
  }
  if (host.stdin.isTTY === true) throw new Failure('usage', `there is no value for ${key}`, { hint });
  return checked(await readInput(host, signal), 'what came from standard input').reveal();
}

/** No key is longer, in bytes. */
const LONGEST = 8192;

async function readInput(host: Host, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  const stop = () => host.stdin.destroy(signal.reason instanceof Error ? signal.reason : undefined);
  signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of host.stdin) {
      chunks.push(Buffer.from(chunk));
      length += chunk.length;
      if (length > LONGEST) throw new Failure('config', 'what came from standard input is too long for a key');
    }
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function tell(said: string, { path, changed }: Edited, options: EditOptions, host: Host): Promise<void> {
  const { setting, profile = null, json } = options;
  if (json) return host.print(`${JSON.stringify({ path, setting, profile, changed })}\n`);
  const where = profile === null ? '' : ` in profile ${printable(profile, 60)}`;
  host.note(`${said}${where} (${printable(path)})`);
}
