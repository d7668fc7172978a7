/** What `aloud doctor` looks at beyond the machine: keys, the way out, the services themselves, and what time they say it is. */
import { readFile } from 'node:fs/promises';
import { Failure, printable } from '../errors.ts';
import type { Host } from '../host.ts';
import type { Greeting, ProviderName } from '../providers/index.ts';
import { PROVIDER_NAMES, PROVIDERS } from '../providers/index.ts';
import { type Credential, resolveCredential } from '../settings/credentials.ts';
import { SETTINGS, type SettingName } from '../settings/index.ts';
import { describeOrigin } from '../settings/layer.ts';
import { proxyFor, proxyName } from '../settings/proxy.ts';
import type { Settings } from '../settings/resolve.ts';
import { type Check, failing } from './doctor-check.ts';
import { accessFor } from './reach.ts';

/** Says hello to a provider; undefined where there is nobody to greet. @throws Failure for what connecting fails with */
export async function greetService(
  name: ProviderName,
  settings: Pick<Settings, 'values'>,
  credential: Credential | undefined,
  host: Host,
  signal: AbortSignal,
): Promise<Greeting | undefined> {
  const provider = await PROVIDERS[name].load();
  return provider.greet?.(accessFor(settings, credential, host), signal);
}

/** Every provider that takes a key: whether there is one, and where there is, whether it lets us in. */
export async function* checkServices(
  settings: Settings,
  host: Host,
  signal: AbortSignal,
  greet: typeof greetService,
): AsyncGenerator<Check> {
  const services = PROVIDER_NAMES.filter(name => PROVIDERS[name].credentials.length > 0);
  const greetings: Greeting[] = [];
  const ways: string[] = [];
  for (const name of services) {
    const { check, considered, credential, isReady } = await checkCredential(name, settings, host, signal);
    yield check;
    if (!isReady) continue;
    const way = checkWayOut(name, considered, host);
    if (way.detail !== ways.at(-1)) yield way;
    ways.push(way.detail);
    const inForce = name === settings.values.provider;
    try {
      const greeting = await greet(name, considered, credential, host, signal);
      if (greeting !== undefined) {
        greetings.push(greeting);
        yield { name: `${name} network`, status: 'ok', detail: described(greeting) };
      }
    } catch (error) {
      signal.throwIfAborted();
      yield failing(`${name} network`, inForce ? 'fail' : 'warn', error);
    }
  }
  // Nobody is asked, but whoever sets a key next wants to know.
  const [first] = services;
  if (ways.length === 0 && first !== undefined) {
    const way = checkWayOut(first, asIfChosen(first, settings), host);
    yield way.status === 'fail' ? { ...way, status: 'warn' } : way;
  }
  yield checkClock(greetings);
}

function described({ tookMs, requestId }: Greeting): string {
  const id = requestId === undefined ? '' : `, request id ${printable(requestId, 100)}`;
  return `connected in ${Math.round(tookMs)} ms, key accepted${id}; nothing was spoken, nothing is charged`;
}

interface Examined {
  readonly check: Check;
  /** The settings as if this provider were chosen. */
  readonly considered: Settings;
  readonly credential: Credential | undefined;
  /** Whether there is all that is needed to connect. */
  readonly isReady: boolean;
}

async function checkCredential(
  provider: ProviderName,
  settings: Settings,
  host: Host,
  signal: AbortSignal,
): Promise<Examined> {
  const inForce = provider === settings.values.provider;
  const considered = inForce ? settings : asIfChosen(provider, settings);
  const name = `${provider} key`;
  const examined = { considered, credential: undefined, isReady: false };
  try {
    const credential = await resolveCredential(considered, host, signal);
    if (credential === undefined) {
      const detail = 'none, and a server on this machine may need none';
      return { ...examined, isReady: inForce, check: { name, status: 'skip', detail } };
    }
    const detail = `a ${credential.kind} is there (${describeOrigin(credential.origin)})`;
    const [next] = credential.warnings;
    const check: Check = next === undefined ? { name, status: 'ok', detail } : { name, status: 'warn', detail, next };
    return { check, considered, credential, isReady: true };
  } catch (error) {
    if (inForce) return { ...examined, check: failing(name, 'fail', error) };
    if (isSetSomewhere(provider, settings)) return { ...examined, check: failing(name, 'warn', error) };
    const next = `set ${PROVIDERS[provider].credentials[0]} to use ${provider}`;
    return { ...examined, check: { name, status: 'skip', detail: 'not set', next } };
  }
}

