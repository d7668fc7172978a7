/** The table of settings: one row each, from which flags, environment, files, `aloud config` and the docs derive. */
import { DEFAULT_FORMAT, ENCODINGS, SAMPLE_RATES } from '../audio.ts';
import { DEFAULT_VERSION } from '../protocol/versions.ts';
import type { ProviderName } from '../providers/index.ts';
import { PROVIDER_NAMES, PROVIDERS } from '../providers/index.ts';
import type { Encoding } from '../speech.ts';
import type { Reader } from './readers.ts';
import * as read from './readers.ts';
import type { Secret } from './secret.ts';

const PLAYERS = ['auto', 'speaker', 'pw-play', 'pacat', 'aplay', 'play', 'none'] as const;
const LEGACY_SPEEDS = ['slow', 'normal', 'fast'] as const;
export type LegacySpeed = (typeof LEGACY_SPEEDS)[number];

const WORLD_PARTS = ['ap', 'eu', 'na'] as const;

/** Every setting with the value it has for a run. What has no value is left to the provider or the sink. */
export interface SettingValues {
  readonly provider: ProviderName;
  readonly voice: string | undefined;
  readonly model: string | undefined;
  readonly language: string | undefined;
  readonly encoding: Encoding;
  /** Hz. */
  readonly sampleRate: number;
  /** Times the voice's own speed, or the name that models before sonic-3 take. */
  readonly speed: number | LegacySpeed | undefined;
  readonly volume: number | undefined;
  readonly emotion: string | undefined;
  /** Words a minute, 175 is speed 1.0; never together with `speed`. */
  readonly rate: number | undefined;
  readonly pronunciationDict: string | undefined;
  readonly phonemes: boolean;
  readonly normalizedTimestamps: boolean;
  /** Milliseconds. */
  readonly maxBufferDelay: number | undefined;
  readonly format: 'wav' | 'raw' | undefined;
  readonly cues: 'word' | 'phrase' | 'sentence';
  readonly apiVersion: string;
  readonly region: readonly string[] | undefined;
  readonly worldPart: (typeof WORLD_PARTS)[number] | undefined;
  readonly baseUrl: string | undefined;
  readonly auth: 'header' | 'query';
  readonly apiKeyFile: string | undefined;
  readonly accessTokenFile: string | undefined;
  /** Seconds. */
  readonly timeout: number;
  /** Seconds. */
  readonly connectTimeout: number;
  readonly retries: number;
  readonly player: (typeof PLAYERS)[number];
  readonly audioDevice: string | undefined;
  /** Milliseconds of silence. */
  readonly leadIn: number | undefined;
  /** Milliseconds of silence. */
  readonly tail: number | undefined;
  readonly noColor: boolean;
  /** As found: `resolveCredential` says whether it is one. */
  readonly cartesiaApiKey: Secret | undefined;
  readonly cartesiaAccessToken: Secret | undefined;
  readonly slngApiKey: Secret | undefined;
}

export type SettingName = keyof SettingValues;

/** One setting. Its name in files is `fileKey(name)`. */
export interface Setting<V> {
  /** The flag as commander spells it; absent when there is none. */
  readonly flag?: string;
  readonly env: string;
  /** Which files may set it: any, only the user's own, or none. */
  readonly files: 'any' | 'user' | 'none';
  /** Why a project's file may not, to follow "because". */
  readonly why?: string;
  /** Absent for secrets, which are taken as they are. */
  readonly reader?: Reader<V>;
  readonly fallback?: V;
  /** One line for help. */
  readonly about: string;
}

type Table = { readonly [Name in SettingName]: Setting<NonNullable<SettingValues[Name]>> };

const DESTINATION = 'it decides where your key is sent';
const SECRET = 'a key does not belong in a file that is shared';
const KEY_FILE = 'it decides which file is sent as your key';
const PROGRAM = 'it decides which program or device gets the sound';

