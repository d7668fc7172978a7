/** Which voices of a list somebody means: by language, by gender, by words, by name. */
import { Failure, printable } from '../errors.ts';
import { nearest } from '../settings/nearest.ts';
import type { Voice } from '../speech.ts';

/** What a voice has to be; absent members do not matter. */
export interface VoiceFilter {
  readonly language?: string;
  readonly gender?: string;
  /** Every word of it is a language that the voice speaks or, if nobody does, begins a word that is said about it. */
  readonly search?: string;
}

/** The voices that are all that was asked for, in their order. */
export function searchVoices(voices: readonly Voice[], { language, gender, search = '' }: VoiceFilter): Voice[] {
  const wanted = search.split(/\s+/).filter(word => word !== '');
  const languages = wanted.filter(word => voices.some(voice => speaks(voice, word)));
  const words = wanted.filter(word => !languages.includes(word)).flatMap(wordsOf);
  return voices.filter(
    voice =>
      (language === undefined || speaks(voice, language)) &&
      (gender === undefined || genderOf(voice.gender ?? '') === genderOf(gender)) &&
      languages.every(word => speaks(voice, word)) &&
      words.every(word => isSaidOf(voice, word)),
  );
}

/** `en` is spoken by `en-GB`, not the other way round. */
export function speaks(voice: Voice, language: string): boolean {
  const known = voice.language?.toLowerCase() ?? '';
  const wanted = language.toLowerCase().replaceAll('_', '-');
  return known === wanted || known.startsWith(`${wanted}-`);
}

/** What `genderOf` makes of the words that it knows. */
export const GENDERS: readonly string[] = ['female', 'male', 'neutral'];

/** One word for a gender: providers have different ones for it. A word that is not known stays as it is. */
export function genderOf(text: string): string {
  const word = fold(text)
    .trim()
    .replaceAll(/[\s_-]+/g, ' ');
  if (/^(m|male|man|masculine)$/.test(word)) return 'male';
  if (/^(f|female|woman|feminine)$/.test(word)) return 'female';
  return /^(n|neutral|neuter|gender neutral|nonbinary|non binary)$/.test(word) ? 'neutral' : word;
}

function isSaidOf(
  { id, name, language = '', gender = '', country = '', accent = '', description = '' }: Voice,
  word: string,
): boolean {
  const said = wordsOf([id, name, language, gender, country, accent, description].join(' '));
  // Where there are no blanks between words, a word is found inside.
  return said.some(known => (/^[\p{ASCII}]*$/u.test(word) ? known.startsWith(word) : known.includes(word)));
}

function wordsOf(text: string): string[] {
  return fold(text)
    .split(/[^\p{L}\p{N}+]+/u)
    .filter(word => word !== '');
}

/** Lower case and without accents, so that `elodie` finds Élodie. */
function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase();
}

/**
 * The voice that `wanted` names: exact id, else exact name, else the one whose id or name begins with
 * it, upper and lower case alike. Never a guess.
 *
 * @throws Failure of kind usage when there is none, or more than one; the candidates are its reasons.
 */
export function findVoice(wanted: string, voices: readonly Voice[]): Voice {
  const key = wanted.toLowerCase();
  const candidates = [
    voices.filter(voice => voice.id === wanted),
    voices.filter(voice => voice.name === wanted),
    voices.filter(voice => voice.id.toLowerCase() === key || voice.name.toLowerCase() === key),
    voices.filter(voice => voice.id.toLowerCase().startsWith(key) || voice.name.toLowerCase().startsWith(key)),
  ].find(found => found.length > 0);
  const [only, ...others] = candidates ?? [];
  if (only === undefined) throw unknownVoice(wanted, voices);
  if (others.length === 0) return only;
  const list = [only, ...others].slice(0, 12).map(voice => `${printable(voice.id, 60)}, ${printable(voice.name, 60)}`);
  const reasons = others.length >= 12 ? [...list, `and ${others.length - 11} more`] : list;
  const message = `${JSON.stringify(printable(wanted, 60))} could be ${others.length + 1} voices`;
  throw new Failure('usage', `${message}: ${reasons.join('; ')}`, { reasons, hint: 'say which by its id' });
}

function unknownVoice(wanted: string, voices: readonly Voice[]): Failure {
  const names = voices.flatMap(voice => [voice.id, voice.name]);
  const meant = nearest(wanted, names);
  const hint = 'list them with: aloud voices';
  return new Failure('usage', `no voice is called ${JSON.stringify(printable(wanted, 60))}`, {
    hint: meant === undefined ? hint : `did you mean ${printable(meant, 60)}? ${hint}`,
  });
}
