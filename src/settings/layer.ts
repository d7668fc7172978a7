/** Turns what flags, the environment or a file say into checked values, and says what is wrong and where. */
import { dirname, join, resolve } from 'node:path';
import { Failure, printable } from '../errors.ts';
import type { SettingsFile } from './files.ts';
import type { Surroundings } from './folders.ts';
import { configFolder } from './folders.ts';
import type { Setting, SettingName } from './index.ts';
import { fileKey, flagName, SETTING_NAMES, SETTINGS } from './index.ts';
import { nearest } from './nearest.ts';
import { secret } from './secret.ts';

/** Where a value came from. */
export type Origin =
  | { readonly layer: 'flag' | 'env'; readonly name: string }
  | { readonly layer: 'project' | 'user'; readonly path: string; readonly profile?: string }
  | { readonly layer: 'default'; readonly because?: string };

/** A checked value, typed by its setting's name. */
export interface Found {
  readonly value: unknown;
  readonly origin: Origin;
}
export type Layer = ReadonlyMap<SettingName, Found>;

/** What one file says: by itself, and in its profiles. */
export interface FileLayers {
  readonly plain: Layer;
  readonly profiles: ReadonlyMap<string, Layer>;
}

/** Flags as typed: text as it stands on the command line, booleans for those without a value. */
export type FlagValues = { readonly [Name in SettingName | 'profile']?: string | boolean | undefined };

/** Reads flags. A wrong value fails with `usage`. */
export function flagLayer(flags: FlagValues, where: Surroundings): Layer {
  const layer = new Map<SettingName, Found>();
  for (const name of SETTING_NAMES) {
    const raw = flags[name];
    if (raw === undefined) continue;
    const flag = flagName(name) ?? fileKey(name);
    const value = accept(name, raw, { kind: 'usage', label: flag, asText: true, base: folderOf(where), where });
    layer.set(name, { value, origin: { layer: 'flag', name: flag } });
  }
  return layer;
}

/** Reads one value that is to be kept, typed as it is in a flag; a path becomes absolute. A wrong value fails with `usage`. */
export function typedValue(name: SettingName, text: string, where: Surroundings): unknown {
  return accept(name, text, { kind: 'usage', label: fileKey(name), asText: true, base: folderOf(where), where });
}

/** Reads the environment; an empty variable counts as not set. A wrong value fails with `config`. */
export function envLayer(where: Surroundings): Layer {
  const layer = new Map<SettingName, Found>();
  for (const name of SETTING_NAMES) {
    const variable = SETTINGS[name].env;
    const raw = where.env[variable];
    if (raw === undefined || raw === '') continue;
    const value = accept(name, raw, { kind: 'config', label: variable, asText: true, base: folderOf(where), where });
    layer.set(name, { value, origin: { layer: 'env', name: variable } });
  }
  return layer;
}

/** Reads a file. Unknown keys, wrong values and what its scope may not set fail with `config`, in any profile. */
export function fileLayers(file: SettingsFile, where: Surroundings): FileLayers {
  const { profiles, ...plain } = mapping(file.content, `what ${printable(file.path)} holds`);
  const named = profiles === undefined ? {} : mapping(profiles, `profiles in ${printable(file.path)}`);
  return {
    plain: keysOf(plain, file, where),
    profiles: new Map(
      Object.entries(named).map(([profile, content]) => [
        profile,
        keysOf(mapping(content, `profile ${printable(profile, 60)} in ${printable(file.path)}`), file, where, profile),
      ]),
    ),
  };
}

/** An origin in words: `flag --voice`, `env ALOUD_VOICE`, a path, `default`. */
export function describeOrigin(origin: Origin): string {
  switch (origin.layer) {
    case 'flag':
    case 'env':
      return `${origin.layer} ${origin.name}`;
    case 'default':
      return origin.because === undefined ? 'default' : `default: ${origin.because}`;
    default: {
      const profile = origin.profile === undefined ? '' : ` (profile ${printable(origin.profile, 60)})`;
      return `${printable(origin.path)}${profile}`;
    }
  }
}

const BY_KEY: ReadonlyMap<string, SettingName> = new Map(SETTING_NAMES.map(name => [fileKey(name), name]));

