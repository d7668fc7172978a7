/** Every fault that docs/reliability.md promises to survive has a test that carries its id, and no test an id that is not there. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const ROOT = join(import.meta.dirname, '..');

/** The ids in the tables of the page, in their order. */
const rows = [...readFileSync(join(ROOT, 'docs/reliability.md'), 'utf8').matchAll(/^\| ([A-Z]\d+) \|/gm)].map(
  ([, id]) => id ?? '',
);

/** How many rows each group has: a row that is dropped from the page is missed as well. */
const GROUPS = { U: 13, F: 14, E: 11, O: 10, T: 8, S: 6, L: 12, V: 4 };

/** The names of all tests and groups of tests. Those of the protocol's own rows V1 to V42 say so where they are meant as faults. */
const names = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  .filter(file => file.endsWith('.test.ts') && file !== 'faults.test.ts')
  .flatMap(file => {
    const text = readFileSync(join(ROOT, 'test', file), 'utf8');
    // Of tables of faults the id is the first element of a row.
    const listed = [...text.matchAll(/^\s*(?:\.\.\.\S+\s*)?\[?\s*'([A-Z]\d+)',/gm)].map(([, id]) => id ?? '');
    const calls = [...text.matchAll(/\b(?:it|describe)\(\s*(['"`])((?:\\.|(?!\1).)*)\1/gs)].map(
      ([, , name]) => name ?? '',
    );
    return [...listed, ...calls].map(name => ({ file, name }));
  });

function carries(id: string, { file, name }: { readonly file: string; readonly name: string }): boolean {
  if (!new RegExp(`\\b${id}\\b`).test(name)) return false;
  return !id.startsWith('V') || /FAULTS/.test(name) || file.startsWith('fuzz.');
}

describe('the rows of docs/reliability.md', () => {
  it('are all there, each once', () => {
    const all = Object.entries(GROUPS).flatMap(([letter, count]) =>
      Array.from({ length: count }, (_, i) => `${letter}${i + 1}`),
    );
    assert.deepEqual([...rows].sort(), all.sort());
  });

  for (const id of rows) {
    it(`${id} has a test that carries its name`, () => {
      assert.ok(
        names.some(each => carries(id, each)),
        `nothing in test/ is called ${id}`,
      );
    });
  }
});
