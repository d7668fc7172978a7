/** Completions for bash, from 3.2 on: no associative arrays, and `compopt` only where there is one. */
import { type CommandNode, everyCommand, type Values } from '../scripts/command-tree.ts';

/** The script. What comes from the program's cache is compared and quoted, never expanded. */
export function bashScript(root: CommandNode): string {
  const commands = everyCommand(root);
  return `# bash completion for aloud. Generated: change the flags of the program instead.

# Sets what is known of the command "$1": its subcommands and flags; and what may follow: after flag "$2", else as operand number "$3".
_aloud_known() {
  subcommands='' flags='' values=none takes=no
  case "$1" in
${commands.map(known).join('\n')}
  esac
}

# Is "$2" a subcommand of "$1"?
_aloud_is_command() {
  case "$1/$2" in
    ${commands
      .filter(({ path }) => path.length > 0)
      .map(({ path }) => `'${path.slice(0, -1).join(' ')}/${path.at(-1)}'`)
      .join(' | ')}) return 0 ;;
  esac
  return 1
}

# Adds what begins with "$current"; the first word of each line, up to a tab, quoted for the line that is being typed.
_aloud_offer() {
  local value quote=\${current:0:1} typed=$current
  case "$quote" in
    '"' | "'") typed=\${current:1} ;;
    *) quote='' typed=\${current//\\\\/} ;;
  esac
  while IFS= read -r value; do
    value=\${value%%$'\\t'*}
    [[ -n $value && $value == "$typed"* ]] || continue
    # Inside quotes only what means nothing there is offered.
    case "$quote" in
      '"') [[ $value == *[\\"\\$\\\`\\\\!]* ]] && continue ;;
      "'") [[ $value == *"'"* ]] && continue ;;
      *) printf -v value '%q' "$value" ;;
    esac
    COMPREPLY[\${#COMPREPLY[@]}]=$value
  done
}

_aloud() {
  local IFS=$' \\t\\n' current previous command='' word at=1 operand=0 subcommands flags values takes
  COMPREPLY=()
  current=\${COMP_WORDS[COMP_CWORD]}
  previous=''
  # What is before the cursor: commands, flags with their values, operands. \`=\` is a word of its own here.
  while [ "$at" -lt "$COMP_CWORD" ]; do
    word=\${COMP_WORDS[at]}
    at=$((at + 1))
    case "$word" in
      --) return 0 ;;
      -*)
        _aloud_known "$command" "$word" 0
        if [ "$at" -lt "$COMP_CWORD" ] && [ "\${COMP_WORDS[at]}" = '=' ]; then
          at=$((at + 1))
          if [ "$at" -lt "$COMP_CWORD" ]; then at=$((at + 1)); else previous=$word; fi
        elif [ "$at" -eq "$COMP_CWORD" ] && [ "$current" = '=' ]; then
          previous=$word current=''
        elif [ "$takes" = yes ]; then
          if [ "$at" -lt "$COMP_CWORD" ]; then at=$((at + 1)); else previous=$word; fi
        elif [ "$takes" = perhaps ] && [ "$at" -eq "$COMP_CWORD" ]; then
          previous=$word
        fi
        ;;
      *)
        if [ "$operand" -eq 0 ] && _aloud_is_command "$command" "$word"; then
          command=\${command:+$command }$word
        else
          operand=$((operand + 1))
        fi
        ;;
    esac
  done

  _aloud_known "$command" "$previous" "$operand"
  if [ "$takes" = perhaps ]; then
    case "$current" in -*) previous='' && _aloud_known "$command" '' "$operand" ;; esac
  fi
  # Where nothing is offered, bash offers files.
  if [ "$values" != files ] && type compopt >/dev/null 2>&1; then compopt +o default 2>/dev/null; fi
  if [ -z "$previous" ]; then
    case "$current" in
      -*)
        _aloud_offer <<<"\${flags// /$'\\n'}"
        return 0
        ;;
    esac
    if [ "$operand" -eq 0 ] && [ -n "$subcommands" ]; then _aloud_offer <<<"\${subcommands// /$'\\n'}"; fi
  fi
  case "$values" in
    none | files) ;;
    folders)
      type compopt >/dev/null 2>&1 && compopt -o filenames 2>/dev/null
      while IFS= read -r word; do COMPREPLY[\${#COMPREPLY[@]}]=$word; done < <(compgen -d -- "$current")
      ;;
    'ask '*)
      _aloud_offer < <(command aloud completion --values "\${values#ask }" -- "\${COMP_WORDS[@]:0:COMP_CWORD}" 2>/dev/null)
      ;;
    *) _aloud_offer <<<"\${values// /$'\\n'}" ;;
  esac
}

complete -o default -F _aloud aloud
`;
}

function known({ path, commands, flags, operands }: CommandNode): string {
  const names = flags.flatMap(({ short, long }) => [long, ...(short === undefined ? [] : [short])]);
  const taking = flags.filter(flag => flag.takes !== 'nothing');
  const cases = taking.map(({ short, long, takes, values }) => {
    const pattern = [short, long].filter(name => name !== undefined).join(' | ');
    return `        ${pattern}) takes=${takes === 'value' ? 'yes' : 'perhaps'} values=${source(values)} ;;`;
  });
  const places = operands.map(({ values, repeatable }, at) => {
    return `        :${repeatable ? '*' : at}) values=${source(values)} ;;`;
  });
  const below = commands.map(child => child.path.at(-1)).join(' ');
  return `    '${path.join(' ')}')
      subcommands='${below}'
      flags='${names.join(' ')}'
      case "\${2:-:$3}" in
${[...cases, ...places, '        *) ;;'].join('\n')}
      esac
      ;;`;
}

function source(values: Values): string {
  if (values.from === 'choices') return `'${values.choices.join(' ')}'`;
  if (values.from === 'aloud') return `'ask ${values.kind}'`;
  return values.from === 'nowhere' ? 'none' : values.from;
}