const LANGUAGE = /^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$/;
const REGION = /^[a-z0-9]+(-[a-z0-9]+)*$/;
/** Words a minute at speed 1.0, as in `say` on macOS. */
export const WORDS_A_MINUTE = 175;

// In the order of help and of `aloud config`.
export const SETTINGS: Table = {
  provider: any('--provider <name>', 'PROVIDER', read.choice(PROVIDER_NAMES), 'who speaks'),
  voice: any('-v, --voice <id|name>', 'VOICE', read.text(), 'id, name or unique beginning of a name'),
  model: any('-m, --model <id>', 'MODEL', read.text(), 'model of the provider'),
  language: any(
    '-l, --language <code>',
    'LANGUAGE',
    read.text('a language code such as en or pt-BR', LANGUAGE),
    'language of the text',
  ),
  encoding: any(
    '--encoding <name>',
    'ENCODING',
    read.choice(Object.keys(ENCODINGS) as Encoding[]),
    'sample encoding',
    DEFAULT_FORMAT.encoding,
  ),
  sampleRate: any(
    '--sample-rate <hz>',
    'SAMPLE_RATE',
    read.numberChoice(SAMPLE_RATES),
    'samples a second',
    DEFAULT_FORMAT.sampleRate,
  ),
  speed: any(
    '--speed <x>',
    'SPEED',
    read.either(read.number(0.6, 1.5), read.choice(LEGACY_SPEEDS), 'for models before sonic-3'),
    "times the voice's own speed",
  ),
  volume: any('--volume <x>', 'VOLUME', read.number(0.5, 2), "times the voice's own volume"),
  emotion: any('--emotion <name>', 'EMOTION', read.text(), 'how it is said'),
  rate: any(
    '-r, --rate <wpm>',
    'RATE',
    read.number(0.6 * WORDS_A_MINUTE, 1.5 * WORDS_A_MINUTE),
    'words a minute, instead of --speed; 175 is speed 1',
  ),
  pronunciationDict: any(
    '--pronunciation-dict <id>',
    'PRONUNCIATION_DICT',
    read.text(),
    'pronunciation dictionary of the provider',
  ),
  phonemes: any('--phonemes', 'PHONEMES', read.boolean(), 'phoneme times too', false),
  normalizedTimestamps: any(
    '--normalized-timestamps',
    'NORMALIZED_TIMESTAMPS',
    read.boolean(),
    'times of words as spoken instead of as written',
    false,
  ),
  maxBufferDelay: any(
    '--max-buffer-delay <ms>',
    'MAX_BUFFER_DELAY',
    read.integer(0, 5000),
    'how long the service may wait for more text',
  ),
  format: any(
    '--format <name>',
    'FORMAT',
    read.choice(['wav', 'raw']),
    'container of the audio, whatever the file is called',
  ),
  cues: any('--cues <unit>', 'CUES', read.choice(['word', 'phrase', 'sentence']), 'what one subtitle holds', 'phrase'),
  apiVersion: any(
    '--api-version <date>',
    'API_VERSION',
    read.date(),
    "version of Cartesia's protocol",
    DEFAULT_VERSION,
  ),
  region: any('--region <list>', 'REGION', read.list(REGION), 'regions of SLNG, the first that can'),
  worldPart: any('--world-part <name>', 'WORLD_PART', read.choice(WORLD_PARTS), 'part of the world for SLNG'),
  baseUrl: own('--base-url <url>', 'BASE_URL', read.baseUrl(), 'where the provider is', DESTINATION),
  auth: own(
    '--auth <way>',
    'AUTH',
    read.choice(['header', 'query']),
    'how version and key travel',
    'it decides how your key is sent',
    'header',
  ),
  apiKeyFile: own('--api-key-file <file>', 'API_KEY_FILE', read.path(), 'file that holds the API key', KEY_FILE),
  accessTokenFile: own(
    '--access-token-file <file>',
    'ACCESS_TOKEN_FILE',
    read.path(),
    'file that holds a short-lived token',
    KEY_FILE,
  ),
  timeout: any(
    '--timeout <s>',
    'TIMEOUT',
    read.positive(86_400),
    'longest silence of the service in unfinished speech',
    20,
  ),
  connectTimeout: any('--connect-timeout <s>', 'CONNECT_TIMEOUT', read.positive(86_400), 'longest time to connect', 10),
  retries: any('--retries <n>', 'RETRIES', read.integer(0, 100), 'how often to try again', 2),
  player: own('--player <name>', 'PLAYER', read.choice(PLAYERS), 'what plays the sound', PROGRAM, 'auto'),
  audioDevice: own('-a, --audio-device <name>', 'AUDIO_DEVICE', read.text(), 'where the sound comes out', PROGRAM),
  leadIn: any('--lead-in <ms>', 'LEAD_IN', read.integer(0, 60_000), 'silence before the sound when playing'),
  tail: any('--tail <ms>', 'TAIL', read.integer(0, 60_000), 'silence after the sound when playing'),
  noColor: any('--no-color', 'NO_COLOR', read.boolean(), 'no colour on the terminal', false),
  cartesiaApiKey: { env: 'CARTESIA_API_KEY', files: 'user', why: SECRET, about: 'API key of Cartesia' },
  cartesiaAccessToken: { env: 'CARTESIA_ACCESS_TOKEN', files: 'none', about: 'short-lived token of Cartesia' },
  slngApiKey: { env: 'SLNG_API_KEY', files: 'user', why: SECRET, about: 'API key of SLNG' },
};

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** The name of a setting in files: `sampleRate` is `sample_rate`. */
export function fileKey(name: SettingName): string {
  return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
}

