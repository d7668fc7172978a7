/** The program: finds the command, runs it, and turns any outcome into an exit code. */
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { formatItem, helpWidth, LEAST_ROOM, optionDescription } from './cli-help.ts';
import { COMMANDS } from './commands/index.ts';
import { Failure, nextStepOf, printable } from './errors.ts';
import type { Host } from './host.ts';
import { wrapped } from './host-columns.ts';
import { fitted } from './host-terminal.ts';
import { removeTemporaries } from './temporaries.ts';

export { createHost } from './host.ts';

const SIGNAL_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

const EXAMPLES = `Examples:
  $ aloud say "Hello, world" -o hello.wav
  $ aloud say -f book.txt -o book.wav --srt
  $ echo "Hello" | aloud say
  $ aloud -- any words at all
`;

const ending = (docs: string) => `
Exit codes: 0 all delivered, 2 usage, 3 settings or key, 4 network or service,
5 rate limit or quota, 6 output, 7 incomplete audio, 8 a check failed,
129, 130 and 143 after a signal, 1 a bug of aloud.

More: aloud help <command>, man aloud, and the guide: ${docs}
What works on this machine, and what to do where it does not: aloud doctor
`;

/** `timeout` signals a process and then its whole group: a second signal this soon is the first one again. */
const ECHO_MS = 200;

/** Runs the command that `host.argv` asks for and resolves to the exit code (INTERFACE §5). Never rejects. */
export async function main(host: Host): Promise<number> {
  const controller = new AbortController();
  let signalledAt = 0;
  const release = host.onSignal(signal => {
    const exitCode = SIGNAL_CODES[signal];
    if (!controller.signal.aborted) {
      signalledAt = host.clock.now();
      controller.abort(new Failure('interrupted', 'interrupted', { exitCode }));
    } else if (host.clock.now() - signalledAt >= ECHO_MS) {
      removeTemporaries();
      host.exitNow(exitCode);
    }
  });
  const argv = host.argv[0] === '--' ? ['say', ...host.argv] : host.argv;
  try {
    await run(argv, host, controller.signal);
    return host.exitCode;
  } catch (error) {
    return await report(error, argv, host);
  } finally {
    release();
    // Whatever still waits, such as for input from a writer who never ends, waits for nothing.
    controller.abort(new Failure('interrupted', 'the run is over'));
  }
}

async function run(argv: readonly string[], host: Host, signal: AbortSignal): Promise<void> {
  if (['-V', '--version'].includes(argv.find(arg => arg !== '--json') ?? '')) return printVersion(argv, host);
  if (argv.length === 0) {
    const speak = host.stdin.isTTY
      ? 'aloud say "Hello, world" -o hello.wav'
      : 'aloud say, which speaks what is piped in';
    const hint = `try: ${speak}, or: aloud --help`;
    throw new Failure('usage', 'no command given', { hint });
  }
  // Help on a command that there is not: the parser would show all help, but it can suggest when asked for the command.
  const [first, second = 'help'] = argv;
  const asked =
    first !== 'help' ? argv : isCommand(second) ? helpOn(argv) : second === 'help' ? ['help'] : argv.slice(1);
  const wanted = commandOf(asked);
  const isNamed = wanted !== undefined && wanted === asked[0] && isCommand(wanted);
  const program = await createProgram(host, signal, name =>
    name === wanted ? 'whole' : isNamed ? 'absent' : 'listed',
  );
  try {
    await program.parseAsync(asked, { from: 'user' });
  } catch (error) {
    throw asUsage(error, wanted, argv);
  }
}

/** The end of a command's help; that of the program says it with more. */
function more(command: Command): string {
  let top = command;
  while (top.parent?.parent) top = top.parent;
  return top.parent ? `\nMore: man aloud-${top.name()}, and the guide: ${guide()}` : '';
}

/** Where the guide is on this machine: beside the sources as beside the bundle. */
function guide(): string {
  return fileURLToPath(new URL('../docs/guide.md', import.meta.url));
}

