/** `aloud config`: what every setting is, and where that came from. */
import type { Command } from 'commander';
import { Failure, printable } from '../errors.ts';
import type { Host } from '../host.ts';
import { userFilePath } from '../settings/files.ts';
import type { SettingName } from '../settings/index.ts';
import { fileKey, isSecret, SETTING_NAMES } from '../settings/index.ts';
import type { FlagValues } from '../settings/layer.ts';
import { describeOrigin } from '../settings/layer.ts';
import type { Settings } from '../settings/resolve.ts';
import { resolveSettings } from '../settings/resolve.ts';
import { editConfig, registerEdits } from './config-edit.ts';
import { heed } from './reach.ts';
import { addSettings, readFlags } from './settings-options.ts';
import { refuseStrays } from './strays.ts';

export interface ConfigOptions {
  /** `list` shows the settings, `path` where the user's own file is or would be. */
  readonly action: 'list' | 'path';
  readonly origin: boolean;
  readonly json: boolean;
  readonly flags: FlagValues;
}

const EXAMPLES = `Examples:
  $ aloud config --origin
  $ aloud config --profile narrator --json
  $ aloud config set voice en-gb
  $ aloud config path
`;

const PATH_EXAMPLES = `Examples:
  $ aloud config path
  $ aloud config path --json
`;

/** Adds the command to `program`; parses only. */
export function register(
  program: Command,
  host: Host,
  signal: AbortSignal,
  run: typeof config = config,
  edit: typeof editConfig = editConfig,
): void {
  const command = program
    .command('config')
    .description('show every setting and where it came from')
    .addHelpText('before', EXAMPLES)
    .option('--origin', 'show where each value came from')
    .option('--json', 'one JSON document on stdout');
  addSettings(command);
  const optionsOf = (action: ConfigOptions['action'], from: Command): ConfigOptions => {
    const { origin = false, json = false }: { origin?: boolean; json?: boolean } = from.optsWithGlobals();
    return { action, origin, json, flags: readFlags(from) };
  };
  command.allowExcessArguments().action(() => {
    refuseStrays(command);
    return run(optionsOf('list', command), host);
  });
  const path = command
    .command('path')
    .description("print where the user's own settings file is")
    .addHelpText('before', PATH_EXAMPLES)
    .option('--json', 'as JSON');
  path.action(() => run(optionsOf('path', path), host));
  registerEdits(command, host, signal, edit);
}

/** Prints the settings, or the path of the user's file, on stdout. Secrets are shown as set or not set. */
export async function config(options: ConfigOptions, host: Host): Promise<void> {
  if (options.action === 'path') {
    const path = userFilePath(host);
    if (path === undefined) {
      throw new Failure('config', 'there is no home folder to keep settings in', {
        hint: 'set HOME or XDG_CONFIG_HOME',
      });
    }
    return options.json ? host.printJson({ path }) : host.print(`${path}\n`);
  }
  const settings = await resolveSettings(options.flags, host);
  heed(settings, host);
  for (const warning of settings.warnings) host.warn(warning);
  if (options.json) await host.printJson(describe(settings), 2);
  else await host.print(await asText(settings, options, host));
}

function describe({ values, origins, profile, profiles, files }: Settings): object {
  const entry = (name: SettingName) => {
    const set = values[name] !== undefined;
    return [fileKey(name), { value: isSecret(name) ? null : (values[name] ?? null), set, origin: origins[name] }];
  };
  const settings = Object.fromEntries(SETTING_NAMES.map(entry));
  return { profile: profile ?? null, profiles, files, settings };
}

async function asText({ values, origins }: Settings, { origin }: ConfigOptions, host: Host): Promise<string> {
  const style = await host.style('stdout');
  const rows = SETTING_NAMES.map(name => ({ name, key: fileKey(name), shown: show(name, values) }));
  const keyWidth = Math.max(...rows.map(({ key }) => key.length));
  const valueWidth = Math.max(...rows.map(({ shown }) => shown.length));
  const room = (host.stdout.isTTY ? host.width('stdout') : Number.POSITIVE_INFINITY) - keyWidth - valueWidth - 4;
  const lines = rows.map(({ name, key, shown }) => {
    const value = values[name] === undefined ? style.dim(shown) : shown;
    if (!origin) return `${key.padEnd(keyWidth)}  ${value}`;
    const from = describeOrigin(origins[name]);
    const gap = from.length <= room ? ' '.repeat(valueWidth - shown.length + 2) : '\n    ';
    return `${key.padEnd(keyWidth)}  ${value}${gap}${style.dim(from)}`;
  });
  return `${lines.join('\n')}\n`;
}

function show(name: SettingName, values: Settings['values']): string {
  const value = values[name];
  if (value === undefined) return 'not set';
  return isSecret(name) ? 'set' : printable(String(value), 80);
}
