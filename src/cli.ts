/** The program: finds the command, runs it, and turns any outcome into an exit code. */
import type { Command } from 'commander';
import { COMMANDS } from './commands/index.ts';
import { Failure, printable } from './errors.ts';
import type { Host } from './host.ts';

export { createHost } from './host.ts';

const SIGNAL_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

const EXAMPLES = `Examples:
  aloud say "Hello, world" -o hello.wav
  aloud say -f book.txt -o book.wav --srt
  echo "Hello" | aloud say
  aloud -- any words at all
`;

/** Runs the command that `host.argv` asks for and resolves to the exit code (INTERFACE §5). Never rejects. */
export async function main(host: Host): Promise<number> {
  const controller = new AbortController();
  const release = host.onSignal(signal => {
    const exitCode = SIGNAL_CODES[signal];
    if (controller.signal.aborted) host.exitNow(exitCode);
    controller.abort(new Failure('interrupted', 'interrupted', { exitCode }));
  });
  const argv = host.argv[0] === '--' ? ['say', ...host.argv] : host.argv;
  try {
    await run(argv, host, controller.signal);
    return host.exitCode;
  } catch (error) {
    return await report(error, argv, host);
  } finally {
    release();
  }
}

async function run(argv: readonly string[], host: Host, signal: AbortSignal): Promise<void> {
  if (argv[0] === '-V' || argv[0] === '--version') return printVersion(host, argv.includes('--json'));
  if (argv.length === 0) {
    const hint = 'try: aloud say "Hello, world" -o hello.wav, or: aloud --help';
    throw new Failure('usage', 'no command given', { hint });
  }
  const program = await createProgram(argv, host, signal);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    throw asUsage(error);
  }
}

/** The parser, with the flags of the one command that is asked for; the others are names in the list. */
async function createProgram(argv: readonly string[], host: Host, signal: AbortSignal): Promise<Command> {
  const { Command } = await import('commander');
  const program = new Command('aloud')
    .description('Speech synthesis on the command line: text in; sound, subtitles and word times out.')
    .usage('<command> [options]')
    .option('-V, --version', 'print the version (with --json: also runtime, platform, providers)')
    .addHelpText('before', EXAMPLES)
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .exitOverride()
    .configureOutput({
      writeOut: text => host.stdout.write(text),
      writeErr: text => host.stderr.write(text),
      // Said once, in one voice, by report().
      outputError: () => {},
    });

  const asked = argv.find(arg => !arg.startsWith('-'));
  const wanted = asked === 'help' ? argv[argv.indexOf('help') + 1] : asked;
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    if (name === wanted) (await load()).register(program, host, signal);
    else program.command(name).description(summary);
  }
  return program;
}

async function printVersion(host: Host, json: boolean): Promise<void> {
  if (!json) return host.print(`${host.version}\n`);
  const { PROVIDER_NAMES } = await import('./providers/index.ts');
  const { version, nodeVersion, platform } = host;
  const facts = { version, runtime: `node ${nodeVersion}`, platform, providers: PROVIDER_NAMES };
  return host.print(`${JSON.stringify(facts)}\n`);
}

/** What the parser throws, as a failure of ours: its message, and its suggestion as the next step. */
function asUsage(error: unknown): unknown {
  if (!isCommanderError(error)) return error;
  if (error.exitCode === 0) return new Failure('gone', 'help was shown');
  const [message = '', suggestion] = error.message.replace(/^error: /, '').split('\n');
  const hint = suggestion?.replace(/^\((.*)\)$/, '$1') ?? 'see: aloud --help';
  return new Failure('usage', printable(message), { hint: printable(hint) });
}

function isCommanderError(error: unknown): error is Error & { readonly exitCode: number } {
  return error instanceof Error && 'exitCode' in error && 'code' in error && String(error.code).startsWith('commander.');
}

/** Says what went wrong, once, and gives its exit code. */
async function report(error: unknown, argv: readonly string[], host: Host): Promise<number> {
  const failure = error instanceof Failure ? error : new Failure('bug', printable(String(error)), { cause: error });
  if (failure.kind === 'gone') return failure.exitCode;
  if (wantsJson(argv)) await host.print(`${JSON.stringify({ error: describe(failure) })}\n`);
  else host.tell(prose(failure, argv));
  return failure.exitCode;
}

function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? argv.length : end).includes('--json');
}

function describe(failure: Failure): object {
  const { provider = null, requestId = null } = failure.details;
  return {
    code: failure.kind,
    message: failure.message,
    hint: failure.hint ?? null,
    retryable: failure.retryable,
    provider,
    request_id: requestId,
  };
}

function prose(failure: Failure, argv: readonly string[]): string {
  const { requestId, provider } = failure.details;
  const lines = [`aloud: ${failure.message}`];
  if (requestId !== undefined) lines.push(`  ${provider ?? 'service'} request id: ${printable(requestId, 200)}`);
  if (failure.hint !== undefined) lines.push(`  ${failure.hint}`);
  if (failure.kind === 'bug')
    lines.push('  this is a bug of aloud: please report it with what follows', stackOf(failure));
  else if (argv.includes('--debug')) lines.push(stackOf(failure));
  return lines.join('\n');
}

function stackOf(failure: Failure): string {
  const cause = failure.cause instanceof Error ? failure.cause : failure;
  return cause.stack ?? String(cause);
}