/** `help config path` as the parser understands it. */
function helpOn(argv: readonly string[]): readonly string[] {
  const [, command = '', below] = argv;
  return below === undefined || below.startsWith('-') ? argv : [command, below, '--help'];
}

/** The parser: commands with all their flags, as names in the list, or not at all where only another one is asked for. */
export async function createProgram(
  host: Host,
  signal: AbortSignal,
  extentOf: (command: string) => 'whole' | 'listed' | 'absent',
): Promise<Command> {
  const { Command } = await import('commander');
  const program = new Command('aloud')
    .description('Speech synthesis on the command line: text in; sound, subtitles and word times out.')
    .usage('<command> [options]')
    // Else the program would take its own flags out of a command's.
    .enablePositionalOptions()
    .option('-V, --version', 'print the version (with --json: also runtime, platform, providers)')
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', () => wrapped(ending(guide()), helpWidth(host.width('stdout'))))
    .addHelpText('afterAll', ({ command }) => wrapped(more(command), helpWidth(host.width('stdout'))))
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .configureHelp({ minWidthToWrap: LEAST_ROOM, formatItem, optionDescription })
    .exitOverride()
    .configureOutput({
      writeOut: text => host.stdout.write(text),
      writeErr: text => host.stderr.write(text),
      getOutHelpWidth: () => helpWidth(host.width('stdout')),
      getErrHelpWidth: () => helpWidth(host.width('stderr')),
      // Help is plain text: nothing in it is coloured.
      getOutHasColors: () => false,
      getErrHasColors: () => false,
      // Said once, in one voice, by report().
      outputError: () => {},
    });

  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    const extent = extentOf(name);
    if (extent === 'whole') (await load()).register(program, host, signal);
    else if (extent === 'listed') program.command(name).description(summary);
  }
  return program;
}

/** The command that is asked for, or for help on which is asked; known or not. */
function commandOf(argv: readonly string[]): string | undefined {
  const asked = argv.find(arg => !arg.startsWith('-'));
  return asked === 'help' ? argv[argv.indexOf('help') + 1] : asked;
}

function isCommand(name: string): boolean {
  return Object.hasOwn(COMMANDS, name);
}

async function printVersion(argv: readonly string[], host: Host): Promise<void> {
  const stray = argv.find(arg => !['-V', '--version', '--json'].includes(arg));
  if (stray !== undefined) {
    throw new Failure(
      'usage',
      `--version goes with nothing but --json, not with ${JSON.stringify(printable(stray, 60))}`,
    );
  }
  if (!argv.includes('--json')) return host.print(`${host.version}\n`);
  const { PROVIDER_NAMES } = await import('./providers/index.ts');
  const { version, nodeVersion, platform } = host;
  const facts = { version, runtime: `node ${nodeVersion}`, platform, providers: PROVIDER_NAMES };
  return host.printJson(facts);
}

