/** The types of bundle.mjs. */
import type { BuildOptions } from 'esbuild';

export const program: BuildOptions;
/** A file of the program as CommonJS. */
export function asCommonJs(text: string): Promise<string>;
export const page: BuildOptions;
