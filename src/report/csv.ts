/** Comma-separated values that a spreadsheet shows and does not run. */

/** A value of a cell; undefined is an empty one. */
export type Cell = string | number | boolean | undefined;

/** One line of a CSV file (RFC 4180), with its line end. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(field).join(',')}\r\n`;
}

function field(cell: Cell): string {
  if (typeof cell !== 'string') return cell === undefined ? '' : String(cell);
  // What begins like a formula would be computed by a spreadsheet, with commands and addresses in it; after an
  // apostrophe it is text. White space in front of it does not help.
  const inert = /^\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(inert) || inert !== inert.trim() ? `"${inert.replaceAll('"', '""')}"` : inert;
}