/** What the parser throws, as a failure of ours: its message, and its suggestion as the next step. */
function asUsage(error: unknown, command: string | undefined, argv: readonly string[]): unknown {
  if (!isParserError(error)) return error;
  // Not by its exit code, which is `process.exitCode` where something set that before.
  if (['commander.helpDisplayed', 'commander.help'].includes(error.code)) return new Failure('gone', 'help was shown');
  const see = seeHelp(command);
  const [said = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const meant = suggestion?.replace(/^\(Did you mean (.*)\)$/, 'did you mean $1');
  const message = printable(said).replace(/\.$/, '');
  const isText = error.code === 'commander.unknownCommand' && argv[0] !== 'help';
  // What people say first is near `help`.
  const isNear = meant !== undefined && !(isText && /^hello$/i.test(argv[0] ?? ''));
  const next = isText ? `did you mean: aloud say ${quoted(argv)}` : see;
  return new Failure('usage', message, { hint: isNear ? printable(meant) : next });
}

/** A text of words alone in quotes; of anything else a shell might make something. */
function quoted(words: readonly string[]): string {
  const text = words.join(' ');
  return /^[\p{L}\p{N} ,.?']{1,60}$/u.test(text) ? `"${text}"` : '"…"';
}

// Not by its class or name: a bundler gives those other names.
function isParserError(error: unknown): error is Error & { readonly code: string } {
  return (
    error instanceof Error && 'exitCode' in error && 'code' in error && String(error.code).startsWith('commander.')
  );
}

/** Says what went wrong, once, and gives its exit code. */
async function report(error: unknown, argv: readonly string[], host: Host): Promise<number> {
  const failure = error instanceof Failure ? withStep(error, argv) : unforeseen(error);
  if (failure.kind === 'gone') return failure.exitCode;
  const flags = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined);
  const said = prose(failure, flags.includes('--debug'), text => fitted(text, host.stderr, host.env));
  if (!flags.includes('--json')) host.tell(said);
  // What cannot be written where a program reads it is still said to people.
  else await host.printJson({ error: describe(failure) }).catch(() => host.tell(said));
  return failure.exitCode;
}

/** Every failure has a next step: a usage error that says all there is to say still has help to read. */
function withStep(failure: Failure, argv: readonly string[]): Failure {
  const isUsage = failure.kind === 'usage' && failure.hint === undefined;
  const hint = isUsage ? seeHelp(commandOf(argv)) : nextStepOf(failure);
  return hint === undefined ? failure : failure.with({ hint });
}

function seeHelp(command: string | undefined): string {
  return command !== undefined && isCommand(command) ? `see: aloud help ${command}` : 'see: aloud --help';
}

function unforeseen(cause: unknown): Failure {
  // Any part of the program may be the one that needs a file too many.
  if (cause instanceof Error && 'code' in cause && (cause.code === 'EMFILE' || cause.code === 'ENFILE')) {
    return new Failure('output', 'too many files are open', {
      cause,
      hint: 'raise the limit (ulimit -n) or do less at once',
    });
  }
  if (cause instanceof Error && 'syscall' in cause && cause.syscall === 'uv_cwd') {
    return new Failure('usage', 'the working folder does not exist any more', {
      cause,
      hint: 'go to a folder that exists, such as: cd ~',
    });
  }
  return new Failure('bug', printable(String(cause)), { cause });
}

function describe(failure: Failure): object {
  const { provider = null, providerCode = null, requestId = null } = failure.details;
  return {
    code: failure.kind,
    message: failure.message,
    hint: failure.hint ?? null,
    retryable: failure.retryable,
    provider,
    provider_code: providerCode,
    request_id: requestId,
  };
}

function prose(failure: Failure, debug: boolean, fit: (text: string) => string): string {
  const { providerCode, requestId, provider, reasons = [] } = failure.details;
  const lines = [`aloud: ${headOf(failure)}`, ...reasons.map(reason => `  ${reason}`)];
  const names = [
    ...(providerCode === undefined ? [] : [`error code: ${printable(providerCode, 100)}`]),
    ...(requestId === undefined ? [] : [`request id: ${printable(requestId, 200)}`]),
  ];
  // What the built-in service calls a request is of no use to anybody.
  if (names.length > 0 && provider !== 'local') lines.push(`  ${provider ?? 'service'} ${names.join(', ')}`);
  if (failure.hint !== undefined) lines.push(`  ${failure.hint}`);
  if (failure.kind === 'bug') lines.push('  this is a bug of aloud: please report it with what follows');
  const stack = failure.kind === 'bug' || debug ? [stackOf(failure)] : [];
  return [fit(lines.join('\n')), ...stack].join('\n');
}

/** The message without the reasons, where there are any. */
function headOf({ message, details }: Failure): string {
  const end = `: ${details.reasons?.join('; ')}`;
  return details.reasons !== undefined && message.endsWith(end) ? `${message.slice(0, -end.length)}:` : message;
}

/** Where it came from; its lines stay lines, and what a terminal would obey is taken out of them. */
function stackOf(failure: Failure): string {
  const cause = failure.cause instanceof Error ? failure.cause : failure;
  const lines = (cause.stack ?? String(cause)).split('\n');
  return lines.map(line => `  ${printable(line, 500)}`).join('\n');
}
