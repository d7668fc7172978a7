/** `aloud voices`: finds voices of a provider; a table on a terminal, tab-separated in a pipe, or JSON. */
import type { Command } from 'commander';
import { Failure, printable, printableJson } from '../errors.ts';
import type { Host } from '../host.ts';
import type { FlagValues } from '../settings/layer.ts';
import { resolveSettings } from '../settings/resolve.ts';
import type { Voice } from '../speech.ts';
import { nearestLanguage } from './nearest-language.ts';
import { addPresentationFlags, type PresentationFlags, present } from './options.ts';
import { blame, type Reach, reach, tellProvider } from './reach.ts';
import { readFlags, settingOptions } from './settings-options.ts';
import { refuseStrays } from './strays.ts';
import { alignedTable, tabSeparated } from './table.ts';
import { GENDERS, genderOf, searchVoices, type VoiceFilter } from './voice-search.ts';

export interface VoicesOptions {
  /** The voice to show; without it they are listed. */
  readonly show?: string;
  readonly filter: VoiceFilter;
  readonly mine: boolean;
  readonly refresh: boolean;
  readonly presentation: PresentationFlags;
  readonly flags: FlagValues;
}

const EXAMPLES = `Examples:
  $ aloud voices --language fr
  $ aloud voices --search "english" --json
  $ aloud voices show en-gb
`;

const SHOW_EXAMPLES = `Examples:
  $ aloud voices show en-gb
  $ aloud voices show en-gb --json
`;

/** Adds the command to `program`; parses only. */
export function register(program: Command, host: Host, signal: AbortSignal, run: typeof voices = voices): void {
  const command = program
    .command('voices')
    .description('list and search the voices there are')
    .addHelpText('before', EXAMPLES)
    .option('-l, --language <code>', 'those that speak it: en has en-GB as well')
    .option('--gender <name>', 'those of one gender: female, male, neutral')
    .option('--search <words>', 'those of which every word is said, or begins a word')
    .option('--mine', 'those that are your own')
    .option('--refresh', 'ask again, whatever is remembered');
  addReachFlags(command);
  const optionsOf = (from: Command, show?: string): VoicesOptions => {
    const flags: VoicesFlags = from.optsWithGlobals();
    const { language, gender, search, mine = false, refresh = false } = flags;
    const filter = {
      ...(language === undefined ? {} : { language }),
      ...(gender === undefined ? {} : { gender }),
      ...(search === undefined ? {} : { search }),
    };
    const shown = show === undefined ? {} : { show };
    return { ...shown, filter, mine, refresh, presentation: flags, flags: readFlags(from) };
  };
  command.allowExcessArguments().action(() => {
    refuseStrays(command);
    return run(optionsOf(command), host, signal);
  });
  const show = command
    .command('show')
    .description('tell all that is known about a voice')
    .argument('<voice>', 'id, name or unique beginning of a name')
    .addHelpText('before', SHOW_EXAMPLES);
  show.action((voice: string) => run(optionsOf(show, voice), host, signal));
  addReachFlags(show);
}

interface VoicesFlags extends PresentationFlags {
  readonly language?: string;
  readonly gender?: string;
  readonly search?: string;
  readonly mine?: true;
  readonly refresh?: true;
}

function addReachFlags(command: Command): void {
  command.optionsGroup('Provider:');
  for (const name of REACH) for (const option of settingOptions(name)) command.addOption(option);
  addPresentationFlags(command);
}

/** The settings that matter for asking a provider. */
const REACH = [
  'provider',
  'apiVersion',
  'baseUrl',
  'auth',
  'apiKeyFile',
  'accessTokenFile',
  'connectTimeout',
  'retries',
] as const;

/** Prints the voices of the provider that the settings choose, or one of them. */
export async function voices(options: VoicesOptions, host: Host, signal: AbortSignal): Promise<void> {
  present(options.presentation, host);
  refuseGender(options.filter);
  const settings = await resolveSettings(options.flags, host);
  const reached = await reach(settings, host, signal);
  try {
    const text =
      options.show === undefined
        ? listing(await ask(options, reached, signal), options, host)
        : details(await find(options.show, options, reached, signal), options);
    tellProvider(settings, host);
    await host.print(text);
  } catch (error) {
    throw blame(error, reached);
  }
}

