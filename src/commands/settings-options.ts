/** Gives a command the flags of the settings, and reads back those that were typed. */
import type { Command } from 'commander';
import { Option } from 'commander';
import type { Setting, SettingName } from '../settings/index.ts';
import { SETTING_NAMES, SETTINGS } from '../settings/index.ts';
import type { FlagValues } from '../settings/layer.ts';

/** Adds `--profile` and the flags of `names`. Values are taken as typed: `resolveSettings` judges them. */
export function addSettings(command: Command, names: readonly SettingName[] = SETTING_NAMES): Command {
  for (const name of names) for (const option of settingOptions(name)) command.addOption(option);
  return command.addOption(new Option('--profile <name>', 'a named set of settings'));
}

/** The settings that were typed, on the command or on one above it. */
export function readFlags(command: Command): FlagValues {
  const values = command.optsWithGlobals();
  const typed: Partial<Record<SettingName | 'profile', string | boolean>> = {};
  for (const name of [...SETTING_NAMES, 'profile'] as const) {
    // `--no-color` is the one flag that is named by what it takes away.
    const attribute = name === 'noColor' ? 'color' : name;
    const source = command.getOptionValueSourceWithGlobals(attribute);
    const value: unknown = values[attribute];
    if (source !== 'cli' || (typeof value !== 'string' && typeof value !== 'boolean')) continue;
    typed[name] = name === 'noColor' ? value === false : value;
  }
  return typed;
}

/** The flag of one setting, and the hidden one that turns it off again. */
export function settingOptions(name: SettingName): Option[] {
  const { flag, about, reader, fallback }: Setting<unknown> = SETTINGS[name];
  if (flag === undefined || reader === undefined) return [];
  const range = reader.kind === 'number' ? reader.expects.replace(/^a (whole )?number (from )?/, '') : undefined;
  const usual = fallback === undefined || reader.kind === 'boolean' ? undefined : `default ${String(fallback)}`;
  const facts = [reader.choices?.join(', ') ?? range, usual].filter(fact => fact !== undefined).join('; ');
  const option = new Option(flag, facts === '' ? about : `${about} (${facts})`);
  // What a file turns on, a flag must be able to turn off.
  const opposite =
    reader.kind === 'boolean' && !option.negate ? [new Option(flag.replace('--', '--no-')).hideHelp()] : [];
  return [option, ...opposite];
}
