/** How the program is bundled, and the page that it writes; esbuild's options, which say where but write nothing. */

const common = { outdir: 'dist', bundle: true, legalComments: 'none', logLevel: 'warning', write: false };

/** One entry for the command, one for each process or thread it starts. */
export const program = {
  ...common,
  entryPoints: {
    cli: 'src/cli.ts',
    'espeak-worker': 'src/engine/espeak-worker.ts',
    'speaker-process': 'src/sinks/speaker-process.ts',
  },
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  chunkNames: '[name]-[hash]',
  // Optional packages are found at run time or not at all; typescript is only cosmiconfig's loader for code, never used.
  external: ['@echogarden/espeak-ng-emscripten', 'speaker', 'typescript', 'bufferutil', 'utf-8-validate'],
  // ws, wavefile and cosmiconfig are CommonJS inside an ESM bundle.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
  // streaming-markdown checks itself aloud, on the terminal of whoever gave it strange text.
  define: { 'console.assert': 'Boolean' },
};

/** The script and the style of the audition page, which are written into every such page. */
export const page = {
  ...common,
  entryPoints: { audition: 'src/report/client.ts', 'audition-style': 'src/report/page.css' },
  entryNames: '[name]',
  minify: true,
  format: 'iife',
  platform: 'browser',
  target: ['chrome109', 'firefox115', 'safari16.4'],
  charset: 'ascii',
};
