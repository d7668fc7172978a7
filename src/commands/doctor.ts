/** `aloud doctor`: looks at what speaking needs on this machine and says what to do; claims nothing it did not look at. */
import type { Command } from 'commander';
import { asFailure, EXIT_CODES, printable } from '../errors.ts';
import type { Host } from '../host.ts';
import type { ProviderName } from '../providers/index.ts';
import { PROVIDER_NAMES, PROVIDERS } from '../providers/index.ts';
import { resolveCredential } from '../settings/credentials.ts';
import { userFilePath } from '../settings/files.ts';
import type { FlagValues } from '../settings/layer.ts';
import { describeOrigin } from '../settings/layer.ts';
import { proxyFor, proxyName } from '../settings/proxy.ts';
import type { Settings } from '../settings/resolve.ts';
import { resolveSettings } from '../settings/resolve.ts';
import type { Check } from './doctor-machine.ts';
import { checkCache, checkEngine, checkSound, checkTemp } from './doctor-machine.ts';
import { heed } from './reach.ts';
import { addSettings, readFlags } from './settings-options.ts';

export interface DoctorOptions {
  readonly json: boolean;
  readonly flags: FlagValues;
}

const EXAMPLES = `Examples:
  $ aloud doctor
  $ aloud doctor --provider cartesia --json
`;

/** Adds the command to `program`; parses only. */
export function register(program: Command, host: Host, signal: AbortSignal, run: typeof doctor = doctor): void {
  const command = program
    .command('doctor')
    .description('check key, engine, sound and settings, and say what to do')
    .addHelpText('before', EXAMPLES)
    .option('--json', 'one JSON document on stdout');
  addSettings(command, ['provider', 'baseUrl', 'apiKeyFile', 'accessTokenFile', 'player']);
  command.action(() => run({ json: command.opts().json === true, flags: readFlags(command) }, host, signal));
}

/** Prints a line for every check; the exit code is that of the first that failed. */
export async function doctor(options: DoctorOptions, host: Host, signal: AbortSignal): Promise<void> {
  const checks = await examine(options.flags, host, signal);
  const failed = checks.find(check => check.status === 'fail');
  if (failed !== undefined) host.exitCode = EXIT_CODES[failed.kind ?? 'config'];
  const shown = checks.map(({ name, status, detail, next = null }) => ({ name, status, detail, next }));
  if (options.json) return host.printJson({ ok: failed === undefined, checks: shown }, 2);
  await host.print(await asText(checks, host));
}

async function examine(flags: FlagValues, host: Host, signal: AbortSignal): Promise<Check[]> {
  const checks = [checkNode(host)];
  let settings: Settings | undefined;
  try {
    settings = await resolveSettings(flags, host);
    heed(settings, host);
    checks.push(...describeSettings(settings, host));
  } catch (error) {
    checks.push(failing('settings', 'fail', error));
    checks.push({ name: 'credentials', status: 'skip', detail: 'not checked, as the settings cannot be read' });
  }
  if (settings !== undefined) {
    for (const provider of PROVIDER_NAMES) {
      if (PROVIDERS[provider].credentials.length > 0)
        checks.push(await checkCredential(provider, settings, host, signal));
    }
    checks.push(...checkNetwork(settings, host));
  }
  checks.push(await checkEngine(settings));
  checks.push(await checkSound(settings, host));
  checks.push(await checkTemp(host), await checkCache(host));
  return checks;
}

function checkNode({ nodeVersion }: Host): Check {
  if (Number.parseInt(nodeVersion, 10) >= 20) return { name: 'node', status: 'ok', detail: nodeVersion };
  return { name: 'node', status: 'fail', detail: nodeVersion, next: 'install Node 20 or later' };
}

