/** The commands with their flags as plain data, read out of the parser: what completions and manual are made of. */
import type { Argument, Command, Option } from 'commander';
import { createHost, createProgram } from '../src/cli.ts';
import { optionDescription } from '../src/cli-help.ts';
import { isValueKind, type ValueKind } from '../src/commands/completion-values.ts';
import { SETTING_NAMES, SETTINGS, type Setting } from '../src/settings/index.ts';

/** What may stand in a place: one of a few words, a file, a folder, something that only `aloud` knows, or anything. */
export type Values =
  | { readonly from: 'choices'; readonly choices: readonly string[] }
  | { readonly from: 'files' | 'folders' | 'nowhere' }
  | { readonly from: 'aloud'; readonly kind: ValueKind };

export interface Flag {
  /** With its dash: `-o`. */
  readonly short: string | undefined;
  /** With its dashes: `--output`. */
  readonly long: string;
  readonly takes: 'nothing' | 'value' | 'perhaps';
  /** What the value is called in help. */
  readonly placeholder: string;
  readonly about: string;
  /** The heading it stands under in help, without a colon. */
  readonly group: string;
  readonly repeatable: boolean;
  readonly values: Values;
}

export interface Operand {
  readonly name: string;
  readonly about: string;
  readonly required: boolean;
  readonly repeatable: boolean;
  readonly values: Values;
}

export interface CommandNode {
  /** Its words after `aloud`: empty for the program itself. */
  readonly path: readonly string[];
  readonly about: string;
  readonly flags: readonly Flag[];
  readonly operands: readonly Operand[];
  readonly commands: readonly CommandNode[];
  /** Command lines. */
  readonly examples: readonly string[];
  /** What help says at its end. */
  readonly ending: string;
}

/** Reads the whole tree; the program is its root. */
export async function readTree(): Promise<CommandNode> {
  const program = await createProgram(createHost(process, ''), new AbortController().signal, () => 'whole');
  const root = readCommand(program, []);
  const names = root.commands.flatMap(({ path }) => path);
  const about = 'show help for a command';
  const operand = { name: 'command', about: '', required: false, repeatable: false };
  const values = { from: 'choices', choices: names } as const;
  const help = { path: ['help'], about, flags: [], operands: [{ ...operand, values }], commands: [] };
  return { ...root, commands: [...root.commands, { ...help, examples: [], ending: '' }] };
}

/** A node and everything below it. */
export function everyCommand(node: CommandNode): CommandNode[] {
  return [node, ...node.commands.flatMap(everyCommand)];
}

function readCommand(command: Command, path: readonly string[]): CommandNode {
  const help = command.createHelp();
  // Help on help is listed by the parser, and made up above.
  const [before, after] = additions(command);
  const below = help.visibleCommands(command).filter(child => child.name() !== 'help');
  return {
    path,
    about: command.description(),
    flags: help.visibleOptions(command).map(readFlag),
    operands: command.registeredArguments.map(readOperand),
    commands: below.map(child => readCommand(child, [...path, child.name()])),
    examples: [...before.matchAll(/^ {2}\$ (.*)$/gm)].map(([, line = '']) => line),
    ending: after.trim(),
  };
}

/** What was added to help, in front of what the parser makes of the flags and behind it. */
function additions(command: Command): readonly [before: string, after: string] {
  let whole = '';
  command.configureOutput({ writeOut: text => (whole += text) }).outputHelp();
  const [before = '', after = ''] = whole.split(command.helpInformation());
  // Where there is more to read is a place on this machine.
  return [before, after.replace(/\nMore: man [\s\S]*$/, '')];
}

const SETTING_OF: ReadonlyMap<string, Setting<unknown>> = new Map(
  SETTING_NAMES.flatMap(name => {
    const long = SETTINGS[name].flag?.match(/--[a-z-]+/)?.[0];
    return long === undefined ? [] : [[long, SETTINGS[name] as Setting<unknown>]];
  }),
);

function readFlag(option: Option): Flag {
  const { short, long = '', required, optional, flags, parseArg, variadic, argChoices } = option;
  const placeholder = /[<[]([^\]>]*?)(\.{3})?[\]>]$/.exec(flags)?.[1] ?? '';
  const choices = argChoices ?? SETTING_OF.get(long)?.reader?.choices;
  const word = long.replace(/^--/, '');
  const takes = required ? 'value' : optional ? 'perhaps' : 'nothing';
  return {
    short,
    long,
    takes,
    placeholder,
    about: optionDescription(option),
    group: (option.helpGroupHeading ?? 'Options:').replace(/:$/, ''),
    repeatable: variadic || parseArg !== undefined,
    values: takes === 'nothing' ? { from: 'nowhere' } : valuesOf(word, placeholder, choices),
  };
}

function readOperand(argument: Argument): Operand {
  const { description, required, variadic, argChoices } = argument;
  const name = argument.name();
  const values = valuesOf(name, name, argChoices);
  return { name, about: description, required, repeatable: variadic, values };
}

function valuesOf(word: string, placeholder: string, choices: readonly string[] | undefined): Values {
  if (choices !== undefined) return { from: 'choices', choices };
  if (isValueKind(word)) return { from: 'aloud', kind: word };
  if (/^(file|manifest|lock|file\.\w+|.*-file)$/i.test(placeholder)) return { from: 'files' };
  if (/^(dir|folder|directory)$/i.test(placeholder)) return { from: 'folders' };
  return { from: 'nowhere' };
}
