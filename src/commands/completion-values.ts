/** What shells offer where only the program knows: voices, languages, models, profiles. Asks nobody, and never fails. */
import { builtInVoices } from '../engine/voices.ts';
import { printable } from '../errors.ts';
import type { Host } from '../host.ts';
import { EMOTIONS } from '../protocol/emotions.ts';
import { fileKey, SETTING_NAMES, SETTINGS, type SettingName } from '../settings/index.ts';
import type { FlagValues } from '../settings/layer.ts';
import { resolveSettings, type Settings } from '../settings/resolve.ts';
import type { Voice } from '../speech.ts';
import { readKept, voiceCacheFile } from './voice-list.ts';

/** Something that can be typed, and a few words about it. */
export interface Suggestion {
  readonly value: string;
  readonly about: string;
}

/** What each kind of place may hold, by the name of the flag or the operand that takes it. */
const KINDS = {
  voice: suggestVoices,
  language: suggestLanguages,
  model: suggestModels,
  profile: async (settings: Settings) => settings.profiles.map(value => ({ value, about: '' })),
  setting: async () =>
    SETTING_NAMES.filter(isKept).map(name => ({ value: fileKey(name), about: SETTINGS[name].about })),
  value: suggestSettingValues,
  emotion: async () => EMOTIONS.map(value => ({ value, about: '' })),
  fault: suggestFaults,
} as const satisfies Record<
  string,
  (settings: Settings, host: Host, words: readonly string[]) => Promise<Suggestion[]>
>;

export type ValueKind = keyof typeof KINDS;

export function isValueKind(name: string): name is ValueKind {
  return Object.hasOwn(KINDS, name);
}

/**
 * The values that may stand where the cursor is. `words` are those before it on the command line: who is asked for
 * with `--provider`, where and by which profile, counts as it does when the line is run.
 */
export async function suggest(kind: ValueKind, words: readonly string[], host: Host): Promise<readonly Suggestion[]> {
  const flags = flagsIn(words);
  const { profile: _unfinished, ...others } = flags;
  try {
    const settings = await resolveSettings(kind === 'profile' ? others : flags, host);
    return await KINDS[kind](settings, host, words);
  } catch {
    // A settings file that cannot be read is told by whoever runs the line.
    return [];
  }
}

const READ = { '--provider': 'provider', '--base-url': 'baseUrl', '--profile': 'profile', '--language': 'language' };

function flagsIn(words: readonly string[]): FlagValues {
  const found: Record<string, string> = {};
  for (const [at, word] of words.entries()) {
    const [, long = '', joined] = /^(--[a-z-]+)(?:=(.*))?$/s.exec(word) ?? [];
    const name = Object.entries(READ).find(([flag]) => flag === long)?.[1];
    const value = joined ?? words[at + 1];
    if (name !== undefined && value !== undefined) found[name] = value;
  }
  return found;
}

async function suggestVoices(settings: Settings, host: Host): Promise<Suggestion[]> {
  const { language } = settings.values;
  const all = await knownVoices(settings, host);
  const fitting = language === undefined ? all : all.filter(voice => speaks(voice, language));
  const voices = fitting.length === 0 ? all : fitting;
  const times = new Map<string, number>();
  for (const { name } of all) times.set(name, (times.get(name) ?? 0) + 1);
  return voices.map(voice => {
    const { id, name, language: spoken = '' } = voice;
    // An id that nobody can read is only typed where the name does not tell.
    const named = UNREADABLE.test(id) && times.get(name) === 1 && printable(name, 1000) === name;
    const about = [...(named || name === id ? [] : [name]), spoken, voice.gender ?? ''].filter(part => part !== '');
    return { value: named ? name : id, about: about.join(', ') };
  });
}

const UNREADABLE = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

function speaks({ language = '' }: Voice, wanted: string): boolean {
  const [spoken, asked] = [language, wanted].map(tag => tag.toLowerCase().replaceAll('_', '-'));
  return spoken === asked || spoken?.startsWith(`${asked}-`) === true;
}

async function knownVoices({ values }: Settings, host: Host): Promise<readonly Voice[]> {
  if (values.provider === 'local') return builtInVoices();
  const address = values.baseUrl === undefined ? undefined : new URL(values.baseUrl);
  const file = voiceCacheFile(values.provider, address, host);
  // Of any age: to be offered a voice that has gone costs less than to wait.
  return (file === undefined ? undefined : await readKept(file, true)) ?? [];
}

async function suggestLanguages(settings: Settings, host: Host): Promise<Suggestion[]> {
  const known = await knownVoices(settings, host);
  const languages = new Map<string, string>();
  for (const { language, name } of known.length > 0 ? known : builtInVoices()) {
    if (language !== undefined && !languages.has(language)) languages.set(language, known.length > 0 ? name : '');
  }
  const own = settings.values.provider === 'local';
  return [...languages].map(([value, name]) => ({ value, about: own ? name : '' }));
}

async function suggestModels({ values }: Settings): Promise<Suggestion[]> {
  if (values.provider === 'local') return [{ value: 'espeak-ng', about: '' }];
  const { MODELS } = await import('../server/models.ts');
  return MODELS.map(value => ({ value, about: '' }));
}

async function suggestFaults(): Promise<Suggestion[]> {
  const { FAULTS } = await import('../server/faults.ts');
  return Object.entries(FAULTS).map(([value, { about }]) => ({ value, about }));
}

/** `aloud config set player …`: what the setting that was named may be. */
async function suggestSettingValues(settings: Settings, host: Host, words: readonly string[]): Promise<Suggestion[]> {
  const key = words[words.indexOf('set') + 1];
  const name = SETTING_NAMES.find(each => fileKey(each) === key);
  if (name === undefined) return [];
  if (name === 'voice' || name === 'language' || name === 'model') return KINDS[name](settings, host);
  const { reader } = SETTINGS[name];
  const choices = reader?.choices ?? (reader?.kind === 'boolean' ? ['true', 'false'] : []);
  return choices.map(value => ({ value, about: '' }));
}

function isKept(name: SettingName): boolean {
  return SETTINGS[name].files !== 'none';
}
