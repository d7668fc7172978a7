/** Changes one setting in the user's own file: comments stay, the file appears whole, and nobody else reads a key in it. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, realpath, rm } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import type { Document } from 'yaml';
import { Failure, printable } from '../errors.ts';
import { moveInto, noteTemporary } from '../temporaries.ts';
import { readUserText, userFilePath } from './files.ts';
import type { Surroundings } from './folders.ts';
import { isSecret, keyOf } from './index.ts';

/** What is to become of a setting. */
export interface Edit {
  /** As the file names it: `sample_rate`. */
  readonly key: string;
  /** Undefined takes it out. */
  readonly value: unknown;
  /** The profile that it is in; absent for the settings themselves. */
  readonly profile?: string;
}

export interface Edited {
  readonly path: string;
  /** Whether there was anything to change. */
  readonly changed: boolean;
}

/**
 * Makes the change, and the file where there is none.
 *
 * @throws Failure of kind `config` when there is no place for a file, or it cannot be read, understood or written.
 */
export async function editUserFile(edit: Edit, where: Surroundings): Promise<Edited> {
  const path = userFilePath(where);
  if (path === undefined) {
    throw new Failure('config', 'there is no home folder to keep settings in', { hint: 'set HOME or XDG_CONFIG_HOME' });
  }
  const before = readUserText(path, where);
  const sheet =
    extname(path) === '.json' ? jsonSheet(path, before?.text ?? '') : await yamlSheet(path, before?.text ?? '');
  const inside = edit.profile === undefined ? [] : ['profiles', edit.profile];
  const known = sheet.keys(inside).find(key => key.replaceAll('-', '_') === edit.key) ?? edit.key;
  const place = [...inside, known];
  if (edit.value === undefined && !sheet.has(place)) return { path, changed: false };
  refuseBoth(edit, sheet.keys(inside));
  if (edit.value === undefined) sheet.remove(place);
  else sheet.set(place, edit.value);
  const holdsKey = [[], ...sheet.keys(['profiles']).map(name => ['profiles', name])].some(at =>
    sheet.keys(at).some(isKey),
  );
  // A file with a key in it is its owner's alone; another keeps what it has.
  const mode = holdsKey || before === undefined ? 0o600 : before.mode & 0o777;
  await replace(path, sheet.text(), mode);
  return { path, changed: true };
}

function isKey(key: string): boolean {
  const name = keyOf(key);
  return name !== undefined && isSecret(name);
}

/** Of two that exclude each other a file may have one: both would be an error on the next run. */
function refuseBoth({ key, value }: Edit, present: readonly string[]): void {
  const other = ({ rate: 'speed', speed: 'rate' } as Readonly<Record<string, string>>)[key];
  if (value === undefined || other === undefined || !present.includes(other)) return;
  throw new Failure('usage', `rate and speed exclude each other, and ${other} is set`, {
    hint: `first: aloud config unset ${other}`,
  });
}

/** A file of settings that can be changed in place. */
interface Sheet {
  /** The keys of a mapping; none where there is no mapping. */
  keys(place: readonly string[]): readonly string[];
  has(place: readonly string[]): boolean;
  set(place: readonly string[], value: unknown): void;
  remove(place: readonly string[]): void;
  text(): string;
}

