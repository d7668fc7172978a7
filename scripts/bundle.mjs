/** How the program is bundled, and the page that it writes; esbuild's options, which say where but write nothing. */
import { transform } from 'esbuild';

const common = { outdir: 'dist', bundle: true, legalComments: 'none', logLevel: 'warning', write: false };

/** commander loads what starts processes, for subcommands that are programs of their own: there are none. */
const noPrograms = {
  name: 'no-programs',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /[/\\]commander[/\\]/.test(importer) ? { path: 'nothing', namespace: 'nothing' } : undefined,
    );
    onLoad({ filter: /^nothing$/, namespace: 'nothing' }, () => ({ contents: 'module.exports = {};' }));
  },
};

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
  plugins: [noPrograms],
  // streaming-markdown checks itself aloud, on the terminal of whoever gave it strange text.
  define: { 'console.assert': 'Boolean' },
};

/**
 * A file of the program as CommonJS, which starts sooner than a module: nearly a fifth of a short run. Files are
 * divided by command only for modules, so they are made as such first.
 *
 * @param {string} text
 */
export async function asCommonJs(text) {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: program.target,
    logLevel: 'error',
    define: { 'import.meta.url': '__moduleUrl' },
  });
  const own = code.replace(/\bimport\(("\.\/[^"]+")\)/g, 'Promise.resolve().then(() => require($1))');
  if (!own.includes('__moduleUrl')) return own;
  return `"use strict";\nconst __moduleUrl = require("node:url").pathToFileURL(__filename).href;\n${own}`;
}

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