function keysOf(content: object, file: SettingsFile, where: Surroundings, profile?: string): Layer {
  const layer = new Map<SettingName, Found>();
  const inside = `${profile === undefined ? '' : ` in profile ${printable(profile, 60)}`} in ${printable(file.path)}`;
  for (const [key, raw] of Object.entries(content)) {
    const name = BY_KEY.get(key.replaceAll('-', '_'));
    const label = `${printable(key, 60)}${inside}`;
    if (name === undefined || SETTINGS[name].files === 'none') throw unknownKey(key, label, where);
    if (file.scope === 'project' && SETTINGS[name].files !== 'any') throw notForProjects(name, label, where);
    if (layer.has(name)) throw new Failure('config', `${label} is given twice, with - and with _`);
    const value = accept(name, raw, { kind: 'config', label, asText: false, base: dirname(file.path), where });
    const origin = { layer: file.scope, path: file.path, ...(profile === undefined ? {} : { profile }) };
    layer.set(name, { value, origin });
  }
  return layer;
}

interface Place {
  readonly kind: 'usage' | 'config';
  /** What to call the setting here. */
  readonly label: string;
  /** Text to be read, rather than data of a type. */
  readonly asText: boolean;
  /** The folder that a relative path starts from. */
  readonly base: string;
  readonly where: Surroundings;
}

function accept(name: SettingName, raw: unknown, place: Place): unknown {
  const { reader }: Setting<unknown> = SETTINGS[name];
  if (reader === undefined) {
    if (typeof raw === 'string') return secret(raw);
    throw new Failure('config', `${place.label} must be text in quotes`);
  }
  const value = place.asText && typeof raw === 'string' ? reader.fromText(raw) : reader.fromData(raw);
  if (value === undefined) throw wrongValue(raw, reader, place);
  return reader.kind === 'path' ? absolute(String(value), place) : value;
}

function wrongValue(raw: unknown, reader: NonNullable<Setting<unknown>['reader']>, place: Place): Failure {
  // An address may have a key in it, and a key is easily given where its file is meant.
  const secretive = reader.kind === 'url' || reader.kind === 'path';
  const meant = typeof raw === 'string' && reader.choices ? nearest(raw, reader.choices) : undefined;
  const shown = secretive && typeof raw === 'string' && raw !== '' ? '' : `, not ${show(raw)}`;
  const quoted =
    !place.asText && typeof raw !== 'string' && reader.kind === 'text' ? 'put the value in quotes' : undefined;
  const hint = meant === undefined ? quoted : `did you mean ${meant}?`;
  const message = `${place.label} must be ${reader.expects}${shown}`;
  return new Failure(place.kind, message, hint === undefined ? {} : { hint });
}

function show(raw: unknown): string {
  if (typeof raw === 'string') return JSON.stringify(printable(raw, 60));
  if (Array.isArray(raw)) return 'a list';
  return raw !== null && typeof raw === 'object' ? 'a mapping' : printable(String(raw), 60);
}

function unknownKey(key: string, label: string, where: Surroundings): Failure {
  const secretive = /key|token|secret|password/i.test(key);
  const known = [...BY_KEY.keys(), 'profiles'].filter(name => BY_KEY.get(name) !== 'cartesiaAccessToken');
  const meant = nearest(key.replaceAll('-', '_'), known);
  const keys = `a key goes into the environment, as CARTESIA_API_KEY or SLNG_API_KEY, or into ${userFile(where)}`;
  const hint = secretive ? keys : meant === undefined ? 'aloud config lists the settings' : `did you mean ${meant}?`;
  return new Failure('config', `unknown setting ${label}`, { hint });
}

function notForProjects(name: SettingName, label: string, where: Surroundings): Failure {
  const { why, env } = SETTINGS[name];
  const flag = flagName(name);
  const instead = [`put it into ${userFile(where)}`, `set ${env}`, ...(flag === undefined ? [] : [`use ${flag}`])];
  const message = `${label} is not allowed in a project's file, because ${why}`;
  return new Failure('config', message, { hint: `${instead.slice(0, -1).join(', ')} or ${instead.at(-1)}` });
}

function userFile(where: Surroundings): string {
  const folder = configFolder(where);
  return folder === undefined ? 'your own settings file' : printable(join(folder, 'config.yaml'));
}

function mapping(value: unknown, label: string): Record<string, unknown> {
  const fits = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
  if (!fits) throw new Failure('config', `${label} must be a mapping of settings to values, not ${show(value)}`);
  return value as Record<string, unknown>;
}

function absolute(path: string, place: Place): string {
  const { home } = place.where;
  return home !== undefined && /^~[\\/]/.test(path) ? join(home, path.slice(2)) : resolve(place.base, path);
}

function folderOf(where: Surroundings): string {
  try {
    return where.cwd();
  } catch {
    return '/';
  }
}
