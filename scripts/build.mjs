/** Bundles the program into dist/. What is there stays in use until all of the new is made. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { build } from 'esbuild';
import { asCommonJs, helpers, packed, page, program, starter } from './bundle.mjs';

const [whole, apart, pages] = await Promise.all([program, helpers, page].map(options => build(options)));
const { packs, parts } = await packed(whole);
const start = await build(starter(packs));

const alone = [...apart.outputFiles, ...start.outputFiles].map(async ({ path, text }) => ({
  file: basename(path),
  contents: await asCommonJs(text),
}));
// What starts the program comes last: it names the rest.
const files = [
  ...packs,
  ...parts,
  ...pages.outputFiles.map(({ path, contents }) => ({ file: basename(path), contents })),
  { file: 'package.json', contents: '{ "type": "commonjs" }\n' },
  ...(await Promise.all(alone)),
];

await mkdir('dist', { recursive: true });
for (const { file, contents } of files) await writeFile(`dist/${file}`, contents);
const old = (await readdir('dist')).filter(name => !files.some(({ file }) => file === name));
await Promise.all(old.map(name => rm(`dist/${name}`, { recursive: true })));
