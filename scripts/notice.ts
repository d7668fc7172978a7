/** Makes NOTICE: whose work is inside the bundle or installed beside it, and under which licence. */
import { readdirSync, readFileSync } from 'node:fs';
import { build } from 'esbuild';
import { helpers, page, program } from './bundle.mjs';

interface Package {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** The text of its licence; undefined where the package brings none. */
  readonly text: string | undefined;
}

/** What is read of package-lock.json. */
interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly license?: string; readonly optionalDependencies?: Readonly<Record<string, string>> }>
  >;
}

/** Reads what esbuild puts into the bundle, and what package.json names as optional. */
export async function makeNotice(): Promise<string> {
  const made = await Promise.all([program, helpers, page].map(options => build({ ...options, metafile: true })));
  const inputs = made.flatMap(({ metafile }) => Object.keys(metafile?.inputs ?? {}));
  const folders = inputs.flatMap(path => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  const bundled = [...new Set(folders)].map(readPackage).sort((a, b) => compare(a.name, b.name));
  // Not out of their folders: they may not be there, where nothing could be built.
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock;
  const beside = Object.keys(packages['']?.optionalDependencies ?? {}).map(name => {
    const license = packages[`node_modules/${name}`]?.license ?? 'unknown';
    return { name, license };
  });
  return `aloud
Its own code is under the MIT licence: see LICENSE.

Installed beside it by npm, and not needed (README.md says how to leave them out):

${beside.map(({ name, license }) => `  ${name}, ${license}\n`).join('')}
The files in dist/ contain the following packages, in whole or in part.

${bundled.map(({ name, version, license }) => `  ${name} ${version}, ${license}\n`).join('')}
${bundled.map(entry).join('\n')}`;
}

function readPackage(folder: string): Package {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Package;
  const file = readdirSync(folder).find(each => /^licen[cs]e(\.(md|txt))?$/i.test(each));
  return { name, version, license, text: file === undefined ? undefined : readFileSync(`${folder}/${file}`, 'utf8') };
}

function entry({ name, version, license, text }: Package): string {
  const lines = (text ?? `Licence: ${license}`).replaceAll('\r\n', '\n').trim().split('\n');
  return `${'-'.repeat(79)}
${name} ${version}

${lines.map(line => line.trimEnd()).join('\n')}
`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