function describeSettings(settings: Settings, host: Host): Check[] {
  const { files, warnings, values, origins } = settings;
  const none = `no file; yours would be ${printable(userFilePath(host) ?? 'nowhere, as there is no home folder')}`;
  const found = files.map(({ scope, path }) => `${printable(path)} (${scope})`).join(', ');
  return [
    { name: 'settings', status: 'ok', detail: found === '' ? none : found },
    ...warnings.map(warning => ({ name: 'settings', status: 'warn', detail: warning }) as const),
    { name: 'provider', status: 'ok', detail: `${values.provider} (${describeOrigin(origins.provider)})` },
  ];
}

async function checkCredential(
  provider: ProviderName,
  settings: Settings,
  host: Host,
  signal: AbortSignal,
): Promise<Check> {
  const inForce = provider === settings.values.provider;
  // A key file is for the provider in force alone.
  const others = {
    ...settings.values,
    provider,
    baseUrl: undefined,
    apiKeyFile: undefined,
    accessTokenFile: undefined,
  };
  const variable = PROVIDERS[provider].credentials[0];
  const name = `${provider} key`;
  try {
    const considered = inForce ? settings : { ...settings, values: others, origins: withoutKeyFiles(settings) };
    const credential = await resolveCredential(considered, host, signal);
    if (credential === undefined)
      return { name, status: 'skip', detail: 'none, and a server on this machine may need none' };
    const detail = `a ${credential.kind} is there (${describeOrigin(credential.origin)}); whether it is valid is not checked`;
    const [warning] = credential.warnings;
    return warning === undefined ? { name, status: 'ok', detail } : { name, status: 'warn', detail, next: warning };
  } catch (error) {
    if (inForce) return failing(name, 'fail', error);
    if (isSetSomewhere(provider, settings)) return failing(name, 'warn', error);
    return { name, status: 'skip', detail: 'not set', next: `set ${variable} to use ${provider}` };
  }
}

function withoutKeyFiles({ origins }: Settings): Settings['origins'] {
  const origin = { layer: 'default' } as const;
  return { ...origins, apiKeyFile: origin, accessTokenFile: origin };
}

function isSetSomewhere(provider: ProviderName, { values }: Settings): boolean {
  const { cartesiaApiKey, cartesiaAccessToken, slngApiKey } = values;
  const own: Record<string, readonly unknown[]> = {
    cartesia: [cartesiaApiKey, cartesiaAccessToken],
    slng: [slngApiKey],
  };
  return (own[provider] ?? []).some(value => value !== undefined);
}

// The registry does not tell the addresses; variables that exempt one host are rare enough to name the host.
const ADDRESSES: Readonly<Record<string, string>> = {
  cartesia: 'https://api.cartesia.ai',
  slng: 'https://api.slng.ai',
};

function checkNetwork({ values }: Settings, host: Host): Check[] {
  const address = values.baseUrl ?? ADDRESSES[values.provider];
  if (values.provider === 'local' || address === undefined) return [];
  const { host: name } = new URL(address);
  const reached: Check = { name: 'network', status: 'skip', detail: `not checked: doctor does not connect to ${name}` };
  try {
    const proxy = proxyFor(address, host.env);
    const detail = proxy === undefined ? `none for ${name}` : `${proxyName(proxy)} for ${name}`;
    return [{ name: 'proxy', status: 'ok', detail }, reached];
  } catch (error) {
    return [failing('proxy', 'fail', error), reached];
  }
}

function failing(name: string, status: 'warn' | 'fail', error: unknown): Check {
  const failure = asFailure('bug', error);
  const next = failure.hint === undefined ? {} : { next: failure.hint };
  return { name, status, detail: failure.message, kind: failure.kind, ...next };
}

async function asText(checks: readonly Check[], host: Host): Promise<string> {
  const style = await host.style('stdout');
  const colors = { ok: style.green, warn: style.yellow, fail: style.red, skip: style.dim };
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.map(({ name, status, detail, next }) => {
    const step = next === undefined ? '' : `: ${next}`;
    return `${colors[status](status.padEnd(4))}  ${name.padEnd(width)}  ${detail}${step}`;
  });
  return `${lines.join('\n')}\n`;
}
