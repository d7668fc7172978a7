/** Makes what is checked in but follows from something else; with `--check` it only says what is out of date. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { readRecorded } from '../bench/support/recorded.ts';
import { completionScripts } from '../completions/generate.ts';
import { manualPages } from '../man/generate.ts';
import { loadEspeakNg } from '../src/engine/espeak-ng.ts';
import { PROVIDERS } from '../src/providers/index.ts';
import { sinkKinds } from '../src/sinks/index.ts';
import { readTree } from './command-tree.ts';
import { figuresTable } from './figures.ts';
import { makeNotice } from './notice.ts';

const check = process.argv.includes('--check');
const stale: string[] = [];

/** Replaces the file's content by what `make` makes of it. */
function generate(file: string, make: (before: string) => string): void {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const after = make(before);
  if (before === after) return;
  if (check) stale.push(file);
  else writeFileSync(file, after);
}

/** Replaces what stands between `<!-- name -->` and `<!-- /name -->`. */
function section(name: string, lines: readonly string[]): (text: string) => string {
  return text => {
    const [start, end] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
    const [from, to] = [text.indexOf(start) + start.length, text.indexOf(end)];
    if (from < start.length || to < from) throw new Error(`there is no place for the section ${name}`);
    return `${text.slice(0, from)}${lines.map(line => `${line}\n`).join('')}${text.slice(to)}`;
  };
}

const code = (names: readonly string[]) => names.map(name => `\`${name}\``).join(' ');

const formats = [
  '| extension | what is written |',
  '|---|---|',
  ...Object.values(sinkKinds).map(({ extensions, description }) => `| ${code(extensions)} | ${description} |`),
  '| `-` | standard output; WAV unless `--format raw` |',
];

const providers = [
  '| `--provider` | who speaks | key |',
  '|---|---|---|',
  ...Object.entries(PROVIDERS).map(([name, { summary, credentials }]) => {
    return `| \`${name}\` | ${summary} | ${credentials.length === 0 ? 'none' : code(credentials)} |`;
  }),
];

const engine = createRequire(import.meta.url).resolve('@echogarden/espeak-ng-emscripten');
const voices = (await loadEspeakNg(pathToFileURL(engine).href)).voices();

const recorded = readRecorded();
const figures = recorded === undefined ? [] : figuresTable(recorded);

generate('README.md', text => {
  const sections = { formats, providers, figures };
  return Object.entries(sections).reduce((made, [name, lines]) => section(name, lines)(made), text);
});
generate('src/engine/voices-table.ts', text => {
  const start = text.indexOf('`\n') + 2;
  return `${text.slice(0, start)}${voices.join('\n')}\n${text.slice(text.lastIndexOf('`'))}`;
});

const tree = await readTree();
for (const [name, script] of Object.entries(completionScripts(tree))) generate(`completions/${name}`, () => script);

const facts: { version: string; man: readonly string[] } = JSON.parse(readFileSync('package.json', 'utf8'));
const [, date = ''] =
  new RegExp(`^## ${facts.version.replaceAll('.', '\\.')} .*(\\d{4}-\\d{2}-\\d{2})$`, 'm').exec(
    readFileSync('CHANGELOG.md', 'utf8'),
  ) ?? [];
if (date === '') throw new Error(`CHANGELOG.md does not say when ${facts.version} is from`);
const pages = manualPages(tree, { date });
for (const [name, text] of Object.entries(pages)) generate(`man/${name}`, () => text);
generate('package.json', text => {
  const man = Object.keys(pages).map(name => `./man/${name}`);
  return text.replace(
    /"man": \[[^\]]*\]/,
    `"man": [\n${man.map(path => `    ${JSON.stringify(path)}`).join(',\n')}\n  ]`,
  );
});

const notice = await makeNotice();
generate('NOTICE', () => notice);

if (stale.length > 0) {
  process.stderr.write(`out of date: ${stale.join(', ')}\n  npm run generate\n`);
  process.exitCode = 1;
}
