/** Rows of text as a table on a terminal, as wide as it is, or with tabs between for programs. */
import { cutTo, displayWidth } from '../host-columns.ts';

/** A column of a table. */
export interface Column {
  readonly title: string;
  readonly align?: 'right';
  /** May be cut to this many columns of the terminal where there is no room; absent: never cut. */
  readonly least?: number;
  /** Left out where there is no room, the highest first. */
  readonly spare?: number;
}

/** One line for each row, without titles. Cells hold no tabs or line ends: they went through `printable`. */
export function tabSeparated(rows: readonly (readonly string[])[]): string {
  return rows.map(row => `${row.join('\t')}\n`).join('');
}

/** Columns under titles, those without anything in them left out, `width` wide at most where `spare` and `least` allow it. */
export function alignedTable(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string {
  const widths = columns.map((column, at) =>
    rows.reduce((most, row) => Math.max(most, displayWidth(row[at] ?? '')), displayWidth(column.title)),
  );
  const used = columns.map((_, at) => at).filter(at => rows.some(row => (row[at] ?? '') !== ''));
  const shown = fit(columns, widths, used, width);
  const lineOf = (cells: readonly string[]) =>
    shown
      .map(at => pad(cells[at] ?? '', widths[at] ?? 0, columns[at]?.align))
      .join(GAP)
      .trimEnd();
  return [columns.map(column => column.title), ...rows].map(row => `${lineOf(row)}\n`).join('');
}

const GAP = '  ';

/** Which columns are shown; what has to be narrower becomes so in `widths`. */
function fit(columns: readonly Column[], widths: number[], used: readonly number[], width: number): number[] {
  let shown = [...used];
  const excess = () => shown.reduce((sum, at) => sum + (widths[at] ?? 0) + GAP.length, -GAP.length) - width;
  const spares = [...shown].sort((a, b) => (columns[b]?.spare ?? 0) - (columns[a]?.spare ?? 0));
  for (const spare of spares) {
    if (excess() <= savings(columns, widths, shown) || columns[spare]?.spare === undefined) break;
    shown = shown.filter(at => at !== spare);
  }
  // The widest gives first, so that none is cut to nothing while another is whole.
  for (let over = excess(); over > 0; over--) {
    const [widest] = shown
      .filter(at => (widths[at] ?? 0) > (columns[at]?.least ?? Number.POSITIVE_INFINITY))
      .sort((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0));
    if (widest === undefined) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return shown;
}

/** How much narrower the columns can be made by cutting. */
function savings(columns: readonly Column[], widths: readonly number[], shown: readonly number[]): number {
  return shown.reduce((sum, at) => sum + Math.max(0, (widths[at] ?? 0) - (columns[at]?.least ?? widths[at] ?? 0)), 0);
}

function pad(text: string, width: number, align: Column['align']): string {
  const cut = cutTo(text, width);
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(cut)));
  return align === 'right' ? blanks + cut : cut + blanks;
}
