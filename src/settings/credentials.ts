/** Finds the key or token for a provider, checks that it can be one, and keeps it from being printed. */
// Not `node:fs/promises`: keys are mostly in the environment, and every call to a service waits for this file.
import { constants, promises as files, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { Failure, printable } from '../errors.ts';
import type { ProviderName } from '../providers/index.ts';
import type { Surroundings } from './folders.ts';
import { type CredentialSource, credentialSources, fileKey, SETTINGS } from './index.ts';
import type { Origin } from './layer.ts';
import { describeOrigin } from './layer.ts';
import { isLoopback } from './proxy.ts';
import type { Settings } from './resolve.ts';
import type { Secret } from './secret.ts';
import { secret } from './secret.ts';

export interface Credential {
  readonly kind: 'key' | 'token';
  readonly secret: Secret;
  readonly origin: Origin;
  /** What people should hear about, such as a key file that others may read. */
  readonly warnings: readonly string[];
}

const STRENGTH: readonly Origin['layer'][] = ['flag', 'env', 'project', 'user'];
const LARGEST_BYTES = 8192;

/**
 * The credential of the provider in force; undefined for a provider that takes none, and for a server on this machine when there is
 * none. Fails with `config` when it is missing, empty or no key, and with `usage` for a flag that does not fit.
 * `signal` ends the wait for a key that comes through a pipe. With `isNeeded` false none is as good, for who asks nobody.
 */
export async function resolveCredential(
  settings: Settings,
  where: Surroundings,
  signal?: AbortSignal,
  isNeeded = true,
): Promise<Credential | undefined> {
  const { provider, baseUrl } = settings.values;
  refuseFlags(settings);
  const source = strongestSource(provider, settings);
  if (source !== undefined) return readCredential(source, settings, where, signal);
  if (credentialSources(provider).length === 0 || (baseUrl !== undefined && isLoopback(new URL(baseUrl).hostname)))
    return undefined;
  if (isNeeded) throw missing(provider);
  return undefined;
}

/**
 * Reads the key in a file that a flag names. Fails with `config` when there is none in it. `signal` ends the wait for
 * a key that comes through a pipe.
 */
export async function readKey(
  path: string,
  flag: string,
  where: Pick<Surroundings, 'uid'>,
  signal?: AbortSignal,
): Promise<Pick<Credential, 'secret' | 'warnings'>> {
  const label = `the file named by ${flag}${shownPath(path)}`;
  const { text, mode } = await readKeyFile(path, label, signal);
  return { secret: checked(text, label), warnings: warningsFor(mode, label, where) };
}

/** Where the credential of any provider would come from, without reading it; undefined when there is none. */
export function credentialOrigin(provider: ProviderName, settings: Settings): Origin | undefined {
  const source = strongestSource(provider, settings);
  return source && settings.origins[source.name];
}

function strongestSource(provider: ProviderName, { values, origins }: Settings): CredentialSource | undefined {
  const given = credentialSources(provider).filter(({ name }) => values[name] !== undefined);
  const strength = ({ name }: CredentialSource) => STRENGTH.indexOf(origins[name].layer);
  return given.sort((a, b) => strength(a) - strength(b))[0];
}

function refuseFlags({ values, origins }: Settings): void {
  const flags = (['apiKeyFile', 'accessTokenFile'] as const).filter(name => origins[name].layer === 'flag');
  const misfit = flags.find(name => !credentialSources(values.provider).some(source => source.name === name));
  if (misfit !== undefined) {
    const what = misfit === 'apiKeyFile' ? 'takes no key' : 'knows no access tokens';
    const hint =
      misfit === 'apiKeyFile' ? 'add --provider to say whose key it is' : 'use --api-key-file, or --provider cartesia';
    throw new Failure('usage', `provider ${values.provider} ${what}`, { hint });
  }
  if (flags.length === 2) throw new Failure('usage', '--api-key-file and --access-token-file exclude each other');
}

function missing(provider: ProviderName): Failure {
  const [own] = credentialSources(provider).filter(source => source.kind === 'key' && !source.file);
  const variable = own === undefined ? 'a key' : SETTINGS[own.name].env;
  return new Failure('config', `there is no key for ${provider}`, {
    hint: `set ${variable}, use --api-key-file, or speak without a key with --provider local`,
    provider,
  });
}

async function readCredential(
  source: CredentialSource,
  settings: Settings,
  where: Surroundings,
  signal: AbortSignal | undefined,
): Promise<Credential> {
  const origin = settings.origins[source.name];
  const value = settings.values[source.name];
  if (typeof value === 'object' && 'reveal' in value) {
    return { kind: source.kind, secret: checked(value.reveal(), called(source, origin)), origin, warnings: [] };
  }
  return { kind: source.kind, origin, ...(await readKey(String(value ?? ''), called(source, origin), where, signal)) };
}

function warningsFor(mode: number | undefined, label: string, { uid }: Pick<Surroundings, 'uid'>): readonly string[] {
  const shared = uid !== undefined && mode !== undefined && (mode & 0o077) !== 0;
  return shared ? [`${label} may be read by others: chmod 600 it`] : [];
}

function called(source: CredentialSource, origin: Origin): string {
  if (origin.layer === 'flag' || origin.layer === 'env') return origin.name;
  return `${fileKey(source.name)} in ${describeOrigin(origin)}`;
}

// A key given where its file is meant must not be echoed, and it has been made to look like a path by now.
function shownPath(path: string): string {
  const name = path.split(/[\\/]/).at(-1) ?? '';
  return /^[\w-]{16,}$/.test(name) ? '' : ` (${printable(path, 200)})`;
}

/** The key that `text` is but for blanks around it. Fails with `config` for what no key can be; it is never quoted. */
export function checked(text: string, label: string): Secret {
  const value = text.trim();
  const hint = 'give the key alone, on one line';
  if (value === '') throw new Failure('config', `${label} is empty`, { hint });
  if (/["'`]/.test(value)) throw new Failure('config', `${label} has quotes in it`, { hint });
  // What is sent in a header: no blanks, no controls, nothing beyond ASCII. The value itself is not shown.
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw new Failure('config', `${label} has blanks, line breaks or letters in it that no key has`, { hint });
  }
  if (value.length > LARGEST_BYTES) throw new Failure('config', `${label} is too long for a key`, { hint });
  return secret(value);
}

interface KeyFile {
  readonly text: string;
  /** Permission bits; undefined for a pipe. */
  readonly mode: number | undefined;
}

async function readKeyFile(path: string, label: string, signal: AbortSignal | undefined): Promise<KeyFile> {
  try {
    const looked = await files.stat(path);
    if (looked.isFIFO()) return { text: await readPipe(path, label, signal), mode: undefined };
    if (looked.isFile()) return await readRegular(path, label);
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof Failure) throw error;
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
    // The system's message repeats the path, so it is not kept as the cause.
    throw new Failure('config', `${label} ${reason}`, { hint: 'name a file that holds the key alone' });
  }
  throw new Failure('config', `${label} is neither a file nor a pipe`);
}

async function readRegular(path: string, label: string): Promise<KeyFile> {
  // Should a pipe have taken the file's place, opening it does not wait for a writer.
  const file = await files.open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const bytes = new Uint8Array(LARGEST_BYTES + 1);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return { text: decode(bytes.subarray(0, bytesRead), label), mode: (await file.stat()).mode };
  } finally {
    await file.close();
  }
}

// For `--api-key-file <(command)`: polled rather than read by a thread, so that the wait can be ended. A named
// pipe without a writer is waited for, as any reader of pipes does.
async function readPipe(path: string, label: string, signal: AbortSignal | undefined): Promise<string> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const pipe = new Socket({ fd, readable: true, writable: false, ...(signal === undefined ? {} : { signal }) });
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of pipe as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > LARGEST_BYTES) break;
  }
  return decode(Buffer.concat(chunks), label);
}

function decode(bytes: Uint8Array, label: string): string {
  if (bytes.length > LARGEST_BYTES) throw new Failure('config', `${label} is too long for a key`);
  // Latin-1 keeps every wrong byte, so that the check after this sees it; a byte-order mark is no part of a key.
  return Buffer.from(bytes).toString('latin1').replace(/^ï»¿/, '');
}
