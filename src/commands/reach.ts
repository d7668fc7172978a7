/** From settings to somebody who speaks: the provider, what it needs to be reached, and the request. */
import { Failure, type FailureKind, printable } from '../errors.ts';
import type { Host } from '../host.ts';
import { type Access, PROVIDER_NAMES, PROVIDERS, type Provider } from '../providers/index.ts';
import { resolveCredential } from '../settings/credentials.ts';
import { nearest } from '../settings/nearest.ts';
import { proxyFor } from '../settings/proxy.ts';
import { type Settings, speedOf } from '../settings/resolve.ts';
import { redact } from '../settings/secret.ts';
import type { Granularity, SpeechRequest, Voice } from '../speech.ts';

/** A provider that can be asked to speak. */
export interface Reach {
  readonly provider: Provider;
  readonly access: Access;
}

/**
 * Loads the provider that the settings choose, with its credential.
 *
 * @throws Failure of kind config for a missing or malformed credential, usage for flags it has no use for.
 */
export async function reach(settings: Settings, host: Host, signal: AbortSignal): Promise<Reach> {
  const { values } = settings;
  for (const warning of settings.warnings) host.warn(warning);
  const provider = await PROVIDERS[values.provider].load();
  refuseForeignFlags(provider, settings);
  const credential = await resolveCredential(settings, host, signal);
  for (const warning of credential?.warnings ?? []) host.warn(warning);
  const access: Access = {
    ...(credential === undefined ? {} : { credential }),
    ...(values.baseUrl === undefined ? {} : { baseUrl: new URL(values.baseUrl) }),
    ...(values.model === undefined ? {} : { model: values.model }),
    ...(values.region === undefined ? {} : { region: values.region }),
    ...(values.worldPart === undefined ? {} : { worldPart: values.worldPart }),
    apiVersion: values.apiVersion,
    auth: values.auth,
    connectTimeoutMs: values.connectTimeout * 1000,
    timeoutMs: values.timeout * 1000,
    retries: values.retries,
    proxyFor: url => proxyFor(url, host.env),
    clock: host.clock,
    redact: text => redact(text, credential === undefined ? [] : [credential.secret]),
    userAgent: `aloud/${host.version}`,
    warn: message => host.verbose(message),
  };
  return { provider, access };
}

/** Says who speaks where nothing chose it; called when all is well, so that an error stands alone. */
export function tellProvider({ builtInByDefault }: Settings, host: Host): void {
  if (!builtInByDefault) return;
  const keys = PROVIDER_NAMES.flatMap(name => PROVIDERS[name].credentials[0] ?? []);
  host.note(`no key is set, so the built-in voice speaks; for another set ${keys.join(' or ')}`);
}

/** The same error, but a failure to get speech from the provider says whose it is. */
export function blame(error: unknown, { provider }: Reach): unknown {
  if (!(error instanceof Failure) || !THEIRS.includes(error.kind) || error.details.provider !== undefined) return error;
  return error.with({ provider: provider.name });
}

const THEIRS: readonly FailureKind[] = ['auth', 'network', 'service', 'quota', 'incomplete'];

/** A flag that means nothing to the provider is an error; a setting from a file is for when another one speaks. */
function refuseForeignFlags(provider: Provider, { origins }: Settings): void {
  for (const name of provider.noUseFor) {
    const origin = origins[name];
    if (origin.layer !== 'flag') continue;
    throw new Failure('usage', `${origin.name} means nothing to provider ${provider.name}`, {
      hint: `leave it out, or choose who it is for with --provider`,
    });
  }
}

/** What a command asks for that is no setting. */
export interface Wishes {
  readonly timestamps: readonly Granularity[];
  /** Milliseconds that the service may wait for more text, unless the settings say it. */
  readonly maxBufferDelayMs?: number;
}

/**
 * The request that settings and wishes come to, checked against what the provider can give.
 *
 * @throws Failure of kind usage, with the reason.
 */
export async function makeRequest(
  { provider, access }: Reach,
  { values }: Settings,
  wishes: Wishes,
  signal: AbortSignal,
): Promise<SpeechRequest> {
  const voice = await chooseVoice(provider, access, values.voice, values.language, signal);
  const language = values.language ?? voice.language;
  const speed = speedOf(values);
  const delay = values.maxBufferDelay ?? wishes.maxBufferDelayMs;
  const request: SpeechRequest = Object.freeze({
    model: values.model ?? provider.defaultModel,
    voice: voice.id,
    format: { encoding: values.encoding, sampleRate: values.sampleRate },
    timestamps: wishes.timestamps,
    ...(language === undefined ? {} : { language }),
    ...(speed === undefined ? {} : { speed }),
    ...(values.volume === undefined ? {} : { volume: values.volume }),
    ...(values.emotion === undefined ? {} : { emotion: values.emotion }),
    ...(values.pronunciationDict === undefined ? {} : { pronunciationDict: values.pronunciationDict }),
    ...(values.normalizedTimestamps ? { normalizedTimestamps: true } : {}),
    ...(delay === undefined ? {} : { maxBufferDelayMs: delay }),
  });
  provider.check(request);
  return request;
}

async function chooseVoice(
  provider: Provider,
  access: Access,
  wanted: string | undefined,
  language: string | undefined,
  signal: AbortSignal,
): Promise<Voice> {
  if (wanted === undefined) return provider.defaultVoice(language);
  const known = provider.knownVoice?.(wanted);
  if (known !== undefined) return known;
  const voices = await provider.voices(access, signal);
  return voices === undefined ? { id: wanted, name: wanted } : findVoice(wanted, voices);
}

/**
 * The voice that `wanted` names: exact id, else exact name, else the one whose id or name begins with
 * it, upper and lower case alike. Never a guess.
 *
 * @throws Failure of kind usage when there is none, or more than one; the candidates are in the hint.
 */
export function findVoice(wanted: string, voices: readonly Voice[]): Voice {
  const key = wanted.toLowerCase();
  const candidates = [
    voices.filter(voice => voice.id === wanted),
    voices.filter(voice => voice.name === wanted),
    voices.filter(voice => voice.id.toLowerCase() === key || voice.name.toLowerCase() === key),
    voices.filter(voice => voice.id.toLowerCase().startsWith(key) || voice.name.toLowerCase().startsWith(key)),
  ].find(found => found.length > 0);
  const [only, ...others] = candidates ?? [];
  if (only !== undefined && others.length === 0) return only;
  const shown = printable(wanted, 60);
  if (only === undefined) {
    const meant = nearest(
      wanted,
      voices.flatMap(voice => [voice.id, voice.name]),
    );
    const hint = 'list them with: aloud voices';
    throw new Failure('usage', `no voice is called ${JSON.stringify(shown)}`, {
      hint: meant === undefined ? hint : `did you mean ${printable(meant, 60)}? ${hint}`,
    });
  }
  const list = [only, ...others].slice(0, 12).map(voice => `${printable(voice.id, 60)} (${printable(voice.name, 60)})`);
  const more = others.length >= 12 ? `, and ${others.length - 11} more` : '';
  throw new Failure('usage', `${JSON.stringify(shown)} could be ${others.length + 1} voices`, {
    hint: `it could be ${list.join(', ')}${more}`,
  });
}
