/** From settings to somebody who speaks: the provider, what it needs to be reached, and the request. */
import { Failure, type FailureKind, printable } from '../errors.ts';
import type { Host } from '../host.ts';
import { EMOTIONS, isKnownEmotion } from '../protocol/emotions.ts';
import { type Access, PROVIDER_NAMES, PROVIDERS, type Provider } from '../providers/index.ts';
import { MODELS } from '../server/models.ts';
import { type Credential, resolveCredential } from '../settings/credentials.ts';
import { fileKey, SETTING_NAMES, type SettingName } from '../settings/index.ts';
import { describeOrigin } from '../settings/layer.ts';
import { nearest } from '../settings/nearest.ts';
import { proxyFor } from '../settings/proxy.ts';
import { type Settings, speedOf } from '../settings/resolve.ts';
import { redactorOf } from '../settings/secret.ts';
import type { Granularity, SpeechRequest, Voice } from '../speech.ts';
import { nearestLanguage } from './nearest-language.ts';
import { createVoiceList, type VoiceList } from './voice-list.ts';
import { speaks } from './voice-search.ts';

/** A provider that can be asked to speak. */
export interface Reach {
  readonly provider: Provider;
  readonly access: Access;
  readonly voices: VoiceList;
}

/** Does what the settings say about how to talk; the flags alone were known before. */
export function heed({ values }: Settings, host: Host): void {
  if (values.noColor) host.configure({ color: false });
}

/**
 * Loads the provider that the settings choose, with its credential; `offline` it may do without one.
 *
 * @throws Failure of kind config for a missing or malformed credential, usage for flags it has no use for.
 */
export async function reach(
  settings: Settings,
  host: Host,
  signal: AbortSignal,
  { offline = false }: Pick<Wishes, 'offline'> = {},
): Promise<Reach> {
  const { values } = settings;
  heed(settings, host);
  for (const warning of settings.warnings) host.warn(warning);
  const provider = await PROVIDERS[values.provider].load();
  refuseForeignFlags(provider, settings);
  warnOfEmotion(settings, host);
  const credential = await resolveCredential(settings, host, signal, !offline);
  for (const warning of credential?.warnings ?? []) host.warn(warning);
  const access = accessFor(settings, credential, host);
  return { provider, access, voices: createVoiceList(provider, access, host) };
}

/** What a provider needs to be reached, out of settings and credential. */
export function accessFor(
  { values }: Pick<Settings, 'values'>,
  credential: Credential | undefined,
  host: Host,
): Access {
  return {
    ...(credential === undefined ? {} : { credential }),
    ...(values.baseUrl === undefined ? {} : { baseUrl: new URL(values.baseUrl) }),
    ...(values.model === undefined ? {} : { model: values.model }),
    ...(values.region === undefined ? {} : { region: values.region }),
    ...(values.worldPart === undefined ? {} : { worldPart: values.worldPart }),
    apiVersion: values.apiVersion,
    auth: values.auth,
    connectTimeoutMs: values.connectTimeout * 1000,
    timeoutMs: values.timeout * 1000,
    joinsChunks: true,
    retries: values.retries,
    proxyFor: url => proxyFor(url, host.env),
    clock: host.clock,
    redact: redactorOf(credential?.secret),
    userAgent: `aloud/${host.version}`,
    warn: message => host.verbose(message),
  };
}

/** Says who speaks where nothing chose it; called when all is well, so that an error stands alone. */
export function tellProvider({ builtInByDefault }: Settings, host: Host): void {
  if (!builtInByDefault) return;
  const keys = PROVIDER_NAMES.flatMap(name => PROVIDERS[name].credentials[0] ?? []);
  host.note(`no key is set (${keys.join(' or ')}), so the built-in voice speaks`);
}

/** The same error, but a failure to get speech from the provider says whose it is. */
export function blame(error: unknown, { provider, access }: Reach): unknown {
  const meant = error instanceof Failure ? nearestModel(error, access.model) : undefined;
  if (error instanceof Failure && meant !== undefined)
    return error.with({ provider: provider.name, hint: `did you mean ${meant}?` });
  if (error instanceof Failure && error.hint === undefined && error.details.providerCode === 'not_recorded')
    return error.with({ provider: provider.name, hint: 'record it again, or start the server without --strict' });
  if (!(error instanceof Failure) || !THEIRS.includes(error.kind) || error.details.provider !== undefined) return error;
  // The built-in voice has no status page and does not get better by itself.
  const own = provider.name === 'local' && error.kind === 'service' ? { hint: 'see what is wrong: aloud doctor' } : {};
  return error.with({ provider: provider.name, ...own });
}

