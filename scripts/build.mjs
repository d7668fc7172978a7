/** Bundles the program into dist/: one entry for the command, one for each process or thread it starts. */
import { rm } from 'node:fs/promises';
import { build } from 'esbuild';

await rm('dist', { recursive: true, force: true });
await build({
  entryPoints: {
    cli: 'src/cli.ts',
    'espeak-worker': 'src/engine/espeak-worker.ts',
    'speaker-process': 'src/sinks/speaker-process.ts',
  },
  outdir: 'dist',
  bundle: true,
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
  legalComments: 'external',
  logLevel: 'warning',
});
// The script and the style of the audition page, which are written into every such page.
await build({
  entryPoints: { audition: 'src/report/client.ts', 'audition-style': 'src/report/page.css' },
  entryNames: '[name]',
  outdir: 'dist',
  bundle: true,
  minify: true,
  format: 'iife',
  platform: 'browser',
  target: ['chrome109', 'firefox115', 'safari16.4'],
  charset: 'ascii',
  legalComments: 'none',
  logLevel: 'warning',
});
