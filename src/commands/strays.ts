/** What was typed after a command that takes only other commands. */
import type { Command } from 'commander';
import { Failure, printable } from '../errors.ts';
import { nearest } from '../settings/nearest.ts';

/** Lets the action of `command` see stray words, so that `refuseStrays` can say what was meant. */
export function refuseStrays(command: Command): void {
  const [stray] = command.args;
  if (stray === undefined) return;
  const names = command.commands.map(child => child.name());
  // Who wants to see something is not to be told how to change it.
  const meant = /^(get|show|list)$/i.test(stray) ? undefined : nearest(stray, names);
  const path = `aloud ${command.name()}`;
  throw new Failure('usage', `${JSON.stringify(printable(stray, 60))} is no command of ${path}`, {
    hint: meant === undefined ? `see: aloud help ${command.name()}` : `did you mean ${path} ${meant}?`,
  });
}