/** An address, a model and a key file are for the provider in force alone. */
function asIfChosen(provider: ProviderName, settings: Settings): Settings {
  const own: Partial<Record<SettingName, undefined>> = {
    baseUrl: undefined,
    model: undefined,
    apiKeyFile: undefined,
    accessTokenFile: undefined,
  };
  const origins = Object.fromEntries(Object.keys(own).map(name => [name, { layer: 'default' }]));
  return {
    ...settings,
    values: { ...settings.values, ...own, provider } as Settings['values'],
    origins: { ...settings.origins, ...origins } as Settings['origins'],
  };
}

function isSetSomewhere(provider: ProviderName, { values }: Settings): boolean {
  const variables: readonly string[] = PROVIDERS[provider].credentials;
  const names = (Object.keys(SETTINGS) as SettingName[]).filter(name => variables.includes(SETTINGS[name].env));
  return names.some(name => values[name] !== undefined);
}

// The registry does not tell the addresses; variables that exempt one host are rare enough to name the host.
const ADDRESSES: Readonly<Record<string, string>> = {
  cartesia: 'https://api.cartesia.ai',
  slng: 'https://api.slng.ai',
};

function checkWayOut(provider: ProviderName, { values }: Settings, host: Host): Check {
  const address = values.baseUrl ?? ADDRESSES[provider] ?? 'https://localhost';
  const name = 'proxy';
  try {
    const proxy = proxyFor(address, host.env);
    const way = proxy === undefined ? 'none' : proxyName(proxy);
    return { name, status: 'ok', detail: `${way} for ${new URL(address).host}` };
  } catch (error) {
    return failing(name, 'fail', error);
  }
}

/** Certificates of one's own, which Node passes over in silence when it cannot read them. */
export async function checkCertificates({ env }: Host): Promise<Check> {
  const name = 'certificates';
  const file = env.NODE_EXTRA_CA_CERTS;
  if (file === undefined || file === '') return { name, status: 'ok', detail: 'those that Node brings' };
  const shown = `${printable(file)} (NODE_EXTRA_CA_CERTS)`;
  const next = 'name a file of certificates as PEM, or unset NODE_EXTRA_CA_CERTS';
  try {
    const blocks = (await readFile(file, 'utf8')).match(
      /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g,
    );
    if (blocks === null) throw new Failure('config', `there is no certificate in ${shown}`, { hint: next });
    return { name, status: 'ok', detail: `those that Node brings, and ${blocks.length} in ${shown}` };
  } catch (error) {
    if (error instanceof Failure) return failing(name, 'warn', error);
    return { name, status: 'warn', detail: `${shown} cannot be read`, next };
  }
}

/** Tokens and certificates are refused by a clock that is so far off. */
const MOST_APART_MS = 60_000;

function checkClock(greetings: readonly Greeting[]): Check {
  const name = 'clock';
  const told = greetings.find(({ answeredAt }) => answeredAt !== undefined)?.answeredAt;
  if (told === undefined) return { name, status: 'skip', detail: 'nobody to compare it with' };
  const apart = Date.now() - told.getTime();
  const seconds = Math.round(Math.abs(apart) / 1000);
  if (Math.abs(apart) <= MOST_APART_MS)
    return { name, status: 'ok', detail: `within ${seconds + 1} s of the service's` };
  const detail = `${seconds} s ${apart > 0 ? 'ahead of' : 'behind'} the service's`;
  return { name, status: 'warn', detail, next: 'set the clock of this machine' };
}