async function yamlSheet(path: string, text: string): Promise<Sheet> {
  const loaded = await import('yaml');
  // In the bundle a CommonJS package has a default export only.
  const { isMap, isScalar, parseDocument, YAMLMap } = loaded.parseDocument === undefined ? loaded.default : loaded;
  const document: Document = parseDocument(text);
  // Its message would quote the file, which may hold a key.
  if (document.errors.length > 0) throw unclear(path, 'YAML', document.errors[0]?.linePos?.[0].line);
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    const { comment, commentBefore } = document;
    document.contents = new YAMLMap();
    // What was said in a file of comments alone stays at its top.
    document.comment = null;
    document.commentBefore = commentBefore ?? comment;
  }
  if (!isMap(document.contents)) throw unclear(path, 'a mapping of settings');
  const at = (place: readonly string[]) => (place.length === 0 ? document.contents : document.getIn(place));
  return {
    keys(place) {
      const map = at(place);
      return isMap(map) ? map.items.map(({ key }) => String(isScalar(key) ? key.value : key)) : [];
    },
    has: place => document.hasIn(place),
    set(place, value) {
      refuseScalars(place, upTo => {
        const held = at(upTo);
        return held === undefined || held === null || isMap(held);
      });
      // An empty `profiles:` is a null, into which nothing goes.
      for (let depth = 1; depth < place.length; depth++) {
        if (!isMap(at(place.slice(0, depth)))) document.setIn(place.slice(0, depth), new YAMLMap());
      }
      document.setIn(place, value);
    },
    remove(place) {
      const map = document.contents;
      const first = isMap(map) ? map.items[0]?.key : undefined;
      document.deleteIn(place);
      if (place.length > 1 || !isScalar(first) || first.value !== place[0]) return;
      // What stands above the first setting is as likely about the whole file.
      const next = isMap(map) ? map.items[0]?.key : undefined;
      const heir = isScalar(next) ? next : document;
      heir.commentBefore = [first.commentBefore, heir.commentBefore].filter(Boolean).join('\n\n') || null;
    },
    text() {
      const map = document.contents;
      if (!isMap(map) || map.items.length > 0) return document.toString({ lineWidth: 0 });
      const comment = document.commentBefore?.split('\n') ?? [];
      return comment.map(line => (line === '' ? '\n' : `#${line}\n`)).join('');
    },
  };
}

function jsonSheet(path: string, text: string): Sheet {
  let whole: unknown;
  try {
    whole = text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    throw unclear(path, 'JSON');
  }
  if (!isMapping(whole)) throw unclear(path, 'a mapping of settings');
  const root = whole;
  const at = (place: readonly string[]): unknown =>
    place.reduce<unknown>((held, key) => (isMapping(held) && Object.hasOwn(held, key) ? held[key] : undefined), root);
  const indent = /^[\t ]+(?=")/m.exec(text)?.[0] ?? '  ';
  return {
    keys(place) {
      const held = at(place);
      return isMapping(held) ? Object.keys(held) : [];
    },
    has: place => at(place) !== undefined,
    set(place, value) {
      refuseScalars(place, upTo => {
        const held = at(upTo);
        return held === undefined || isMapping(held);
      });
      let held: Record<string, unknown> = root;
      for (const key of place.slice(0, -1)) {
        // Not by assignment, which `__proto__` would turn into something else.
        if (!Object.hasOwn(held, key)) define(held, key, {});
        held = held[key] as Record<string, unknown>;
      }
      define(held, place.at(-1) ?? '', value);
    },
    remove(place) {
      const held = at(place.slice(0, -1));
      if (isMapping(held)) delete held[place.at(-1) ?? ''];
    },
    text: () => `${JSON.stringify(root, undefined, indent)}\n`,
  };
}

function refuseScalars(place: readonly string[], fits: (upTo: readonly string[]) => boolean): void {
  for (let depth = 1; depth < place.length; depth++) {
    const upTo = place.slice(0, depth);
    if (fits(upTo)) continue;
    throw new Failure('config', `${printable(upTo.join('.'), 60)} is not a mapping of settings`, {
      hint: 'correct the file: aloud config path says where it is',
    });
  }
}

function define(held: object, key: string, value: unknown): void {
  Object.defineProperty(held, key, { value, enumerable: true, configurable: true, writable: true });
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unclear(path: string, what: string, line?: number): Failure {
  const where = line === undefined ? '' : `, line ${line},`;
  const expected = what.startsWith('a ') ? what : `valid ${what}`;
  return new Failure('config', `${printable(path)}${where} is not ${expected}`, {
    hint: 'correct the file, or move it away',
  });
}

async function replace(path: string, text: string, mode: number): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // Those who keep their settings elsewhere and link to them keep the link.
    const target = await realpath(path).catch(() => path);
    const temporary = `${target}.${randomBytes(6).toString('hex')}.tmp`;
    const forget = noteTemporary(temporary);
    try {
      const file = await open(temporary, 'wx', mode);
      try {
        // Whatever the umask says.
        await file.chmod(mode);
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await moveInto(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    } finally {
      forget();
    }
  } catch (cause) {
    const code = String((cause as NodeJS.ErrnoException).code);
    throw new Failure('config', `cannot write ${printable(path)} (${code})`, {
      cause,
      hint: 'is the folder yours to write in?',
    });
  }
}
