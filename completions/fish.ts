/** Completions for fish. */
import { type CommandNode, everyCommand, type Flag, type Values } from '../scripts/command-tree.ts';

/** The script: a few functions that find the command that is being typed, and a line for each thing it may be given. */
export function fishScript(root: CommandNode): string {
  const commands = everyCommand(root);
  const paths = commands.filter(({ path }) => path.length > 0).map(({ path }) => quote(path.join(' ')));
  return `# fish completion for aloud. Generated: change the flags of the program instead.

# The flags of a command whose value is a word of its own.
function __aloud_taking
    switch "$argv[1]"
${commands.map(taking).join('\n')}
    end
end

# Two lines: the command that is being typed, and how many operands it has so far.
function __aloud_place
    set -l commands ${paths.join(' ')}
    set -l path ''
    set -l operands 0
    set -l skip no
    for word in (commandline -opc)[2..-1]
        if test $skip = yes
            set skip no
            continue
        end
        switch $word
            case --
                set path '--'
                break
            case '-*'
                contains -- $word (__aloud_taking $path); and set skip yes
            case '*'
                set -l longer (string trim -- "$path $word")
                if test $operands -eq 0; and contains -- $longer $commands
                    set path $longer
                else
                    set operands (math $operands + 1)
                end
        end
    end
    printf '%s\\n' "$path" $operands
end

# Is command "$argv[1]" being typed, and where a second word is given, with so many operands before the cursor?
function __aloud_at
    set -l place (__aloud_place)
    test "$place[1]" = "$argv[1]"; or return 1
    test (count $argv) -eq 1; or test $place[2] -eq $argv[2]
end

# What only the program knows: a value a line, with a tab and a few words about it.
function __aloud_ask
    command aloud completion --values $argv[1] -- (commandline -opc) 2>/dev/null
end

complete -c aloud -f
${commands.flatMap(lines).join('\n')}
`;
}

function taking({ path, flags }: CommandNode): string {
  const names = flags
    .filter(({ takes }) => takes === 'value')
    .flatMap(({ short, long }) => (short === undefined ? [long] : [short, long]));
  return `        case ${quote(path.join(' '))}
            string split ' ' -- ${quote(names.join(' '))}`;
}

function lines({ path, flags, operands, commands }: CommandNode): string[] {
  const place = path.join(' ');
  const at = (count?: number) => `-n ${quote(`__aloud_at "${place}"${count === undefined ? '' : ` ${count}`}`)}`;
  return [
    ...commands.map(child => `complete -c aloud ${at(0)} -a ${child.path.at(-1)} -d ${quote(child.about)}`),
    ...flags.map(flag => `complete -c aloud ${at()} ${flagWords(flag)} -d ${quote(flag.about)}`),
    ...operands.flatMap(({ repeatable, values }, index) => {
      const offer = words(values);
      return offer === undefined ? [] : [`complete -c aloud ${at(repeatable ? undefined : index)} ${offer}`];
    }),
  ];
}

function flagWords({ short, long, takes, values }: Flag): string {
  const names = [...(short === undefined ? [] : [`-s ${short.slice(1)}`]), `-l ${long.slice(2)}`].join(' ');
  if (takes === 'nothing') return names;
  if (values.from === 'files') return `${names} -r -F`;
  return [names, '-x', words(values)].filter(part => part !== undefined).join(' ');
}

function words(values: Values): string | undefined {
  if (values.from === 'choices') return `-a ${quote(values.choices.join(' '))}`;
  if (values.from === 'aloud') return `-a ${quote(`(__aloud_ask ${values.kind})`)}`;
  return { files: '-F', folders: `-a ${quote('(__fish_complete_directories)')}`, nowhere: undefined }[values.from];
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