function refuseGender({ gender }: VoiceFilter): void {
  if (gender === undefined || GENDERS.includes(genderOf(gender))) return;
  const list = GENDERS.join(', ');
  throw new Failure('usage', `--gender must be one of ${list}, not ${JSON.stringify(printable(gender, 60))}`);
}

async function ask(options: VoicesOptions, reached: Reach, signal: AbortSignal): Promise<readonly Voice[]> {
  const { provider, access } = reached;
  const { mine, refresh, filter } = options;
  // Whose they are depends on the key, so what is remembered of them does not count.
  const all = mine ? await provider.voices(access, signal, true) : await reached.voices.all(signal, refresh);
  if (all === undefined) throw noList(provider.name, mine);
  const found = searchVoices(all, filter);
  if (found.length > 0 || options.presentation.json) return found;
  const { language, gender, search } = filter;
  const wanted = [mine ? 'is yours' : undefined, language && `speaks ${language}`, gender && `is ${gender}`]
    .concat(search && `is described by ${JSON.stringify(search)}`)
    .filter(part => part !== undefined && part !== '');
  const meant = language === undefined ? undefined : nearestLanguage(language, all);
  throw new Failure('usage', `no voice of ${provider.name} ${printable(wanted.join(' and ') || 'is there', 200)}`, {
    hint: `${meant === undefined ? '' : `did you mean ${meant}? `}list them all with: aloud voices`,
  });
}

function noList(provider: string, mine: boolean): Failure {
  if (mine && provider === 'local') {
    return new Failure('usage', 'the built-in voices belong to nobody', { hint: 'leave out --mine' });
  }
  return new Failure('usage', `no list of voices is known for ${provider}`, {
    hint: 'take a voice id from the provider and give it with -v, or list the built-in ones: --provider local',
  });
}

async function find(wanted: string, options: VoicesOptions, reached: Reach, signal: AbortSignal): Promise<Voice> {
  const { provider, access } = reached;
  const useless = options.mine ? '--mine' : Object.keys(options.filter).map(name => `--${name}`)[0];
  if (useless !== undefined) {
    throw new Failure('usage', `${useless} would do nothing here`, { hint: 'it is for the list: aloud voices' });
  }
  if (!provider.listsOverNetwork && (await provider.voices(access, signal)) === undefined) {
    throw noList(provider.name, false);
  }
  if (options.refresh) await reached.voices.all(signal, true);
  const voice = await reached.voices.find(wanted, signal);
  return provider.voice === undefined ? voice : provider.voice(voice.id, access, signal);
}

function listing(found: readonly Voice[], { presentation }: VoicesOptions, host: Host): string {
  if (presentation.json) return `${printableJson(found.map(describe))}\n`;
  const rows = found.map(({ id, name, language = '', gender = '', description = '' }) =>
    [id, name, language, gender, description].map(text => printable(text, 200)),
  );
  if (host.stdout.isTTY !== true) return tabSeparated(rows);
  return alignedTable(COLUMNS, rows, host.width('stdout'));
}

const COLUMNS = [
  { title: 'ID' },
  { title: 'NAME', least: 12 },
  { title: 'LANGUAGE' },
  { title: 'GENDER' },
  { title: 'DESCRIPTION', least: 20, spare: 1 },
];

function details(voice: Voice, { presentation }: VoicesOptions): string {
  const known = describe(voice);
  if (presentation.json) return `${printableJson(known)}\n`;
  const lines = Object.entries(known)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name.replaceAll('_', ' ').padEnd(12)} ${printable(String(value), 2000)}\n`);
  return lines.join('');
}

/** A voice as JSON: every member, null where it is not known. */
function describe(voice: Voice) {
  const { id, name, language, gender, description, country, accent, mine, createdAt } = voice;
  return {
    id,
    name,
    language: language ?? null,
    gender: gender ?? null,
    description: description ?? null,
    country: country ?? null,
    accent: accent ?? null,
    mine: mine ?? null,
    created_at: createdAt ?? null,
  };
}
