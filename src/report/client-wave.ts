/** A waveform to look at, to click and to move along with the keys. */
import { clockTime, element, shape } from './client-dom.ts';
import { unpackOutline } from './page-data.ts';

export interface Wave {
  readonly root: HTMLElement;
  /** What a screen reader calls it. */
  rename(label: string): void;
  /** Draws it with as many bars as fit into `width` pixels. */
  draw(width: number): void;
  show(position: number): void;
}

/** As high as style makes it, in pixels. */
const HEIGHT = 56;
const NARROWEST_BAR = 3;

export function createWave(outline: string, duration: number): Wave {
  const ahead = shape('path', { class: 'ahead' });
  const behind = shape('path', { class: 'behind' });
  // It stretches with the page, until it is drawn for the new width; and the style has its colours.
  const picture = shape('svg', { 'aria-hidden': 'true', preserveAspectRatio: 'none' }, ahead, behind);
  const root = element(
    'div',
    { class: 'wave', role: 'slider', tabindex: 0, 'aria-valuemin': 0, 'aria-valuemax': duration.toFixed(2) },
    picture,
  );
  let shown = 0;
  let drawnWidth = 0;
  let bars: readonly string[] = [];
  let behindBars = -1;

  function draw(width: number): void {
    if (width === drawnWidth || width <= 0) return;
    drawnWidth = width;
    bars = barsOf(unpackOutline(outline), width);
    picture.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
    behindBars = -1;
    paint();
  }

  function paint(): void {
    const played = duration > 0 ? shown / duration : 0;
    const count = Math.max(0, Math.min(bars.length, Math.floor(played * bars.length + 0.5)));
    if (count !== behindBars) ahead.setAttribute('d', bars.slice(count).join(''));
    behindBars = count;
    const cursor = Math.round(Math.min(drawnWidth - 2, played * drawnWidth));
    behind.setAttribute('d', shown > 0 ? `${bars.slice(0, count).join('')}M${cursor} 0h2v${HEIGHT}h-2z` : '');
  }

  function show(position: number): void {
    const moved = Math.abs(position - shown) * drawnWidth > duration / 2;
    shown = position;
    root.setAttribute('aria-valuenow', position.toFixed(2));
    root.setAttribute('aria-valuetext', `${clockTime(position)} of ${clockTime(duration)}`);
    if (drawnWidth > 0 && (moved || position === 0)) paint();
  }

  show(0);
  return { root, draw, show, rename: label => root.setAttribute('aria-label', label) };
}

/** The outline in bars, each a part of a path. */
function barsOf(levels: readonly number[], width: number): string[] {
  const count = Math.max(1, Math.min(levels.length, Math.floor(width / NARROWEST_BAR)));
  const loudest = Math.max(0.05, ...levels);
  // On whole pixels: sharp, and quicker to paint than edges between them.
  const edge = (bar: number) => Math.round((bar * width) / count);
  return Array.from({ length: count }, (_, bar) => {
    const from = Math.floor((bar * levels.length) / count);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * levels.length) / count));
    const level = Math.max(0, ...levels.slice(from, to)) / loudest;
    const tall = 2 * Math.max(1, Math.round((level * (HEIGHT - 4)) / 2));
    const thick = Math.max(1, edge(bar + 1) - edge(bar) - 1);
    return `M${edge(bar)} ${(HEIGHT - tall) / 2}h${thick}v${tall}h-${thick}z`;
  });
}
