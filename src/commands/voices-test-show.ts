/** What `aloud voices-test` says to people: the line of progress, the table of figures, and how it ended. */
import { EXIT_CODES, Failure, type FailureKind, printable } from '../errors.ts';
import type { Host } from '../host.ts';
import { FIGURES, type Figure, type Group } from '../report/figures.ts';
import { voiceLabel } from '../report/file-names.ts';
import type { Breach } from '../report/gates.ts';
import { isRecorded, type Take } from '../report/takes.ts';
import { plural } from './plural.ts';
import { alignedTable, type Column, tabSeparated } from './table.ts';

/** A bar with what is going on behind it. */
export function progressLine(done: number, total: number, failed: number, current: string): string {
  const cells = 20;
  const full = Math.round((done / Math.max(1, total)) * cells);
  const bar = '█'.repeat(full) + '░'.repeat(cells - full);
  return `${bar} ${done}/${total}${failed > 0 ? `, ${failed} failed` : ''}  ${printable(current, 40)}`;
}

/** The figures of each group as a table on a terminal, else tab-separated with all of them. */
export function showGroups(
  groups: readonly Group[],
  breachesOf: (group: Group) => readonly Breach[],
  host: Host,
): string {
  const aligned = host.stdout.isTTY === true;
  const repeated = groups.some(({ takes }) => takes.length > 1);
  const models = new Set(groups.flatMap(({ takes }) => takes.map(take => take.model)));
  // Of one take the median is the tail, too.
  const figures = FIGURES.filter(({ name }) => !aligned || name !== 'p95' || repeated);
  const rows = groups.map(group => {
    const [first] = group.takes;
    const values = figures.map(figure => format(group.figures[figure.key] ?? null, figure));
    const { id = '', name = '' } = first?.voice ?? {};
    const names = aligned ? [printable(voiceLabel({ id, name }), 60)] : [printable(id, 60), printable(name, 60)];
    return [...names, printable(first?.model ?? '', 60), ...values, remark(group, breachesOf(group))];
  });
  if (!aligned) return tabSeparated(rows);
  const columns: Column[] = [
    { title: 'VOICE', least: 16 },
    { title: 'MODEL', least: 8, spare: models.size > 1 ? 1 : 99 },
    ...figures.map(figure => ({
      title: titleOf(figure),
      align: 'right' as const,
      spare: SPARE.indexOf(figure.name) + 2,
    })),
    { title: 'REMARK', least: 12 },
  ];
  const shown = models.size > 1 ? rows : rows.map(row => row.map((cell, at) => (at === 1 ? '' : cell)));
  return alignedTable(columns, shown, host.width('stdout'));
}

/** What a narrow terminal does without, the last first. */
const SPARE = ['first', 'length', 'lufs', 'wpm', 'rtf', 'lead', 'trail', 'p95', 'peak', 'clip', 'total', 'bytes'];

function titleOf({ name, unit }: Figure): string {
  return [name.toUpperCase(), ...(unit === '' || unit.toLowerCase() === name ? [] : [unit])].join(' ');
}

function format(value: number | null, { digits }: Figure): string {
  return value === null ? '-' : value.toFixed(digits);
}

function remark({ takes }: Group, breaches: readonly Breach[]): string {
  const errors = takes.flatMap(({ outcome }) => ('error' in outcome ? [outcome.error.message] : []));
  const failed = errors.length === 0 ? [] : [`${errors.length} of ${takes.length} failed: ${errors[0]}`];
  const [breach, ...others] = breaches;
  const beyond = breach === undefined ? [] : [breach.message + (others.length > 0 ? ` and ${others.length} more` : '')];
  return printable([...failed, ...beyond].join('; '), 200);
}

/** What a run comes to that is not all well: takes that failed, or what is beyond a limit; undefined when all is well. */
export function verdict(
  takes: readonly Take[],
  breaches: readonly (Breach & { readonly voice: string })[],
): Failure | undefined {
  const failed = takes.flatMap(take =>
    isRecorded(take) || !('error' in take.outcome) ? [] : [{ ...take, ...take.outcome }],
  );
  if (failed.length > 0) {
    const lines = failed.map(({ voice, error }) => `${printable(voice.id, 60)}: ${error.message}`);
    const message = `${failed.length} of ${plural(takes.length, 'recording')} failed`;
    return new Failure(kindOf(failed.map(({ error }) => error.code)), message, { hint: few(lines) });
  }
  if (breaches.length === 0) return undefined;
  const lines = breaches.map(
    ({ voice, file, message, gate }) => `${printable(file ?? voice, 120)}: ${message} (${gate})`,
  );
  return new Failure('check', `${breaches.length} ${breaches.length === 1 ? 'limit was' : 'limits were'} not kept`, {
    hint: few(lines),
  });
}

/** All cut short is incomplete; whatever else is mixed in, it was the service. */
function kindOf(codes: readonly string[]): FailureKind {
  const kinds = new Set(codes);
  const [only = 'service'] = kinds;
  return kinds.size === 1 && only in EXIT_CODES && only !== 'usage' ? (only as FailureKind) : 'service';
}

function few(lines: readonly string[]): string {
  const shown = lines.slice(0, 10);
  return [...shown, ...(lines.length > shown.length ? [`and ${lines.length - shown.length} more`] : [])].join('\n  ');
}
