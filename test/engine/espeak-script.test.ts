import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { loadEspeakNg } from '../../src/engine/espeak-ng.ts';
import { loadScript } from '../../src/engine/espeak-script.ts';
import type { CodeCache, Kept } from '../../src/start-cache.ts';

const folder = mkdtempSync(join(tmpdir(), 'aloud script #'));
after(() => rmSync(folder, { recursive: true }));

let modules = 0;

function moduleOf(text: string): string {
  modules += 1;
  const path = join(folder, `${modules}.mjs`);
  writeFileSync(path, text);
  return pathToFileURL(path).href;
}

function cacheWith(entries = new Map<string, Kept>()) {
  const asked: string[] = [];
  const cache: CodeCache = {
    read(file) {
      asked.push(file);
      return entries.get(file);
    },
    write: (file, kept) => void entries.set(file, kept),
  };
  return { cache, entries, asked };
}

/** As espeak-ng's is written. */
const SCRIPT = `
var Module = (() => {
  const imports = 1, reimport = n => n, more = 2;
  return async () => {
    const { createRequire } = await import("module");
    return [import.meta.url, typeof createRequire, imports + reimport(1) + more];
  };
})();
export default Module;
`;

type Start = () => Promise<unknown[]>;

describe('the script of espeak-ng', () => {
  it('does the same from a cache as when it is imported', async () => {
    const url = moduleOf(SCRIPT);
    const { cache, entries, asked } = cacheWith();
    const imported = await loadScript<Start>(url, undefined);
    assert.deepEqual(await imported.start(), [url, 'function', 4]);
    for (let run = 0; run < 2; run++) {
      const { start, keep } = await loadScript<Start>(url, cache);
      assert.deepEqual(await start(), [url, 'function', 4]);
      keep();
    }
    assert.equal(entries.size, 1);
    assert.equal(asked.length, 2);
  });

  it('is kept once, and not where it was kept already', async () => {
    const { cache, entries } = cacheWith();
    const { keep } = await loadScript<Start>(moduleOf(SCRIPT), cache);
    assert.equal(entries.size, 0);
    keep();
    const [[name, kept] = assert.fail()] = entries;
    keep();
    assert.equal(entries.get(name), kept);
    const again = await loadScript<Start>(moduleOf(SCRIPT), cache);
    again.keep();
    assert.equal(entries.get(name), kept);
  });

  it('goes by another name when its text is another of the same length', async () => {
    const { cache, asked } = cacheWith();
    await loadScript<Start>(moduleOf(SCRIPT), cache);
    const other = await loadScript<Start>(moduleOf(SCRIPT.replace('more = 2', 'more = 3')), cache);
    assert.equal((await other.start())[2], 5);
    assert.equal(new Set(asked).size, 2);
  });

  it('is loaded all the same when what was kept is of no use', async () => {
    const { cache, entries } = cacheWith();
    const { keep } = await loadScript<Start>(moduleOf(SCRIPT), cache);
    keep();
    for (const [name, { parts }] of entries) entries.set(name, { parts, code: Buffer.alloc(64) });
    const { start } = await loadScript<Start>(moduleOf(SCRIPT), cache);
    assert.equal((await start())[2], 4);
  });

  for (const [what, text] of Object.entries({
    'imports others at its head': `import { sep } from 'node:path';\nvar Module = async () => [sep.length];\nexport default Module;\n`,
    'exports more': 'export const more = 1;\nvar Module = async () => [1];\nexport default Module;\n',
    'has another use for the word': 'var Module = async () => [{ import: 1 }.import];\nexport default Module;\n',
    'exports something else': 'export default async () => [1];\n',
    'is not ASCII': 'var Module = async () => ["ä".length];\nexport default Module;\n',
  })) {
    it(`is imported where it ${what}`, async () => {
      const { cache, entries } = cacheWith();
      const { start, keep } = await loadScript<Start>(moduleOf(text), cache);
      assert.deepEqual(await start(), [1]);
      keep();
      assert.equal(entries.size, 0);
    });
  }

  it('fails with the words of the import where there is none', async () => {
    const missing = new URL('missing.mjs', pathToFileURL(`${folder}/`)).href;
    await assert.rejects(loadScript(missing, cacheWith().cache), { code: 'ERR_MODULE_NOT_FOUND' });
  });

  it('is written so that it can be kept, and speaks from what was kept', async () => {
    const url = pathToFileURL(createRequire(import.meta.url).resolve('@echogarden/espeak-ng-emscripten')).href;
    const { cache, entries } = cacheWith();
    const spoken: Buffer[] = [];
    for (let run = 0; run < 2; run++) {
      const espeak = await loadEspeakNg(url, cache);
      const parts: Buffer[] = [];
      const listener = { word() {}, phoneme() {}, isCancelled: () => false };
      espeak.speak(
        'Well kept.',
        { voice: 'gmw/en-US', rate: 175, volume: 100 },
        {
          ...listener,
          audio: samples => void parts.push(Buffer.from(Int16Array.from(samples).buffer)),
        },
      );
      espeak.keep();
      espeak.close();
      spoken.push(Buffer.concat(parts));
    }
    assert.equal(entries.size, 1);
    assert.ok((spoken[0]?.length ?? 0) > 20_000);
    assert.deepEqual(spoken[1], spoken[0]);
  });
});
