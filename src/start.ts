/** Loads the program: its parts out of few files, and as V8 compiled them in an earlier run where that was kept. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { codeOf } from './lean.ts';
import { type CodeCache, openCodeCache, type Surroundings } from './start-cache.ts';

/** The parts that lie together in a file, by file; the bundler writes it here. */
declare const PACKS: Readonly<Record<string, readonly string[]>>;

/** After a longer run V8 has forgotten what it had compiled for the start. */
const LONGEST_S = 10;

/** Runs the text of one part: a function as Node's own around a CommonJS module. */
type Part = (exports: object, require: Require, module: { exports: object }, filename: string) => void;
type Require = (name: string) => object;

export interface Program {
  /** What a part of the program exports: `./cli.js`. */
  readonly load: Require;
  /** Keeps for later runs what V8 has compiled in this one. To be called when all else is done; never throws. */
  keep(): void;
}

/** A file with several parts. */
interface Pack {
  readonly script: Script;
  readonly parts: Readonly<Record<string, Part>>;
  readonly loaded: Set<string>;
  /** Whether what was kept of it lacks a part that this run needed. */
  isWanting(): boolean;
}

/**
 * Opens the program whose files are in `folder`; what is not in there comes from `require`. Parts are loaded when they are
 * asked for. `packs` says which of them lie together: the names by file.
 */
export function openProgram(folder: string, require: Require, where: Surroundings, packs = PACKS): Program {
  const cache = openCodeCache(where);
  const fileOf = new Map(Object.entries(packs).flatMap(([file, parts]) => parts.map(part => [part, file] as const)));
  const opened = new Map<string, Pack>();
  const modules = new Map<string, { exports: object }>();

  function load(name: string): object {
    if (!name.startsWith('./')) return require(name);
    const part = name.slice(2);
    const known = modules.get(part);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    const file = fileOf.get(part);
    const run = file === undefined ? readPart(join(folder, part)) : partOf(file, part);
    // Before it is run, for parts that need each other; not where that fails, as it would for whoever asks next.
    modules.set(part, module);
    try {
      run(module.exports, load, module, join(folder, file ?? part));
    } catch (error) {
      modules.delete(part);
      throw error;
    }
    return module.exports;
  }

  function partOf(file: string, part: string): Part {
    const pack = opened.get(file) ?? openPack(join(folder, file), file, cache);
    opened.set(file, pack);
    pack.loaded.add(part);
    const run = pack.parts[part];
    if (run === undefined) throw new Error(`${file} has no part ${part}`);
    return run;
  }

  return {
    load,
    keep() {
      if (cache === undefined || where.uptime() > LONGEST_S) return;
      for (const [file, { script, loaded, isWanting }] of opened) {
        if (isWanting()) cache.write(file, { code: codeOf(script), parts: [...loaded] });
      }
    },
  };
}

function openPack(path: string, file: string, cache: CodeCache | undefined): Pack {
  // It is all ASCII, and Node reads UTF-8 in one step.
  const text = readFileSync(path, 'utf8');
  const kept = cache?.read(file);
  const script = new Script(text, { filename: path, ...(kept === undefined ? {} : { cachedData: kept.code }) });
  const parts = script.runInThisContext() as Pack['parts'];
  // Code that was kept under other flags of V8 stays as it is for those who run with them.
  const isForeign = script.cachedDataRejected === true;
  const known = new Set(kept?.parts);
  const loaded = new Set(isForeign ? [] : known);
  return { script, parts, loaded, isWanting: () => !isForeign && loaded.size > known.size };
}

function readPart(path: string): Part {
  const text = `(function (exports, require, module, __filename) {${readFileSync(path, 'utf8')}\n})`;
  return new Script(text, { filename: path }).runInThisContext() as Part;
}
