/** The types of bundle.mjs. */
import type { BuildOptions, BuildResult } from 'esbuild';

/** A file of the program, by its name in dist/. */
interface File {
  readonly file: string;
  readonly contents: string;
}

/** A file with several parts, and their names. */
interface Pack extends File {
  readonly parts: readonly string[];
}

export const program: BuildOptions;
export const helpers: BuildOptions;
export function starter(packs: readonly Pack[]): BuildOptions;
export function packed(built: BuildResult): Promise<{ packs: readonly Pack[]; parts: readonly File[] }>;
/** A file of the program as CommonJS. */
export function asCommonJs(text: string): Promise<string>;
export const page: BuildOptions;
