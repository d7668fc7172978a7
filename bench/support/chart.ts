/** Draws the figures of a benchmark as bars: an SVG that can be read on a light page and on a dark one. */
import type { Figure } from './benchmark.ts';
import { holds } from './statistics.ts';
import { boundOf, withUnit } from './words.ts';

const WIDTH = 760;
const ROW = 44;
const LEFT = 12;
const BAR_WIDTH = 560;

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #24292f }
  .value { font-weight: 600 }
  .bar { fill: #2f81f7 } .missed { fill: #d29922 } .plain { fill: #8c959f }
  .spread { stroke: #24292f; stroke-width: 1.5 }
  .bound { stroke: #cf222e; stroke-width: 2; stroke-dasharray: 3 2 }
  .of-bound { fill: #cf222e; font-size: 11px }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .spread { stroke: #e6edf3 } .bound { stroke: #ff7b72 } .of-bound { fill: #ff7b72 }
  }
`;

/** One bar for each figure, with its quartiles as a line and its bound as a dashed one. Each unit has a scale of its own. */
export function drawChart(title: string, figures: readonly Figure[]): string {
  const height = figures.length * ROW + 12;
  const bars = figures.map((figure, i) => drawBar(figure, i * ROW + 8, scaleOf(figure, figures)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${asText(title)}">`,
    `<style>${STYLE}</style>`,
    ...bars,
    '</svg>',
    '',
  ].join('\n');
}

/** Pixels for one of the unit, so that the longest bar and the farthest bound have room. */
export function scaleOf({ unit }: Pick<Figure, 'unit'>, figures: readonly Figure[]): number {
  const ends = figures
    .filter(figure => figure.unit === unit)
    .flatMap(({ high, bound }) => [high, bound?.atMost ?? 0, bound?.atLeast ?? 0]);
  const most = Math.max(...ends);
  return most > 0 ? BAR_WIDTH / most : 0;
}

function drawBar(figure: Figure, top: number, scale: number): string {
  const { what, unit, median, low, high, bound } = figure;
  const x = (value: number) => (LEFT + Math.max(0, value) * scale).toFixed(1);
  const kind = holds(figure) === undefined ? 'plain' : holds(figure) ? 'bar' : 'missed';
  const middle = top + 25;
  const parts = [
    `<text x="${LEFT}" y="${top + 11}">${asText(what)}</text>`,
    `<rect class="${kind}" x="${LEFT}" y="${top + 17}" width="${(Math.max(0, median) * scale).toFixed(1)}" height="16" rx="2"/>`,
    `<line class="spread" x1="${x(low)}" x2="${x(high)}" y1="${middle}" y2="${middle}"/>`,
    `<text class="value" x="${WIDTH - 10}" y="${middle + 5}" text-anchor="end">${asText(withUnit(median, unit))}</text>`,
  ];
  const limit = bound?.atMost ?? bound?.atLeast;
  if (limit !== undefined) {
    parts.push(`<line class="bound" x1="${x(limit)}" x2="${x(limit)}" y1="${top + 14}" y2="${top + 36}"/>`);
    parts.push(
      `<text class="of-bound" x="${WIDTH - 10}" y="${top + 11}" text-anchor="end">${asText(boundOf(bound))}</text>`,
    );
  }
  return parts.join('\n');
}

function asText(text: string): string {
  return text.replace(/[&<>"]/g, sign => `&#${sign.charCodeAt(0)};`);
}
