/** Loads the script of espeak-ng: as a module, or as V8 compiled it in an earlier run where that was kept. */
import { isAscii } from 'node:buffer';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';
import * as zlib from 'node:zlib';
import { codeOf } from '../lean.ts';
import type { CodeCache } from '../start-cache.ts';

export interface LoadedScript<Start> {
  /** What the module exports as `default`. */
  readonly start: Start;
  /** Keeps for later runs what V8 has compiled by now, where nothing was kept before. Never throws. */
  keep(): void;
}

/** The module at `url`, through `cache` where there is one and the module is written as espeak-ng's is. */
export async function loadScript<Start>(url: string, cache: CodeCache | undefined): Promise<LoadedScript<Start>> {
  const loaded = cache === undefined ? undefined : loadAsFunction<Start>(url, cache);
  if (loaded !== undefined) return loaded;
  const { default: start } = (await import(url)) as { readonly default: Start };
  return { start, keep() {} };
}

/** V8 keeps functions, not modules. What goes wrong here goes wrong again, and is told, where the module is imported. */
function loadAsFunction<Start>(url: string, cache: CodeCache): LoadedScript<Start> | undefined {
  try {
    const bytes = readFileSync(fileURLToPath(url));
    const text = isAscii(bytes) ? asFunction(bytes.toString('latin1')) : undefined;
    if (text === undefined) return undefined;
    // V8 itself looks at nothing but the length. An older Node has neither the sum nor, for want of it, a cache.
    const name = `espeak-ng-${zlib.crc32(bytes).toString(16)}`;
    const kept = cache.read(name);
    const cachedData = kept === undefined ? {} : { cachedData: kept.code };
    const script = new Script(text, { filename: fileURLToPath(url), ...cachedData });
    const run = script.runInThisContext() as (url: string, load: (name: string) => Promise<object>) => Start;
    let isKept = kept !== undefined;
    return {
      start: run(url, name => import(name)),
      keep() {
        if (!isKept) cache.write(name, { code: codeOf(script), parts: [] });
        isKept = true;
      },
    };
  } catch {
    return undefined;
  }
}

/** A module that imports nothing but on its way and exports a `Module`, as a function of its address and of `import`. */
function asFunction(module: string): string | undefined {
  const [body = '', rest] = module.split(/^export default Module;$/m);
  if (rest?.trim() !== '') return undefined;
  // By far the quickest way through a megabyte.
  const parts = body.split('import');
  const read = parts.map((part, i) => {
    if (i === 0) return part;
    if (/[\w$.]$/.test(parts[i - 1]?.slice(-1) ?? '') || /^[\w$]/.test(part)) return `import${part}`;
    if (part.startsWith('.meta.url')) return `url${part.slice('.meta.url'.length)}`;
    return part.startsWith('(') ? `load${part}` : undefined;
  });
  return read.includes(undefined) ? undefined : `(function (url, load) {${read.join('')}\nreturn Module;})`;
}
