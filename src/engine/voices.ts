/** The voices that are built in: found, listed and chosen without starting the engine. */
import type { Voice } from '../speech.ts';
import { TABLE } from './voices-table.ts';

/** A voice with the name by which espeak-ng knows it. */
export interface BuiltInVoice extends Voice {
  readonly language: string;
  readonly gender: 'male' | 'female';
  readonly espeak: string;
}

/** The voices, one for each language or accent; `id` is a language tag in lower case. Variants of them exist beside. */
export function builtInVoices(): readonly BuiltInVoice[] {
  return all().voices;
}

/**
 * The voice with an id such as `en-us`, or that voice as another speaker: `en-us+f3`. Upper case
 * does not matter. Undefined if there is none.
 */
export function findVoice(id: string): BuiltInVoice | undefined {
  const [base = '', variant, ...more] = id.toLowerCase().split('+');
  const voice = all().byId.get(base);
  if (voice === undefined || variant === undefined) return voice;
  const speaker = SPEAKERS.get(variant);
  return speaker === undefined || more.length > 0 ? undefined : asSpeaker(voice, speaker);
}

/**
 * The first voice of a language: `fr`, `pt-BR`, `zh`. A region without a voice of its own falls
 * back to its language, and what nobody speaks here to `en-us`.
 */
export function voiceForLanguage(language?: string): BuiltInVoice {
  const { byLanguage } = all();
  const parts = (language ?? '').toLowerCase().split(/[-_]/);
  for (; parts.length > 0; parts.pop()) {
    const voice = byLanguage.get(parts.join('-'));
    if (voice !== undefined) return voice;
  }
  return defaultVoice();
}

/**
 * A voice for any id: the one of that id if there is one, else one of the speakers of `language`
 * that depends on nothing but the two. Ids of a cloud service keep sounding like themselves.
 */
export function anyVoice(id: string, language?: string): BuiltInVoice {
  const known = findVoice(id);
  if (known !== undefined) return known;
  const voice = voiceForLanguage(language);
  const speaker = SPEAKERS.get(DISTINCT[hash(id) % DISTINCT.length] ?? '');
  return speaker === undefined ? voice : asSpeaker(voice, speaker);
}

interface Voices {
  readonly voices: readonly BuiltInVoice[];
  readonly byId: ReadonlyMap<string, BuiltInVoice>;
  readonly byLanguage: ReadonlyMap<string, BuiltInVoice>;
}

let read: Voices | undefined;

function all(): Voices {
  read ??= readTable();
  return read;
}

function readTable(): Voices {
  const voices: BuiltInVoice[] = [];
  const best = new Map<string, { readonly voice: BuiltInVoice; readonly rank: number }>();
  for (const line of TABLE.trim().split('\n')) {
    const [espeak = '', languages = '', ...name] = line.split(' ');
    const tag = espeak === 'gmw/en' ? 'en-GB' : espeak.slice(espeak.indexOf('/') + 1);
    // Mandarin is what `zh` means to everybody else.
    const language = espeak.startsWith('sit/cmn') ? 'zh' : tag;
    const voice = { id: tag.toLowerCase(), name: name.join(' '), language, gender: 'male', espeak } as const;
    voices.push(voice);
    for (const [of = '', priority] of [[voice.id, '0'], ...languages.split(',').map(entry => entry.split(':'))]) {
      const rank = Number(priority);
      if (rank < (best.get(of)?.rank ?? Number.POSITIVE_INFINITY)) best.set(of, { voice, rank });
    }
  }
  const byId = new Map(voices.map(voice => [voice.id, voice]));
  const byLanguage = new Map([...best].map(([language, { voice }]) => [language, voice]));
  const american = byId.get('en-us');
  if (american !== undefined) byLanguage.set('en', american);
  return { voices, byId, byLanguage };
}

function defaultVoice(): BuiltInVoice {
  const voice = all().byId.get('en-us');
  if (voice === undefined) throw new Error('the table of voices has lost en-us');
  return voice;
}

function asSpeaker(voice: BuiltInVoice, speaker: string): BuiltInVoice {
  return {
    ...voice,
    id: `${voice.id}+${speaker.toLowerCase()}`,
    name: `${voice.name}, ${speaker}`,
    gender: FEMALE.has(speaker) ? 'female' : 'male',
    espeak: `${voice.espeak}+${speaker}`,
  };
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  // The low bits of FNV mix least.
  return (value ^ (value >>> 15)) >>> 0;
}

const FEMALE = new Set(
  'Alicia Andrea Annie anika anikaRobot aunty belinda f1 f2 f3 f4 f5 grandma linda steph steph2 steph3 whisperf'.split(
    ' ',
  ),
);

/** espeak-ng's variants by their names in lower case. */
const SPEAKERS: ReadonlyMap<string, string> = new Map(
  `Alex Alicia Andrea Andy Annie AnxiousAndy Demonic Denis Diogo Gene Gene2 Henrique Hugo Jacky Lee Marco Mario
  Michael Mike Nguyen Reed RicishayMax RicishayMax2 RicishayMax3 Storm Tweaky UniRobot adam anika anikaRobot
  announcer antonio aunty belinda benjamin boris caleb croak david ed edward edward2 f1 f2 f3 f4 f5 grandma grandpa
  gustave ian iven iven2 iven3 iven4 john kaukovalta klatt klatt2 klatt3 klatt4 klatt5 klatt6 linda m1 m2 m3 m4 m5 m6
  m7 m8 marcelo max michel miguel mike2 norbert pablo paul pedro quincy rob robert robosoft robosoft2 robosoft3
  robosoft4 robosoft5 robosoft6 robosoft7 robosoft8 sandro shelby steph steph2 steph3 travis victor whisper whisperf
  zac`
    .split(/\s+/)
    .map(name => [name.toLowerCase(), name]),
);

/** Speakers that nobody mistakes for one another: pitch and formants differ. The first is the voice itself. */
const DISTINCT = [
  '',
  'm1',
  'm2',
  'm4',
  'm5',
  'm7',
  'm8',
  'f1',
  'f2',
  'f3',
  'f4',
  'f5',
  'mario',
  'annie',
  'steph',
  'quincy',
];
