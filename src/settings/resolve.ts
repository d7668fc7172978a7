/** Settles what every setting is for this run, and where that came from. */
import { Failure, printable } from '../errors.ts';
import { PROVIDER_NAMES, type ProviderName } from '../providers/index.ts';
import type { SettingsFile } from './files.ts';
import { findProjectFile, findUserFile } from './files.ts';
import type { Surroundings } from './folders.ts';
import type { SettingName, SettingValues } from './index.ts';
import { credentialSources, fileKey, SETTING_NAMES, SETTINGS, WORDS_A_MINUTE } from './index.ts';
import type { FileLayers, FlagValues, Found, Layer, Origin } from './layer.ts';
import { describeOrigin, envLayer, fileLayers, flagLayer } from './layer.ts';
import { nearest } from './nearest.ts';

export interface Settings {
  readonly values: SettingValues;
  readonly origins: { readonly [Name in SettingName]: Origin };
  /** True when nothing chose a provider and no key is there, so that the built-in engine speaks: to be said once. */
  readonly builtInByDefault: boolean;
  /** The chosen profile. */
  readonly profile: string | undefined;
  /** Every profile that the files have. */
  readonly profiles: readonly string[];
  /** The files that were read, strongest first. */
  readonly files: readonly Pick<SettingsFile, 'scope' | 'path'>[];
  /** What people should hear about, one line each. */
  readonly warnings: readonly string[];
}

/** A provider that a file of the project names, such as a manifest of fixtures. */
export interface ProjectChoice {
  readonly provider: ProviderName;
  readonly path: string;
}

/**
 * Flag over environment over the project's file over the user's file over default; in one file the chosen
 * profile over the rest. What `choice` names goes over the environment, yet is trusted no more than a project's file:
 * no key goes where only the project would have it go. Fails with `usage` for flags and with `config` for everything else.
 */
export async function resolveSettings(
  flags: FlagValues,
  where: Surroundings,
  choice?: ProjectChoice,
): Promise<Settings> {
  const warnings: string[] = [];
  const warn = (text: string) => warnings.push(text);
  const fromFlags = flagLayer(flags, where);
  const files = [await findProjectFile(where, warn), await findUserFile(where, warn)].filter(
    file => file !== undefined,
  );
  const read = files.map(file => ({ file, layers: fileLayers(file, where) }));
  warnings.push(...read.flatMap(({ file, layers }) => sharedKeys(file, layers)), ...strayVariables(where));

  const profiles = [...new Set(read.flatMap(({ layers }) => [...layers.profiles.keys()]))];
  const profile = chooseProfile(flags, where, profiles);
  const ranked = [fromFlags, ...(choice === undefined ? [] : [choiceLayer(choice)]), envLayer(where)];
  for (const { layers } of read) ranked.push(...rank(layers, profile));

  const found = strongest(ranked);
  excludeRateOrSpeed(found, ranked);
  const builtInByDefault = chooseProvider(found, warn);
  keepToItsProvider(found, ranked, warn);
  return { ...assemble(found), builtInByDefault, profile, profiles, files: files.map(bareFile), warnings };
}

function choiceLayer({ provider, path }: ProjectChoice): Layer {
  return new Map([['provider', { value: provider, origin: { layer: 'project', path } }]]);
}

/** The speed to ask for: `speed`, or what `rate` comes to. */
export function speedOf(values: Pick<SettingValues, 'speed' | 'rate'>): SettingValues['speed'] {
  return values.rate === undefined ? values.speed : values.rate / WORDS_A_MINUTE;
}

function bareFile({ scope, path }: SettingsFile) {
  return { scope, path };
}

function rank(layers: FileLayers, profile: string | undefined): Layer[] {
  const chosen = profile === undefined ? undefined : layers.profiles.get(profile);
  return chosen === undefined ? [layers.plain] : [chosen, layers.plain];
}

function strongest(ranked: readonly Layer[]): Map<SettingName, Found> {
  return new Map([...ranked].reverse().flatMap(layer => [...layer]));
}

function assemble(found: ReadonlyMap<SettingName, Found>): Pick<Settings, 'values' | 'origins'> {
  const entry = (name: SettingName) =>
    found.get(name) ?? { value: SETTINGS[name].fallback, origin: { layer: 'default' } as const };
  const collect = (part: keyof Found) => Object.fromEntries(SETTING_NAMES.map(name => [name, entry(name)[part]]));
  // Each value has been read by the reader of its own row, which is what these types say.
  const values = Object.freeze(collect('value')) as unknown as SettingValues;
  return { values, origins: collect('origin') as unknown as Settings['origins'] };
}

function chooseProfile(flags: FlagValues, where: Surroundings, known: readonly string[]): string | undefined {
  const flag = typeof flags.profile === 'string' ? flags.profile : undefined;
  const wanted = flag ?? (where.env.ALOUD_PROFILE || undefined);
  if (wanted === undefined || known.includes(wanted)) return wanted;
  const meant = nearest(wanted, known);
  const list = known.map(name => printable(name, 60)).join(', ');
  const hint = known.length === 0 ? 'no settings file has profiles' : `there are ${list}`;
  throw new Failure('config', `no profile is called ${JSON.stringify(printable(wanted, 60))}`, {
    hint: meant === undefined ? hint : `did you mean ${printable(meant, 60)}? ${hint}`,
  });
}

