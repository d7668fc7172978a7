/** How the program is bundled, and the page that it writes; esbuild's options, which say where but write nothing. */
import { createHash } from 'node:crypto';
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

const node = {
  ...common,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Optional packages are found at run time or not at all; typescript is only cosmiconfig's loader for code, never used.
  external: ['@echogarden/espeak-ng-emscripten', 'speaker', 'typescript', 'bufferutil', 'utf-8-validate'],
};

/** The program, divided by command. */
export const program = {
  ...node,
  entryPoints: { cli: 'src/cli.ts' },
  splitting: true,
  metafile: true,
  chunkNames: '[name]-[hash]',
  plugins: [noPrograms],
  // streaming-markdown checks itself aloud, on the terminal of whoever gave it strange text.
  define: { 'console.assert': 'Boolean' },
};

/** Each process or thread that the program starts, in a file of its own. */
export const helpers = {
  ...node,
  entryPoints: { 'espeak-worker': 'src/engine/espeak-worker.ts', 'speaker-process': 'src/sinks/speaker-process.ts' },
};

/** What loads the program, once it is known which of its parts lie together: `packs` as `packed` gives them. */
export function starter(packs) {
  const parts = Object.fromEntries(packs.map(({ file, parts }) => [file, parts]));
  return { ...node, entryPoints: { start: 'src/start.ts' }, define: { PACKS: JSON.stringify(parts) } };
}

/**
 * Which parts lie together in one file, by what asks for them: one file is read and compiled sooner than thirty, and
 * what V8 has compiled of it can be kept. What a pack needs and an earlier one has is not in it again.
 */
const PACKS = {
  start: [/^src\/cli\.ts$/, /\/commander\//, /^src\/commands\/completion\.ts$/],
  call: [/^src\/commands\/say\.ts$/, /^src\/providers\/(cartesia|slng)\.ts$/],
  speech: [/^src\/commands\/say-run\.ts$/, /^src\/sinks\/(raw|wav|target)\.ts$/],
  player: [/^src\/sinks\/speaker\.ts$/],
  times: [/^src\/sinks\//],
  stream: [/^src\/commands\/stream\.ts$/],
  library: [/^src\/wire\/library\.ts$/, /\/ws\//],
  local: [/^src\/providers\/local\.ts$/],
  line: [/^src\/providers\/local-line\.ts$/],
};

/**
 * The files of the program: packs, which are tables of parts by name, and the other parts as they are. All are
 * CommonJS, which starts sooner than modules: nearly a fifth of a short run. Files are divided by command only for
 * modules, so they are made as such first.
 *
 * @param {import('esbuild').BuildResult} built
 */
export async function packed({ outputFiles, metafile: { outputs } }) {
  const texts = new Map();
  for (const { path, text } of outputFiles) texts.set(nameOf(path), await asCommonJs(text));
  const byName = new Map(Object.entries(outputs).map(([path, output]) => [nameOf(path), output]));
  const needed = name => [
    name,
    ...byName
      .get(name)
      .imports.filter(({ kind, external }) => kind === 'import-statement' && !external)
      .flatMap(({ path }) => needed(nameOf(path))),
  ];
  const packs = Object.entries(PACKS).map(([pack, wanted]) => {
    const roots = [...byName].filter(([, { entryPoint }]) => wanted.some(pattern => pattern.test(entryPoint ?? '')));
    const parts = [...new Set(roots.flatMap(([name]) => needed(name)))].filter(name => texts.has(name));
    const table = parts.map(
      name => `${JSON.stringify(name)}(exports, require, module, __filename) {\n${texts.get(name)}}`,
    );
    for (const name of parts) texts.delete(name);
    const contents = `({\n${table.join(',\n')}\n})`;
    return { file: `${pack}-${digestOf(contents)}.js`, parts, contents };
  });
  return { packs, parts: [...texts].map(([file, contents]) => ({ file, contents })) };
}

function nameOf(path) {
  return path.split(/[/\\]/).at(-1);
}

function digestOf(text) {
  return createHash('sha256').update(text).digest('hex').slice(0, 8).toUpperCase();
}

/** A module as CommonJS. */
export async function asCommonJs(text) {
  const { code } = await transform(text, {
    format: 'cjs',
    platform: 'node',
    target: program.target,
    logLevel: 'error',
    define: { 'import.meta.url': '__moduleUrl' },
  });
  const own = exportedAtEnd(onDemand(code))
    .replace(/\bimport\(("\.\/[^"]+")\)/g, 'Promise.resolve().then(() => require($1))')
    // Nothing but ASCII: esbuild leaves regular expressions as they are. A letter of two bytes makes all of a text such.
    .replace(/[^\0-\x7f]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  if (!own.includes('__moduleUrl')) return withoutRemarks(own);
  const address = 'const __moduleUrl = () => require("node:url").pathToFileURL(__filename).href;';
  return withoutRemarks(`"use strict";\n${address}\n${own.replaceAll('__moduleUrl', '__moduleUrl()')}`);
}

/**
 * The same code, which exports values when all of it has run. esbuild makes getters before, for modules that need each
 * other (parts do not) and for exports that change (none do): of them a start makes many hundreds, and who uses one calls it.
 */
function exportedAtEnd(code) {
  const block = /^__export\(stdin_exports, \{\n([\s\S]*?)\n\}\);\nmodule\.exports = __toCommonJS\(stdin_exports\);$/m;
  const found = block.exec(code);
  if (found === null) return code;
  const values = found[1].replaceAll(/^( {2}\S+): \(\) => /gm, '$1: ');
  const table = `module.exports = __defProp({\n${values}\n}, "__esModule", { value: true });`;
  return `${code.replace(found[0], '')}\n${table}\n`;
}

/** Text that nobody runs is read at every start all the same. Lines stay short: Node quotes them when it dies of an error. */
async function withoutRemarks(text) {
  const { code } = await transform(text, {
    target: program.target,
    minifyWhitespace: true,
    lineLimit: 120,
    logLevel: 'error',
  });
  return code;
}

/** Node's own modules that it takes time to load, as a CommonJS file gets them. */
const COSTLY =
  /^var (\w+) = require\("(node:(?:child_process|crypto|fs\/promises|https?|net|os|readline|stream|tls|v8|worker_threads|zlib))"\);$/gm;

/** The same code; each of those modules is loaded when something of it is first used, not with the file that may. */
function onDemand(code) {
  const names = [];
  const lazy = code.replace(COSTLY, (_, name, module) => {
    names.push(name);
    return `let ${name} = () => {\n  const loaded = require("${module}");\n  ${name} = () => loaded;\n  return loaded;\n};`;
  });
  // In brackets, for what stands behind `new`.
  return names.reduce((text, name) => text.replaceAll(new RegExp(`\\b${name}\\.`, 'g'), `(${name}()).`), lazy);
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
