/** Bundles the program into dist/. What is there stays in use until all of the new is made. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { build } from 'esbuild';
import { page, program } from './bundle.mjs';

const made = await Promise.all([program, page].map(options => build(options)));
const files = made.flatMap(({ outputFiles }) => outputFiles);

await mkdir('dist', { recursive: true });
// Entries come last: they name the chunks.
const isChunk = ({ path }) => /-[A-Z0-9]{8}\.js$/.test(path);
for (const wanted of [true, false]) {
  await Promise.all(files.filter(file => isChunk(file) === wanted).map(file => writeFile(file.path, file.contents)));
}
const names = files.map(({ path }) => basename(path));
const old = (await readdir('dist')).filter(name => !names.includes(name));
await Promise.all(old.map(name => rm(`dist/${name}`, { recursive: true })));
