/** `aloud serve`: a server on this machine that speaks the protocols of Cartesia and SLNG with the built-in voice. */
import { isIPv6 } from 'node:net';
import type { Command } from 'commander';
import { Failure } from '../errors.ts';
import type { Host } from '../host.ts';
import { type Certificate, localCertificate, readCertificate } from '../server/certificate.ts';
import { backgroundClock } from '../server/clock.ts';
import { acceptSecrets } from '../server/credentials.ts';
import { type Listening, listen } from '../server/listen.ts';
import { createSpeechServer } from '../server/local-server.ts';
import { paced } from '../server/pace.ts';
import { readKey } from '../settings/credentials.ts';
import { stateFolder } from '../settings/folders.ts';
import { isLoopback } from '../settings/proxy.ts';
import { present } from './options.ts';
import { createLog } from './serve-log.ts';
import { addServeFlags, readServeFlags, type ServeOptions } from './serve-options.ts';
import { openSource, type Source } from './serve-source.ts';

/** Adds the command to `program`; parses only. */
export function register(program: Command, host: Host, signal: AbortSignal, run: typeof serve = serve): void {
  const command = addServeFlags(
    program.command('serve').description('serve the protocols of Cartesia and SLNG locally, with the built-in voice'),
  );
  command.action(() => run(readServeFlags(command), host, signal));
}

/** What is being spoken when the server is told to end may go on for so long. */
const DRAIN_MS = 8000;

/**
 * Serves until `signal` is aborted, then finishes what is being spoken (not after Ctrl-C) and closes every
 * socket with 1001. Always ends by throwing: a Failure of kind `gone` with the signal's exit code, or why there is
 * no server.
 */
export async function serve(options: ServeOptions, host: Host, signal: AbortSignal): Promise<void> {
  present(options.presentation, host);
  const secret = await readSecret(options, host, signal);
  const certificate = await findCertificate(options, host);
  const log = createLog(host, {
    json: options.presentation.json ?? false,
    quiet: options.presentation.quiet ?? false,
  });
  const source = await openSource(options, host, signal, log);
  try {
    const { realtime, latencyMs, concurrency, faults, idleMs, flushNumbering } = options;
    const server = createSpeechServer(paced(source.synthesizer, { realtime, latencyMs, clock: host.clock }), {
      ...source.serving,
      concurrency,
      faults,
      idleMs,
      flushNumbering,
      onLog: log.context,
      onRefusal: log.refusal,
      ...(secret === undefined ? {} : { authorize: acceptSecrets([secret]) }),
    });
    const listening = await listen(server.httpServer, {
      host: options.host,
      port: options.port,
      clock: backgroundClock,
      ...(certificate === undefined ? {} : { tls: certificate }),
    });
    try {
      await introduce(options, listening, certificate, source, host);
      await Promise.race([aborted(signal), ...(source.failed === undefined ? [] : [source.failed])]);
      if (exitCodeOf(signal.reason) !== 130) await server.drain(DRAIN_MS);
    } finally {
      listening.close();
      await server.close();
    }
  } finally {
    await source.close();
  }
  // To be ended is how a server ends: there is nothing to say about it.
  throw new Failure('gone', 'the server was told to end', { exitCode: exitCodeOf(signal.reason) });
}

function exitCodeOf(reason: unknown): number {
  return reason instanceof Failure ? reason.exitCode : 130;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function readSecret({ host: name, apiKeyFile }: ServeOptions, host: Host, signal: AbortSignal) {
  if (apiKeyFile === undefined) {
    if (isLocal(name)) return undefined;
    throw new Failure('config', `other machines could use a server on ${name}, and no key is asked for`, {
      hint: 'name a file that holds a key with --api-key-file, or leave out --host',
    });
  }
  const { secret, warnings } = await readKey(apiKeyFile, '--api-key-file', host, signal);
  for (const warning of warnings) host.warn(warning);
  if (!isLocal(name)) host.warn('over ws: and http: the key can be read on the way; use wss: and https:');
  return secret.reveal();
}

function bracketed(name: string): string {
  return isIPv6(name) ? `[${name}]` : name;
}

function isLocal(name: string): boolean {
  return isLoopback(bracketed(name));
}

/** The certificate that was named, else our own; without a place to keep one there is no TLS. */
async function findCertificate({ cert, key }: ServeOptions, host: Host): Promise<Certificate | undefined> {
  if (cert !== undefined && key !== undefined) return readCertificate(cert, key);
  const folder = stateFolder(host);
  try {
    if (folder === undefined) throw new Failure('config', 'there is no home folder to keep a certificate in');
    return await localCertificate(folder, new Date());
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    host.warn(`${error.message}, so there is no wss: and no https:`);
    return undefined;
  }
}

/** Says where the server is, what to trust and what to try; as JSON on stdout. */
async function introduce(
  { presentation, apiKeyFile, host: name, cert }: ServeOptions,
  { address, port }: Listening,
  certificate: Certificate | undefined,
  { about }: Source,
  host: Host,
): Promise<void> {
  const isEverywhere = address === '0.0.0.0' || address === '::';
  const isNear = isEverywhere || isLocal(name);
  const plain = `ws://${isEverywhere ? '127.0.0.1' : bracketed(address)}:${port}`;
  // Our own certificate is for this machine only.
  const isNamed = certificate !== undefined && (isNear || cert !== undefined);
  const secure = isNamed ? `wss://${isNear ? 'localhost' : bracketed(name)}:${port}` : undefined;
  if (presentation.json) {
    const facts = { url: plain, secure_url: secure ?? null, address, port, certificate: certificate?.path ?? null };
    return host.printJson(facts);
  }
  const where = isEverywhere ? ', on every address of this machine' : '';
  host.note(`listening on ${[plain, secure].filter(url => url !== undefined).join(' and ')}${where}`);
  if (!isNamed && certificate !== undefined)
    host.warn('for wss: from elsewhere bring a certificate with --cert and --key');
  if (certificate !== undefined) host.note(`certificate: ${certificate.path}${certificate.isNew ? ' (new)' : ''}`);
  if (about !== undefined) host.note(about);
  const withKey = apiKeyFile === undefined ? '' : ` --api-key-file ${apiKeyFile}`;
  host.note(`try: aloud say --provider cartesia --base-url ${plain}${withKey} "Hello, world"`);
}
