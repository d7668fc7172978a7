import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { scratch } from './sinks/setting.ts';

const LEAN = join(import.meta.dirname, '../src/lean.ts');

/** What a process of its own prints: V8's flags are the whole process's. */
function run(script: string): string {
  const args = [
    '--import',
    'tsx',
    '--input-type=module',
    '-e',
    `import * as lean from ${JSON.stringify(LEAN)};${script}`,
  ];
  return execFileSync(process.execPath, args, { encoding: 'utf8' });
}

describe('a lean process', () => {
  it('lets young memory be as small as it is, however much of it is in use for a while', () => {
    const grown = (first: string) =>
      Number(
        run(`
          import { getHeapSpaceStatistics } from 'node:v8';
          ${first}
          const kept = [];
          for (let i = 0; i < 3e6; i++) {
            kept.push({ i });
            if (kept.length > 20_000) kept.splice(0, 10_000);
          }
          const young = getHeapSpaceStatistics().find(space => space.space_name === 'new_space');
          console.log(young.physical_space_size);
        `),
      );
    assert.ok(grown('lean.stayLean(2 ** 21);') * 2 < grown('lean.stayLean(1000);'), 'a long run and a short one');
  });

  const kept = (test: TestContext, first: string, code = 'lean.codeOf(made)') => {
    const path = JSON.stringify(join(scratch(test), 'code'));
    const make = (more: string) => `new Script('(function () { return 1; })', ${more})`;
    const imports = `import { Script } from 'node:vm'; import { readFileSync, writeFileSync } from 'node:fs';`;
    run(`${imports} const made = ${make('{}')}; ${first} writeFileSync(${path}, ${code});`);
    return run(`${imports} console.log(${make(`{ cachedData: readFileSync(${path}) }`)}.cachedDataRejected);`).trim();
  };

  it('keeps code that the next start takes', test => {
    assert.equal(kept(test, 'lean.stayLean(2 ** 21);'), 'false');
    assert.equal(kept(test, ''), 'false');
    assert.equal(kept(test, "lean.compilingAtOnce(() => /a/.test('a'));", 'made.createCachedData()'), 'false');
    assert.equal(
      kept(test, '', 'lean.compilingAtOnce(() => made.createCachedData())'),
      'true',
      'as it would be within',
    );
    const failing = "try { lean.compilingAtOnce(() => { throw new Error('no'); }); } catch {}";
    assert.equal(kept(test, failing, 'made.createCachedData()'), 'false');
    assert.equal(
      kept(test, 'lean.stayLean(2 ** 21);', 'made.createCachedData()'),
      'true',
      'as it would not be otherwise',
    );
  });
});
