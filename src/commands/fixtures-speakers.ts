/** Who speaks the entries of a manifest: one speaker for each provider, reached only when there is something to say. */
import { Failure, printable } from '../errors.ts';
import type { Host } from '../host.ts';
import { PROVIDER_NAMES, PROVIDERS, type Provider, type ProviderName } from '../providers/index.ts';
import type { FlagValues } from '../settings/layer.ts';
import { resolveSettings, type Settings } from '../settings/resolve.ts';
import type { Connection, Voice } from '../speech.ts';
import { type Reach, reach, tellProvider } from './reach.ts';

export interface Speaker {
  readonly settings: Settings;
  readonly provider: Provider;
  /** Version of an engine on this machine; null where it is far away, undefined where it is not installed. */
  readonly engine: string | null | undefined;
  /** The voice for an entry as far as it can be told without asking anybody. */
  expect(voice: string | undefined, language: string | undefined): Promise<Voice>;
  /** The voice that it really is; may take a request. */
  find(voice: string | undefined, language: string | undefined): Promise<Voice>;
  reached(): Promise<Reach>;
  /** Opens the connection when it is asked for first, for so many contexts at once or as many as are taken. */
  connection(maxContexts: number | undefined): Promise<Connection>;
  close(): Promise<void>;
}

export interface Speakers {
  /** The speaker for an entry that names `provider`, or none. */
  of(provider: string | undefined): Promise<Speaker>;
  /** Opens no further connections, and closes those there are. */
  close(): Promise<void>;
}

/** Where a provider is named when nothing stronger does. */
export interface Fallback {
  readonly provider: string;
  readonly path: string;
}

/**
 * @param manifest is named where one of its entries names a provider
 * @param fallback who made what there is: speaks on unless a flag, the settings or the manifest choose another
 */
export async function createSpeakers(
  flags: FlagValues,
  manifest: string,
  fallback: Fallback | undefined,
  host: Host,
  signal: AbortSignal,
): Promise<Speakers> {
  const told = new Set<string>();
  const plain = await resolveSettings(flags, host);
  const isOpen = plain.origins.provider.layer === 'default' && fallback !== undefined && isProvider(fallback.provider);
  const usual = isOpen ? await resolveSettings(flags, host, choiceOf(fallback.provider, fallback.path)) : plain;
  const speakers = new Map<string, Promise<Speaker>>();

  async function make(name: ProviderName, isNamed: boolean): Promise<Speaker> {
    const isUsual = usual.values.provider === name;
    const settings = isUsual ? usual : await resolveSettings(flags, host, choiceOf(name, manifest));
    for (const warning of settings.warnings.filter(text => !told.has(text))) {
      told.add(warning);
      host.warn(warning);
    }
    const builtInByDefault = settings.builtInByDefault && !isNamed;
    return createSpeaker({ ...settings, builtInByDefault, warnings: [] }, host, signal);
  }

  return {
    of(provider) {
      const isFixed = provider === undefined || usual.origins.provider.layer === 'flag';
      const name = isFixed || !isProvider(provider) ? usual.values.provider : provider;
      const speaker = speakers.get(name) ?? make(name, !isFixed);
      speakers.set(name, speaker);
      return speaker;
    },
    async close() {
      for (const speaker of speakers.values()) {
        const known = await speaker.catch(() => undefined);
        await known?.close();
      }
    },
  };
}

function isProvider(name: string): name is ProviderName {
  return PROVIDER_NAMES.includes(name as ProviderName);
}

function choiceOf(provider: string, path: string) {
  if (isProvider(provider)) return { provider, path };
  throw new Failure('usage', `there is no provider ${JSON.stringify(printable(provider, 60))}`);
}

/** The engine speaks one at a time: while that is put into its files the next is spoken. */
const LOCAL_CONTEXTS = 2;

/** Voices are asked for again and again: some names are remembered. */
const KNOWN_VOICES = 1000;

async function createSpeaker(settings: Settings, host: Host, signal: AbortSignal): Promise<Speaker> {
  const { provider: name } = settings.values;
  const provider = await PROVIDERS[name].load();
  const needsNobody = PROVIDERS[name].credentials.length === 0;
  const voices = new Map<string, Voice>();
  let reaching: Promise<Reach> | undefined;
  let connecting: Promise<Connection> | undefined;

  const reached = () => {
    reaching ??= reach(settings, host, signal);
    return reaching;
  };

  async function find(wanted: string | undefined, language: string | undefined): Promise<Voice> {
    if (wanted === undefined) return provider.defaultVoice(language);
    const known = voices.get(wanted) ?? (await (await reached()).voices.find(wanted, signal));
    if (voices.size >= KNOWN_VOICES) voices.clear();
    voices.set(wanted, known);
    return known;
  }

  async function connect(wanted: number | undefined): Promise<Connection> {
    const { access } = await reached();
    tellProvider(settings, host);
    const maxContexts = wanted ?? (needsNobody ? LOCAL_CONTEXTS : undefined);
    return provider.connect(maxContexts === undefined ? access : { ...access, maxContexts }, signal);
  }

  return {
    settings,
    provider,
    engine: versionOf(provider),
    reached,
    find,
    async expect(wanted, language) {
      return wanted === undefined || needsNobody ? find(wanted, language) : { id: wanted, name: wanted };
    },
    connection(maxContexts) {
      connecting ??= connect(maxContexts);
      return connecting;
    },
    async close() {
      const connection = await connecting?.catch(() => undefined);
      await connection?.close();
    },
  };
}

function versionOf({ version }: Provider): string | null | undefined {
  if (version === undefined) return null;
  try {
    return version();
  } catch {
    // Not installed: what is there can be checked and restored all the same.
    return undefined;
  }
}
