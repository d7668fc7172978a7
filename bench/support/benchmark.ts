/** What a benchmark is: contenders that take turns, and the figures that are made of what was measured of them. */
import type { Workshop } from './workshop.ts';

/** What was measured of one run, by name. Times in milliseconds, memory in MB. */
export type Sample = Readonly<Record<string, number>>;

/** One way to do the work. */
export interface Contender {
  readonly name: string;
  /** Does the work once. */
  run(): Promise<Sample>;
  /** So slow that one run has to do: only in the first round. */
  readonly isSlow?: boolean;
}

/** What the issue asks for, where it asks for something. */
export interface Bound {
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** One figure of the report. */
export interface Row {
  /** What it says, such as `raw, TLS: CPU / floor`. Unique within a benchmark. */
  readonly what: string;
  /** Whose sample is looked at, and which member of it. */
  readonly contender: string;
  readonly measure: string;
  /** Absent: the measure itself. Ratio and difference are to another contender in the same round. */
  readonly against?: Against;
  /** `×`, `ms`, `MB` and the like. */
  readonly unit: string;
  readonly bound?: Bound;
}

export interface Against {
  readonly contender: string;
  readonly by: 'ratio' | 'difference';
  /** The difference is divided by this. */
  readonly share?: number;
}

export interface Prepared extends AsyncDisposable {
  readonly contenders: readonly Contender[];
  /** What cannot be measured here, and why; its rows are left out. */
  readonly missing?: string;
}

export interface Benchmark {
  /** For `--only`, kebab-case. */
  readonly name: string;
  /** One sentence for the report: what is done, and how it is measured. */
  readonly what: string;
  /** How many rounds; each contender runs once in a round. */
  readonly rounds: { readonly full: number; readonly quick: number };
  readonly rows: readonly Row[];
  /** Starts what the contenders need. */
  prepare(workshop: Workshop): Promise<Prepared>;
}

/** What came of a row. */
export interface Figure {
  readonly what: string;
  readonly unit: string;
  /** The median over the rounds; `low` and `high` are the quartiles. */
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly rounds: number;
  readonly bound?: Bound;
}

export interface Result {
  readonly name: string;
  readonly what: string;
  readonly figures: readonly Figure[];
  /** The medians of everything that was measured, by contender. */
  readonly measured: Readonly<Record<string, Sample>>;
  readonly missing?: string;
}
