/** The manual: a page for each command, made from the same source as help, right in the eyes of mandoc. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { manualPages } from '../man/generate.ts';
import { everyCommand, readTree } from '../scripts/command-tree.ts';
import { COMMANDS } from '../src/commands/index.ts';
import { without } from './support/programs.ts';

const ROOT = join(import.meta.dirname, '..');
const tree = await readTree();
const pages = manualPages(tree, { date: '2026-01-31' });

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
const STRUCK = /.\u0008/g;

describe('the manual', () => {
  it('has a page for each command, which the package installs', async () => {
    const names = ['aloud', ...Object.keys(COMMANDS).map(name => `aloud-${name}`)].map(name => `${name}.1`);
    assert.deepEqual(Object.keys(pages), names);
    assert.deepEqual((await readdir(join(ROOT, 'man'))).filter(name => name.endsWith('.1')).sort(), [...names].sort());
    const { man } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    assert.deepEqual(
      man,
      names.map(name => `./man/${name}`),
    );
  });

  for (const [name, text] of Object.entries(pages)) {
    it(`${name} is right in the eyes of mandoc`, { skip: without('mandoc') }, () => {
      const said = lint(text).filter(line => !line.includes('referenced manual not found'));
      assert.deepEqual(said, []);
    });

    it(`${name} shows every flag, every example and every exit code`, { skip: without('mandoc') }, () => {
      const shown = execFileSync('mandoc', ['-T', 'ascii', '-O', 'width=200'], { input: text, encoding: 'utf8' })
        // Bold and underlined letters are struck twice.
        .replaceAll(STRUCK, '');
      const path = name.replace(/^aloud-?|\.1$/g, '');
      const nodes = path === '' ? [tree] : everyCommand(tree).filter(node => node.path[0] === path);
      assert.ok(nodes.length > 0);
      for (const { flags, examples } of nodes) {
        if (path !== '') for (const { long } of flags) assert.ok(shown.includes(long), long);
        for (const line of examples) assert.ok(shown.includes(line), line);
      }
      for (const code of ['0', '1', '2', '3', '4', '5', '6', '7', '8', '129, 130, 143']) {
        assert.match(shown, new RegExp(`^ +${code}\\s+[A-Z]`, 'm'));
      }
    });
  }
});

/** What mandoc finds wrong, a line each. */
function lint(input: string): string[] {
  try {
    return lines(execFileSync('mandoc', ['-T', 'lint'], { input, encoding: 'utf8' }));
  } catch (error) {
    return lines(String((error as { stdout?: string }).stdout));
  }
}

function lines(text: string): string[] {
  return text.split('\n').filter(line => line !== '');
}
