/** Bundles the program into dist/. What is there stays in use until all of the new is made. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { build } from 'esbuild';
import { asCommonJs, page, program } from './bundle.mjs';

const [script, ...pages] = await Promise.all([program, page].map(options => build(options)));
const files = [
  ...(await Promise.all(
    script.outputFiles.map(async ({ path, text }) => ({ path, contents: await asCommonJs(text) })),
  )),
  ...pages.flatMap(({ outputFiles }) => outputFiles),
  { path: 'dist/package.json', contents: '{ "type": "commonjs" }\n' },
];

await mkdir('dist', { recursive: true });
// Entries come last: they name the chunks.
const isChunk = ({ path }) => /-[A-Z0-9]{8}\.js$/.test(path);
for (const wanted of [true, false]) {
  await Promise.all(files.filter(file => isChunk(file) === wanted).map(file => writeFile(file.path, file.contents)));
}
const names = files.map(({ path }) => basename(path));
const old = (await readdir('dist')).filter(name => !names.includes(name));
await Promise.all(old.map(name => rm(`dist/${name}`, { recursive: true })));
