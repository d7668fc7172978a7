/** `aloud voices`: the voices of a provider, as a table on a terminal, tab-separated in a pipe, or as JSON. */
import type { Command } from 'commander';
import { Failure, printable } from '../errors.ts';
import type { Host } from '../host.ts';
import type { FlagValues } from '../settings/layer.ts';
import { resolveSettings } from '../settings/resolve.ts';
import type { Voice } from '../speech.ts';
import { addPresentationFlags, type PresentationFlags, present } from './options.ts';
import { reach, tellProvider } from './reach.ts';
import { readFlags, settingOptions } from './settings-options.ts';

export interface VoicesOptions {
  readonly presentation: PresentationFlags;
  readonly flags: FlagValues;
}

const EXAMPLES = `Examples:
  $ aloud voices
  $ aloud voices --language fr
  $ aloud voices --json
`;

/** Adds the command to `program`; parses only. */
export function register(program: Command, host: Host, signal: AbortSignal, run: typeof voices = voices): void {
  const command = program.command('voices').description('list the voices there are').addHelpText('before', EXAMPLES);
  for (const name of ['language', 'provider'] as const) {
    for (const option of settingOptions(name)) command.addOption(option);
  }
  addPresentationFlags(command);
  command.action((flags: PresentationFlags) => run({ presentation: flags, flags: readFlags(command) }, host, signal));
}

/** Prints the voices of the provider that the settings choose. */
export async function voices(options: VoicesOptions, host: Host, signal: AbortSignal): Promise<void> {
  present(options.presentation, host);
  const settings = await resolveSettings(options.flags, host);
  const { provider, access } = await reach(settings, host, signal);
  const all = await provider.voices(access, signal);
  if (all === undefined) {
    throw new Failure('usage', `aloud cannot list the voices of ${provider.name} yet`, {
      hint: 'take a voice id from the provider and give it with -v, or list the built-in ones: --provider local',
    });
  }
  const { language } = settings.values;
  const found = language === undefined ? all : all.filter(voice => speaks(voice, language));
  if (found.length === 0 && language !== undefined) {
    throw new Failure('usage', `no voice of ${provider.name} speaks ${printable(language, 40)}`, {
      hint: 'list them all with: aloud voices',
    });
  }
  tellProvider(settings, host);
  await host.print(options.presentation.json ? `${JSON.stringify(found)}\n` : table(found, host.stdout.isTTY === true));
}

/** `en` is spoken by `en-GB`, not the other way round. */
export function speaks(voice: Voice, language: string): boolean {
  const known = voice.language?.toLowerCase() ?? '';
  const wanted = language.toLowerCase().replace('_', '-');
  return known === wanted || known.startsWith(`${wanted}-`);
}

function table(found: readonly Voice[], aligned: boolean): string {
  const cells = (voice: Voice) =>
    [voice.id, voice.name, voice.language ?? '', voice.gender ?? ''].map(text => printable(text, 80));
  const rows = aligned ? [['ID', 'NAME', 'LANGUAGE', 'GENDER'], ...found.map(cells)] : found.map(cells);
  if (!aligned) return rows.map(row => `${row.join('\t')}\n`).join('');
  const widths = [0, 1, 2, 3].map(column => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  return rows
    .map(
      row =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
