/** The flags of `aloud serve`: their help, and what they come to. */
import { type Command, Option } from 'commander';
import { Failure, printable } from '../errors.ts';
import { PROVIDER_NAMES, type ProviderName } from '../providers/index.ts';
import { FAULTS, type Fault, type FaultKind, parseFault } from '../server/faults.ts';
import type { FlushNumbering } from '../server/segments.ts';
import { nearest } from '../settings/nearest.ts';
import { baseUrl, integer } from '../settings/readers.ts';
import { addMessageFlags, type PresentationFlags } from './options.ts';

export interface ServeOptions {
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  readonly apiKeyFile?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Contexts that may be active at once. */
  readonly concurrency: number;
  readonly strict: boolean;
  /** Audio comes no faster than it is heard. */
  readonly realtime: boolean;
  /** Before the first audio of each context. */
  readonly latencyMs: number;
  /** A socket without speech is closed after so long; 0: never. */
  readonly idleMs: number;
  readonly flushNumbering: FlushNumbering;
  readonly faults: readonly Fault[];
  /** A service speaks, and is written down. */
  readonly record?: RecordOptions;
  /** A cassette speaks. */
  readonly replay?: string;
  readonly presentation: PresentationFlags;
}

export interface RecordOptions {
  /** The cassette. */
  readonly file: string;
  readonly upstream: ProviderName;
  /** Where the service is, when not at its own address. */
  readonly upstreamUrl?: string;
}

/** The services: those who are not on this machine. */
const UPSTREAMS = PROVIDER_NAMES.filter(name => name !== 'local');

const EXAMPLES = `Examples:
  $ aloud serve
  $ aloud serve --port 0 --pace realtime --latency 150
  $ aloud serve --fault drop@5x1 --fault rate-limitx2
  $ aloud serve --host 0.0.0.0 --api-key-file key.txt
  $ aloud serve --cert cert.pem --key key.pem
  $ aloud serve --record talk.cassette.jsonl --upstream cartesia
  $ aloud serve --replay talk.cassette.jsonl --strict
`;

/** Loopback has no plan that sets a limit; this one keeps memory within bounds. */
const CONCURRENCY = 200;

export function addServeFlags(command: Command): Command {
  command
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', faultsHelp())
    .optionsGroup('Address:')
    .option('--port <port>', 'where to listen, 0 for any free port', '8787')
    .option('--host <address>', 'an address of this machine; beyond it only with a key', '127.0.0.1')
    .option('--api-key-file <file>', 'ask clients for the key in this file')
    .option('--cert <file>', 'TLS certificate as PEM, instead of one for localhost that is made and kept')
    .option('--key <file>', 'its private key')
    .optionsGroup('Behaviour:')
    .option('--concurrency <n>', 'contexts at once, as a plan allows', String(CONCURRENCY))
    .option(
      '--strict',
      'refuse what the services refuse: unknown voices, changed parameters, missing context ids; with --replay: what was not recorded',
    )
    .addOption(new Option('--pace <pace>', 'how fast audio comes').choices(['realtime', 'fast']).default('fast'))
    .option('--latency <ms>', 'time before the first audio of a context', '0')
    .option('--idle-timeout <s>', 'how long a socket may be without speech, 0 for ever', '300')
    .addOption(
      new Option('--flush-ids <model>', 'how flush_id counts: flushes so far (A), segments from 0 (B), from 1 (C)')
        .choices(['A', 'B', 'C'])
        .default('A'),
    )
    .option('--fault <name>', 'make something go wrong, see below (repeatable)', append)
    .optionsGroup('Recording:')
    .addOption(new Option('--record <file>', 'write down what a service is asked and answers').conflicts('replay'))
    .addOption(
      new Option('--upstream <provider>', 'the service that speaks, with the key set for it').choices(UPSTREAMS),
    )
    .option('--upstream-url <url>', 'where it is, when not at its own address')
    .option('--replay <file>', 'answer what was recorded with what was recorded');
  return addMessageFlags(command);
}

