/** Makes the completion scripts out of the tree of commands. */
import type { CommandNode } from '../scripts/command-tree.ts';
import { bashScript } from './bash.ts';
import { fishScript } from './fish.ts';
import { powershellScript } from './powershell.ts';
import { zshScript } from './zsh.ts';

/** The scripts by the names of their files. */
export function completionScripts(root: CommandNode): Readonly<Record<string, string>> {
  return {
    'aloud.bash': bashScript(root),
    _aloud: zshScript(root),
    'aloud.fish': fishScript(root),
    'aloud.ps1': powershellScript(root),
  };
}
