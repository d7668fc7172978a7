/** `aloud completion`: the script that teaches a shell to complete our command lines, and what the script asks for. */
import { access, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Argument, type Command, Option } from 'commander';
import { Failure, printable } from '../errors.ts';
import type { Host } from '../host.ts';
import { nearest } from '../settings/nearest.ts';
import { isValueKind, suggest } from './completion-values.ts';

export interface CompletionOptions {
  readonly shell?: string;
  /** The kind of values a script asks for, and the words of the line that is being completed. */
  readonly values?: string;
  readonly words: readonly string[];
}

/** The shells that are known, the file with the script for each, and how it is used for good. */
export const SHELLS = {
  bash: { file: 'aloud.bash', install: 'aloud completion bash > ~/.local/share/bash-completion/completions/aloud' },
  zsh: { file: '_aloud', install: 'aloud completion zsh > ~/.zfunc/_aloud, with fpath+=~/.zfunc before compinit' },
  fish: { file: 'aloud.fish', install: 'aloud completion fish > ~/.config/fish/completions/aloud.fish' },
  pwsh: { file: 'aloud.ps1', install: 'aloud completion pwsh >> $PROFILE' },
} as const;

const EXAMPLES = `Examples:
  $ aloud completion zsh > _aloud
  $ source <(aloud completion bash)
  $ aloud completion fish > aloud.fish
  $ aloud completion pwsh > aloud.ps1
`;

const ENDING = `
For good:
${Object.values(SHELLS)
  .map(({ install }) => `  ${install}`)
  .join('\n')}
`;

/** Adds the command to `program`; parses only. */
export function register(program: Command, host: Host, _signal: AbortSignal, run: typeof completion = completion) {
  const shell = new Argument('[shell]', 'whose script');
  // So that the scripts offer them; what is wrong is said by us.
  shell.argChoices = Object.keys(SHELLS);
  const command = program
    .command('completion')
    .description('print the completion script for a shell')
    .usage('<shell>')
    .addArgument(shell)
    .addOption(new Option('--values <kind>', 'what a script asks for').hideHelp())
    // The words of a line that is being completed follow `--`.
    .allowExcessArguments()
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', ENDING)
    .helpOption('-h, --help', 'show this help');
  command.action(() => run(optionsOf(command), host));
}

function optionsOf(command: Command): CompletionOptions {
  const { values }: { values?: string } = command.opts();
  if (values !== undefined) return { values, words: command.args };
  const [shell, ...words] = command.args;
  return { words, ...(shell === undefined ? {} : { shell }) };
}

/** Prints a script, or the values that one asks for: one a line, each with a tab and a few words about it. */
export async function completion(options: CompletionOptions, host: Host): Promise<void> {
  const { shell, values, words } = options;
  if (values !== undefined) {
    const found = isValueKind(values) ? await suggest(values, words, host) : [];
    return host.print(found.map(({ value, about }) => `${printable(value)}\t${printable(about, 100)}\n`).join(''));
  }
  const known = Object.keys(SHELLS);
  if (shell === undefined) throw new Failure('usage', 'no shell is named', { hint: `name one of ${known.join(', ')}` });
  if (words.length > 0) throw new Failure('usage', 'one shell at a time', { hint: 'see: aloud help completion' });
  if (!isShell(shell)) {
    const meant = nearest(shell, known);
    const hint = meant === undefined ? `there are scripts for ${known.join(', ')}` : `did you mean ${meant}?`;
    throw new Failure('usage', `no completions for ${JSON.stringify(printable(shell, 60))}`, { hint });
  }
  await host.print(await readScript(SHELLS[shell].file));
}

function isShell(name: string): name is keyof typeof SHELLS {
  return Object.hasOwn(SHELLS, name);
}

/** From the folder of the package, which is above this file wherever that has been bundled to. */
async function readScript(file: string): Promise<string> {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const path = join(folder, 'completions', file);
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return readFile(path, 'utf8');
    if (folder === dirname(folder)) throw new Failure('bug', `the package has lost completions/${file}`);
  }
}