/** The setting that a key in a file names, with `-` or `_`; undefined where there is none. */
export function keyOf(key: string): SettingName | undefined {
  return SETTING_NAMES.find(name => fileKey(name) === key.replaceAll('-', '_'));
}

/** The long form of a setting's flag, `--sample-rate`; undefined where it has none. */
export function flagName(name: SettingName): string | undefined {
  return SETTINGS[name].flag?.match(/--[a-z-]+/)?.[0];
}

/** Whether a setting holds a secret, which is never shown. */
export function isSecret(name: SettingName): boolean {
  return SETTINGS[name].reader === undefined;
}

/** A setting that a provider's key or token can come from. */
export interface CredentialSource {
  readonly name: SettingName;
  readonly kind: 'key' | 'token';
  /** Whether it names a file that holds it. */
  readonly file: boolean;
}

/**
 * Where the credential of a provider can come from, out of the variables that the registry names. Of one layer's the
 * first counts: a token before a key, and what names its provider before what does not.
 */
export function credentialSources(provider: ProviderName): readonly CredentialSource[] {
  const variables: readonly string[] = PROVIDERS[provider].credentials;
  const own = SETTING_NAMES.filter(name => variables.includes(SETTINGS[name].env));
  const tokens = own.filter(name => name.endsWith('Token'));
  const keys = own.filter(name => !tokens.includes(name));
  return [
    ...(tokens.length === 0 ? [] : [{ name: 'accessTokenFile', kind: 'token', file: true } as const]),
    ...tokens.map(name => ({ name, kind: 'token', file: false }) as const),
    ...keys.map(name => ({ name, kind: 'key', file: false }) as const),
    ...(keys.length === 0 ? [] : [{ name: 'apiKeyFile', kind: 'key', file: true } as const]),
  ];
}

function any<V>(flag: string, env: string, reader: Reader<V>, about: string, fallback?: V): Setting<V> {
  return { flag, env: `ALOUD_${env}`, files: 'any', reader, about, ...(fallback === undefined ? {} : { fallback }) };
}

function own<V>(flag: string, env: string, reader: Reader<V>, about: string, why: string, fallback?: V): Setting<V> {
  return { ...any(flag, env, reader, about, fallback), files: 'user', why };
}