// Of two ways to say how fast, the stronger layer's counts; in one layer they contradict each other.
function excludeRateOrSpeed(found: Map<SettingName, Found>, ranked: readonly Layer[]): void {
  if (!found.has('rate') || !found.has('speed')) return;
  const rate = ranked.findIndex(layer => layer.has('rate'));
  const speed = ranked.findIndex(layer => layer.has('speed'));
  const origin = found.get('rate')?.origin;
  if (rate === speed) {
    const usage = origin?.layer === 'flag';
    const inside = usage || origin === undefined ? '' : ` (${describeOrigin(origin)})`;
    throw new Failure(usage ? 'usage' : 'config', `rate and speed exclude each other${inside}`, {
      hint: 'give one of them',
    });
  }
  found.delete(rate < speed ? 'speed' : 'rate');
}

function chooseProvider(found: Map<SettingName, Found>, warn: (text: string) => void): boolean {
  if (found.has('provider')) return false;
  // A file of a key does not say whose it is.
  const keys = PROVIDER_NAMES.flatMap(provider =>
    credentialSources(provider).flatMap(({ name }) => (name === 'apiKeyFile' ? [] : [{ name, provider }])),
  );
  const { name: key, provider } = keys.find(({ name }) => found.has(name)) ?? {};
  const because = key === undefined ? 'no key is set' : `${keyLabel(key, found)} is set`;
  found.set('provider', { value: provider ?? 'local', origin: { layer: 'default', because } });
  const keyFile = found.get('apiKeyFile')?.origin;
  if (keyFile !== undefined && keyFile.layer !== 'flag' && provider === undefined) {
    warn(`api_key_file (${describeOrigin(keyFile)}) is not used: set provider to say whose key it is`);
  }
  return provider === undefined;
}

function keyLabel(name: SettingName, found: ReadonlyMap<SettingName, Found>): string {
  const origin = found.get(name)?.origin;
  return origin?.layer === 'env' || origin?.layer === 'flag' ? origin.name : fileKey(name);
}

/**
 * An address or a key file does not say which provider it is for: the provider named in the same place does. Where
 * that is another than the one in force it is left out, and where a project's file alone chose the provider it is
 * not used either: no key may go to a provider, nor to an address, that its owner did not pair with it.
 */
function keepToItsProvider(
  found: Map<SettingName, Found>,
  ranked: readonly Layer[],
  warn: (text: string) => void,
): void {
  const provider = found.get('provider');
  for (const name of ['baseUrl', 'apiKeyFile', 'accessTokenFile'] as const) {
    const origin = found.get(name)?.origin;
    if (provider === undefined || provider.value === 'local' || origin === undefined) continue;
    const inPlace = ranked
      .slice(ranked.findIndex(layer => layer.has(name)))
      .flatMap(layer => layer.get('provider') ?? []);
    const meant = inPlace.find(other => other.origin.layer === origin.layer)?.value;
    if (meant === provider.value || (meant === undefined && provider.origin.layer !== 'project')) continue;
    const chosen = `${String(provider.value)} was chosen by ${describeOrigin(provider.origin)}`;
    if (meant === undefined && origin.layer !== 'user') {
      const message = `${describeOrigin(origin)} does not say which provider it is for, and ${chosen}`;
      const hint = `add --provider ${String(provider.value)} if you mean that`;
      throw new Failure(origin.layer === 'flag' ? 'usage' : 'config', message, { hint });
    }
    found.delete(name);
    const whose = meant === undefined ? 'its file names no provider' : `it is for ${String(meant)}`;
    // In your own file another provider's settings may well lie about; elsewhere that is odd enough to say.
    const expected = meant !== undefined && origin.layer === 'user';
    if (!expected) warn(`${fileKey(name)} (${describeOrigin(origin)}) is not used: ${whose}, and ${chosen}`);
  }
}

function sharedKeys(file: SettingsFile, { plain, profiles }: FileLayers): string[] {
  const secrets = ['cartesiaApiKey', 'slngApiKey'] as const;
  const holds = [plain, ...profiles.values()].some(layer => secrets.some(name => layer.has(name)));
  if (!holds || !file.shared) return [];
  return [`${printable(file.path)} holds a key and others may read it: chmod 600 it`];
}

// A variable is easily mistyped, and nothing else would say so; others' ALOUD_ variables are left in peace.
function strayVariables(where: Surroundings): string[] {
  const known = ['ALOUD_PROFILE', ...SETTING_NAMES.map(name => SETTINGS[name].env)];
  const stray = Object.keys(where.env).filter(name => name.startsWith('ALOUD_') && !known.includes(name));
  return stray.flatMap(name => {
    const meant = nearest(
      name.slice(6),
      known.filter(each => each.startsWith('ALOUD_')).map(each => each.slice(6)),
    );
    return meant === undefined ? [] : [`${printable(name, 60)} is not a setting: did you mean ALOUD_${meant}?`];
  });
}
