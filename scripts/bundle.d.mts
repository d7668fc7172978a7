/** The types of bundle.mjs. */
import type { BuildOptions } from 'esbuild';

export const program: BuildOptions;
export const page: BuildOptions;
