/** Completions for PowerShell, from 5.1 on. */
import { type CommandNode, everyCommand, type Flag, type Operand, type Values } from '../scripts/command-tree.ts';

/** The script: a table of the commands, and a block that finds the place of the cursor in it. */
export function powershellScript(root: CommandNode): string {
  return `# PowerShell completion for aloud. Generated: change the flags of the program instead.

Register-ArgumentCompleter -Native -CommandName aloud -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $known = @{
${everyCommand(root).map(known).join('\n')}
    }

    # What is before the cursor: commands, flags with their values, operands.
    $words = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition } | ForEach-Object {
        if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
    })
    $path = ''
    $operands = 0
    $flag = $null
    for ($at = 1; $at -lt $words.Count; $at++) {
        $word = $words[$at]
        $flag = $null
        if ($word -ceq '--') { return }
        if ($word.StartsWith('-')) {
            $flag = $known[$path].Flags | Where-Object { $_.Names -ccontains $word } | Select-Object -First 1
            if ($null -ne $flag -and $flag.Takes -eq 'value' -and $at + 1 -lt $words.Count) { $at++; $flag = $null }
            elseif ($null -ne $flag -and $flag.Takes -eq 'nothing') { $flag = $null }
            continue
        }
        $longer = "$path $word".Trim()
        if ($operands -eq 0 -and $known.ContainsKey($longer)) { $path = $longer } else { $operands++ }
    }

    $typed = $wordToComplete
    $prefix = ''
    if ($typed -cmatch '^(--[a-z-]+)=(.*)$') {
        $name = $Matches[1]
        $prefix = "$name="
        $typed = $Matches[2]
        $flag = $known[$path].Flags | Where-Object { $_.Names -ccontains $name } | Select-Object -First 1
    }
    elseif ($null -ne $flag -and $flag.Takes -eq 'perhaps' -and $typed.StartsWith('-')) { $flag = $null }

    $found = @()
    $values = 'none'
    if ($null -ne $flag) { $values = $flag.Values }
    elseif ($typed.StartsWith('-')) {
        $found = @($known[$path].Flags | ForEach-Object {
            $about = $_.About
            $_.Names | ForEach-Object { , @($_, $about) }
        })
    }
    else {
        if ($operands -eq 0) { $found = @($known[$path].Commands) }
        $places = @($known[$path].Operands)
        $place = $places | Where-Object { $_.Repeatable } | Select-Object -First 1
        if ($operands -lt $places.Count) { $place = $places[$operands] }
        if ($null -ne $place) { $values = $place.Values }
    }
    if ($values -is [array]) { $found += @($values | ForEach-Object { , @($_, $_) }) }
    elseif ($values.StartsWith('ask ')) {
        $program = Get-Command aloud -CommandType @('Application', 'ExternalScript') -ErrorAction SilentlyContinue | Select-Object -First 1
        if ($null -ne $program) {
            # Without a word for the empty line, older versions would lose the rest.
            $found += @(& $program completion --values $values.Substring(4) '--' @words 2>$null | ForEach-Object {
                $parts = $_.Split([char]9)
                , @($parts[0], $parts[-1])
            })
        }
    }

    $quotes = [char[]]@(39, 34)
    $typed = $typed.Trim($quotes)
    $found | Where-Object { $_[0].StartsWith($typed, [StringComparison]::OrdinalIgnoreCase) } | ForEach-Object {
        $text = $_[0]
        if ($text -cnotmatch '^[\\w./+:-]+$') { $text = "'" + $text.Replace("'", "''") + "'" }
        $about = if ([string]::IsNullOrWhiteSpace($_[1])) { $_[0] } else { $_[1] }
        [System.Management.Automation.CompletionResult]::new($prefix + $text, $_[0], 'ParameterValue', $about)
    }
}
`;
}

function known({ path, commands, flags, operands }: CommandNode): string {
  return `        ${quote(path.join(' '))} = @{
            Commands = @(${commands.map(child => `\n                , @(${quote(child.path.at(-1) ?? '')}, ${quote(child.about)})`).join('')}
            )
            Flags = @(${flags.map(flag => `\n                ${flagEntry(flag)}`).join('')}
            )
            Operands = @(${operands.map(operand => `\n                ${operandEntry(operand)}`).join('')}
            )
        }`;
}

function flagEntry({ short, long, takes, about, values }: Flag): string {
  const names = [short, long].filter(name => name !== undefined).map(quote);
  return `@{ Names = @(${names.join(', ')}); Takes = '${takes}'; Values = ${source(values)}; About = ${quote(about)} }`;
}

function operandEntry({ repeatable, values }: Operand): string {
  return `@{ Repeatable = ${repeatable ? '$true' : '$false'}; Values = ${source(values)} }`;
}

function source(values: Values): string {
  if (values.from === 'choices') return `@(${values.choices.map(quote).join(', ')})`;
  if (values.from === 'aloud') return quote(`ask ${values.kind}`);
  // For a file nothing is offered: then PowerShell offers files.
  return "'none'";
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
