/** Completions for zsh, as arguments of its own `_arguments`. */
import { type CommandNode, everyCommand, type Flag, type Operand, type Values } from '../scripts/command-tree.ts';

/** The script: a function for each command, to lie in a folder of `fpath` or to be sourced. */
export function zshScript(root: CommandNode): string {
  return `#compdef aloud
# zsh completion for aloud. Generated: change the flags of the program instead.

# Offers what only the program knows: a value a line, with a tab and a few words about it.
_aloud_ask() {
  local -a values
  local line value
  for line in "\${(@f)$(command aloud completion --values "$1" -- "\${(@)_aloud_line}" 2>/dev/null)}"; do
    value=\${line%%$'\\t'*}
    [[ -n $value ]] && values+=("\${\${value//\\\\/\\\\\\\\}//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe -t values "$1" values
}

${everyCommand(root)
  .map(node => (node.commands.length === 0 ? leaf(node) : branch(node)))
  .join('\n\n')}

# Loaded by compinit it is run at once; sourced it makes itself known.
if [[ $funcstack[1] == _aloud ]]; then
  _aloud "$@"
else
  compdef _aloud aloud
fi
`;
}

/** A command with operands only. */
function leaf(node: CommandNode): string {
  const places = node.operands.map(({ name, repeatable, values }, at) =>
    // A blank would show the name alone, and keep flags from being inserted.
    quote(`${repeatable ? '*' : at + 1}:${plain(name)}:${values.from === 'nowhere' ? '( )' : action(values)}`),
  );
  return `${functionName(node.path)}() {
${call('_arguments -s -S', [...node.flags.map(flagSpec), ...places])}
}`;
}

/** A command with others below it; what is none of them is an operand of its own. */
function branch({ path, flags, operands, commands }: CommandNode): string {
  const names = commands.map(child => `      ${quote(`${child.path.at(-1)}:${plain(child.about)}`)}`);
  const cases = commands.map(child => `        ${child.path.at(-1)}) ${functionName(child.path)} && found=0 ;;`);
  const [first] = operands;
  const own = first === undefined ? [] : [`      ${statement(first)} && found=0`];
  const rest = operands.find(({ repeatable }) => repeatable);
  const other = rest === undefined ? [] : [`        *) ${statement(rest)} && found=0 ;;`];
  // A command line is kept as it was typed: deeper down, zsh shows only the end of it.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's own
  const keep = path.length > 0 ? '' : '  local -a _aloud_line\n  _aloud_line=("${(@Q)words[1,CURRENT-1]}")\n';
  return `${functionName(path)}() {
${keep}  local curcontext=$curcontext state found=1
  local -a line commands
  typeset -A opt_args
${call('_arguments -s -C', [...flags.map(flagSpec), "': :->first'", "'*::: :->rest'"])} && found=0
  case $state in
    first)
      commands=(
${names.join('\n')}
      )
      _describe -t commands command commands && found=0
${own.map(text => `${text}\n`).join('')}      ;;
    rest)
      words=($line[1] "\${(@)words}")
      ((CURRENT += 1))
      curcontext=\${curcontext%:*:*}:aloud-$line[1]:
      case $line[1] in
${[...cases, ...other].join('\n')}
      esac
      ;;
  esac
  return found
}`;
}

function call(head: string, specs: readonly string[]): string {
  return `  ${[head, ...specs].join(' \\\n    ')}`;
}

function functionName(path: readonly string[]): string {
  return ['_aloud', ...path].join('_').replaceAll('-', '_');
}

function flagSpec({ short, long, takes, placeholder, about, repeatable, values }: Flag): string {
  const names = [...(short === undefined ? [] : [takes === 'nothing' ? short : `${short}+`])];
  names.push(takes === 'nothing' ? long : `${long}=`);
  const spelt = names.length === 1 ? (names[0] ?? '') : `{${names.join(',')}}`;
  const exclusive = repeatable ? "'*'" : short === undefined ? '' : quote(`(${short} ${long})`);
  const colons = takes === 'perhaps' ? '::' : ':';
  const value = takes === 'nothing' ? '' : `${colons}${plain(placeholder)}:${action(values)}`;
  return `${exclusive}${spelt}${quote(`[${plain(about)}]${value}`)}`;
}

/** What `_arguments` does for a place. */
function action(values: Values): string {
  if (values.from === 'choices') return `(${values.choices.join(' ')})`;
  if (values.from === 'aloud') return ` _aloud_ask ${values.kind}`;
  return { files: '_files', folders: '_files -/', nowhere: ' ' }[values.from];
}

/** The same as a command. */
function statement({ values }: Operand): string {
  if (values.from === 'choices') return `compadd -- ${values.choices.join(' ')}`;
  if (values.from === 'aloud') return `_aloud_ask ${values.kind}`;
  return { files: '_files', folders: '_files -/', nowhere: 'true' }[values.from];
}

function plain(text: string): string {
  return text.replace(/[\\:[\]]/g, '\\$&');
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