interface ServeFlags extends PresentationFlags {
  readonly port: string;
  readonly host: string;
  readonly apiKeyFile?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly concurrency: string;
  readonly strict?: true;
  readonly pace: 'realtime' | 'fast';
  readonly latency: string;
  readonly idleTimeout: string;
  readonly flushIds: FlushNumbering;
  readonly fault?: readonly string[];
  readonly record?: string;
  readonly upstream?: ProviderName;
  readonly upstreamUrl?: string;
  readonly replay?: string;
}

/** @throws Failure of kind `usage` for what cannot be. */
export function readServeFlags(command: Command): ServeOptions {
  const flags: ServeFlags = command.opts();
  const { apiKeyFile, cert, key } = flags;
  if ((cert === undefined) !== (key === undefined)) {
    throw new Failure('usage', '--cert and --key go together', { hint: 'name both files, or neither' });
  }
  const record = readRecordFlags(flags);
  if (flags.replay === '') throw new Failure('usage', '--replay names no file');
  if (flags.host.trim() === '') throw new Failure('usage', '--host is empty', { hint: 'leave it out for 127.0.0.1' });
  return {
    host: flags.host.trim().replace(/^\[(.*)\]$/, '$1'),
    port: whole('--port', flags.port, 0, 65_535),
    concurrency: whole('--concurrency', flags.concurrency, 1, 10_000),
    latencyMs: whole('--latency', flags.latency, 0, 600_000),
    idleMs: whole('--idle-timeout', flags.idleTimeout, 0, 86_400) * 1000,
    flushNumbering: flags.flushIds,
    realtime: flags.pace === 'realtime',
    strict: flags.strict ?? false,
    faults: (flags.fault ?? []).map(readFault),
    presentation: flags,
    ...(apiKeyFile === undefined ? {} : { apiKeyFile }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(record === undefined ? {} : { record }),
    ...(flags.replay === undefined ? {} : { replay: flags.replay }),
  };
}

/** A fault; where there is none of that name, the failure says which one was probably meant. */
function readFault(text: string): Fault {
  try {
    return parseFault(text);
  } catch (error) {
    const name = text.replace(/[:@].*$|x\d*$/s, '');
    const meant = Object.hasOwn(FAULTS, name) ? undefined : nearest(name, Object.keys(FAULTS));
    if (meant === undefined || !(error instanceof Failure)) throw error;
    throw error.with({ hint: `did you mean ${meant}?` });
  }
}

function readRecordFlags({ record: file, upstream, upstreamUrl }: ServeFlags): RecordOptions | undefined {
  if (file === '') throw new Failure('usage', '--record names no file');
  if (file === undefined && upstream === undefined && upstreamUrl === undefined) return undefined;
  if (file === undefined || upstream === undefined) {
    throw new Failure('usage', '--record and --upstream go together', {
      hint: 'name the file to record into and the service to record',
    });
  }
  if (upstreamUrl === undefined) return { file, upstream };
  const reader = baseUrl();
  // Not shown: an address may have a key in it.
  if (reader.fromText(upstreamUrl) === undefined)
    throw new Failure('usage', `--upstream-url must be ${reader.expects}`);
  return { file, upstream, upstreamUrl };
}

function whole(flag: string, text: string, least: number, most: number): number {
  const reader = integer(least, most);
  const value = reader.fromText(text);
  if (value !== undefined) return value;
  throw new Failure('usage', `${flag} must be ${reader.expects}, not ${JSON.stringify(printable(text, 60))}`, {
    hint: 'see: aloud help serve',
  });
}

function faultsHelp(): string {
  const rows = Object.entries<FaultKind>(FAULTS).map(([name, { argument, about }]) => {
    const usual = argument === undefined ? '' : ` (${argument.usual})`;
    return [argument === undefined ? name : `${name}:${argument.name}`, `${about}${usual}`] as const;
  });
  const width = Math.max(...rows.map(([form]) => form.length));
  const lines = rows.map(([form, about]) => `  ${form.padEnd(width)}  ${about}`);
  return `
Faults, as NAME[:ARG][@FRAME][xTIMES]: from the FRAMEth frame of a socket on,
TIMES in all. A client asks for its own with ?fault=NAME in the address.
${lines.join('\n')}
`;
}

function append(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
