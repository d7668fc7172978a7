/** How help is laid out, in what the parser leaves to be said. */
import type { Help, Option } from 'commander';
import { wrapped } from './host-columns.ts';

/** Help is made for 80 columns and gets no wider than reads well. */
const WIDEST = 100;

/** The width of help on a terminal of that many columns. */
export function helpWidth(columns: number): number {
  return Math.min(columns, WIDEST);
}

/** Fewer columns than this beside the flags are no room to read in. */
export const LEAST_ROOM = 20;

/** A line of a list, as the parser lays it out; where that leaves no room, what is said stands below. */
export function formatItem(this: Help, term: string, termWidth: number, about: string, helper: Help): string {
  if (about === '') return `  ${term}`;
  const width = this.helpWidth ?? 80;
  const room = width - termWidth - 4;
  if (room < LEAST_ROOM) {
    const lines = wrapped(about, Math.max(LEAST_ROOM, width - BELOW.length)).split('\n');
    return [`  ${term}`, ...lines.map(line => BELOW + line.trim())].join('\n');
  }
  const gap = ' '.repeat(termWidth - helper.displayWidth(term) + 2);
  return `  ${term}${gap}${this.boxWrap(about, room).replaceAll('\n', `\n${' '.repeat(width - room)}`)}`;
}

const BELOW = ' '.repeat(6);

/** What a flag does, with its choices and what is usual in brackets. */
export function optionDescription({ description, argChoices, defaultValue, negate }: Option): string {
  const usual = defaultValue === undefined || negate ? [] : [`default ${String(defaultValue)}`];
  const facts = [...(argChoices === undefined ? [] : [argChoices.join(', ')]), ...usual];
  return facts.length === 0 ? description : `${description} (${facts.join('; ')})`;
}
