/** What a full stop after a word means: the end of a sentence, or only the end of an abbreviation. */

/**
 * `title` never ends a sentence; `count` does not before a number or a small letter; `may` ends one
 * before all but a small letter; `initial` and `acronym` do not before a capital; `letter` and `digits`
 * are single letters and numbers; `word` is anything else.
 */
export type StopKind = 'title' | 'count' | 'may' | 'initial' | 'acronym' | 'letter' | 'digits' | 'word';

/** Classifies what stands before a single full stop (letters, digits and inner stops, without the stop itself). */
export function stopKind(token: string, language: string | undefined): StopKind {
  if (/\p{N}$/u.test(token)) return /^\p{N}+$/u.test(token) ? 'digits' : 'word';
  const primary = primaryOf(language);
  const folded = token.toLowerCase();
  const own = TABLE[primary] ?? ENGLISH;
  for (const table of [own, COMMON]) {
    if (table.title.has(folded)) return 'title';
    if (table.count.has(folded) || table.count.has(token)) return 'count';
    if (table.may.has(folded)) return 'may';
  }
  if (primary === 'de' && /\p{L}str$/u.test(folded)) return 'count';
  if (/^(?:\p{Lu}\.)+\p{Lu}$/u.test(token)) return 'acronym';
  if (/^\p{Lu}\p{M}*$/u.test(token)) return token === 'I' && primary === 'en' ? 'letter' : 'initial';
  if (/^\p{Ll}\p{M}*$/u.test(token) || /^(?:\p{L}\.)+\p{L}$/u.test(token)) return 'letter';
  return 'word';
}

/** Whether the language writes ordinal numbers with a full stop ("am 3. Mai"). */
export function hasDottedOrdinals(language: string | undefined): boolean {
  return ORDINALS.has(primaryOf(language));
}

interface Words {
  has(word: string): boolean;
}

interface Abbreviations {
  readonly title: Words;
  readonly count: Words;
  readonly may: Words;
}

const ORDINALS = new Set('de da nb nn no fi is cs sk sl hr sr bs hu et lv pl tr'.split(' '));

// Not words in any of the languages below, so they hold for all.
const COMMON = table(
  'dr mr mrs ms mx prof messrs mme mmes mlle mlles mgr sra srta dra dras dña dott dott.ssa sig.ra drs ds e.g i.e z.b d.h u.a i.d.r s.o s.u o.g d.w.z p.ej p.ex vs viz bzw bijv resp mt ste rev sgt capt cpt lt cmdr',
  'nr num núm nº fig tel pp vol ca approx cf al jan feb apr sept okt nov dez',
  'etc usw u.s.w inc ltd corp bros jr a.m p.m a.d b.c ph.d evtl ggf inkl bspw ecc enz',
);

// Words that mean something else in small letters are in capitals.
const ENGLISH = table(
  'st gen col maj adm gov sen rep hon pres brig cpl pvt supt insp atty asst',
  'no nos p pg ch chap sec eq ver figs vols ext ave blvd rd hwy rte est min max avg Mar jun jul aug sep oct dec Mon tue tues Wed thu thur thurs Fri Sat Sun',
  'co dept sr',
);

const TABLE: Readonly<Record<string, Abbreviations>> = {
  en: ENGLISH,
  de: table(
    'hr fr st hl ing dipl-ing frl geb gest verh allg sog i.a i.v i.allg s.a u.u v.a z.t zzgl bzgl einschl',
    's art abs abb bd kap aufl jg seite tab str min max jän mär jun jul aug',
    'mio mrd tsd st.g jh chr std abt verl hrsg hbf',
  ),
  fr: table(
    'm mm me mgr pr st p.-s av bd boul c.-à-d',
    'p art chap ch no n éd réf tél env min max janv févr avr juil oct déc',
    'sté',
  ),
  es: table(
    'sr sres ud uds vd vds d lic ing gral cap av avda excmo ilmo mons',
    'pág págs art cap p n aprox máx mín ene abr jun jul ago oct dic',
    'ee.uu izq dcha s.a s.l cía dpto prov',
  ),
  it: table(
    'sig sigg egr gent spett avv ing arch on rag geom',
    'pag pagg art cap p n sec genn febb giu lug ago sett ott dic',
    'ecc s.p.a s.r.l es circa prov',
  ),
  pt: table('sr sres exmo exma eng av d', 'pág págs art cap p n aprox máx mín fev mai jun jul ago out dez', 's.a ltda'),
  nl: table('dhr mevr mw mej ir ing st', 'blz p art hfst min max mrt jun jul aug dec', 'enz jl o.a i.p.v t.o.v m.b.t'),
};

function table(title: string, count: string, may: string): Abbreviations {
  return { title: words(title), count: words(count), may: words(may) };
}

/** A set that is made when it is first asked: nobody needs those of all languages. */
function words(list: string): Words {
  let set: ReadonlySet<string> | undefined;
  return {
    has(word) {
      set ??= new Set(list.split(' '));
      return set.has(word);
    },
  };
}

function primaryOf(language: string | undefined): string {
  return (language ?? 'en').toLowerCase().split(/[-_]/, 1)[0] ?? 'en';
}
