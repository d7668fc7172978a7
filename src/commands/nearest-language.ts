/** Finds the language that somebody probably meant: by its name, or by a slip in its code. */
import { nearest } from '../settings/nearest.ts';
import type { Voice } from '../speech.ts';

/**
 * The code of a language that `voices` speak, for its English name (`german`) or a slip in a longer code (`en-bg`).
 * Three letters are too few to tell a slip from another language; some of them are its longer code (`deu`).
 */
export function nearestLanguage(wanted: string, voices: readonly Voice[]): string | undefined {
  const codes = [...new Set(voices.flatMap(({ language }) => language ?? []))];
  const key = wanted.toLowerCase().replaceAll('_', '-');
  // The plain language: whoever is asked for `en` finds a voice with one of its accents.
  const bases = new Set(codes.map(code => code.split('-')[0] ?? code));
  if (key.length <= 3) return canonical(key, bases);
  const names = new Map([...bases].map(base => [nameOf(base), base]));
  const name = nearest(
    key,
    [...names.keys()].filter(known => known !== ''),
  );
  return name === undefined ? nearest(key, codes) : names.get(name);
}

/** Made when it is needed: that takes half as long as the start of the program. */
let english: Intl.DisplayNames | undefined;

function nameOf(code: string): string {
  try {
    english ??= new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });
    return english.of(code)?.toLowerCase() ?? '';
  } catch {
    // A code that only the engine has.
    return '';
  }
}

/** `deu` is `de`. */
function canonical(key: string, bases: ReadonlySet<string>): string | undefined {
  try {
    const [short] = Intl.getCanonicalLocales(key);
    return short !== undefined && short !== key && bases.has(short) ? short : undefined;
  } catch {
    return undefined;
  }
}