/** The model that was probably meant where the service knows none of that id. */
function nearestModel({ details, hint }: Failure, model: string | undefined): string | undefined {
  const isUnknown = model !== undefined && hint === undefined && details.providerCode === 'model_not_found';
  return isUnknown ? nearest(model, MODELS) : undefined;
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

/** Services take any name (protocol §10, 3), so that a slip would only be heard. */
function warnOfEmotion({ values }: Settings, host: Host): void {
  const { emotion, provider } = values;
  // The built-in voice has none, and says so.
  if (emotion === undefined || provider === 'local' || isKnownEmotion(emotion)) return;
  const meant = nearest(emotion, EMOTIONS);
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  host.warn(`no emotion is known as ${JSON.stringify(printable(emotion, 60))}${hint}`);
}

/** What a command asks for that is no setting. */
export interface Wishes {
  readonly timestamps: readonly Granularity[];
  /** Milliseconds that the service may wait for more text, unless the settings say it. */
  readonly maxBufferDelayMs?: number;
  /** Nobody is to be asked for anything, not even for the voices there are. */
  readonly offline?: boolean;
}

/**
 * The request that settings and wishes come to, checked against what the provider can give.
 *
 * @throws Failure of kind usage, with the reason.
 */
export async function makeRequest(
  reached: Reach,
  settings: Settings,
  wishes: Wishes,
  host: Host,
  signal: AbortSignal,
): Promise<SpeechRequest> {
  const voice = await chooseVoice(reached, settings, wishes, signal);
  const request = requestFor(voice, reached, settings, wishes);
  tellLanguage(voice, reached, settings, host);
  return request;
}

async function chooseVoice(
  reached: Reach,
  settings: Settings,
  { offline }: Wishes,
  signal: AbortSignal,
): Promise<Voice> {
  const { voice: wanted, language } = settings.values;
  try {
    if (wanted === undefined) return await voiceFor(language, reached, signal);
    return await reached.voices.find(wanted, signal, offline);
  } catch (error) {
    throw withOrigin(error, settings, wanted === undefined ? undefined : 'voice');
  }
}

/** The built-in engine speaks as its voice does, whatever language it is told. */
function tellLanguage(voice: Voice, { provider }: Reach, settings: Settings, host: Host): void {
  const { language, voice: wanted } = settings.values;
  if (provider.name !== 'local' || language === undefined || speaks(voice, language)) return;
  const said = printable(language, 40);
  if (wanted === undefined) {
    host.verbose(`no built-in voice speaks ${said} as such: ${voice.id} does it`);
  } else if (baseOf(voice.language) !== baseOf(languageOf(provider, language))) {
    host.warn(`voice ${voice.id} speaks ${voice.language}, not ${said}${originOf('language', settings)}`);
  }
}

/** A language by the name that the voices have for it: `no` is `nb`. */
function languageOf(provider: Provider, language: string): string | undefined {
  try {
    return provider.defaultVoice(language).language;
  } catch {
    return language;
  }
}

function baseOf(language = ''): string | undefined {
  return language.toLowerCase().split(/[-_]/)[0];
}

/** The same refusal; where the value is from no flag, it says where it is from. */
function withOrigin(error: unknown, settings: Partial<Pick<Settings, 'origins'>>, name?: SettingName): unknown {
  if (!(error instanceof Failure) || error.kind !== 'usage') return error;
  const { setting } = error.details;
  const at = SETTING_NAMES.find(each => each === (setting ?? name));
  return at === undefined ? error : error.with({}, error.message + originOf(at, settings));
}

function originOf(name: SettingName, { origins }: Partial<Pick<Settings, 'origins'>>): string {
  const origin = origins?.[name];
  if (origin === undefined || origin.layer === 'flag' || origin.layer === 'default') return '';
  return ` (${fileKey(name)} from ${origin.layer === 'env' ? origin.name : describeOrigin(origin)})`;
}

/** The provider's own voice for a language; where it has none, with the language that was probably meant. */
async function voiceFor(
  language: string | undefined,
  { provider, access }: Reach,
  signal: AbortSignal,
): Promise<Voice> {
  try {
    return provider.defaultVoice(language);
  } catch (error) {
    if (!(error instanceof Failure) || language === undefined || provider.listsOverNetwork) throw error;
    const meant = nearestLanguage(language, (await provider.voices(access, signal)) ?? []);
    throw meant === undefined ? error : error.with({ hint: `did you mean ${meant}? ${error.hint ?? ''}`.trim() });
  }
}

/**
 * The same for a voice that is known already.
 *
 * @throws Failure of kind usage, with the reason.
 */
export function requestFor(
  voice: Voice,
  { provider }: Pick<Reach, 'provider'>,
  { values, origins }: Pick<Settings, 'values'> & Partial<Pick<Settings, 'origins'>>,
  wishes: Wishes,
): SpeechRequest {
  const language = values.language ?? voice.language;
  const speed = speedOf(values);
  const delay = values.maxBufferDelay ?? wishes.maxBufferDelayMs;
  const request: SpeechRequest = Object.freeze({
    model: values.model ?? provider.defaultModel,
    voice: voice.id,
    format: { encoding: values.encoding, sampleRate: values.sampleRate },
    timestamps: wishes.timestamps,
    ...(language === undefined ? {} : { language }),
    ...(speed === undefined ? {} : typeof speed === 'number' ? { speed } : { legacySpeed: speed }),
    ...(values.volume === undefined ? {} : { volume: values.volume }),
    ...(values.emotion === undefined ? {} : { emotion: values.emotion }),
    ...(values.pronunciationDict === undefined ? {} : { pronunciationDict: values.pronunciationDict }),
    ...(values.normalizedTimestamps ? { normalizedTimestamps: true } : {}),
    ...(delay === undefined ? {} : { maxBufferDelayMs: delay }),
  });
  try {
    provider.check(request);
  } catch (error) {
    throw withOrigin(error, origins === undefined ? {} : { origins });
  }
  return request;
}
