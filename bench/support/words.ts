/** How figures are written, for people. */
import type { Bound, Figure } from './benchmark.ts';
import { holds } from './statistics.ts';

/** Three digits that count: `1.24`, `12.4`, `124`. */
export function number(value: number): string {
  const size = Math.abs(value);
  return size >= 99.95 ? value.toFixed(0) : size >= 9.995 ? value.toFixed(1) : value.toFixed(size < 0.0995 ? 3 : 2);
}

export function withUnit(value: number, unit: string): string {
  return `${number(value)} ${unit}`.replace(' ×', ' ×').trim();
}

export function spread({ low, high, rounds }: Figure): string {
  return rounds > 1 ? `${number(low)}–${number(high)}` : 'one run';
}

export function boundOf(bound: Bound | undefined): string {
  if (bound?.atMost !== undefined) return `≤ ${number(bound.atMost)}`;
  return bound?.atLeast === undefined ? '' : `≥ ${number(bound.atLeast)}`;
}

export function verdict(figure: Figure): string {
  const kept = holds(figure);
  return kept === undefined ? '' : kept ? 'holds' : '**missed**';
}
